"""The one function that decides: policies and a snapshot in, a decision out.

The same call serves a live check, a dry run and every preview, so that what is shown
beforehand is what will happen (§4.9).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from service.domain import health
from service.domain.activity_news import remember_told
from service.domain.alert import Alert, AlertKind
from service.domain.alerting import resolve
from service.domain.api_drift import api_moves, remember_additions
from service.domain.briefing import burn_rate_of, burners_of, figures_of
from service.domain.case import Case, remember_figures, scope_of
from service.domain.check import Check, CheckOutcome, Outcome
from service.domain.course import SpendSample
from service.domain.decision import Decision, Memory
from service.domain.drift import Terms, follow
from service.domain.drift_moves import drift_moves
from service.domain.figure_book import FigureBook
from service.domain.findings import Findings
from service.domain.guard import Organization
from service.domain.health_moves import condition_moves
from service.domain.identity import stable_id
from service.domain.limit_expiry import endings_of, follow_ups
from service.domain.limit_plan import skipped_change
from service.domain.notification import Figures
from service.domain.period_turn import has_turned, turn
from service.domain.planning import Outlook, changed_approvals, plan_with_approvals
from service.domain.policy_set import PolicySet, paced_scopes
from service.domain.rates import rate_moves, remember_rates
from service.domain.recording import check_fact
from service.domain.settlement import Settlement, reconcile
from service.domain.state import OrganizationState
from service.domain.telling import facts_of, told_of
from service.domain.thresholds import Moved, walk
from service.domain.tracking import follow_spend, held_condition
from service.domain.usage import Figure, FigureState, UsageSnapshot
from service.domain.usage_lines import usage_months
from service.domain.wanted import (
    ground_of,
    new_skips,
    with_effects_done,
    with_skips,
)


def evaluate(
    policies: PolicySet,
    organization: Organization,
    snapshot: UsageSnapshot,
    memory: Memory,
    *,
    now: datetime,
) -> Decision:
    """Decide what a snapshot means: alerts that move, messages, one limit change.

    Pure: the same arguments always give the same decision, ids included.
    """
    state = memory.state.in_currency(organization.currency)
    memory = replace(memory, state=state)
    history, courses = memory.history, memory.courses
    book = FigureBook(organization, snapshot, state, now, history, courses=courses)
    case = Case(
        policies=policies,
        organization=organization,
        memory=memory,
        book=book,
        check_id=stable_id("ck", organization.name, state.checks, now),
        now=now,
    )
    rate = burn_rate_of(case)
    figures = figures_of(case, rate)
    findings = _find(case, figures)
    check = _check(case, findings, rate)
    workspaces = tuple(snapshot.usage_by_workspace)
    currency = organization.currency
    return Decision(
        check=check,
        organization=organization,
        policies=policies,
        at=now,
        book=case.book,
        state=findings.state,
        alerts=_alerts_to_save(case, findings.moved),
        told=told_of(case, findings),
        change=findings.plan.change,
        skipped=findings.skipped,
        ends=findings.endings.to_save,
        settled=findings.ended,
        facts=(*facts_of(case, findings), check_fact(check, policies)),
        usage=usage_months(case.book, organization, workspaces, snapshot.captured_at),
        figures=figures,
        burners=burners_of(case.book, currency, workspaces, now),
        approvals=changed_approvals(case, findings.round),
        awaiting=findings.round.changes,
        samples=_samples(case),
    )


def _find(case: Case, figures: Figures) -> Findings:
    """Settle what was open, move the alerts, then plan one change of the limit."""
    memory, book = case.memory, case.book
    settlement = reconcile(
        memory.state, memory.changes, book.observed, case.now, book.month.end
    )
    followed = follow(memory.state.drift, settlement, _terms(case, settlement))
    state = followed.state
    is_new_period = has_turned(state, book)
    if is_new_period:
        state = turn(state, book, case.organization.guardrails)
    name = case.organization.name
    seen = walk(case.policies, name, book, memory.alerts, case.now)
    state = remember_rates(remember_figures(state, case), book.rate_limit, case.now)
    state = remember_told(state, ((each.step, each.above) for each in seen.moved))
    state, pursuit = follow_spend(case, state)
    moved = with_effects_done(
        (
            *seen.moved,
            *_health(case, settlement, state),
            *drift_moves(followed, memory.alerts, case.default_channels, case.now),
            *_rates(case),
            *api_moves(case, state),
        ),
        settlement.settled,
    )
    state = remember_additions(state, case)
    planned = follow_ups(settlement.settled, case.now, book.month.end)
    ground = ground_of(case, settlement, state, planned, pursuit)
    endings = endings_of(ground, planned)
    outlook = Outlook(
        moved=moved,
        ground=ground,
        ended=settlement.settled,
        figures=figures,
        ending=endings.due,
    )
    round_, plan = plan_with_approvals(case, outlook)
    endings = endings.carried_out_by(plan.change, case.now)
    state = endings.remembered(state)
    skips = new_skips(plan, state)
    moved, state = with_skips(moved, state, skips)
    return Findings(
        settlement=settlement,
        drift=followed.news,
        state=state,
        is_new_period=is_new_period,
        outcomes=seen.outcomes,
        moved=moved,
        plan=plan,
        skips=skips,
        endings=endings,
        skipped=tuple(skipped_change(skip, ground) for skip in skips),
        round=round_,
    )


def _health(
    case: Case, settlement: Settlement, state: OrganizationState
) -> Iterator[Moved]:
    """Move the built-in alerts."""
    unknown_after = case.policies.guard.unknown_after
    conditions = (
        *health.data_conditions(case.book, state, unknown_after, case.now),
        *health.limit_conditions(case.book.limit),
        *health.change_conditions(settlement.updated(case.memory.changes), state),
        held_condition(state),
        *_scope_conditions(case),
    )
    name, alerts, now = case.organization.name, case.memory.alerts, case.now
    channels = case.default_channels
    yield from condition_moves(conditions, name, alerts, channels, now)
    asked = {scope for scope, _ in case.book.scoped_figures()}
    for alert in _lost_scopes(case):
        # No policy looks at it any more, so nobody would ever see it come back.
        if alert.key.scope not in asked:
            yield Moved(step=resolve(alert, "removed", now), channels=channels)


def _rates(case: Case) -> Iterator[Moved]:
    memory, read = case.memory, case.book.rate_limit
    channels = case.default_channels
    return rate_moves(memory.state, read, memory.alerts, channels, case.now)


def _terms(case: Case, settlement: Settlement) -> Terms:
    return Terms(
        on_drift=case.organization.on_drift,
        log=case.book.limit_log,
        changes=settlement.updated(case.memory.changes),
        now=case.now,
        period_end=case.book.month.end,
    )


def _lost_scopes(case: Case) -> tuple[Alert, ...]:
    return tuple(
        alert
        for alert in case.memory.alerts.values()
        if alert.kind is AlertKind.DATA_UNKNOWN and alert.is_open and alert.key.scope
    )


def _scope_conditions(case: Case) -> Iterator[health.Condition]:
    """Tell of scopes that are unknown or were: the others need no look."""
    firing = {alert.key.scope for alert in _lost_scopes(case)}
    worst: dict[str, Figure] = {}
    for scope, figure in case.book.scoped_figures():
        if figure.state is FigureState.UNKNOWN:
            worst[scope] = figure
        elif scope in firing:
            worst.setdefault(scope, figure)
    sightings = case.memory.state.sightings
    for scope, figure in worst.items():
        seen = [at.at for key, at in sightings.items() if scope_of(key) == scope]
        last = max(seen, default=None)
        after = case.policies.guard.unknown_after
        yield health.scope_unknown(scope, figure, last, after, case.now)


def _check(case: Case, findings: Findings, rate: Decimal | None) -> Check:
    figure = case.book.total
    is_unknown = figure.state is FigureState.UNKNOWN
    change = findings.plan.change
    return Check(
        id=case.check_id,
        organization=case.organization.name,
        at=case.now,
        took_ms=0,
        outcome=CheckOutcome.UNKNOWN if is_unknown else CheckOutcome.COMPLETED,
        period=case.book.month.key,
        currency=case.organization.currency,
        spend=figure,
        limit=case.book.observed,
        decisions=findings.outcomes,
        change_id=None if change is None else change.id,
        alerts_fired=tuple(
            each.step.alert.id
            for each in findings.moved
            if each.step.outcome is Outcome.FIRED and each.step.alert is not None
        ),
        revision=case.policies.revision,
        burn_rate=rate,
        forecast=case.book.forecast(case.book.whole, case.book.month),
    )


def _samples(case: Case) -> tuple[SpendSample, ...]:
    """Give what was seen of the whole organization and of each scope that is watched.

    Of the whole one whether or not its pace is watched: a policy may come to ask.
    """
    watched = {case.book.whole.key: case.book.whole}
    watched |= paced_scopes(case.policies.of(case.organization.name))
    seen = map(case.book.sample, watched.values())
    return tuple(sample for sample in seen if isinstance(sample, SpendSample))


def _alerts_to_save(case: Case, moved: Iterable[Moved]) -> tuple[Alert, ...]:
    return tuple(
        each.step.alert
        for each in moved
        if each.step.alert is not None
        and case.memory.alerts.get(each.step.alert.key) != each.step.alert
    )
