"""What a person may do about policies: check some, put one, delete one.

Policies put over the API are kept as YAML and loaded with the folder as one set, all
valid or none. A policy declared in a file is that file's alone (F23).
"""

from dataclasses import replace

from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact
from service.domain.errors import (
    Conflict,
    DeclaredInFile,
    Finding,
    InvalidInput,
    InvalidPolicies,
    NotFound,
)
from service.domain.policy_set import (
    GUARD_FILE,
    DeclaredPolicy,
    PolicySet,
    PolicySource,
    api_file,
    revision_of,
)
from service.pipeline.load import LoadedPolicies, load_policies
from service.ports import Services, StoredPolicy

# As what was put over the API: one policy may stand there without a list.
_ALONE = api_file("request")
_SHOWN_ALONE = "request.yaml"


def parse_alone(services: Services, text: str) -> tuple[Finding, ...]:
    """Check policies against the guard in force; give the warnings.

    Raises `InvalidPolicies` with every finding. Nothing is kept, and policies of the
    same ids in force do not matter: this may be their next revision.
    """
    current = services.policies.current()
    guard = [(name, content) for name, content in current.texts if name == GUARD_FILE]
    try:
        policies = services.policy_source.parse([*guard, (_ALONE, text)])
    except InvalidPolicies as error:
        raise InvalidPolicies(shown_alone(error.findings, _ALONE)) from None
    return shown_alone(policies.warnings, _ALONE)


def put_policy(
    services: Services, *, actor: str, policy_id: str, text: str
) -> PolicySet:
    """Keep a policy's YAML and put it in force; give the set that holds it.

    Raises `DeclaredInFile` for a policy of a file, `InvalidPolicies` with findings,
    `InvalidInput` when the text declares anything but this one policy, and `Conflict`
    while the policy files themselves are refused.
    """
    loaded = _loaded(services)
    with loaded.loading:
        current = loaded.current()
        _require_not_in_file(current.declared(policy_id))
        _require_good_files(services)
        name = api_file(policy_id)
        _require_only(services, current, policy_id, (name, text))
        now = services.clock.now()
        stored = StoredPolicy(
            id=policy_id,
            text=text,
            revision=revision_of([(name, text)]),
            put_at=now,
            put_by=actor,
        )
        with services.transaction() as unit:
            unit.save_policy(stored)
            unit.record(_fact(services, actor, AuditAction.POLICY_PUT, stored))
        load_policies(services, loaded)
        policies = loaded.current()
    if policies.declared(policy_id) is None:
        raise Conflict("kept, but not in force: the policy files have errors now")
    return policies


def delete_policy(services: Services, *, actor: str, policy_id: str) -> None:
    """Retire a policy that was put over the API; its history stays.

    Raises `DeclaredInFile` for a policy of a file and `NotFound`.
    """
    loaded = _loaded(services)
    with loaded.loading:
        _require_not_in_file(loaded.current().declared(policy_id))
        stored = next(
            (
                each
                for each in services.queries.stored_policies()
                if each.id == policy_id and each.retired_at is None
            ),
            None,
        )
        if stored is None:
            raise NotFound(f"no policy has the id {policy_id!r}")
        now = services.clock.now()
        with services.transaction() as unit:
            unit.save_policy(replace(stored, retired_at=now, retired_reason="deleted"))
            unit.record(_fact(services, actor, AuditAction.POLICY_RETIRED, stored))
        load_policies(services, loaded)


def _loaded(services: Services) -> LoadedPolicies:
    if not isinstance(services.policies, LoadedPolicies):
        raise Conflict("these policies are fixed")
    return services.policies


def _require_not_in_file(declared: DeclaredPolicy | None) -> None:
    if declared is not None and declared.source is PolicySource.FILE:
        raise DeclaredInFile(
            f"policy {declared.policy.id} is declared in"
            f" {declared.file}:{declared.line}, which alone may change it"
        )


def _require_good_files(services: Services) -> None:
    error = services.policies.error()
    if error is not None:
        raise Conflict(f"the policy files have errors, mend them first: {error}")


def _require_only(
    services: Services, current: PolicySet, policy_id: str, text: tuple[str, str]
) -> None:
    name = text[0]
    rest = [each for each in current.texts if each[0] != name]
    known = {declared.policy.id for declared in current.policies} - {policy_id}
    try:
        policies = services.policy_source.parse([*rest, text])
    except InvalidPolicies as error:
        raise InvalidPolicies(shown_alone(error.findings, name)) from None
    found = {declared.policy.id for declared in policies.policies} - known
    if found != {policy_id}:
        raise InvalidInput(f"the YAML must declare the one policy {policy_id!r}")


def shown_alone(findings: tuple[Finding, ...], name: str) -> tuple[Finding, ...]:
    """Give what is found in what was sent, under a name its sender understands."""
    own = tuple(
        replace(finding, file=_SHOWN_ALONE)
        for finding in findings
        if finding.file == name
    )
    is_refused = any(not finding.is_warning for finding in findings)
    # A clash may be found on its other side: better that than a refusal without reason.
    return findings if is_refused and not own else own


def _fact(
    services: Services, actor: str, action: AuditAction, stored: StoredPolicy
) -> Fact:
    return Fact(
        chain=SYSTEM_CHAIN,
        at=services.clock.now(),
        actor=actor,
        action=action,
        target=f"policy:{stored.id}",
        outcome="put" if action is AuditAction.POLICY_PUT else "retired",
        reason="" if action is AuditAction.POLICY_PUT else "deleted",
        detail={"revision": stored.revision},
    )
