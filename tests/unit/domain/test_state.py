"""What is remembered holds in one currency."""

from decimal import Decimal

from service.domain.state import Sighting
from tests.builders import NOON, state

SEEN = Sighting(amount=Decimal("1938.55"), at=NOON)
KNOWN = state(
    currency="EUR",
    last_good=SEEN,
    last_total=SEEN.amount,
    final_total=SEEN.amount,
    sightings={"acme|2026-08": SEEN},
)


def test_what_was_seen_holds_in_the_same_currency() -> None:
    assert KNOWN.in_currency("EUR") is KNOWN


def test_what_names_no_currency_yet_is_taken_as_it_is() -> None:
    assert state(last_good=SEEN).in_currency("EUR").last_good == SEEN


def test_no_figure_of_another_currency_is_compared_or_shown() -> None:
    other = KNOWN.in_currency("USD")

    assert (other.last_good, other.last_total, other.final_total) == (None, None, None)
    assert other.sightings == {}
    assert other.checks == KNOWN.checks
