import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.cost import Cost, PriceBook, add_up, cost_lines, cost_of
from service.domain.scope import Scope
from service.domain.usage import Price, UsageReport, UsageRow
from tests.builders import Fields, price, report, row

EXAMPLES = Path(__file__).parents[3].parent / "shared" / "admin-api-examples"
WHOLE = Scope(organization="acme")
VIBE = Scope(organization="acme", categories=("vibe",))


def cost_in(answer: UsageReport, scope: Scope) -> Cost:
    return cost_of(cost_lines(answer), answer, scope)


@pytest.mark.parametrize(
    ("prices", "of", "expected"),
    [
        pytest.param([price("2")], row(), "2", id="a price that names no zone or tier"),
        pytest.param(
            [price("2"), price("3", api_zone="global", service_tier="standard")],
            row(),
            "3",
            id="the exact price wins over the general one",
        ),
        pytest.param(
            [price("3", api_zone="eu", service_tier="standard"), price("2")],
            row(),
            "2",
            id="another zone falls back to the general one",
        ),
        pytest.param(
            [price("3", api_zone="global")], row(), None, id="half a match is none"
        ),
        pytest.param(
            [price("3", event_type="api_audio_seconds")],
            row(),
            None,
            id="another event type of the same metric and group",
        ),
        pytest.param(
            [price("3", billing_metric="small")], row(), None, id="another metric"
        ),
        pytest.param(
            [price("3", billing_group="output")], row(), None, id="another group"
        ),
        pytest.param([price("2"), price("2.0")], row(), "2", id="the same price twice"),
        pytest.param(
            [price("2"), price("3")], row(), None, id="two amounts for one key"
        ),
        pytest.param(
            [
                price("2"),
                price("3", api_zone="global", service_tier="standard"),
                price("4", api_zone="global", service_tier="standard"),
            ],
            row(),
            None,
            id="a contradiction is no reason to fall back",
        ),
        pytest.param(
            [price("0")], row(), "0", id="a price of zero is a price like any other"
        ),
        pytest.param(
            [price("5", event_type=None)],
            row(event_type=None),
            "5",
            id="rows without an event type",
        ),
        pytest.param([], row(), None, id="no price list"),
    ],
)
def test_a_row_has_the_price_that_equals_it(
    prices: list[Price], of: UsageRow, expected: str | None
) -> None:
    wanted = None if expected is None else Decimal(expected)

    assert PriceBook(prices).price_of(of) == wanted
    assert PriceBook(reversed(prices)).price_of(of) == wanted


def test_only_what_is_billed_costs() -> None:
    cost = cost_in(report(row(80, units=100)), WHOLE)

    assert (cost.amount, cost.paid_units) == (Decimal("0.80"), 80)


def test_one_unit_costs_what_one_unit_costs() -> None:
    cost = cost_in(report(row(1)), WHOLE)

    assert (cost.amount, cost.paid_units) == (Decimal("0.01"), 1)


def test_what_an_allowance_covers_needs_no_price() -> None:
    covered = row(0, units=500, billing_metric="new")
    cost = cost_in(report(covered), WHOLE)

    assert cost.is_complete
    assert cost.unpriced_percent == 0


def test_units_without_a_price_cost_at_most_the_dearest_of_their_kind() -> None:
    prices = [price("0.01"), price("0.05", billing_metric="dear")]
    cost = cost_in(
        report(row(100), row(300, billing_metric="new"), prices=prices), WHOLE
    )

    assert not cost.is_complete
    assert (cost.amount, cost.ceiling) == (Decimal(1), Decimal(16))
    assert (cost.unpriced, cost.unpriced_units) == ({"api_tokens": 300}, 300)
    assert cost.unpriced_percent == 75


def test_without_any_price_of_its_kind_the_most_is_what_is_known() -> None:
    pages = row(300, event_type="api_pages", billing_metric="new")
    nameless = row(7, event_type=None, billing_metric="new")
    cost = cost_in(report(row(100), pages, nameless), WHOLE)

    assert (cost.amount, cost.ceiling) == (Decimal(1), Decimal(1))
    assert cost.unpriced == {"api_pages": 300, "unnamed": 7}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param({}, 3, id="the whole leaves chat out"),
        pytest.param({"categories": ("chat",)}, 4, id="chat where it is named"),
        pytest.param({"categories": ("ocr", "chat")}, 6, id="chat beside others"),
        pytest.param({"categories": ("ocr",)}, 2, id="one category"),
        pytest.param({"models": ("large",)}, 1, id="chat is no part of a glob"),
    ],
)
def test_chat_counts_only_where_a_policy_names_it(parts: Fields, expected: int) -> None:
    rows = report(
        row(100),
        row(200, category="ocr", model="ocr-latest"),
        row(400, category="chat"),
    )

    assert cost_in(rows, Scope(organization="acme", **parts)).amount == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param({}, "19.40", id="in the whole"),
        pytest.param({"categories": ("vibe",)}, "18.40", id="in Vibe"),
        pytest.param({"categories": ("completion",)}, "1", id="in nothing else"),
        pytest.param({"models": ("large",)}, "1", id="in no model"),
        pytest.param({"categories": ("vibe",), "models": ("x",)}, "0", id="in no part"),
    ],
)
def test_the_older_vibe_amount_counts_where_all_of_vibe_does(
    parts: Fields, expected: str
) -> None:
    rows = report(row(100), legacy_vibe=Decimal("18.40"))

    cost = cost_in(rows, Scope(organization="acme", **parts))
    assert cost.amount == cost.ceiling == Decimal(expected)


def test_lines_add_up_what_belongs_together() -> None:
    lines = cost_lines(
        report(
            row(100),
            row(50, billing_group="input"),
            row(7, day=None),
            row(9, model="m"),
        )
    )

    assert [(line.model, line.day, line.paid_units) for line in lines] == [
        ("large", date(2026, 8, 20), 150),
        ("large", None, 7),
        ("m", date(2026, 8, 20), 9),
    ]


def test_an_empty_month_costs_nothing_for_certain() -> None:
    cost = cost_in(report(prices=[]), WHOLE)

    assert cost.is_complete
    assert cost.amount == 0


zones = st.sampled_from(["global", "eu", None])
rows = st.builds(
    row,
    st.integers(0, 10**10),
    model=st.sampled_from(["large", "small"]),
    billing_metric=st.sampled_from(["large-2512", "new"]),
    api_zone=zones,
)
price_lists = st.lists(
    st.builds(price, st.decimals(0, 1, places=10), api_zone=zones), max_size=4
)


@given(data=st.data(), of=st.lists(rows, max_size=12), prices=price_lists)
def test_the_order_of_rows_and_prices_does_not_matter(
    data: st.DataObject, of: list[UsageRow], prices: list[Price]
) -> None:
    shuffled = report(
        *data.draw(st.permutations(of)), prices=data.draw(st.permutations(prices))
    )

    assert cost_in(shuffled, WHOLE) == cost_in(report(*of, prices=prices), WHOLE)


@given(of=st.lists(rows, max_size=12), prices=price_lists)
def test_the_parts_make_the_whole_and_the_most_is_never_less(
    of: list[UsageRow], prices: list[Price]
) -> None:
    whole = report(*of, prices=prices)
    parts = [
        cost_in(whole, Scope(organization="acme", models=(model,)))
        for model in ("large", "small")
    ]

    cost = add_up(cost_lines(whole))
    assert sum(part.amount for part in parts) == cost.amount
    assert cost.ceiling >= cost.amount
    assert 0 <= cost.unpriced_percent <= 100


def _rows_in(tree: object, category: str) -> Iterator[UsageRow]:
    """Read rows as the wire nests them: maps and, at the end, lists."""
    if isinstance(tree, Mapping):
        for part in tree.values():
            yield from _rows_in(part, category)
    elif isinstance(tree, list):
        for each in tree:
            yield row(
                each["value_paid"],
                category=category,
                model=each["billing_display_name"],
                billing_metric=each["billing_metric"],
                billing_group=each["billing_group"],
                event_type=each["event_type"],
                api_zone=each.get("api_zone"),
                service_tier=each.get("service_tier"),
                units=each["value"],
            )


def example(name: str) -> UsageReport:
    path = EXAMPLES / name
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    answer = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    return report(
        *(
            each
            for category, tree in answer.items()
            if isinstance(tree, Mapping)
            for each in _rows_in(tree, category.replace("vibe_code", "vibe"))
        ),
        prices=[
            price(
                Decimal(each["price"]),
                event_type=each["event_type"],
                billing_metric=each["billing_metric"],
                billing_group=each["billing_group"],
                api_zone=each.get("api_zone"),
                service_tier=each.get("service_tier"),
            )
            for each in answer["prices"]
        ],
        legacy_vibe=None if "vibe_code" in answer else answer["vibe_usage"],
    )


@pytest.mark.parametrize(
    ("name", "vibe", "whole"),
    [
        pytest.param("usage.json", "12.75", "292.80", id="280.05 + 12.75 = 292.80"),
        pytest.param(
            "usage-legacy-july.json", "18.40", "31.60", id="13.20 + 18.40 = 31.60"
        ),
        pytest.param("usage-empty.json", "0", "0", id="a verified zero"),
    ],
)
def test_the_providers_examples_cost_what_its_console_shows(
    name: str, vibe: str, whole: str
) -> None:
    answer = example(name)

    assert cost_in(answer, WHOLE).amount == Decimal(whole)
    assert cost_in(answer, VIBE).amount == Decimal(vibe)
    assert cost_in(answer, WHOLE).is_complete
    backwards = report(
        *reversed(answer.rows),
        prices=reversed(answer.prices),
        legacy_vibe=answer.legacy_vibe,
    )
    assert cost_in(backwards, WHOLE) == cost_in(answer, WHOLE)


def test_one_metric_priced_by_the_token_and_by_the_second_is_told_apart() -> None:
    # As in the provider's lists: taking the last price of a metric and group would
    # make this cost a hundred times as much.
    voxtral = {"billing_metric": "voxtral", "billing_group": "input"}
    seconds = price("0.0001", event_type="api_audio_seconds", **voxtral)
    tokens = price("9.00E-7", **voxtral)
    listen = row(3600, event_type="api_audio_seconds", category="audio", **voxtral)
    think = row(1_000_000, category="audio", **voxtral)

    for prices in ([seconds, tokens], [tokens, seconds]):
        cost = cost_in(report(listen, think, prices=prices), WHOLE)
        assert cost.amount == Decimal("1.26")
