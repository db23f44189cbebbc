"""The turn of a period: state starts from nothing, and the baseline comes back."""

from dataclasses import replace
from decimal import Decimal

from service.domain.figure_book import FigureBook
from service.domain.guard import Guardrails
from service.domain.period import previous_month
from service.domain.state import OrganizationState


def has_turned(state: OrganizationState, book: FigureBook) -> bool:
    """Say whether this check is the first to see the total in a new month."""
    return book.is_rolled and state.period != book.month.key


def turn(
    state: OrganizationState, book: FigureBook, guardrails: Guardrails
) -> OrganizationState:
    """Begin a month: what bounded the last one is forgotten (F6, F7).

    The baseline is wanted back only where a change of ours put the limit elsewhere.
    """
    # An answer that names no limit must not lose the baseline: what cannot be restored
    # yet is tried again.
    standing = book.observed or state.reference
    baseline = guardrails.baseline_limit
    is_moved = (
        state.period is not None
        and state.is_reference_ours
        and baseline is not None
        and standing is not None
        and standing.amount is not None
        and standing.amount.amount != baseline
    )
    return replace(
        state,
        period=book.month.key,
        final_total=_final_total(state, book),
        limit_at_start=book.observed,
        mismatches=0,
        wants_baseline=is_moved,
        baseline_skips=(),
    )


def _final_total(state: OrganizationState, book: FigureBook) -> Decimal | None:
    """Give what the month before came to: as last counted, or as its rows cost by now.

    The greater of both, for what was spent after the last look is in the rows only, and
    what has no price in the total only.
    """
    # After a month that nobody saw, the figure remembered is not last month's.
    was_seen = state.period == previous_month(book.month).key
    known = [state.last_good.amount] if was_seen and state.last_good else []
    closed = book.closed_month()
    return max([*known, *([] if closed is None else [closed])], default=None)
