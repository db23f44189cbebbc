"""What the machine draws: policies that are valid and mean no good, and faults."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from service.simulator.exchange import Route
from service.simulator.faults import Fault, FaultKind
from tests.faults.plans import (
    EffectPlan,
    GuardPlan,
    Plan,
    PolicyPlan,
    Quantity,
    ScopePlan,
    ThresholdPlan,
)
from tests.faults.provider import WORKSPACES, Terms

_HOUR, _DAY = 3600, 86400
_AMOUNTS = (0, 1, 7, 50, 300, 1000, 2000, 4200, 9000, 10**9)
_PERCENTS = (0, 1, 10, 50, 85, 100, 130, 1000)


def _decimals(numbers: tuple[int, ...]) -> st.SearchStrategy[Decimal]:
    return st.sampled_from(numbers).map(Decimal)


budgets = _decimals((100, 1000, 2000, 5000))
amounts = st.builds(Quantity, number=_decimals(_AMOUNTS))
percents = st.builds(
    Quantity, number=_decimals(_PERCENTS), is_percent=st.just(value=True)
)
quantities = st.one_of(percents, amounts)
# A raise by nothing is refused by the loader.
steps = quantities.filter(lambda each: each.number > 0)
caps = st.one_of(
    quantities, quantities.map(lambda each: replace(each, is_on_spend=True))
)

raises = st.builds(
    EffectPlan,
    kind=st.just("raise_limit"),
    by=steps,
    up_to=st.one_of(st.none(), quantities),
    times=st.sampled_from((None, 1, 2, 50)),
    cooldown=st.sampled_from((None, 0, _HOUR, 2 * _DAY)),
    expires=st.sampled_from((None, None, _HOUR, 2 * _DAY)),
)
_plain_effects = st.one_of(
    raises,
    raises,
    st.builds(
        EffectPlan, kind=st.just("cap_limit"), by=caps, below_spend=st.booleans()
    ),
    st.builds(EffectPlan, kind=st.just("set_limit"), by=quantities),
)
effects = st.builds(
    replace,
    _plain_effects,
    asks=st.sampled_from((None, None, None, 600, 2 * _HOUR)),
    on_expiry=st.sampled_from(("deny", "apply")),
)


@st.composite
def _numbered(
    draw: st.DrawFn, threshold: st.SearchStrategy[ThresholdPlan]
) -> tuple[ThresholdPlan, ...]:
    """Give thresholds under ids some of which other policies have used before."""
    found = draw(st.lists(threshold, min_size=1, max_size=4))
    first = draw(st.integers(0, 9))
    return tuple(replace(each, id=f"t{first + n}") for n, each in enumerate(found))


def _thresholds(*, may_act: bool) -> st.SearchStrategy[tuple[ThresholdPlan, ...]]:
    held = st.sampled_from((0, 0, 0, _HOUR))
    repeat = st.sampled_from((0, 0, _DAY))
    effect = st.one_of(st.none(), effects) if may_act else st.none()
    made = {
        "spend": quantities,
        "usage": st.builds(Quantity, number=_decimals((0, 10**6, 10**9, 10**12))),
        # Nothing may look at the limit of a part.
        **({"limit": percents} if may_act else {}),
    }
    kinds = [
        st.builds(
            ThresholdPlan,
            id=st.just(""),
            watch=st.just(watch),
            at=at,
            held_for=held,
            repeat=repeat,
            effect=effect,
        )
        for watch, at in made.items()
    ]
    return _numbered(st.one_of(*kinds))


# One that wants much, soon: of those that never act there is no end.
_eager = st.builds(
    PolicyPlan,
    id=st.just("alpha"),
    scope=st.just(ScopePlan()),
    budget=budgets,
    period=st.just("month"),
    enforce=st.just(value=True),
    thresholds=_numbered(
        st.builds(
            ThresholdPlan,
            id=st.just(""),
            watch=st.sampled_from(("spend", "limit")),
            at=st.builds(
                Quantity,
                number=_decimals((0, 1, 2, 10, 60)),
                is_percent=st.just(value=True),
            ),
            effect=effects,
        )
    ),
)


@st.composite
def _policies(draw: st.DrawFn, name: str) -> PolicyPlan:
    may_act = draw(st.sampled_from((True, True, False)))
    scope, period = ScopePlan(), "month"
    if not may_act:
        scope = draw(
            st.builds(
                ScopePlan,
                workspace=st.sampled_from((None, *WORKSPACES)),
                category=st.sampled_from((None, "completion", "ocr", "vibe")),
                model=st.sampled_from((None, "mistral-*", "*-new-*")),
            )
        )
        period = draw(st.sampled_from(("month", "week", "day")))
    may_act = scope.is_everything and period == "month"
    return PolicyPlan(
        id=name,
        scope=scope,
        budget=draw(_decimals((0, 1, 100, 1000, 2000, 5000, 10**6))),
        period=period,
        enforce=draw(st.sampled_from((True, True, False))),
        thresholds=draw(_thresholds(may_act=may_act)),
    )


guards = st.builds(
    GuardPlan,
    max_limit=st.sampled_from((None, None, 4500, 8000, 10**9, 1000)),
    min_limit=st.sampled_from((None, None, None, 1, 200, 1000)),
    baseline=st.sampled_from((None, 0, 500, 4000, 10**6)),
    cooldown=st.sampled_from((0, 0, 0, 600, _HOUR, _DAY)),
    changes_per_day=st.sampled_from((0, 1, 2, 4, 4, 99)),
    raise_per_period=st.sampled_from((None, None, 0, 100, 1000)),
    tolerance=st.sampled_from((0, 1, 5)),
    known_gap=st.sampled_from((0, 0, 60)),
    unknown_after=st.sampled_from((60, 900, _HOUR)),
    on_drift=st.sampled_from(("adopt", "ask", "revert")),
)
policies = st.one_of(
    st.tuples(_eager),
    st.tuples(_eager, _policies("beta")),
    st.tuples(_policies("alpha"), _policies("beta"), _policies("gamma")),
)
plans = st.builds(Plan, guard=guards, policies=policies)
terms = st.builds(
    Terms,
    limit=st.sampled_from((4000, 4000, 4000, 1000, 100, 0)),
    day=st.sampled_from((0, 2, 2, 14, 28)),
    rollover_hours=st.sampled_from((0, 0, 3, 9)),
    storage_per_day=st.sampled_from((0, 0, 0, 1, 20)),
    overshoot=st.sampled_from((Decimal(0), Decimal("0.3"))),
    max_amount=st.sampled_from((None, None, 5000)),
    exact_totals=st.booleans(),
)
ceilings = st.sampled_from((None, None, 1500, 6000))

_STATUSES = (401, 403, 404, 410, 422, 429, 429, 500, 502, 503, 301)
_WAITS = (None, "1", "3600", "-1", "soon", "Fri, 01 Jan 2100 00:00:00 GMT")
_LIMIT = "limits.completion"
_ROWS = "completion.models.*.*.*"
_FIELDS = {
    Route.SPEND_LIMIT: (
        *(f"{_LIMIT}.{name}" for name in ("total_usage", "usage", "usage_limit")),
        f"{_LIMIT}.no_monthly_limit",
        f"{_LIMIT}.monthly_limit_reached",
        "limits.currency",
        _LIMIT,
    ),
    Route.USAGE: (
        *("start_date", "end_date", "prices", "completion", "ocr", "vibe_code"),
        "completion.models",
        "prices.*.price",
        f"{_ROWS}.value",
        f"{_ROWS}.timestamp",
    ),
}
_JUNK_FIELDS = {
    Route.SPEND_LIMIT: (f"{_LIMIT}.total_usage", f"{_LIMIT}.usage_limit"),
    Route.USAGE: ("prices.*.price", f"{_ROWS}.value_paid", "currency"),
}
_JUNK = ("many", "", -5, 0, 7, 0.5, 1e30, True)
_counts = st.sampled_from((1, 1, 1, 2, 3, 9, None))


def _of(kind: FaultKind, route: Route, **more: object) -> st.SearchStrategy[Fault]:
    fixed = {name: each for name, each in more.items() if _is_strategy(each)}
    return st.builds(Fault, kind=st.just(kind), route=st.just(route), **fixed)  # type: ignore[arg-type]  # the fields of a fault, as strategies


def _is_strategy(value: object) -> bool:
    return isinstance(value, st.SearchStrategy)


def _refusals(route: Route, **more: object) -> list[st.SearchStrategy[Fault]]:
    refused = _of(
        FaultKind.STATUS,
        route,
        status=st.sampled_from(_STATUSES),
        retry_after=st.sampled_from(_WAITS),
        location=st.sampled_from((None, "http://elsewhere.example/")),
        **more,
    )
    late = st.sampled_from((2.0, 30.0))
    return [
        refused,
        refused,
        _of(FaultKind.HTML, route, **more),
        _of(FaultKind.SLOW, route, seconds=late, **more),
        _of(FaultKind.DRIP, route, seconds=late, **more),
        _of(FaultKind.CUT_OFF, route, share=st.sampled_from((0.0, 0.5, 0.99)), **more),
        _of(FaultKind.OVERSIZED, route, size=st.just(300 * 1024), **more),
    ]


def _lies(route: Route, **more: object) -> list[st.SearchStrategy[Fault]]:
    field = st.sampled_from(_FIELDS[route])
    found = [
        _of(FaultKind.MISSING_FIELD, route, field=field, **more),
        _of(FaultKind.NULL_FIELD, route, field=field, **more),
        _of(FaultKind.NAN_FIELD, route, field=field, **more),
        _of(
            FaultKind.JUNK_FIELD,
            route,
            field=st.sampled_from(_JUNK_FIELDS[route]),
            value=st.sampled_from(_JUNK),
            **more,
        ),
        _of(FaultKind.CURRENCY, route, **more),
        _of(FaultKind.RESTATED, route, share=st.sampled_from((0.4, 1.0)), **more),
        _of(FaultKind.EMPTY_USAGE, route, **more),
    ]
    if route is Route.USAGE:
        found += [
            _of(FaultKind.WRONG_PERIOD, route, **more),
            _of(FaultKind.NEW_CATEGORY, route, **more),
            _of(
                FaultKind.PRICES_REMOVED,
                route,
                metric=st.sampled_from((None, "mistral-large-2512")),
                **more,
            ),
        ]
    return found


# `skip` lets some reads of the limit through: the one before a write, or after it.
limit_faults = st.one_of(
    *_refusals(Route.SPEND_LIMIT, count=_counts, skip=st.sampled_from((0, 0, 1, 2))),
    *_lies(Route.SPEND_LIMIT, count=_counts, skip=st.sampled_from((0, 0, 1, 2))),
)
usage_faults = st.one_of(
    *_refusals(Route.USAGE, count=_counts), *_lies(Route.USAGE, count=_counts)
)
workspace_faults = st.one_of(*_refusals(Route.WORKSPACES, count=_counts))
set_faults = st.one_of(
    *_refusals(Route.SET_SPEND_LIMIT, count=_counts),
    *(
        _of(kind, Route.SET_SPEND_LIMIT, count=_counts, **more)
        for kind, more in (
            (FaultKind.IGNORED, {}),
            (FaultKind.NO_ANSWER, {"applied": st.booleans()}),
            (FaultKind.ERROR_AFTER, {"status": st.sampled_from((500, 503))}),
            (FaultKind.LATE, {"seconds": st.sampled_from((5.0, 120.0, 1800.0))}),
            (FaultKind.OVERTAKEN, {"amount": st.sampled_from((1, 3500, 9000))}),
        )
    ),
)
