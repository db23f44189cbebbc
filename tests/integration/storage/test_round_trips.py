"""Whatever is kept comes back as it was: every field of every kind, both databases."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from service.domain.access import ApiKey
from service.domain.alert import Alert
from service.domain.check import Check, UsageMonth
from service.domain.limit_change import LimitChange
from service.domain.notification import Notification
from service.domain.silence import Silence
from service.domain.state import OrganizationState
from service.domain.usage import UsageSnapshot
from service.ports import PageRequest, Revision, StoredPolicy
from service.storage import Database, SqlQueries, SqlUnitOfWork
from service.storage.documents import limit_from_text, text_of_limit
from service.storage.translate.snapshots import snapshot_from_text, text_of_snapshot
from tests.integration.storage.everything import everything

Test = Callable[..., None]


def drawn(kind: Any) -> Callable[[Test], Test]:  # noqa: ANN401 - any type hint
    """Run a test with many values; they share its database."""

    def decorate(test: Test) -> Test:
        with_values = given(value=everything(kind))
        bounded = settings(
            max_examples=25,
            deadline=None,
            suppress_health_check=[
                HealthCheck.function_scoped_fixture,
                HealthCheck.too_slow,
            ],
        )
        return bounded(with_values(test))

    return decorate


@drawn(OrganizationState)
def test_organization_states(database: Database, value: OrganizationState) -> None:
    with SqlUnitOfWork(database) as work:
        work.save_state(value)
        assert work.state(value.organization) == value


@drawn(Alert)
def test_alerts(database: Database, value: Alert) -> None:
    with SqlUnitOfWork(database) as work:
        work.save_alert(value)
        assert work.alert(value.id) == value


@drawn(LimitChange)
def test_limit_changes(database: Database, value: LimitChange) -> None:
    with SqlUnitOfWork(database) as work:
        work.save_limit_change(value)
    assert SqlQueries(database).limit_change(value.id) == value


@drawn(Check)
def test_checks(database: Database, value: Check) -> None:
    kept = replace(value, is_dry_run=False)
    with SqlUnitOfWork(database) as work:
        work.save_check(kept)
    assert SqlQueries(database).check(value.id) == kept


@drawn(UsageMonth)
def test_usage_months(database: Database, value: UsageMonth) -> None:
    with SqlUnitOfWork(database) as work:
        work.save_usage(value)
    kept = SqlQueries(database).usage(value.organization, value.period)
    months = [month for month in kept if month.workspace == value.workspace]
    # Of a month seen before the moment of the first sight stays.
    assert [replace(month, captured_at=value.captured_at) for month in months] == [
        value
    ]


@drawn(Notification)
def test_notifications(database: Database, value: Notification) -> None:
    with SqlUnitOfWork(database) as work:
        work.save_notification(value)
        assert work.notification(value.id) == value


@drawn(Revision)
def test_revisions(database: Database, value: Revision) -> None:
    with SqlUnitOfWork(database) as work:
        work.save_revision(value)
    assert SqlQueries(database).revisions(PageRequest(limit=1)).items == (value,)


@drawn(StoredPolicy)
def test_stored_policies(database: Database, value: StoredPolicy) -> None:
    with SqlUnitOfWork(database) as work:
        work.save_policy(value)
    assert value in SqlQueries(database).stored_policies()


@drawn(Silence)
def test_silences(database: Database, value: Silence) -> None:
    with SqlUnitOfWork(database) as work:
        work.save_silence(value)
        assert work.silence(value.id) == value


@drawn(ApiKey)
def test_keys(database: Database, value: ApiKey) -> None:
    only = replace(value, digest=f"{value.id}:{value.digest}")
    with SqlUnitOfWork(database) as work:
        work.save_key(only)
    assert SqlQueries(database).key_by_digest(only.digest) == only


@pytest.mark.parametrize("text", [None, "unlimited", "0 EUR", "4000.10 USD"])
def test_limits_read_as_people_write_them(text: str | None) -> None:
    assert text_of_limit(limit_from_text(text)) == text


@given(before=everything(UsageSnapshot), value=everything(UsageSnapshot))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_snapshots(before: UsageSnapshot, value: UsageSnapshot) -> None:
    for known in (None, before):
        text = text_of_snapshot(value, known)
        name, at = value.organization, value.captured_at
        assert snapshot_from_text(text, known, name, at) == value
