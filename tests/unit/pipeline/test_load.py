"""Loading policies: the last good set stays in force, and every load leaves a trace."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.alert import SYSTEM, AlertState
from service.domain.audit import AuditAction
from service.domain.errors import InvalidPolicies, NotFound, StorageUnavailable
from service.domain.notification import EventKind
from service.domain.policy_set import PolicySource, revision_of
from service.pipeline.load import load_policies, wait_for_policies
from tests.unit.pipeline.load_world import BROKEN, DOUBT, LITERAL, Loading
from tests.unit.pipeline.respond_world import NOON


@pytest.fixture
def loading() -> Loading:
    return Loading()


def test_before_the_first_load_nothing_is_in_force(loading: Loading) -> None:
    with pytest.raises(NotFound):
        loading.loaded.current()
    assert loading.loaded.error() is None


def test_a_good_set_is_in_force_stored_and_audited(loading: Loading) -> None:
    assert loading.load()

    policies = loading.loaded.current()
    (revision,) = loading.world.tables.revision_list
    (fact,) = loading.facts(AuditAction.POLICY_LOADED)
    assert [d.policy.id for d in policies.policies] == ["acme"]
    assert (revision.revision, revision.error) == (policies.revision, None)
    assert revision.texts == loading.source.texts
    assert fact.detail is not None
    assert fact.detail["added"] == ("acme",)
    assert fact.detail["commit"] == "c0ffee"
    assert fact.detail["previous"] is None
    assert loading.events() == []


def test_the_same_set_does_nothing_new(loading: Loading) -> None:
    loading.load()
    before = len(loading.world.tables.facts)
    loading.later()

    assert not loading.load()
    assert len(loading.world.tables.facts) == before
    assert loading.loaded.current().loaded_at == NOON


def test_over_a_restart_a_set_is_in_force_since_its_first_load(
    loading: Loading,
) -> None:
    loading.load()
    loading.later()
    again = loading.restart()

    assert again.load()
    assert again.loaded.current().loaded_at == NOON
    assert len(again.world.tables.revision_list) == 1


def test_a_new_commit_of_the_same_files_is_shown_and_not_recorded(
    loading: Loading,
) -> None:
    loading.load()
    loading.source.commit = "beef"

    assert loading.load()
    assert loading.loaded.current().commit == "beef"
    assert len(loading.world.tables.revision_list) == 1


def test_a_change_is_audited_field_by_field(loading: Loading) -> None:
    loading.load()
    loading.source.texts = (("acme.yaml", "acme 6000"), ("beta.yaml", "beta 1"))
    loading.later()

    assert loading.load()

    fact = loading.facts(AuditAction.POLICY_LOADED)[-1]
    assert fact.detail is not None
    assert fact.detail["added"] == ("beta",)
    assert fact.detail["removed"] == ()
    assert fact.detail["changed"] == [
        {"target": "acme", "key": "budget.amount", "from": "5000", "to": "6000"}
    ]


def test_after_a_restart_changes_are_told_against_the_stored_set(
    loading: Loading,
) -> None:
    loading.load()
    loading.source.texts = (("acme.yaml", "acme 6000"),)
    again = loading.restart()

    again.load()

    fact = again.facts(AuditAction.POLICY_LOADED)[-1]
    assert fact.detail is not None
    assert fact.detail["added"] == ()
    assert fact.detail["changed"] != []


def test_a_bad_set_leaves_the_last_good_one_in_force(loading: Loading) -> None:
    loading.load()
    good = loading.loaded.current()
    loading.source.findings = (DOUBT, BROKEN)

    assert loading.load()

    assert loading.loaded.current() is good
    assert loading.loaded.error() == str(BROKEN)
    refused = loading.world.tables.revision_list[-1]
    assert (refused.error, refused.texts) == (str(BROKEN), loading.source.texts)
    (fact,) = loading.facts(AuditAction.POLICY_REFUSED)
    assert fact.detail is not None
    assert fact.detail["findings"] == (str(BROKEN),)
    assert fact.detail["in_force"] == good.revision


def test_a_bad_set_alerts_once_and_tells_the_default_channels(
    loading: Loading,
) -> None:
    loading.load()
    loading.source.findings = (BROKEN,)
    loading.load()
    loading.later()
    other = replace(BROKEN, line=9)
    loading.source.findings = (BROKEN, other)
    loading.load()

    (alert,) = loading.world.tables.alerts_by_id.values()
    assert (alert.key.organization, alert.kind.value, alert.state, alert.firing) == (
        SYSTEM,
        "policy_load_failed",
        AlertState.FIRING,
        1,
    )
    assert alert.reason == f"{BROKEN}\n{other}"
    (told,) = loading.world.tables.notifications_by_id.values()
    assert told.channel == "finops"
    assert told.message.link == "https://guard.example"
    assert str(BROKEN) in told.message.events[0].detail
    assert loading.events() == [EventKind.FIRED]
    assert loading.world.wakes


def test_the_same_bad_set_does_nothing_new(loading: Loading) -> None:
    loading.load()
    loading.source.findings = (BROKEN,)
    loading.load()

    assert not loading.load()
    again = loading.restart()
    assert again.load()
    assert again.loaded.error() == str(BROKEN)
    assert len(loading.facts(AuditAction.POLICY_REFUSED)) == 1


def test_the_next_good_set_resolves_the_alert_and_says_so(loading: Loading) -> None:
    loading.load()
    for _ in range(2):
        loading.source.findings = (BROKEN,)
        loading.later()
        loading.load()
        loading.source.findings = ()
        loading.later()
        assert loading.load()

    assert loading.loaded.error() is None
    states = [each.state for each in loading.world.tables.alerts_by_id.values()]
    assert states == [AlertState.RESOLVED, AlertState.RESOLVED]
    assert loading.events() == [
        EventKind.FIRED,
        EventKind.RESOLVED,
        EventKind.FIRED,
        EventKind.RESOLVED,
    ]


def test_an_alert_that_is_over_is_not_touched_by_later_loads(loading: Loading) -> None:
    loading.load()
    loading.source.findings = (BROKEN,)
    loading.load()
    loading.source.findings = ()
    loading.load()
    before = dict(loading.world.tables.alerts_by_id)
    loading.source.texts = (("acme.yaml", "acme 6000"),)
    loading.later()

    assert loading.load()
    assert loading.world.tables.alerts_by_id == before
    assert loading.events() == [EventKind.FIRED, EventKind.RESOLVED]


def test_many_findings_are_cut_short(loading: Loading) -> None:
    loading.load()
    loading.source.findings = tuple(replace(BROKEN, line=n) for n in range(1, 31))

    loading.load()

    error = loading.loaded.error()
    assert error is not None
    assert error.endswith("\nand 10 more")
    assert len(error.split("\n")) == 21


def test_a_bad_start_takes_the_last_good_revision_and_alerts(loading: Loading) -> None:
    loading.load()
    loading.later()
    loading.source.findings = (BROKEN,)
    again = loading.restart()

    assert again.load()

    policies = again.loaded.current()
    assert (policies.source, policies.loaded_at) == ("database", NOON)
    assert (policies.commit, policies.author) == ("c0ffee", "Ann <a@b.c>")
    assert again.loaded.error() == str(BROKEN)
    assert again.events() == [EventKind.FIRED]


def test_a_bad_start_without_a_good_revision_is_refused(loading: Loading) -> None:
    loading.source.findings = (BROKEN,)

    with pytest.raises(InvalidPolicies):
        loading.load()
    assert loading.world.tables.facts == []


def test_a_bad_start_is_refused_where_it_must_be_good(loading: Loading) -> None:
    loading.load()
    loading.source.findings = (BROKEN,)
    again = loading.restart()

    with pytest.raises(InvalidPolicies):
        again.load(strict_start=True)
    # Once something is in force, a bad set is no reason to stop.
    assert loading.load(strict_start=True)


def test_a_stored_revision_that_is_no_longer_good_is_not_taken(
    loading: Loading,
) -> None:
    loading.load()
    stored = loading.world.tables.revision_list[0]
    texts = (("acme.yaml", "broken"),)
    loading.world.tables.revision_list[0] = replace(stored, texts=texts)
    loading.source.findings = (BROKEN,)

    with pytest.raises(InvalidPolicies):
        loading.restart().load()


def test_policies_put_over_the_api_are_in_force_beside_the_files(
    loading: Loading,
) -> None:
    loading.put("beta")

    loading.load()

    policies = loading.loaded.current()
    declared = policies.declared("beta")
    assert declared is not None
    assert declared.source is PolicySource.API
    assert ("api/beta.yaml", "beta 100") in policies.texts
    assert policies.commit == "c0ffee"


def test_a_file_wins_over_the_api_and_the_other_is_retired_and_told(
    loading: Loading,
) -> None:
    loading.put("beta")
    loading.load()
    loading.source.texts = (("acme.yaml", "acme 5000"), ("beta.yaml", "beta 1"))
    loading.later()

    loading.load()

    declared = loading.loaded.current().declared("beta")
    assert declared is not None
    assert declared.source is PolicySource.FILE
    stored = loading.world.tables.policies_by_id["beta"]
    assert stored.retired_at == loading.world.clock.now()
    assert stored.retired_reason == "declared_in_file"
    (fact,) = loading.facts(AuditAction.POLICY_RETIRED)
    assert fact.target == "policy:beta"
    assert fact.detail == {"place": "beta.yaml:3", "put_by": "key:alice"}
    assert loading.events() == [EventKind.POLICY_RETIRED]

    loading.later()
    assert not loading.load()


def test_a_retirement_is_recorded_even_where_the_files_are_known(
    loading: Loading,
) -> None:
    loading.load()
    loading.put("acme")

    loading.load()

    assert len(loading.facts(AuditAction.POLICY_RETIRED)) == 1


def test_a_load_that_could_not_be_recorded_is_made_up_for(loading: Loading) -> None:
    loading.load()
    assert not wait_for_policies(loading.services, loading.loaded, timedelta(1))
    loading.source.texts = (("acme.yaml", "acme 6000"),)

    def away() -> object:
        raise StorageUnavailable("the database is away")

    services = replace(loading.services, transaction=away)  # type: ignore[arg-type] # raises before it gives anything
    with pytest.raises(StorageUnavailable):
        load_policies(services, loading.loaded)

    assert loading.loaded.current().declared("acme") is not None
    assert wait_for_policies(loading.services, loading.loaded, timedelta(1))
    assert loading.source.waited == [timedelta(1)]
    assert loading.load()
    assert not wait_for_policies(loading.services, loading.loaded, timedelta(1))


def test_a_secret_in_a_file_is_not_stored_and_the_revision_stays_the_files_own(
    loading: Loading,
) -> None:
    loading.source.texts = (("acme.yaml", f"acme {LITERAL}"),)

    loading.load()

    (stored,) = loading.world.tables.revision_list
    assert stored.texts == (("acme.yaml", "acme broken"),)
    assert stored.revision == revision_of(loading.source.texts)
    again = loading.restart()
    again.load()
    assert again.loaded.current().policies == loading.loaded.current().policies


def test_a_bad_start_reads_the_secret_from_the_file_that_still_has_it(
    loading: Loading,
) -> None:
    loading.source.texts = (("acme.yaml", f"acme {LITERAL}"),)
    loading.load()
    loading.source.findings = (BROKEN,)
    loading.source.texts = (*loading.source.texts, ("beta.yaml", "bad 1"))
    again = loading.restart()

    again.load()

    policies = again.loaded.current()
    assert policies.revision == loading.loaded.current().revision
    assert policies.policies == loading.loaded.current().policies


def test_a_bad_start_says_why_the_last_good_revision_is_no_help(
    loading: Loading,
) -> None:
    loading.source.texts = (("acme.yaml", f"acme {LITERAL}"),)
    loading.load()
    loading.source.findings = (BROKEN,)
    loading.source.texts = (("acme.yaml", "bad 1"),)

    with pytest.raises(InvalidPolicies) as refused:
        loading.restart().load()

    told = [each.message for each in refused.value.findings]
    assert told == [
        "unknown key `spned`",
        "the last good revision is no help: unknown key `spned`",
    ]


def test_without_the_set_before_everything_counts_as_added(loading: Loading) -> None:
    loading.source.texts = (("acme.yaml", f"acme {LITERAL}"),)
    loading.load()
    loading.source.texts = (("acme.yaml", "acme 300"),)
    loading.later()

    loading.restart().load()

    loaded = loading.facts(AuditAction.POLICY_LOADED)[-1]
    assert loaded.detail is not None
    assert loaded.detail["added"] == ("acme",)
