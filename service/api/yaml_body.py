"""YAML in a request: as it is, within JSON, or, to try them out, several files."""

import json
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import ValidationError

from service.api.bodies.plan import DraftFiles
from service.api.bodies.policies import YAML_EXAMPLE, YamlText
from service.domain.errors import InvalidInput
from service.domain.policy_set import api_file
from service.pipeline.plan_policies import Draft

_YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml", "text/plain")
_JSON = "application/json"
# As what is put over the API: one policy may stand there without a list.
ALONE = api_file("request")
YAML_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A policy file: YAML as it is, or as `yaml` within JSON.",
        "content": {
            # Any YAML: what is wrong with it is an answer, no mistake of the request.
            "application/yaml": {"schema": {}, "example": YAML_EXAMPLE},
            "application/json": {
                "schema": {
                    "anyOf": [
                        YamlText.model_json_schema(),
                        {"type": "object", "description": "A policy, as JSON."},
                    ]
                },
                "example": {"yaml": YAML_EXAMPLE},
            },
        },
    }
}
DRAFT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A policy file as YAML, put over the set in force by the ids of"
        " its policies; or several files within JSON, with `whole` all of the folder.",
        "content": {
            "application/yaml": {"schema": {}, "example": YAML_EXAMPLE},
            "application/json": {
                "schema": {"type": "object", "description": "Files, or a policy."},
                "example": {
                    "files": [{"name": "acme.yaml", "text": YAML_EXAMPLE}],
                    "whole": False,
                },
            },
        },
    }
}


async def _yaml_of(request: Request) -> str:
    """Give the YAML a request carries; raise `InvalidInput` for anything else."""
    text, kind = await _text_of(request)
    return _within_json(text) if kind == _JSON else text


async def _draft_of(request: Request) -> Draft:
    """Give the files a request carries; raise `InvalidInput` for anything else."""
    text, kind = await _text_of(request)
    if kind == _JSON and _names_files(text):
        try:
            sent = DraftFiles.model_validate_json(text)
        except ValidationError as error:
            said = error.errors()[0]
            where = ".".join(str(part) for part in said["loc"])
            raise InvalidInput(f"{where}: {said['msg']}") from None
        files = tuple((each.name, each.text) for each in sent.files)
        if len(dict(files)) < len(files):
            raise InvalidInput("files: two of them have one name")
        return Draft(files=files, is_whole=sent.whole)
    alone = _within_json(text) if kind == _JSON else text
    return Draft(files=((ALONE, alone),), is_whole=False)


async def _text_of(request: Request) -> tuple[str, str]:
    content = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise InvalidInput("the body is not UTF-8 text") from None
    if kind not in {_JSON, *_YAML_TYPES}:
        raise InvalidInput("send application/yaml, or application/json")
    return text, kind


def _names_files(text: str) -> bool:
    try:
        sent = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(sent, dict) and "files" in sent


def _within_json(text: str) -> str:
    try:
        return YamlText.model_validate_json(text).yaml
    except ValidationError:
        if not text.lstrip().startswith("{"):
            raise InvalidInput('send {"yaml": "…"}, or a policy as JSON') from None
        # JSON is YAML too: a policy may be sent as it is.
        return text


Yaml = Annotated[str, Depends(_yaml_of)]
SentDraft = Annotated[Draft, Depends(_draft_of)]
