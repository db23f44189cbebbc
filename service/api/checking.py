"""Checks that somebody asked for, over the API or at the terminal."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from service.api.bodies.checks import CheckItem, check_item, with_change
from service.pipeline.cycle import preview_check, run_check
from service.ports import Services

# A check mostly waits for the provider; more at once would only queue there.
_AT_ONCE = 8


def checked(
    services: Services, organizations: Sequence[str], *, dry_run: bool
) -> list[CheckItem]:
    """Check organizations side by side, or decide only, and give what came of it.

    Raises `NotFound` and `WriterBusy` as a check does.
    """
    run = partial(_preview if dry_run else _check, services)
    with ThreadPoolExecutor(min(_AT_ONCE, len(organizations))) as pool:
        return list(pool.map(run, organizations))


def _check(services: Services, organization: str) -> CheckItem:
    return with_change(services, run_check(services, organization))


def _preview(services: Services, organization: str) -> CheckItem:
    decision = preview_check(services, organization)
    return check_item(decision.check, decision.change)
