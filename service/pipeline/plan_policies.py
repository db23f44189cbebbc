"""A changed policy set against the one in force, before it is live (§8).

Nothing is written, nobody is told, and no secret is looked at: `${…}` of a changed
guard stays as it is, and the provider is read by the guard in force.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from service.domain.errors import Finding, InvalidPolicies
from service.domain.guard import Guard, Organization
from service.domain.policy_plan import (
    OrganizationPlan,
    PolicyPlan,
    compare,
    forgetting_skips,
)
from service.domain.policy_set import (
    API_FOLDER,
    GUARD_FILE,
    DeclaredPolicy,
    PolicySet,
    revision_of,
)
from service.domain.policy_words import policy_changes
from service.pipeline.preview import look
from service.ports import PolicySource, Services

_NO_GUARD = Finding(
    file=GUARD_FILE,
    line=1,
    column=1,
    message="missing: no policies are in force, so a draft needs the whole folder",
)
_NEW = "not in force yet, so nothing was read of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Policy files to try, as `(name, YAML)`.

    Where they are the whole folder, what they do not declare is removed; else they are
    put over the set in force, by the ids of their policies.
    """

    files: tuple[tuple[str, str], ...]
    is_whole: bool


def drafted(
    source: PolicySource, in_force: PolicySet | None, draft: Draft
) -> PolicySet:
    """Give the set that a draft would make; raise `InvalidPolicies` with all findings.

    Secrets are those in force, or stand-ins where there are none.
    """
    known = () if in_force is None else in_force.texts
    files = [each for each in draft.files if each[0] != GUARD_FILE]
    guard = [each for each in draft.files if each[0] == GUARD_FILE] or [
        each for each in known if each[0] == GUARD_FILE
    ]
    if not guard:
        raise InvalidPolicies((_NO_GUARD,))
    new = source.draft([*guard, *files])
    names = {name for name, _ in files}
    kept = [
        (name, text)
        for name, text in known
        if name not in names | {GUARD_FILE}
        and (not draft.is_whole or name.startswith(API_FOLDER))
    ]
    old = source.draft([*guard, *kept]) if kept else replace(new, policies=())
    return replace(
        new,
        revision=revision_of([*guard, *kept, *files]),
        guard=_with_secrets(new.guard, in_force),
        policies=tuple(_in_order(in_force, old, new)),
        texts=(*guard, *kept, *files),
        warnings=(*new.warnings, *old.warnings),
    )


def _in_order(
    in_force: PolicySet | None, old: PolicySet, new: PolicySet
) -> Iterator[DeclaredPolicy]:
    """Give policies as they stand in force, each replaced where it is, new ones last.

    Of two wishes that are alike the first wins, so the order must not change.
    """
    rest = {each.policy.id: each for each in (*old.policies, *new.policies)}
    for each in () if in_force is None else in_force.policies:
        found = rest.pop(each.policy.id, None)
        if found is not None:
            yield found
    yield from rest.values()


def _with_secrets(guard: Guard, in_force: PolicySet | None) -> Guard:
    """Put the secrets in force in place of a draft's, which are not looked at."""
    if in_force is None:
        return guard
    keys = {each.name: each.api_key for each in in_force.guard.organizations}
    urls = {each.name: each.url for each in in_force.guard.channels}
    organizations = tuple(
        each.model_copy(update={"api_key": keys.get(each.name, each.api_key)})
        for each in guard.organizations
    )
    channels = tuple(
        each.model_copy(update={"url": urls.get(each.name, each.url)})
        for each in guard.channels
    )
    return guard.model_copy(
        update={"organizations": organizations, "channels": channels}
    )


def plan_policies(
    services: Services,
    in_force: PolicySet | None,
    after: PolicySet,
    unread: Mapping[str, str] = MappingProxyType({}),
) -> PolicyPlan:
    """Tell what a set would change, and what it would do at once on the live figures.

    Reads the provider once for each organization but those `unread`, which have the
    reason; a provider that does not answer leaves a plan that is blind there.
    """
    plan = plan_offline(in_force, after)
    before = in_force or replace(after, policies=())
    return replace(
        plan,
        organizations=tuple(
            _unread(each, unread[each.name])
            if each.name in unread
            else _of_organization(services, before, after, each)
            for each in after.guard.organizations
        ),
    )


def plan_offline(in_force: PolicySet | None, after: PolicySet) -> PolicyPlan:
    """Tell what a set would change, without a look at any figure."""
    return PolicyPlan(
        before=None if in_force is None else in_force.revision,
        after=after.revision,
        changes=policy_changes(in_force, after),
    )


def _of_organization(
    services: Services, before: PolicySet, after: PolicySet, wanted: Organization
) -> OrganizationPlan:
    name = wanted.name
    present = before.organization(name)
    if present is None:
        return replace(_unread(wanted, _NEW), is_new=True)
    seen = look(services, present, (*before.of(name), *after.of(name)))
    seen = replace(seen, memory=forgetting_skips(seen.memory))
    old = seen.decision(before, present)
    new = seen.decision(after, wanted)
    return compare(old, new, seen.memory)


def _unread(organization: Organization, note: str) -> OrganizationPlan:
    return OrganizationPlan(
        organization=organization.name, currency=organization.currency, note=note
    )
