"""The provider of a run: few models, and taps that let spend flow as the machine says.

The workspaces, the price list and the steps are small, for ten thousand checks are to
be made of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from typing_extensions import override

from service.simulator.catalogue import Catalogue, Group, Product
from service.simulator.configuration import (
    OrganizationConfig,
    SimulatorConfig,
    Stream,
    Workspace,
)
from service.simulator.curves import Curve
from service.simulator.noise import Noise
from tests.faults.plans import KEY, ORGANIZATION

STEP = timedelta(minutes=10)
START = datetime(2026, 9, 1, tzinfo=UTC)
WORKSPACES = ("Search", "Support")
# Money of a day at the rate 1, by tap.
DAILY = Decimal(30)
TAPS = ("large", "pages", "vibe", "unlisted")


@dataclass(slots=True, eq=False)
class Tap(Curve):
    """Lets through `rate` times a stream's average; the machine turns it."""

    rate: float = 1.0

    @override
    def weight(self, at: datetime, before: float, noise: Noise) -> float:
        return before * self.rate


def _catalogue() -> Catalogue:
    tokens = (
        Group(name="input", share=0.5, price=Decimal("0.0000004")),
        Group(name="output", share=0.5, price=Decimal("0.0000012")),
    )
    pages = (Group(name="input", share=1.0, price=Decimal("0.0017")),)
    dear = (Group(name="input", share=1.0, price=Decimal("0.00001")),)
    return Catalogue(
        [
            Product(
                name="large",
                category="completion",
                alias="mistral-large-latest",
                metric="mistral-large-2512",
                event_type="api_tokens",
                groups=tokens,
            ),
            Product(
                name="pages",
                category="ocr",
                alias="mistral-ocr-latest",
                metric="mistral-ocr-2512",
                event_type="api_pages",
                groups=pages,
            ),
            Product(
                name="vibe",
                category="vibe_code.completion",
                alias="mistral-vibe-cli-latest",
                metric="mistral-medium-3-5",
                event_type="api_tokens",
                groups=tokens,
                usage_type="vibe",
            ),
            # Counted in the total, and no reader of the price list can price it.
            Product(
                name="unlisted",
                category="completion",
                alias="mistral-new-latest",
                metric="mistral-new-2611",
                event_type="api_tokens",
                groups=dear,
                listed=False,
            ),
        ]
    )


@dataclass(frozen=True)
class Terms:
    """What differs between the providers of two runs."""

    limit: int = 4000
    day: int = 0  # of the first month, when the product starts
    rollover_hours: int = 0
    storage_per_day: int = 0
    overshoot: Decimal = Decimal(0)
    max_amount: int | None = None
    exact_totals: bool = False


def provider(terms: Terms, taps: dict[str, Tap]) -> SimulatorConfig:
    """Give a provider whose spend follows the taps."""
    return SimulatorConfig(
        start=START,
        step=STEP,
        history_months=0,
        catalogue=_catalogue(),
        organizations=(
            OrganizationConfig(
                name=ORGANIZATION,
                admin_key=KEY,
                limit=terms.limit,
                rollover_delay=timedelta(hours=terms.rollover_hours),
                storage_per_day=Decimal(terms.storage_per_day),
                overshoot=terms.overshoot,
                max_amount=terms.max_amount,
                exact_totals=terms.exact_totals,
                workspaces=tuple(Workspace(name=name) for name in WORKSPACES),
                streams=_streams(taps),
            ),
        ),
    )


def _streams(taps: dict[str, Tap]) -> tuple[Stream, ...]:
    places = {"large": "Search", "pages": "Support", "vibe": None, "unlisted": "Search"}
    return tuple(
        Stream(
            product=name,
            daily=DAILY,
            workspace=places[name],
            curves=(taps[name],),
        )
        for name in TAPS
    )
