"""Read the months before this one, slowly, so that there is a past on the first day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from service.domain.audit import SCHEDULER, AuditAction, Fact, Json
from service.domain.check import UsageMonth
from service.domain.cost import cost_lines
from service.domain.errors import ProviderError
from service.domain.figures import check_report
from service.domain.guard import Organization
from service.domain.past_read import NOT_KEPT, PastRead, PastReads
from service.domain.period import BillingPeriod
from service.domain.policy import Policy
from service.domain.recording import number
from service.domain.restatement import RestatedDay, restated_days
from service.domain.usage import Failure, UsageReport
from service.domain.usage_lines import usage_lines
from service.domain.workspaces import workspaces_named
from service.pipeline.decide import require_organization
from service.ports import Services, UnitOfWork

# How a provider says that it has no month so long ago: no such month, gone, or none
# that may be asked for. Another failure says nothing of the months before.
_NO_SUCH_MONTH = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.GONE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What to read, `uuid` None for all workspaces; `before` is where it stood."""

    organization: Organization
    month: BillingPeriod
    workspace: str
    uuid: str | None
    before: PastRead | None
    at: datetime

    @property
    def read(self) -> PastRead:
        currency = self.organization.currency
        if self.before is not None and self.before.currency == currency:
            return self.before
        return PastRead(
            organization=self.organization.name,
            workspace=self.workspace,
            period=self.month.key,
            currency=currency,
        )


def read_past_month(services: Services, organization: str) -> bool:
    """Read the newest past month that is due, if any; say whether one was.

    One request and one transaction: who calls again goes on where this ended, after a
    restart too. What fails is noted with its reason and tried again later, less and
    less often. Raises `NotFound` for an organization the policies do not name, and
    `StorageError`.
    """
    policies = services.policies.current()
    found = require_organization(policies, organization)
    task = _next(services, found, policies.of(organization))
    if task is None:
        return False
    answer = _report(services, task)
    with services.transaction() as work:
        if isinstance(answer, Failure):
            work.save_past_read(task.read.failed(answer, task.at), task.before)
        # Another process may have been quicker: once is enough for the record.
        elif work.save_past_read(task.read.succeeded(task.at), task.before):
            _keep(work, task, answer)
    return True


def _next(
    services: Services, organization: Organization, policies: tuple[Policy, ...]
) -> _Task | None:
    name, now = organization.name, services.clock.now()
    uuids = _uuids(services, name, policies)
    reads = services.queries.past_reads(name)
    due = PastReads(reads, organization.currency, uuids).due(now)
    if not due:
        return None
    month, workspace = due[0]
    held = {(each.workspace, each.period): each for each in reads}
    return _Task(
        organization=organization,
        month=month,
        workspace=workspace,
        uuid=uuids.get(workspace),
        before=held.get((workspace, month.key)),
        at=now,
    )


def _uuids(
    services: Services, organization: str, policies: tuple[Policy, ...]
) -> Mapping[str, str]:
    """Give the workspaces that policies name and a check has found, with their uuid."""
    if not workspaces_named(policies, ()):
        return {}
    listed = next(
        (
            state.workspaces
            for state in services.queries.organization_states()
            if state.organization == organization
        ),
        (),
    )
    named = workspaces_named(policies, listed)
    return {name: uuid for name, uuid in named.items() if not isinstance(uuid, Failure)}


def _report(services: Services, task: _Task) -> UsageReport | Failure:
    api = services.admin_api(task.organization.name)
    try:
        report = api.usage(task.month, task.uuid)
    except ProviderError as error:
        is_end = error.status in _NO_SUCH_MONTH
        return Failure(reason=NOT_KEPT if is_end else error.code, detail=str(error))
    checked = check_report(report, task.organization, task.month)
    if isinstance(checked, UsageReport) and checked.missing_categories:
        # Nothing else tells of the past whether there was usage in them.
        names = ", ".join(checked.missing_categories)
        return Failure(reason="category_missing", detail=f"the answer lacks {names}")
    return checked


def _keep(work: UnitOfWork, task: _Task, report: UsageReport) -> None:
    """Keep a month, and what the provider had said otherwise of days that were over."""
    name, read = task.organization.name, task.read
    kept = work.usage(name, task.month.key, task.workspace)
    month = UsageMonth(
        organization=name,
        workspace=task.workspace,
        period=task.month.key,
        currency=task.organization.currency,
        captured_at=task.at,
        lines=usage_lines(cost_lines(report)),
    )
    work.save_usage(month)
    work.record(_fact(task, AuditAction.USAGE_MONTH_READ, "read", _summary(month)))
    if kept is not None:
        known_at = max(kept.captured_at, read.read_at or kept.captured_at)
        restated = restated_days(kept, month, known_at)
        if restated:
            days: list[Json] = [_day(each) for each in restated]
            detail: dict[str, Json] = {"currency": month.currency, "days": days}
            action = AuditAction.USAGE_RESTATED
            work.record(_fact(task, action, "restated", detail))


def _fact(
    task: _Task, action: AuditAction, outcome: str, detail: Mapping[str, Json]
) -> Fact:
    name = task.organization.name
    return Fact(
        chain=name,
        at=task.at,
        actor=SCHEDULER,
        action=action,
        target=f"organization:{name}",
        outcome=outcome,
        detail={
            "month": task.month.key,
            "workspace": task.workspace or None,
            **detail,
        },
    )


def _summary(month: UsageMonth) -> dict[str, Json]:
    return {
        "lines": len(month.lines),
        "unpriced": sum(each.cost is None for each in month.lines),
    }


def _day(restated: RestatedDay) -> Json:
    return {
        "day": restated.day,
        "before": number(restated.before),
        "after": number(restated.after),
        "units_before": restated.units_before,
        "units_after": restated.units_after,
    }
