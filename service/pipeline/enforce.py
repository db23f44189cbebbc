"""Carry out the one planned limit change, and record how it ended.

Intent committed, limit read again, one POST, read back, outcome committed (§5). A POST
is never sent again before a read, and what cannot be read back is unknown, not applied.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.aftermath import Aftermath, Ended, aftermath
from service.domain.audit import SCHEDULER
from service.domain.briefing import with_limit
from service.domain.check import Check
from service.domain.decision import Decision, Told
from service.domain.errors import (
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
)
from service.domain.figures import check_limit
from service.domain.guard import OnDrift
from service.domain.limit_change import ChangeState, LimitChange, SkipReason
from service.domain.messages import Envelope
from service.domain.notification import EventKind
from service.domain.period import month_of, previous_month
from service.domain.recording import change_fact
from service.domain.settlement import DEADLINE, reject, settle
from service.domain.usage import Failure, LimitReading
from service.pipeline.approval_use import use_approval
from service.pipeline.attempt import attempt
from service.pipeline.attribution import log_of_overtaken
from service.pipeline.decide import (
    alerts_by_key,
    envelope_of,
    require_organization,
)
from service.pipeline.outbox import tell_on
from service.ports import AdminApi, Lock, Services

# The POST must end while the lock is surely ours; reading back comes after.
POST_TIMEOUT = timedelta(seconds=10)
_LOCK_MARGIN = timedelta(seconds=5)
# How often what is to be done is thought over when the limit moved meanwhile (§5).
RESTARTS = 2
_FIRST_WAIT = timedelta(milliseconds=500)
_LONGEST_WAIT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforced:
    """The check as it stands after its limit change; `is_moved` asks to start over."""

    check: Check
    is_moved: bool = False


def enforce(services: Services, decision: Decision, lock: Lock) -> Enforced:
    """Carry out what a check decided about the limit, if anything."""
    change = decision.change
    if change is None:
        return Enforced(check=decision.check)
    api = services.admin_api(change.organization)
    ended, reading = carry_out(services, api, change, lock, actor=SCHEDULER)
    outcome = conclude(services, ended, reading, decision=decision, actor=SCHEDULER)
    check = outcome.check or decision.check
    return Enforced(check=check, is_moved=has_moved(ended, reading))


def has_moved(change: LimitChange, reading: LimitReading | Failure) -> bool:
    """Say whether a change was left out because somebody moved the limit before it."""
    return (
        change.state is ChangeState.SKIPPED
        and isinstance(reading, LimitReading)
        and reading.limit is not None
        and reading.limit != change.before
    )


def carry_out(
    services: Services, api: AdminApi, change: LimitChange, lock: Lock, *, actor: str
) -> tuple[LimitChange, LimitReading | Failure]:
    """Send one change to the provider; give it with its end, and the last reading."""
    requested = _request(services, change, actor)
    reading = _read(services, api, change)
    obstacle = _obstacle(services, requested, reading, lock)
    if change.after is None or obstacle is not None:
        return _skip(services, requested, obstacle or SkipReason.NO_CHANGE), reading
    try:
        api.set_spend_limit(change.after, timeout=POST_TIMEOUT)
    except ProviderRejected as error:
        return reject(requested, services.clock.now(), str(error)), reading
    except (ProviderUnavailable, ProviderMalformed):
        # "Perhaps": only the read back below decides.
        pass
    return _read_back(services, api, requested)


def _request(services: Services, change: LimitChange, actor: str) -> LimitChange:
    now = services.clock.now()
    requested = replace(change, state=ChangeState.REQUESTED, requested_at=now)
    with services.transaction() as work:
        work.save_limit_change(requested)
        policies = services.policies.current()
        work.record(change_fact(requested, now, policies, actor))
    return requested


def _obstacle(
    services: Services,
    change: LimitChange,
    reading: LimitReading | Failure,
    lock: Lock,
) -> SkipReason | None:
    """Say what stands against sending a change right now, None if nothing does."""
    if isinstance(reading, Failure) or reading.limit is None:
        return SkipReason.DOUBTFUL_DATA
    if reading.limit != change.before:
        return SkipReason.SUPERSEDED
    # A pause holds for a check under way too.
    if change.is_automatic and services.queries.is_paused():
        return SkipReason.PAUSED
    # Last, so that nothing but the POST has to fit into what is left of it.
    if not lock.is_held(POST_TIMEOUT + _LOCK_MARGIN):
        return SkipReason.SUPERSEDED
    return None


def _skip(services: Services, change: LimitChange, reason: SkipReason) -> LimitChange:
    return replace(
        change,
        state=ChangeState.SKIPPED,
        reason=reason.value,
        settled_at=services.clock.now(),
    )


def _read(
    services: Services, api: AdminApi, change: LimitChange
) -> LimitReading | Failure:
    """Read the limit; in another currency it is no reading of this limit."""
    policies = services.policies.current()
    organization = require_organization(policies, change.organization)
    return check_limit(attempt(api.spend_limit), organization)


def _read_back(
    services: Services, api: AdminApi, change: LimitChange
) -> tuple[LimitChange, LimitReading | Failure]:
    """Read until the value is in force or the deadline has passed."""
    clock, wait = services.clock, _FIRST_WAIT
    while True:
        reading = _read(services, api, change)
        observed = None if isinstance(reading, Failure) else reading.limit
        settled = settle(change, observed, clock.now())
        if settled.state is not ChangeState.REQUESTED:
            return settled, reading
        passed = clock.now() - (change.requested_at or change.planned_at)
        clock.sleep(min(wait, max(DEADLINE - passed, _FIRST_WAIT)))
        wait = min(wait * 2, _LONGEST_WAIT)


def conclude(
    services: Services,
    change: LimitChange,
    reading: LimitReading | Failure,
    *,
    decision: Decision | None,
    actor: str,
) -> Aftermath:
    """Record the end of a change and all that follows, in one transaction."""
    now = services.clock.now()
    month = month_of(now)
    policies = services.policies.current()
    about = policies.organization(change.organization)
    since = previous_month(month).start
    log = log_of_overtaken(services, change)
    with services.transaction() as work:
        outcome = aftermath(
            Ended(
                change=change,
                reading=reading,
                state=work.state(change.organization),
                alerts=alerts_by_key(work, change.organization, since),
                decision=decision,
                default_channels=policies.default_channels,
                period_end=month.end,
                now=now,
                actor=actor,
                on_drift=OnDrift.ASK if about is None else about.on_drift,
                changes=work.limit_changes(change.organization, since),
                log=log,
            )
        )
        work.save_limit_change(change)
        if outcome.planned is not None:
            work.save_limit_change(outcome.planned)
        work.save_state(outcome.state)
        for alert in outcome.alerts:
            work.save_alert(alert)
        if outcome.check is not None:
            work.save_check(outcome.check)
        work.record(*outcome.facts)
        use_approval(work, change, policies, now)
        envelope = _envelope(services, change, decision, now)
        told = (*outcome.told, *_taken_back(change, decision))
        tell_on(work, told, envelope)
    return outcome


def _taken_back(change: LimitChange, decision: Decision | None) -> Iterator[Told]:
    """Take back what the message of the check says will be done, and was not."""
    if decision is None or change.state is not ChangeState.SKIPPED:
        return
    for told in decision.told:
        if told.event.change_id == change.id:
            event = replace(
                told.event,
                kind=EventKind.LIMIT_CHANGE_SKIPPED,
                detail=f"the limit is not changed from {change.before} to"
                f" {change.after} after all ({change.reason})",
                is_planned=False,
            )
            yield replace(told, event=event)


def _envelope(
    services: Services, change: LimitChange, decision: Decision | None, now: datetime
) -> Envelope:
    if decision is not None:
        figures = with_limit(decision.figures, change.observed)
        return replace(envelope_of(services, decision), at=now, figures=figures)
    policies = services.policies.current()
    return Envelope(
        occasion=change.id,
        organization=change.organization,
        at=now,
        period=change.period,
        revision=policies.revision,
        commit=policies.commit,
        author=policies.author,
        link=services.public_url,
    )
