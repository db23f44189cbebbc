"""Code analytics: sessions by seeded draw, tokens as the meter has them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from service.simulator.exchange import Outgoing, json_answer
from service.simulator.noise import Noise
from service.simulator.organization import Organization
from service.simulator.work_analytics import Window

_DAY = timedelta(days=1)
_SATURDAY = 5
_GROUPS = {
    "cached": "cached_tokens",
    "input": "input_tokens",
    "output": "output_tokens",
}


def by_workspace(
    organization: Organization, asked: Window, now: datetime, workspace: str | None
) -> Outgoing:
    """Return Vibe Code activity by day; `workspace` is a name, None for all."""
    series: dict[str, list[dict[str, object]]] = {
        "sessions": [],
        "user_prompts": [],
        "active_users": [],
        "consumed_tokens": [],
        "tool_calls": [],
        "tool_calls_by_name": [],
        "session_durations": [],
    }
    label = workspace or ""
    for day in _days(asked, now):
        tokens = _tokens(organization, day, workspace)
        if not tokens:
            continue
        series["consumed_tokens"].extend(tokens)
        sessions = 4 + _draw(organization, label, day, 0, 20)
        for name, items in _activity(organization, label, day, sessions).items():
            series[name].extend(items)
    return json_answer({**asked.echo, **series})


def by_organization(
    organization: Organization, asked: Window, now: datetime
) -> Outgoing:
    """Return next-edit suggestions by day."""
    suggestions, users, lines = [], [], []
    for day in _days(asked, now):
        if not _tokens(organization, day, None):
            continue
        total = 120 + _draw(organization, "edit", day, 1, 400)
        stamp = {"day": f"{day:%Y-%m-%d}"}
        suggestions.append(stamp | _suggestions(total))
        users.append(
            stamp | {"nb_active_users": 2 + _draw(organization, "edit", day, 2, 6)}
        )
        lines.append(stamp | _lines(total))
    return json_answer(
        {
            **asked.echo,
            "next_edit_suggestions": suggestions,
            "next_edit_active_users": users,
            "next_edit_modified_loc": lines,
        }
    )


def _days(asked: Window, now: datetime) -> Iterator[datetime]:
    day = asked.start.replace(hour=0, minute=0, second=0)
    while day < min(asked.end, now):
        yield day
        day += _DAY


def _tokens(
    organization: Organization, day: datetime, workspace: str | None
) -> list[dict[str, object]]:
    ledger = organization.ledger(day.year, day.month)
    by_model: dict[str, dict[str, int]] = {}
    for index, series in enumerate(ledger.series):
        units = ledger.value[index][day.day]
        is_tokens = series.product.category == "vibe_code.completion"
        if not units or not is_tokens or workspace not in {None, series.workspace}:
            continue
        counts = by_model.setdefault(
            series.product.metric, dict.fromkeys(_GROUPS.values(), 0)
        )
        counts[_GROUPS[series.group]] += units
    return [
        {"day": f"{day:%Y-%m-%d}", "model": model, **counts}
        for model, counts in by_model.items()
    ]


def _activity(
    organization: Organization, label: str, day: datetime, sessions: int
) -> dict[str, list[dict[str, object]]]:
    stamp: dict[str, object] = {"day": f"{day:%Y-%m-%d}"}
    prompts = sessions * (5 + _draw(organization, label, day, 3, 8))
    users = max(1, sessions // 3)
    calls = prompts * 3
    reads = calls // 2
    hours = round(sessions * 0.8, 2)
    return {
        "sessions": [stamp | _kinds("nb_sessions", sessions, total="")],
        "user_prompts": [stamp | _kinds("nb_prompts", prompts)],
        "active_users": [stamp | _kinds("nb_active_users", users)],
        "tool_calls": [stamp | _calls(calls)],
        "tool_calls_by_name": [
            stamp | {"tool_name": "bash", "count": calls - reads},
            stamp | {"tool_name": "read_file", "count": reads},
        ],
        "session_durations": [stamp | {"total_duration_hours": hours}],
    }


def _kinds(stem: str, count: int, total: str = "_total") -> dict[str, object]:
    acp, programmatic = count // 4, count // 8
    return {
        f"{stem}{total}": count,
        f"{stem}_cli": count - acp - programmatic,
        f"{stem}_acp": acp,
        f"{stem}_programmatic": programmatic,
    }


def _calls(calls: int) -> dict[str, object]:
    failed, skipped, asked, never = calls // 20, calls // 40, calls // 4, calls // 50
    return {
        "total": calls,
        "status_success": calls - failed - skipped,
        "status_failure": failed,
        "status_skipped": skipped,
        "approval_ask": asked,
        "approval_always": calls - asked - never,
        "approval_never": never,
    }


def _suggestions(total: int) -> dict[str, object]:
    accepted, rejected, late, aborted = total // 3, total // 8, total // 4, total // 6
    return {
        "total_suggestions": total,
        "outcome_accepted": accepted,
        "outcome_rejected": rejected,
        "outcome_timeout": late,
        "outcome_aborted": aborted,
        "outcome_dismissed": total - accepted - rejected - late - aborted,
        "force_generated_true": total // 30,
        "force_generated_false": total - total // 30,
        "surface_widget": total // 4,
        "surface_ghost_text": total - total // 4,
    }


def _lines(total: int) -> dict[str, object]:
    inserted, deleted, unchanged = total, total // 3, total * 2
    return {
        "lines_inserted": inserted,
        "lines_deleted": deleted,
        "lines_unchanged": unchanged,
        "lines_total": inserted + deleted + unchanged,
    }


def _draw(
    organization: Organization, label: str, day: datetime, kind: int, below: int
) -> int:
    number = int(day.replace(tzinfo=UTC).timestamp()) // 86400
    quiet = 4 if day.weekday() >= _SATURDAY else 1
    noise = Noise(kind, f"{organization.uuid}/{label}")
    return noise.whole(number, below) // quiet
