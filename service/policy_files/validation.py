"""Checking policies where they are reviewed, without a service."""

from collections.abc import Mapping
from pathlib import Path

from service.domain.errors import Finding
from service.domain.policy_set import GUARD_FILE
from service.policy_files.expansion import Expander
from service.policy_files.listing import finding, read_folder, read_text
from service.policy_files.reader import is_guard, read_set

_ENDING = ".yaml"


def validate(
    path: Path, environment: Mapping[str, str], *, require_variables: bool
) -> tuple[Finding, ...]:
    """Check a folder, or a single file as far as it goes alone; give all findings.

    A variable that is not set is an error only where `require_variables`. A single file
    of policies is checked without a guard, which a warning says.
    """
    expander = Expander(environment, require_variables)
    if path.is_file():
        return _validate_file(path, expander)
    listing = read_folder(path)
    reading = read_set(listing.texts, expander, lambda name: str(path / name))
    return tuple(sorted((*listing.findings, *reading.findings)))


def _validate_file(file: Path, expander: Expander) -> tuple[Finding, ...]:
    if file.suffix != _ENDING:
        return (finding(file, f"files end in .yaml: rename it to {file.stem}.yaml"),)
    content = read_text(file)
    if isinstance(content, Finding):
        return (content,)
    name = GUARD_FILE if is_guard(file.name, content) else file.name
    reading = read_set([(name, content)], expander, lambda _name: str(file))
    if name == GUARD_FILE:
        return reading.findings
    alone = Finding(
        file=str(file),
        line=1,
        column=1,
        message="checked without a guard.yaml: organizations, currencies and channels"
        " were not looked up",
        is_warning=True,
    )
    return tuple(sorted((alone, *reading.findings)))
