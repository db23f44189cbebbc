"""What a threshold may watch that is more than one value: usage, pace, activity."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from service.domain.activity import Metric, Per, ways_to_count, windows_of
from service.domain.document import Amount, Document, Duration, Text, Times, refuse
from service.domain.pace import LONGEST_WINDOW, SHORTEST_WINDOW
from service.domain.period import PeriodKind
from service.domain.quantity import Multiple, shown_duration
from service.domain.scope import Scope

_NO_SUCH_SCOPE = (
    "activity: the provider's analytics know no categories and no models, so this needs"
    " a policy whose scope has neither"
)
_NOT_OF_A_WORKSPACE = (
    "per: of one workspace only `per: workspace` can be told, with a metric of Vibe"
    " Code"
)
_NOT_OF_A_MONTH = (
    "then: the provider's limit is for a month, so this needs an activity with"
    " `window: month`"
)


class UsageWatch(Document):
    """Units consumed in scope, by the provider's event type; fires beyond `above`."""

    unit: Text = Field(
        description="The provider's event type.", examples=["api_tokens"]
    )
    above: Amount = Field(
        description="Fires beyond this many units in the budget's period.",
        examples=[2_000_000_000],
    )


def _more_than_usual(multiple: Multiple) -> Multiple:
    if multiple.times <= 1:
        raise ValueError(f"{multiple} is no more than usual: expected more than 1x")
    return multiple


def _fit_for_pace(window: timedelta) -> timedelta:
    if not SHORTEST_WINDOW <= window <= LONGEST_WINDOW:
        least, most = shown_duration(SHORTEST_WINDOW), shown_duration(LONGEST_WINDOW)
        given = shown_duration(window)
        raise ValueError(f"expected a window from {least} to {most}, not {given}")
    return window


class PaceWatch(Document):
    """Spend over a window, as a multiple of what these hours usually cost."""

    window: Annotated[Duration, AfterValidator(_fit_for_pace)] = Field(
        description="How long back it looks, from 1h to 3d. Its last quarter is looked"
        " at as well, where the provider's figure moves finely enough.",
        examples=["3h"],
    )
    above: Annotated[Times, AfterValidator(_more_than_usual)] = Field(
        description="Fires beyond so many times what these hours of the week usually"
        " cost.",
        examples=["5x"],
    )
    at_least: Amount = Field(
        description="And at this amount or more, so that quiet hours do not fire.",
        examples=[20],
    )


class ActivityWatch(Document):
    """A count of what people do in le Chat or Vibe Code; fires beyond `above`."""

    metric: Metric = Field(
        description="What is counted, as far as the provider's analytics tell it. le"
        " Chat is counted per user, agent and organization; Vibe Code per workspace and"
        " organization.",
        examples=["lechat.messages"],
    )
    per: Per = Field(
        description="Whose count is held against the bound: each user's, each agent's,"
        " each workspace's, or all of it together.",
        examples=["user"],
    )
    window: PeriodKind = Field(
        PeriodKind.MONTH,
        description="Counted since the month, week or day began, in UTC; weeks begin on"
        " Monday.",
        examples=["month"],
    )
    above: Amount = Field(
        description="Fires beyond this many in the window.", examples=[5000]
    )

    @model_validator(mode="after")
    def _is_counted(self) -> Self:
        ways, windows = ways_to_count(self.metric), windows_of(self.metric)
        refuse(
            *(
                ((("per",), _uncounted(self.metric, self.per)),)
                if self.per not in ways
                else ()
            ),
            *(
                ((("window",), _not_added(self.metric, windows)),)
                if self.window not in windows
                else ()
            ),
        )
        return self


def _uncounted(metric: Metric, per: Per) -> str:
    ways = ", ".join(ways_to_count(metric))
    others = [each for each in Metric if per in ways_to_count(each)]
    return (
        f"per: the provider does not count {metric} per {per}; possible: {ways}."
        f" Per {per} there are {', '.join(others)}"
    )


def _not_added(metric: Metric, windows: tuple[PeriodKind, ...]) -> str:
    return (
        f"window: {metric} of several days cannot be added up, for the same people may"
        f" count in each; possible: {', '.join(windows)}"
    )


def not_counted(
    watch: ActivityWatch | None, scope: Scope, *, has_effect: bool
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Say why activity cannot be told of a scope: the keys at fault, and a sentence."""
    if watch is None:
        return
    if scope.categories or scope.models:
        yield ("activity",), _NO_SUCH_SCOPE
    if scope.workspace is not None and watch.per is not Per.WORKSPACE:
        yield ("activity", "per"), _NOT_OF_A_WORKSPACE
    if has_effect and watch.window is not PeriodKind.MONTH:
        yield ("then",), _NOT_OF_A_MONTH
