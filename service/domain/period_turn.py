"""The turn of a period: state starts from nothing, and the baseline comes back."""

from dataclasses import replace

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
    observed, baseline = book.observed, guardrails.baseline_limit
    is_moved = (
        state.period is not None
        and state.is_reference_ours
        and baseline is not None
        and observed is not None
        and observed.amount is not None
        and observed.amount.amount != baseline
    )
    # After a month that nobody saw, the figure remembered is not last month's.
    was_seen = state.period == previous_month(book.month).key
    final = state.last_good if was_seen else None
    return replace(
        state,
        period=book.month.key,
        final_total=None if final is None else final.amount,
        limit_at_start=observed,
        mismatches=0,
        wants_baseline=is_moved,
        baseline_skips=(),
    )
