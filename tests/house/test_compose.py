"""The compose files say what a careful operator would: checked without an engine."""

from typing import Any

import pytest
import yaml

from tests.house.project import ROOT

FILES = ["docs/compose.yaml", "docs/compose.postgresql.yaml"]


def load(path: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / path).read_text("utf-8"))
    return document


@pytest.mark.parametrize("path", FILES)
def test_a_secret_is_only_ever_given_as_a_file(path: str) -> None:
    document = load(path)

    for service in document["services"].values():
        for name, value in service.get("environment", {}).items():
            if name.endswith("_FILE"):
                secret = value.removeprefix("/run/secrets/")
                assert secret in service["secrets"], name
            else:
                assert not name.endswith(("KEY", "PASSWORD", "TOKEN", "URL")), name


@pytest.mark.parametrize("path", FILES)
def test_everything_a_service_mounts_is_declared(path: str) -> None:
    document = load(path)

    for service in document["services"].values():
        assert set(service["secrets"]) <= set(document["secrets"])
        names = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert {n for n in names if "/" not in n} <= set(document["volumes"])


def test_the_service_runs_with_as_little_as_it_can() -> None:
    service = load("docs/compose.yaml")["services"]["spendguard"]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_the_volumes_are_those_of_the_image() -> None:
    service = load("docs/compose.yaml")["services"]["spendguard"]
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")

    targets = [volume.split(":")[1] for volume in service["volumes"]]
    for target in targets:
        assert f'"{target}"' in dockerfile
