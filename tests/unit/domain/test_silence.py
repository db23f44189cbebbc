"""Silences: which alerts they match, when they hold, and what is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.alert import SYSTEM, Alert, AlertKind, AlertState, health_key
from service.domain.errors import InvalidInput
from service.domain.notification import EventKind
from service.domain.policy import Severity
from service.domain.silence import (
    LONGEST,
    Matchers,
    Silence,
    SilenceState,
    is_told_later,
    muting,
    require_sound,
    starting,
    withhold,
)
from tests.builders import (
    DAY,
    HOUR,
    NOON,
    Fields,
    alert,
    policy,
    policy_set,
    threshold,
)


def silence(**changes: Fields) -> Silence:
    """Give a silence over acme's policy, from noon on for an hour."""
    built = Silence(
        id="sl_1",
        matchers=Matchers(policy_id="acme-monthly"),
        starts_at=NOON,
        ends_at=NOON + HOUR,
        created_at=NOON,
        created_by="key:alice",
        comment="load test",
    )
    return replace(built, **changes)


def about_the_guard(
    kind: AlertKind = AlertKind.DELIVERY_FAILED, organization: str = SYSTEM
) -> Alert:
    return replace(alert(), key=health_key(organization, kind, "finops"), kind=kind)


@pytest.mark.parametrize(
    ("matchers", "is_taken"),
    [
        (Matchers(policy_id="acme-monthly"), True),
        (Matchers(policy_id="acme-*"), True),
        (Matchers(policy_id="acme-m?nthly"), True),
        (Matchers(policy_id="ACME-*"), False),
        (Matchers(policy_id="acme"), False),
        (Matchers(threshold_id="half"), True),
        (Matchers(threshold_id="near"), False),
        (Matchers(threshold_id="h*", policy_id="beta-*"), False),
        (Matchers(severity=Severity.WARNING), True),
        (Matchers(severity=Severity.CRITICAL), False),
        (Matchers(organization="acme"), True),
        (Matchers(organization="beta"), False),
        (Matchers(kind=AlertKind.SPEND), True),
        (Matchers(kind=AlertKind.LIMIT), False),
        (Matchers(policy_id="acme-*", kind=AlertKind.SPEND, organization="a*"), True),
    ],
)
def test_an_alert_is_meant_when_it_fits_all_that_is_given(
    matchers: Matchers, *, is_taken: bool
) -> None:
    assert matchers.take(alert()) is is_taken


@pytest.mark.parametrize(
    ("matchers", "is_taken"),
    [
        (Matchers(policy_id="*"), False),
        (Matchers(threshold_id="delivery_failed"), False),
        (Matchers(kind=AlertKind.DELIVERY_FAILED), True),
        (Matchers(organization="system"), True),
        (Matchers(organization="acme"), False),
    ],
)
def test_an_alert_about_the_guard_has_neither_policy_nor_threshold(
    matchers: Matchers, *, is_taken: bool
) -> None:
    assert matchers.take(about_the_guard()) is is_taken


@pytest.mark.parametrize(
    ("matchers", "may_match"),
    [
        (Matchers(policy_id="acme-monthly"), True),
        (Matchers(policy_id="acme-weekly"), False),
        (Matchers(threshold_id="ha*"), True),
        (Matchers(threshold_id="near"), False),
        (Matchers(policy_id="acme-*", severity=Severity.INFO), False),
        (Matchers(policy_id="acme-*", kind=AlertKind.SPEND), True),
        (Matchers(policy_id="acme-*", kind=AlertKind.LIMIT), False),
        (Matchers(policy_id="acme-*", kind=AlertKind.DATA_UNKNOWN), False),
        (Matchers(kind=AlertKind.LIMIT), False),
        (Matchers(kind=AlertKind.DATA_UNKNOWN), True),
        (Matchers(severity=Severity.CRITICAL), True),
        (Matchers(organization="acme"), True),
        (Matchers(organization="beta"), False),
        (Matchers(organization=SYSTEM), True),
    ],
)
def test_a_silence_knows_whether_anything_in_force_is_meant(
    matchers: Matchers, *, may_match: bool
) -> None:
    assert matchers.may_take_any(policy_set(policy(threshold()))) is may_match


@pytest.mark.parametrize(
    ("changes", "after", "state"),
    [
        ({"starts_at": NOON + HOUR, "ends_at": NOON + DAY}, 0, SilenceState.PENDING),
        ({}, 0, SilenceState.ACTIVE),
        ({}, 59, SilenceState.ACTIVE),
        ({}, 60, SilenceState.EXPIRED),
        ({"expired_at": NOON}, 0, SilenceState.EXPIRED),
    ],
)
def test_a_silence_holds_from_its_start_until_before_its_end(
    changes: dict[str, Fields], after: int, state: SilenceState
) -> None:
    assert silence(**changes).state(NOON + timedelta(minutes=after)) is state


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"matchers": Matchers()}, "at least one matcher"),
        ({"matchers": Matchers(policy_id="")}, "one line"),
        ({"matchers": Matchers(threshold_id="a\nb")}, "one line"),
        ({"matchers": Matchers(organization="a" * 201)}, "200 characters"),
        ({"comment": "  "}, "one line"),
        ({"comment": "a\x00b"}, "one line"),
        ({"comment": "a" * 501}, "500 characters"),
        ({"ends_at": NOON}, "in the future"),
        ({"starts_at": NOON + DAY}, "after it starts"),
        ({"starts_at": NOON - DAY, "ends_at": NOON - HOUR}, "in the future"),
        ({"ends_at": NOON + LONGEST + HOUR}, "within 366 days"),
    ],
)
def test_what_would_not_work_is_refused(changes: dict[str, Fields], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        require_sound(silence(**changes), NOON)


def test_a_sound_silence_is_taken() -> None:
    assert require_sound(silence(), NOON) == silence()
    begun = silence(starts_at=NOON - DAY)
    assert require_sound(begun, NOON) == begun
    longest = silence(
        matchers=Matchers(policy_id="a" * 200),
        comment="a" * 500,
        ends_at=NOON + LONGEST,
    )
    assert require_sound(longest, NOON) == longest


def test_a_silence_starts_now_or_soon() -> None:
    assert starting(None, NOON) == NOON
    assert starting(NOON + LONGEST, NOON) == NOON + LONGEST
    with pytest.raises(InvalidInput, match="starts within"):
        starting(NOON + LONGEST + DAY, NOON)


def test_the_first_silence_that_matches_is_named() -> None:
    other = silence(id="sl_2", matchers=Matchers(policy_id="beta"))
    second = silence(id="sl_3")

    assert muting((other, silence(), second), alert()) == silence()
    assert muting((other,), alert()) is None


@pytest.mark.parametrize(
    ("before", "news", "after"),
    [
        (None, EventKind.FIRED, EventKind.FIRED),
        (None, EventKind.REMINDER, EventKind.REMINDER),
        (None, EventKind.RESOLVED, EventKind.RESOLVED),
        (EventKind.FIRED, EventKind.REMINDER, EventKind.FIRED),
        (EventKind.FIRED, EventKind.RESOLVED, EventKind.FIRED),
        (EventKind.REMINDER, EventKind.REMINDER, EventKind.REMINDER),
        (EventKind.REMINDER, EventKind.RESOLVED, EventKind.RESOLVED),
    ],
)
def test_what_nobody_knows_to_have_fired_stays_so(
    before: EventKind | None, news: EventKind, after: EventKind
) -> None:
    kept = withhold(alert(muted_kind=before), news, silence())

    assert (kept.muted_kind, kept.muted_by) == (after, "sl_1")
    assert kept.state is AlertState.FIRING


def test_what_follows_on_withheld_news_waits_for_it() -> None:
    untold = alert(muted_by="sl_1", muted_kind=EventKind.FIRED)
    unreminded = alert(muted_by="sl_1", muted_kind=EventKind.REMINDER)

    assert is_told_later(untold, EventKind.RESOLVED)
    assert is_told_later(untold, EventKind.REMINDER)
    assert not is_told_later(untold, EventKind.FIRED)
    assert is_told_later(unreminded, EventKind.REMINDER)
    assert is_told_later(untold, EventKind.UPDATED)
    assert not is_told_later(unreminded, EventKind.RESOLVED)
    assert not is_told_later(alert(), EventKind.REMINDER)
    assert not is_told_later(alert(), EventKind.RESOLVED)
