"""Policy files that are only tried: read from disk, and the keys to look with."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from service.domain.errors import Finding, InvalidPolicies
from service.domain.guard import Guard, Organization
from service.domain.policy_set import GUARD_FILE, PolicySet
from service.pipeline.plan_policies import Draft, drafted
from service.policy_files.expansion import UNSET, Expander
from service.policy_files.listing import finding, read_folder, read_text
from service.policy_files.reader import is_guard, read_set
from service.policy_files.storing import storable
from service.ports import PolicySource

_ENDING = ".yaml"


def read_draft(path: Path) -> Draft:
    """Read a folder of policies, or a single file; raise `InvalidPolicies`."""
    if path.is_dir():
        listing = read_folder(path)
        if listing.findings:
            raise InvalidPolicies(listing.findings, texts=listing.texts)
        return Draft(files=listing.texts, is_whole=True)
    if path.suffix != _ENDING:
        said = f"files end in .yaml: rename it to {path.stem}.yaml"
        raise InvalidPolicies((finding(path, said),))
    content = read_text(path)
    if isinstance(content, Finding):
        raise InvalidPolicies((content,))
    name = GUARD_FILE if is_guard(path.name, content) else path.name
    return Draft(files=((name, content),), is_whole=False)


def draft_to_send(path: Path) -> Draft:
    """Read a draft for another process, without the secrets written into its guard."""
    draft = read_draft(path)
    files = tuple(
        (name, storable(text) if name == GUARD_FILE else text)
        for name, text in draft.files
    )
    return replace(draft, files=files)


def set_of_draft(
    source: PolicySource, in_force: PolicySet | None, draft: Draft, path: Path
) -> PolicySet:
    """Give the set a draft makes; findings name its files as they were called."""
    own = {name for name, _ in draft.files}
    try:
        return drafted(source, in_force, draft)
    except InvalidPolicies as error:
        findings = tuple(
            replace(each, file=str(path / each.file if path.is_dir() else path))
            if each.file in own
            else each
            for each in error.findings
        )
        raise InvalidPolicies(findings, texts=error.texts) from None


def guard_to_look_with(
    sets: Iterable[PolicySet], environment: Mapping[str, str]
) -> Guard | None:
    """Give the first set's guard with the secrets that are here; None without a set.

    A key that is not here may be in a later set, where that speaks to the same address:
    no key is ever sent where the first set would not send it.
    """
    expander = Expander(environment, require_variables=False)
    guards = [
        found for each in sets if (found := _guard_of(each, expander)) is not None
    ]
    if not guards:
        return None
    first, *others = guards
    organizations = tuple(
        _with_key(each, [o for other in others for o in other.organizations])
        for each in first.organizations
    )
    return first.model_copy(update={"organizations": organizations})


def has_key(organization: Organization) -> bool:
    """Say whether the admin key is here, and not something that stands for it."""
    return not organization.api_key.get_secret_value().startswith(UNSET)


def _guard_of(policies: PolicySet, expander: Expander) -> Guard | None:
    texts = [each for each in policies.texts if each[0] == GUARD_FILE]
    return read_set(texts, expander).guard


def _with_key(organization: Organization, others: list[Organization]) -> Organization:
    if has_key(organization):
        return organization
    for each in others:
        is_same = (each.name, each.base_url) == (
            organization.name,
            organization.base_url,
        )
        if is_same and has_key(each):
            return organization.model_copy(update={"api_key": each.api_key})
    return organization
