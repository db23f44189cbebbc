"""One snapshot: what is read, how often, and that a failure is never a zero."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from service.domain.errors import (
    ProviderError,
    ProviderMalformed,
    ProviderRejected,
    ProviderUnavailable,
)
from service.domain.period import month_of
from service.domain.policy import Policy
from service.domain.state import OrganizationState
from service.domain.usage import Failure, UsageReport, UsageSnapshot, Workspace
from service.pipeline.attempt import attempt
from service.pipeline.collect import Collected, collect
from tests.builders import HOUR, MINUTE, NOON, policy, reading, report_of, state
from tests.fakes import FakeAdminApi

# A Tuesday whose ISO week began on Monday the 31st of August.
TUESDAY = datetime(2026, 9, 1, 12, tzinfo=UTC)
PROD = Workspace(uuid="11111111-aaaa", name="prod")
TEST = Workspace(uuid="22222222-bbbb", name="test")


def provider(*listed: Workspace, at: datetime = NOON) -> FakeAdminApi:
    api = FakeAdminApi(reading())
    api.listed = listed
    for workspace in ("", *(each.uuid for each in listed)):
        for moment in (at, at - timedelta(days=at.day)):
            report = report_of(100, moment)
            api.reports[report.period.key, workspace] = report
    return api


def of(workspace: str, **written: object) -> Policy:
    scope = {"workspace": workspace} if workspace else {}
    return policy(scope=scope, mode="observe", **written)


def collected(
    api: FakeAdminApi,
    *policies: Policy,
    known: OrganizationState | None = None,
    at: datetime = NOON,
) -> Collected:
    memory = known or state(period=month_of(at).key)
    return collect(api, policies, memory, now=at)


def knowing(
    *workspaces: Workspace, since: timedelta = timedelta(0)
) -> OrganizationState:
    return state(workspaces=workspaces, workspaces_at=NOON - since)


def reasons(snapshot: UsageSnapshot) -> dict[str, str]:
    """Give why workspaces are unknown; those with a figure are left out."""
    return {
        name: report.reason
        for name, report in snapshot.usage_by_workspace.items()
        if isinstance(report, Failure)
    }


def test_without_policies_the_limit_and_the_month_are_read_all_the_same() -> None:
    api = provider()

    snapshot = collected(api).snapshot

    assert sorted(api.calls) == ["rate_limit", "spend_limit", "usage 2026-08"]
    assert snapshot.limit == reading()
    assert snapshot.usage == report_of(100)
    assert snapshot.captured_at == NOON
    assert snapshot.previous is None


@pytest.mark.parametrize(
    ("error", "reason", "is_drift"),
    [
        (ProviderUnavailable("no answer in 10 s"), "provider_unavailable", False),
        (ProviderRejected("401", status=401), "provider_rejected", False),
        (ProviderRejected("404", status=404), "provider_rejected", True),
        (ProviderMalformed("no JSON"), "provider_malformed", True),
    ],
)
@pytest.mark.parametrize("method", ["spend_limit", "usage"])
def test_what_cannot_be_read_is_a_failure_with_its_reason(
    method: str, error: ProviderError, reason: str, *, is_drift: bool
) -> None:
    api = provider()
    api.then(method, error)

    snapshot = collected(api).snapshot

    failed = snapshot.limit if method == "spend_limit" else snapshot.usage
    assert failed == Failure(reason=reason, detail=str(error), is_drift=is_drift)
    other = snapshot.usage if method == "spend_limit" else snapshot.limit
    assert not isinstance(other, Failure)


def test_only_what_the_provider_does_is_a_failure() -> None:
    def divide() -> float:
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        attempt(divide)


def test_a_workspace_is_read_once_however_many_policies_watch_it() -> None:
    api = provider(PROD, TEST)

    snapshot = collected(api, of("prod"), of("prod"), of(PROD.uuid), of("")).snapshot

    assert api.calls.count(f"usage 2026-08/{PROD.uuid}") == 2  # by name and by uuid
    assert f"usage 2026-08/{TEST.uuid}" not in api.calls
    assert set(snapshot.usage_by_workspace) == {"prod", PROD.uuid}
    assert reasons(snapshot) == {}


def test_a_workspace_that_fails_leaves_the_others() -> None:
    api = provider(PROD, TEST)
    api.then(f"usage 2026-08/{PROD.uuid}", ProviderUnavailable("no answer"))

    snapshot = collected(api, of("prod"), of("test")).snapshot

    assert reasons(snapshot) == {"prod": "provider_unavailable"}
    assert snapshot.usage_by_workspace["test"] == report_of(100)
    assert not isinstance(snapshot.usage, Failure)


def test_a_workspace_that_the_provider_does_not_list_is_unknown() -> None:
    snapshot = collected(provider(PROD), of("prod"), of("stage")).snapshot

    assert reasons(snapshot) == {"stage": "unknown_workspace"}


def test_the_list_of_workspaces_is_read_when_a_policy_names_one() -> None:
    api = provider(PROD)

    got = collected(api, of("prod"))

    assert api.calls.count("workspaces") == 1
    assert (got.state.workspaces, got.state.workspaces_at) == ((PROD,), NOON)


@pytest.mark.parametrize(
    ("age", "reads"),
    [(MINUTE, 0), (HOUR - MINUTE, 0), (HOUR, 1), (2 * HOUR, 1), (-MINUTE, 1)],
)
def test_the_list_of_workspaces_is_read_once_an_hour(
    age: timedelta, reads: int
) -> None:
    api = provider(PROD)

    got = collected(api, of("prod"), known=knowing(PROD, since=age))

    assert api.calls.count("workspaces") == reads
    assert reasons(got.snapshot) == {}
    assert got.state.workspaces_at == (NOON if reads else NOON - age)


def test_a_name_that_is_not_in_a_fresh_list_is_looked_for_again() -> None:
    api = provider(PROD, TEST)

    got = collected(api, of("test"), known=knowing(PROD, since=MINUTE))

    assert api.calls.count("workspaces") == 1
    assert reasons(got.snapshot) == {}


def test_an_old_list_is_better_than_none() -> None:
    api = provider(PROD)
    api.then("workspaces", ProviderUnavailable("no answer"))
    known = knowing(PROD, since=2 * HOUR)

    got = collected(api, of("prod"), of("test"), known=known)

    # That the list could not be had is no proof that "test" is not in it.
    assert reasons(got.snapshot) == {"test": "provider_unavailable"}
    assert got.state == known


def archived(workspace: Workspace, uuid: str) -> Workspace:
    return Workspace(uuid=uuid, name=workspace.name, is_archived=True)


def test_a_workspace_goes_before_its_archived_namesake() -> None:
    old = archived(PROD, "00000000-0000")
    api = provider(old, PROD)

    collected(api, of("prod"))

    assert f"usage 2026-08/{PROD.uuid}" in api.calls
    assert f"usage 2026-08/{old.uuid}" not in api.calls


def test_an_archived_workspace_still_counts() -> None:
    old = archived(PROD, "00000000-0000")

    assert reasons(collected(provider(old), of("prod")).snapshot) == {}


@pytest.mark.parametrize("is_archived", [False, True])
def test_of_two_namesakes_none_is_guessed(*, is_archived: bool) -> None:
    twins = [
        Workspace(uuid=uuid, name="prod", is_archived=is_archived)
        for uuid in ("11111111-aaaa", "33333333-cccc")
    ]

    snapshot = collected(provider(*twins), of("prod"), of(twins[1].uuid)).snapshot

    assert reasons(snapshot) == {"prod": "ambiguous_workspace"}


def previous_calls(api: FakeAdminApi, month: str = "2026-08") -> list[str]:
    return sorted(call for call in api.calls if call.startswith(f"usage {month}"))


def test_last_month_is_read_for_a_week_that_reaches_back() -> None:
    api = provider(at=TUESDAY)

    snapshot = collected(api, of("", period="week"), at=TUESDAY).snapshot

    assert previous_calls(api) == ["usage 2026-08"]
    assert snapshot.previous is not None
    assert snapshot.previous_by_workspace == {}


@pytest.mark.parametrize("period", ["month", "day"])
def test_last_month_is_not_read_for_months_and_days(period: str) -> None:
    api = provider(PROD, at=TUESDAY)

    snapshot = collected(
        api, of("", period=period), of("prod", period=period), at=TUESDAY
    ).snapshot

    assert previous_calls(api) == []
    assert (snapshot.previous, snapshot.previous_by_workspace) == (None, {})


def test_last_month_is_read_to_close_it() -> None:
    api = provider(at=TUESDAY)

    snapshot = collected(api, at=TUESDAY, known=state(period="2026-08")).snapshot

    assert previous_calls(api) == ["usage 2026-08"]
    assert isinstance(snapshot.previous, UsageReport)


def test_last_month_is_not_read_where_nobody_ever_looked() -> None:
    api = provider(at=TUESDAY)

    collected(api, at=TUESDAY, known=state(period=None))

    assert previous_calls(api) == []


def test_last_month_is_not_read_for_a_week_that_began_in_this_one() -> None:
    api = provider(PROD)

    collected(api, of("", period="week"), of("prod", period="week"))

    assert previous_calls(api, "2026-07") == []


def weeks(*workspaces: str) -> Iterable[Policy]:
    return (of(workspace, period="week") for workspace in workspaces)


def test_last_month_is_read_of_those_workspaces_alone_whose_week_asks_for_it() -> None:
    api = provider(PROD, TEST, at=TUESDAY)

    snapshot = collected(api, of("prod"), *weeks("test"), at=TUESDAY).snapshot

    assert previous_calls(api) == [f"usage 2026-08/{TEST.uuid}"]
    assert set(snapshot.previous_by_workspace) == {"test"}
    assert snapshot.previous is None


def test_a_last_month_that_fails_is_a_failure_and_not_nothing() -> None:
    api = provider(PROD, at=TUESDAY)
    api.then("usage 2026-08", ProviderUnavailable("no answer"))

    snapshot = collected(api, *weeks("", "prod", "none"), at=TUESDAY).snapshot

    assert isinstance(snapshot.previous, Failure)
    assert isinstance(snapshot.previous_by_workspace["none"], Failure)
    assert not isinstance(snapshot.previous_by_workspace["prod"], Failure)


def test_what_has_no_answer_when_time_is_up_is_a_failure_of_its_own() -> None:
    api = provider(PROD)
    released = Event()
    # The call of the organization's usage comes first: it alone is held up.
    api.then("usage", lambda: released.wait(60))
    try:
        found = collect(
            api, [of("prod")], state(), now=NOON, patience=timedelta(milliseconds=200)
        ).snapshot
    finally:
        released.set()

    assert found.usage == Failure(
        reason="provider_unavailable", detail="no answer came in the time of a check"
    )
    assert not isinstance(found.limit, Failure)
    assert not isinstance(found.usage_by_workspace["prod"], Failure)


@pytest.mark.parametrize(
    ("read_at", "reads"),
    [
        pytest.param(None, 1, id="at first"),
        pytest.param(NOON - HOUR, 1, id="once an hour"),
        pytest.param(NOON - HOUR + MINUTE, 0, id="and no more often"),
        pytest.param(NOON + MINUTE, 1, id="after the clock was set back"),
    ],
)
def test_the_rate_limits_are_read_once_an_hour(
    read_at: datetime | None, reads: int
) -> None:
    api = provider()

    found = collect(api, (), state(rate_limit_at=read_at), now=NOON).snapshot

    assert api.calls.count("rate_limit") == reads
    assert (found.rate_limit is not None) is bool(reads)
