"""Who moved the limit outside, from entries in any order, late, or of our own."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from service.domain.analytics import ProviderAuditEntry
from service.domain.attribution import (
    NAMING_LASTS,
    Author,
    author_of,
    by_whom,
    log_wanted_since,
    overtaken_since,
)
from service.domain.limit_change import ChangeKind, ChangeState, LimitChange
from service.domain.settlement import Settlement
from service.domain.state import Drift
from tests.builders import DAY, HOUR, MINUTE, NOON, change, failure, limit, state

SECOND = timedelta(seconds=1)
SINCE = NOON - HOUR


def entry(
    at: datetime = NOON, actor: str = "ada@acme.example", kind: str = "HUMAN"
) -> ProviderAuditEntry:
    return ProviderAuditEntry(
        at=at,
        actor=actor,
        actor_type=kind,
        event_type="billing.monthly_limit.updated",
        target_type="MONTHLY_LIMIT",
        detail={},
    )


def named(*log: ProviderAuditEntry, changes: tuple[LimitChange, ...] = ()) -> str:
    author = author_of(log, SINCE, changes)
    return "" if author is None else author.name


EVE = entry(NOON - MINUTE, "eve@acme.example")
OTHER_EVENT = replace(entry(), event_type="rate_limit.rule.update")


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        pytest.param((), "", id="nobody is named"),
        pytest.param((entry(),), "ada@acme.example", id="the one there is"),
        pytest.param((EVE, entry()), "ada@acme.example", id="the newest of two"),
        pytest.param((entry(), EVE), "ada@acme.example", id="in any order"),
        pytest.param((EVE, OTHER_EVENT), "eve@acme.example", id="of the limit alone"),
        pytest.param((entry(SINCE - 2 * SECOND),), "", id="not of the time before"),
        pytest.param(
            (entry(SINCE - SECOND),),
            "ada@acme.example",
            id="clocks differ a little",
        ),
        pytest.param(
            (entry(actor="HUMAN"),), "a person without a name", id="a nameless person"
        ),
        pytest.param(
            (entry(actor="terraform", kind="API_KEY"),),
            "the API key terraform",
            id="another key",
        ),
        pytest.param(
            (entry(actor="billing", kind="OTHER"),), "billing", id="something else"
        ),
        pytest.param(
            (entry(actor="OTHER", kind="OTHER"),),
            "OTHER without a name",
            id="something else without a name",
        ),
        pytest.param(
            (entry(actor="\x1b[31mada\n"),), "[31mada", id="harmless on a terminal"
        ),
    ],
)
def test_who_moved_the_limit_is_named(
    log: tuple[ProviderAuditEntry, ...], expected: str
) -> None:
    assert named(*log) == expected


def test_the_moves_before_the_last_are_counted() -> None:
    last = Author(name="ada@acme.example", at=NOON, earlier=0)

    assert author_of((entry(),), SINCE, ()) == last
    assert author_of((EVE, entry(), EVE), SINCE, ()) == replace(last, earlier=2)


def ours(**changes: object) -> LimitChange:
    made = change(requested_at=NOON - 2 * SECOND, settled_at=NOON + 2 * SECOND)
    return replace(made, **changes)  # type: ignore[arg-type]  # the fields as the test names them


KEY = entry(actor="spendguard", kind="API_KEY")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(ours(), "", id="ours"),
        pytest.param(ours(settled_at=None, state=ChangeState.UNKNOWN), "", id="open"),
        pytest.param(
            ours(state=ChangeState.SKIPPED), "the API key spendguard", id="never sent"
        ),
        pytest.param(
            ours(requested_at=None), "the API key spendguard", id="never asked for"
        ),
        pytest.param(
            ours(settled_at=NOON - SECOND), "", id="just before, by another clock"
        ),
        pytest.param(
            ours(settled_at=NOON - 2 * SECOND),
            "the API key spendguard",
            id="long before",
        ),
        pytest.param(
            ours(requested_at=NOON + SECOND), "", id="just after, by another clock"
        ),
        pytest.param(
            ours(requested_at=NOON + 2 * SECOND), "the API key spendguard", id="later"
        ),
    ],
)
def test_what_our_own_key_did_is_not_taken_for_somebody_elses(
    made: LimitChange, expected: str
) -> None:
    assert named(KEY, changes=(made,)) == expected
    assert named(entry(), changes=(made,)) == "ada@acme.example"


def test_who_cannot_be_named_is_said_to_be_so() -> None:
    author = Author(name="ada", at=NOON, earlier=2)

    assert by_whom((), author) == (
        "by ada at 2026-08-20 12:00 UTC, the last of 3 changes"
    )
    assert by_whom((), replace(author, earlier=0)) == "by ada at 2026-08-20 12:00 UTC"
    assert "nobody is named" in by_whom((), None)
    assert "no answer in 10 s" in by_whom(failure(), None)
    assert "was not asked" in by_whom(None, None)
    assert author_of(failure(), SINCE, ()) is None


DRIFT = Drift(
    before=limit(500), observed=limit(700), since=NOON - DAY, seen_at=NOON - MINUTE
)


@pytest.mark.parametrize(
    ("known", "observed", "since"),
    [
        pytest.param(
            state(limit_known_at=NOON - HOUR),
            limit(700),
            NOON - HOUR - SECOND,
            id="since the limit was last where it was known to be",
        ),
        pytest.param(
            state(), limit(700), NOON - 5 * MINUTE - SECOND, id="since the last check"
        ),
        pytest.param(
            state(last_check_at=None),
            limit(700),
            NOON - NAMING_LASTS - SECOND,
            id="since some time where nothing is known",
        ),
        pytest.param(state(), limit(10_000), None, id="not where nothing moved"),
        pytest.param(
            state(nameless=DRIFT),
            limit(10_000),
            NOON - DAY - SECOND,
            id="while somebody is still without a name",
        ),
        pytest.param(
            state(nameless=replace(DRIFT, seen_at=NOON - NAMING_LASTS)),
            limit(10_000),
            NOON - DAY - SECOND,
            id="for an hour",
        ),
        pytest.param(
            state(nameless=replace(DRIFT, seen_at=NOON - NAMING_LASTS - SECOND)),
            limit(10_000),
            None,
            id="not for ever",
        ),
    ],
)
def test_the_log_is_read_where_somebody_is_looked_for(
    known: object, observed: object, since: datetime | None
) -> None:
    settlement = Settlement(state=known, observed=observed)  # type: ignore[arg-type]  # a row of the table

    assert log_wanted_since(settlement, NOON) == since


def test_the_log_is_read_for_who_overtook_a_change() -> None:
    lost = change(ChangeKind.RAISE, ChangeState.FAILED, reason="overtaken")

    assert overtaken_since(lost) == NOON - DAY - SECOND
    assert overtaken_since(replace(lost, requested_at=None)) is None
    assert overtaken_since(replace(lost, reason="rejected")) is None
