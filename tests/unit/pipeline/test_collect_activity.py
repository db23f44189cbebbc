"""The analytics of one snapshot: each report once, and only where a policy asks."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from service.domain.activity import ActivityKey, Metric, Per
from service.domain.analytics import AnalyticsReport, Cell
from service.domain.errors import ProviderRejected, ProviderUnavailable
from service.domain.period import PeriodKind
from service.domain.policy import Policy
from service.domain.state import OrganizationState
from service.domain.usage import Activity, Failure, Workspace
from service.pipeline.collect import collect
from tests.builders import HOUR, NOON, policy, reading, report_of, state, threshold
from tests.fakes import FakeAdminApi
from tests.unit.domain.counting import CHATTY, chatty, did, key

PROD = Workspace(uuid="11111111-aaaa", name="prod")
TEST = Workspace(uuid="22222222-bbbb", name="test")
GONE = Workspace(uuid="33333333-cccc", name="gone", is_archived=True)
SESSIONS = {"metric": "vibe.sessions", "per": "workspace", "above": 100}
OF_SESSIONS = key(Metric.SESSIONS, Per.WORKSPACE)


def sessions(count: int) -> Mapping[str, tuple[Mapping[str, Cell], ...]]:
    return {"sessions": ({"day": "2026-08-20", "nb_sessions": count},)}


def provider(*listed: Workspace) -> FakeAdminApi:
    api = FakeAdminApi(reading())
    api.reports["2026-08", ""] = report_of(100)
    api.listed = listed
    api.activity[AnalyticsReport.LECHAT_BY_USER, ""] = {
        "data": ({"user_id": "u1", "messages_count": 412, "files_count": 18},)
    }
    for number, workspace in enumerate(listed, 1):
        api.reports["2026-08", workspace.uuid] = report_of(10)
        report = AnalyticsReport.VIBE_BY_WORKSPACE
        api.activity[report, workspace.uuid] = sessions(number)
    return api


def collected(
    api: FakeAdminApi, *policies: Policy, known: OrganizationState | None = None
) -> Mapping[ActivityKey, Activity | Failure]:
    return collect(api, policies, known or state(), now=NOON).snapshot.activity


def asked(api: FakeAdminApi) -> list[str]:
    return sorted(call for call in api.calls if call.startswith("analytics"))


def test_without_a_threshold_on_activity_no_analytics_are_read() -> None:
    api = provider()

    assert collected(api, policy(threshold())) == {}
    assert asked(api) == []


def test_a_report_is_read_once_however_many_thresholds_rest_on_it() -> None:
    api = provider()
    files = threshold(id="files", activity=CHATTY | {"metric": "lechat.files"})
    later = threshold(id="later", activity=CHATTY | {"above": 7000})

    found = collected(api, chatty(), policy(files, later))

    assert asked(api) == ["analytics lechat/by-user"]
    assert found == {key(): did(u1=412), key(Metric.FILES): did(u1=18)}


def test_each_window_is_asked_for_on_its_own() -> None:
    api = provider()

    found = collected(api, chatty(), chatty({"window": "day"}))

    assert asked(api) == ["analytics lechat/by-user", "analytics lechat/by-user"]
    assert found == {key(): did(u1=412), key(window=PeriodKind.DAY): did(u1=412)}


def test_what_all_did_comes_in_one_bucket() -> None:
    api = provider()
    api.activity[AnalyticsReport.LECHAT_BY_TIME, ""] = {
        "data": ({"messages_count": 9},)
    }

    found = collected(api, chatty({"per": "organization"}))

    assert asked(api) == ["analytics lechat/by-time month"]
    assert found == {key(per=Per.ORGANIZATION): did(**{"": 9})}


@pytest.mark.parametrize(
    ("error", "is_drift"),
    [
        (ProviderUnavailable("no answer in 10 s"), False),
        (ProviderRejected("404", status=404), True),
    ],
)
def test_a_report_that_does_not_come_is_unknown_and_nothing_else_is(
    error: ProviderUnavailable | ProviderRejected, *, is_drift: bool
) -> None:
    api = provider()
    api.then("analytics", error)

    snapshot = collect(api, [chatty()], state(), now=NOON).snapshot

    lost = Failure(reason=error.code, detail=str(error), is_drift=is_drift)
    assert snapshot.activity == {key(): lost}
    assert snapshot.usage == report_of(100)


def test_every_live_workspace_is_asked_for_and_none_that_is_archived() -> None:
    api = provider(PROD, TEST, GONE)

    found = collected(api, chatty(SESSIONS))

    assert asked(api) == [
        f"analytics vibe/by-workspace {each.uuid}" for each in (PROD, TEST)
    ]
    assert found == {OF_SESSIONS: did(prod=1, test=2)}
    assert api.calls.count("workspaces") == 1
    assert f"usage 2026-08/{PROD.uuid}" not in api.calls


def test_the_list_of_workspaces_is_read_once_an_hour() -> None:
    api = provider(PROD)
    known = state(workspaces=(PROD,), workspaces_at=NOON - HOUR / 2)

    assert collected(api, chatty(SESSIONS), known=known) == {OF_SESSIONS: did(prod=1)}
    assert "workspaces" not in api.calls


def test_without_any_list_the_workspaces_are_unknown() -> None:
    api = provider(PROD)
    api.then("workspaces", ProviderUnavailable("no answer"))

    found = collected(api, chatty(SESSIONS))[OF_SESSIONS]

    assert found == Failure(reason="provider_unavailable", detail="no answer")


def test_an_old_list_is_better_than_none() -> None:
    api = provider(PROD)
    api.then("workspaces", ProviderUnavailable("no answer"))
    known = state(workspaces=(PROD,), workspaces_at=NOON - 2 * HOUR)

    assert collected(api, chatty(SESSIONS), known=known) == {OF_SESSIONS: did(prod=1)}


def test_two_of_one_name_are_told_apart() -> None:
    twin = Workspace(uuid="44444444-dddd", name="prod")
    found = collected(provider(PROD, twin), chatty(SESSIONS))[OF_SESSIONS]

    assert isinstance(found, Activity)
    assert [each.name for each in found.counts] == [
        f"prod ({twin.uuid})",
        f"prod ({PROD.uuid})",
    ]


def test_a_workspace_that_fails_is_lacking_and_the_others_count() -> None:
    api = provider(PROD, TEST)
    place = f"analytics vibe/by-workspace {PROD.uuid}"
    api.then(place, ProviderUnavailable("no answer"))

    lost = Failure(reason="provider_unavailable", detail="workspace prod: no answer")
    assert collected(api, chatty(SESSIONS)) == {OF_SESSIONS: did(lost, test=2)}


@pytest.mark.parametrize("name", ["prod", PROD.uuid])
def test_a_policy_of_one_workspace_asks_for_that_alone(name: str) -> None:
    api = provider(PROD, TEST)
    of = chatty(SESSIONS, scope={"workspace": name}, mode="observe")

    found = collected(api, of)

    assert asked(api) == [f"analytics vibe/by-workspace {PROD.uuid}"]
    what = key(Metric.SESSIONS, Per.WORKSPACE, workspace=name)
    assert found == {what: did(**{name: 1})}


def test_a_workspace_that_is_not_listed_is_unknown() -> None:
    of = chatty(SESSIONS, scope={"workspace": "stage"}, mode="observe")

    (found,) = collected(provider(PROD), of).values()

    assert isinstance(found, Failure)
    assert found.reason == "unknown_workspace"


def test_what_comes_too_late_is_a_failure() -> None:
    api = provider()

    snapshot = collect(
        api, [chatty()], state(), now=NOON, patience=timedelta(microseconds=1)
    ).snapshot

    # What was there at once counts; all else is given up, and nothing is zero.
    found = snapshot.activity[key()]
    assert isinstance(found, Failure) or found == did(u1=412)
