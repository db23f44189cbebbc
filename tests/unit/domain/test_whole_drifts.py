"""Everything that one reading of a moved limit leaves in memory, and in its news."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from service.domain.attribution import NAMING_LASTS, LimitLog
from service.domain.drift import (
    DriftNews,
    DriftTurn,
    Terms,
    closed_by,
    follow,
    may_revert,
)
from service.domain.guard import OnDrift
from service.domain.limit_change import ChangeKind, LimitChange
from service.domain.settlement import Settlement
from service.domain.state import Drift, OrganizationState, Override
from tests.builders import DAY, HOUR, MINUTE, NOON, Fields, change, limit, state
from tests.unit.domain.test_attribution import entry

AT = NOON - MINUTE
END = NOON + 11 * DAY
SEEN = Drift(
    before=limit(10_000),
    observed=limit(12_000),
    since=NOON - HOUR,
    seen_at=NOON,
)
BY_ADA = replace(SEEN, who="ada", moved_at=AT)


def terms(on_drift: OnDrift = OnDrift.ASK, *, log: LimitLog = ()) -> Terms:
    return Terms(on_drift=on_drift, log=log, changes=(), now=NOON, period_end=END)


def named(*actors: str) -> LimitLog:
    return tuple(entry(AT, each) for each in actors)


def known(**changes: Fields) -> OrganizationState:
    """Give the memory of a limit of 10,000 that was seen an hour ago."""
    return state(**{"limit_known_at": NOON - HOUR} | changes)


def read(
    before: OrganizationState, under: Terms, at: int = 12_000
) -> tuple[OrganizationState, DriftNews]:
    """Read a limit, and give the memory after it and the one thing there is to tell."""
    found = follow(None, Settlement(state=before, observed=limit(at)), under)
    (news,) = found.news
    return found.state, news


def told(news: DriftNews) -> tuple[DriftTurn, Drift]:
    return news.turn, news.drift


def test_the_first_sight_of_a_drift_is_remembered_whole() -> None:
    after, news = read(known(), terms(log=named("ada")))

    assert after == known(drift=BY_ADA, limit_known_at=NOON)
    assert told(news) == (DriftTurn.SEEN, BY_ADA)


def test_a_drift_of_which_nobody_knows_who_did_it_waits_for_a_name() -> None:
    after, news = read(known(), terms())

    assert after == known(drift=SEEN, nameless=SEEN, limit_known_at=NOON)
    assert told(news) == (DriftTurn.SEEN, SEEN)


@pytest.mark.parametrize(
    ("limit_known_at", "last_check_at", "since"),
    [
        (NOON - HOUR, NOON - MINUTE, NOON - HOUR),
        (None, NOON - MINUTE, NOON - MINUTE),
        (None, None, NOON - NAMING_LASTS),
    ],
)
def test_a_drift_began_after_the_limit_was_last_known(
    limit_known_at: datetime | None, last_check_at: datetime | None, since: datetime
) -> None:
    before = state(limit_known_at=limit_known_at, last_check_at=last_check_at)

    assert read(before, terms())[1].drift.since == since


def test_a_drift_that_goes_on_keeps_its_beginning() -> None:
    open_one = replace(BY_ADA, seen_at=NOON - HOUR, since=NOON - 2 * HOUR)
    after, news = read(known(drift=open_one), terms(log=named("eve")), 13_000)
    again = replace(SEEN, observed=limit(13_000), who="eve", moved_at=AT)

    assert told(news) == (DriftTurn.MOVED, again)
    assert after == known(
        drift=replace(again, seen_at=NOON - HOUR), limit_known_at=NOON
    )


def adopted(by: str) -> Fields:
    chosen = Override(limit=limit(12_000), by=by, set_at=NOON, until=END)
    return {"reference": limit(12_000), "limit_known_at": NOON, "override": chosen}


def test_an_adopted_limit_is_a_persons_choice_from_now_on() -> None:
    after, news = read(known(), terms(OnDrift.ADOPT, log=named("eve", "ada")))

    assert after == known(**adopted("eve"))
    assert told(news) == (DriftTurn.ADOPTED, replace(BY_ADA, who="eve"))
    assert "from 10000.00 EUR to 12000.00 EUR by eve" in news.sentence
    assert "the last of 2 changes" in news.sentence


def test_an_adopted_limit_of_nobody_is_the_consoles() -> None:
    after, news = read(known(), terms(OnDrift.ADOPT))

    assert after == known(**adopted("console"), nameless=SEEN)
    assert told(news) == (DriftTurn.ADOPTED, SEEN)


@pytest.mark.parametrize("drift", [SEEN, BY_ADA])
def test_an_open_drift_is_adopted_with_whom_it_names(drift: Drift) -> None:
    after, news = read(known(drift=drift), terms(OnDrift.ADOPT, log=named("eve")))

    assert after == known(**adopted(drift.who or "console"))
    assert told(news) == (DriftTurn.ADOPTED, drift)
    assert ("by ada" in news.sentence) is (drift is BY_ADA)


def test_a_limit_that_is_back_leaves_no_question_of_who_it_was() -> None:
    after, news = read(known(drift=SEEN, nameless=SEEN), terms(), 10_000)

    assert after == known()
    assert told(news) == (DriftTurn.RETURNED, SEEN)


@pytest.mark.parametrize(
    ("before", "named_after"),
    [
        pytest.param({"drift": SEEN}, {"drift": BY_ADA}, id="while it is open"),
        pytest.param(adopted("console"), adopted("console"), id="once adopted"),
    ],
)
def test_a_name_that_comes_later_is_remembered_whole(
    before: Fields, named_after: Fields
) -> None:
    after, news = read(known(**before, nameless=SEEN), terms(log=named("ada")))

    assert after == known(**named_after)
    assert told(news) == (DriftTurn.NAMED, BY_ADA)


@pytest.mark.parametrize(
    ("kind", "turn"),
    [
        (ChangeKind.REVERT, DriftTurn.REVERTED),
        (ChangeKind.CAP, DriftTurn.REPLACED),
        (ChangeKind.MANUAL, DriftTurn.REPLACED),
    ],
)
def test_a_change_of_ours_ends_a_drift(kind: ChangeKind, turn: DriftTurn) -> None:
    news = closed_by(SEEN, change(kind, after=limit(9000)))

    assert told(news) == (turn, SEEN)
    assert "from 12000.00 EUR to 9000.00 EUR" in news.sentence
    assert ("put back" in news.sentence) is (turn is DriftTurn.REVERTED)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param({"settled_at": NOON - DAY}, True, id="a day ago"),
        pytest.param(
            {"settled_at": NOON - DAY + MINUTE, "planned_at": NOON - 2 * DAY},
            False,
            id="ended less than a day ago, however long it took",
        ),
        pytest.param(
            {"settled_at": None, "planned_at": NOON - HOUR}, False, id="planned of late"
        ),
    ],
)
def test_a_limit_is_put_back_once_a_day(made: Fields, *, expected: bool) -> None:
    last: LimitChange = change(ChangeKind.REVERT, **made)

    assert may_revert(SEEN, (last,), NOON) is expected
    assert may_revert(SEEN, (last,), NOON + timedelta(days=3))
