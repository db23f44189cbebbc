"""Examine what this installation has of its own: policies, channels, a running guard.

Nothing is changed and nobody is told anything.
"""

from collections.abc import Iterator

from service.domain.diagnosis import Diagnosis, Verdict, about
from service.domain.guard import Organization
from service.domain.past_read import PastReads
from service.domain.policy import Mode
from service.domain.policy_set import PolicySet
from service.domain.proof import Proof
from service.domain.quantity import rough_duration
from service.ports import Limits, Services

# A round may be slow and one may be missed; three are a guard that is not there.
_MISSING_ROUNDS = 3


def examine_policies(policies: PolicySet) -> Iterator[Diagnosis]:
    """Tell what is declared, and each warning with its place."""
    base = about("policies", "policies load")
    counted = f"{len(policies.policies)} policies, revision {policies.revision[:12]}"
    yield base.when(Verdict.FINE, counted)
    for finding in policies.warnings:
        yield base.when(Verdict.NOTE, str(finding), "it refuses nothing")
    if not policies.default_channels:
        yield about("policies", "default channels").when(
            Verdict.FINDING,
            "nobody hears of the guard's own health",
            "name a channel in default_channels",
        )


def examine_following(services: Services) -> Iterator[Diagnosis]:
    """Tell how it stands with the repository, where one is followed."""
    following = services.policy_source.following()
    if following is None:
        return
    base = about("policies", "repository")
    if following.reason is None:
        commit = (following.commit or "")[:12]
        read = f"read {following.fetched_at:%Y-%m-%d %H:%M:%S}Z"
        yield base.when(Verdict.FINE, f"{following.repository} at {commit}, {read}")
        return
    verdict = Verdict.FINDING if following.rewritten else Verdict.UNREACHABLE
    said = f"{following.repository}: {following.reason}"
    yield base.when(verdict, said, "the last good policies stay in force until then")


def examine_ceilings(services: Services, policies: PolicySet) -> Iterator[Diagnosis]:
    """Tell what bounds the limit of each organization, whatever a policy says."""
    for organization in policies.guard.organizations:
        base = about(f"organization {organization.name}", "ceiling")
        outer = services.limits.ceiling(organization.name)
        inner = organization.guardrails.max_limit
        if outer is not None:
            said = f"SPENDGUARD_MAX_LIMIT: {outer} {organization.currency}"
            yield base.when(Verdict.FINE, said)
        elif inner is not None:
            said = f"max_limit: {inner} {organization.currency} in guard.yaml"
            advice = "SPENDGUARD_MAX_LIMIT would bind whoever writes the files too"
            yield base.when(Verdict.NOTE, said, advice)
        else:
            moves = any(
                each.mode is Mode.ENFORCE for each in policies.of(organization.name)
            )
            yield base.when(
                Verdict.FINDING if moves else Verdict.NOTE,
                "nothing bounds the limit from above",
                "set SPENDGUARD_MAX_LIMIT, or guardrails.max_limit in guard.yaml",
            )
    for idle in idle_ceilings(services.limits, policies):
        yield about("settings", "ceiling").when(
            Verdict.FINDING, idle, "write the organization's name as guard.yaml has it"
        )


def idle_ceilings(limits: Limits, policies: PolicySet) -> Iterator[str]:
    """Say which ceilings bind nobody: of a slip of the pen nothing else would tell."""
    for name, amount in limits.by_organization:
        if policies.organization(name) is None:
            yield (
                f"SPENDGUARD_MAX_LIMIT: {name}={amount} binds nothing, for no"
                f" organization is called {name!r}"
            )


def examine_channels(
    services: Services, policies: PolicySet, proofs: tuple[Proof, ...]
) -> Iterator[Diagnosis]:
    """Tell of each channel when it was last proven to work."""
    known = {each.channel: each for each in proofs}
    for channel in policies.guard.channels:
        base = about(f"channel {channel.name}", "proof of delivery")
        yield _proven(services, base, known.get(channel.name), channel.name)


def _proven(
    services: Services, base: Diagnosis, proof: Proof | None, name: str
) -> Diagnosis:
    test = f"spendguard channel test {name}"
    if proof is not None and proof.is_failing:
        return base.when(Verdict.FINDING, f"failing: {proof.error}", f"then: {test}")
    if proof is None or proof.delivered_at is None:
        return base.when(Verdict.FINDING, "never proven to work", test)
    age = rough_duration(services.clock.now() - proof.delivered_at)
    said = f"took {proof.delivered_id or 'a message'} {age} ago"
    return base.when(Verdict.FINE, said)


def examine_rounds(services: Services, policies: PolicySet) -> Iterator[Diagnosis]:
    """Tell whether somebody checks: a running `serve`, here or elsewhere."""
    for organization in policies.guard.organizations:
        yield _checked(services, organization)


def _checked(services: Services, organization: Organization) -> Diagnosis:
    base = about(f"organization {organization.name}", "running guard")
    last = services.queries.last_check(organization.name)
    if last is None:
        return base.when(Verdict.FINDING, "never checked", "spendguard serve")
    age = services.clock.now() - last.at
    said = f"last checked {rough_duration(age)} ago"
    if age > _MISSING_ROUNDS * services.check_interval:
        return base.when(Verdict.FINDING, said, "no guard runs: spendguard serve")
    return base.when(Verdict.FINE, said)


def examine_history(services: Services, policies: PolicySet) -> Iterator[Diagnosis]:
    """Tell how much of each organization's past is known."""
    for organization in policies.guard.organizations:
        yield _known(services, organization)


def _known(services: Services, organization: Organization) -> Diagnosis:
    base = about(f"organization {organization.name}", "history")
    reads = PastReads(
        services.queries.past_reads(organization.name), organization.currency
    )
    known = reads.progress(services.clock.now())
    since = f" since {known.oldest}" if known.oldest else ""
    said = f"{known.months_read} of {known.months_wanted} past months{since}"
    if known.reason is not None:
        said = f"{said}; {known.reason}: {known.detail}"
    if known.is_complete:
        return base.when(Verdict.FINE, said)
    advice = "a running guard reads the rest, or spendguard check"
    return base.when(Verdict.NOTE, said, advice)
