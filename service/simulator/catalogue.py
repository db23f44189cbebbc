"""What the provider sells: billed models, their groups and unit prices."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class PriceStyle(StrEnum):
    """How `price` is written on the wire."""

    STRINGS = "strings"  # as captured: trailing zeros and E-notation
    NUMBERS = "numbers"  # as the schema also allows
    MIXED = "mixed"  # both in one list


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A billing group with its share of a stream's spend and its base price."""

    name: str
    share: float
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One billed model in one usage category (`libraries_api.pages` is nested)."""

    name: str
    category: str
    alias: str
    metric: str
    event_type: str
    groups: tuple[Group, ...]
    usage_type: str = "usage"
    listed: bool = True  # False: it costs money and has no entry in `prices`

    @property
    def key(self) -> str:
        return f"{self.alias}::{self.metric}"

    @property
    def is_vibe(self) -> bool:
        return self.category.startswith("vibe_code.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEntry:
    """One line of `prices`; `text` is the price itself, to the last digit."""

    event_type: str
    metric: str
    group: str
    zone: str
    tier: str
    text: str

    @property
    def amount(self) -> Decimal:
        return Decimal(self.text)


# eu +10 %, priority +75 %, both +85 %: the ratios seen in captures.
_FACTORS = {
    ("global", "standard"): Decimal(1),
    ("eu", "standard"): Decimal("1.1"),
    ("global", "priority"): Decimal("1.75"),
    ("eu", "priority"): Decimal("1.85"),
}
_ONE_PLACE = {("global", "standard"): Decimal(1)}
_E_NOTATION_BELOW = Decimal("0.000001")
_SECONDS_OVER_TOKENS = 111


class Catalogue:
    """Products by name and the price of every row they can produce."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.products = {product.name: product for product in products}
        self._prices: dict[tuple[str, str, str, str, str], PriceEntry] = {}
        listed: dict[tuple[str, str, str, str, str], PriceEntry] = {}
        for product in self.products.values():
            for key, entry in _entries(product):
                self._prices[key] = entry
                if product.listed:
                    listed[key] = entry
        self.entries = tuple(listed.values())

    def price(self, product: Product, group: str, zone: str, tier: str) -> Decimal:
        """Return the unit price; an offer without zones has one price for all."""
        key = (product.event_type, product.metric, group, zone, tier)
        entry = self._prices.get(key)
        if entry is None:
            entry = self._prices[(*key[:3], "global", "standard")]
        return entry.amount

    def offers(self, product: Product, zone: str, tier: str) -> bool:
        """Say whether `product` is sold in that zone and tier."""
        group = product.groups[0].name
        key = (product.event_type, product.metric, group, zone, tier)
        return key in self._prices


def _entries(
    product: Product,
) -> Iterator[tuple[tuple[str, str, str, str, str], PriceEntry]]:
    in_zones = product.event_type == "api_tokens" and product.listed
    places = _FACTORS if in_zones else _ONE_PLACE
    for group in product.groups:
        for place, factor in places.items():
            entry = _entry(product, product.event_type, group, place, factor)
            yield _key(entry), entry
    if in_zones and product.category == "completion":
        # The trap of real lists: one metric and group, another kind of event.
        place = ("global", "standard")
        factor = Decimal(_SECONDS_OVER_TOKENS)
        entry = _entry(product, "api_audio_seconds", product.groups[0], place, factor)
        yield _key(entry), entry


def _entry(
    product: Product,
    event_type: str,
    group: Group,
    place: tuple[str, str],
    factor: Decimal,
) -> PriceEntry:
    zone, tier = place
    return PriceEntry(
        event_type=event_type,
        metric=product.metric,
        group=group.name,
        zone=zone,
        tier=tier,
        text=_text(group.price * factor),
    )


def _key(entry: PriceEntry) -> tuple[str, str, str, str, str]:
    return entry.event_type, entry.metric, entry.group, entry.zone, entry.tier


def _text(amount: Decimal) -> str:
    if amount < _E_NOTATION_BELOW:
        return f"{amount:.3E}"
    return f"{amount:.10f}"
