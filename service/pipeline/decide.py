"""Decide on a snapshot, and record the decision in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.alert import Alert, AlertKey
from service.domain.course import Course
from service.domain.decision import Decision, Memory
from service.domain.errors import NotFound
from service.domain.evaluation import evaluate
from service.domain.guard import Organization
from service.domain.messages import HOLD, Envelope
from service.domain.period import month_of, previous_month
from service.domain.policy import Policy
from service.domain.policy_set import PolicySet, paced_scopes
from service.domain.state import OrganizationState
from service.pipeline.collect import Collected
from service.pipeline.outbox import tell
from service.pipeline.unmute import tell_of_the_guard, unmuted
from service.ports import Services, UnitOfWork

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One start of a check: for whom, under which policies, since when.

    `started` is the clock's monotonic reading; a dry run reads the same and writes
    nothing.
    """

    policies: PolicySet
    organization: Organization
    started: float
    is_dry: bool


def require_organization(policies: PolicySet, name: str) -> Organization:
    """Give an organization of a policy set; raise `NotFound` if it names none so."""
    found = policies.organization(name)
    if found is None:
        raise NotFound(f"no organization is called {name!r}")
    return found


def decide(services: Services, run: Run, collected: Collected) -> Decision:
    """Evaluate a snapshot against the policies and keep all that follows from it."""
    snapshot = collected.snapshot
    now = snapshot.captured_at
    with services.transaction() as work:
        memory = remember(services, work, run.organization, collected.state, now)
        watching = run.policies.of(run.organization.name)
        courses = courses_of(work, run.organization, watching, now)
        memory = replace(memory, courses=courses)
        decision = evaluate(run.policies, run.organization, snapshot, memory, now=now)
        took = services.clock.monotonic() - run.started
        check = replace(
            decision.check, took_ms=round(took * 1000), is_dry_run=run.is_dry
        )
        decision = replace(decision, check=check)
        if not run.is_dry:
            record(services, work, decision)
            work.save_snapshot(snapshot, services.observations_kept)
    return decision


def remember(
    services: Services,
    work: UnitOfWork,
    organization: Organization,
    state: OrganizationState,
    now: datetime,
) -> Memory:
    """Read what is known from before; last month still matters for its caps."""
    name, month = organization.name, month_of(now)
    since = previous_month(month).start
    return Memory(
        state=state,
        alerts=alerts_by_key(work, name, since),
        changes=work.limit_changes(name, since),
        approvals=work.approvals(name, since),
        observations=work.observations(name, now - _DAY),
        is_paused=work.is_paused(),
        ceiling=services.limits.ceiling(name),
        check_interval=services.check_interval,
        history=work.history(name, organization.currency, month),
    )


def courses_of(
    work: UnitOfWork,
    organization: Organization,
    policies: Iterable[Policy],
    now: datetime,
) -> Mapping[str, Course]:
    """Read the spend over the last weeks, only of scopes whose pace is watched."""
    scopes = paced_scopes(policies)
    return work.courses(organization, scopes.keys(), now) if scopes else {}


def alerts_by_key(
    work: UnitOfWork, organization: str, since: datetime
) -> dict[AlertKey, Alert]:
    """Give the newest firing per identity."""
    return {alert.key: alert for alert in work.alerts(organization, since)}


def record(services: Services, work: UnitOfWork, decision: Decision) -> None:
    """Write a decision: check, memory, alerts, changes, outbox and audit entries."""
    work.save_state(decision.state)
    for alert in decision.alerts:
        work.save_alert(alert)
    changes = (
        *decision.settled,
        *decision.ends,
        *decision.awaiting,
        *decision.skipped,
    )
    for change in changes:
        work.save_limit_change(change)
    for approval in decision.approvals:
        work.save_approval(approval)
    if decision.change is not None:
        work.save_limit_change(decision.change)
    work.save_check(decision.check)
    for month in decision.usage:
        work.save_usage(month)
    work.save_samples(decision.organization.name, decision.samples)
    work.record(*decision.facts)
    hold = timedelta(0)
    if decision.change is not None:
        # From now on: reading the provider may itself have taken longer than the hold.
        hold = services.clock.now() - decision.at + HOLD
    envelope = envelope_of(services, decision)
    name, policies = decision.organization.name, decision.policies
    late = unmuted(work, name, policies, decision.at)
    tell(work, (*late, *decision.told), envelope, hold=hold)
    tell_of_the_guard(services, work, policies, decision.at)


def envelope_of(services: Services, decision: Decision) -> Envelope:
    """Give what every message of a check shares."""
    return Envelope(
        occasion=decision.check.id,
        organization=decision.organization.name,
        at=decision.at,
        period=decision.check.period,
        figures=decision.figures,
        burners=decision.burners,
        revision=decision.policies.revision,
        commit=decision.policies.commit,
        author=decision.policies.author,
        link=services.public_url,
    )
