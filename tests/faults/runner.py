"""Runs the machine until enough checks are made, in batches that can be had again."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine import Machine
from tests.faults.run import Enough
from tests.faults.tally import Tally
from tests.faults.world import Rewire, Workshop, as_it_is

RUNS_AT_ONCE = 20
STEPS = 50
_CRITICAL = 50
# Only for speed, and only where it is: the database is thrown away.
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of a random name is made in it


@contextmanager
def workshop(rewire: Rewire = as_it_is) -> Iterator[Workshop]:
    """Give a place to make worlds in, and clean up behind them."""
    place = _MEMORY if _MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="spendguard-faults-", dir=place))
    try:
        shop = Workshop(folder, rewire)
        shop.prepare()
        yield shop
    finally:
        shutil.rmtree(folder)


@contextmanager
def silence() -> Iterator[None]:
    """Keep the product's log to itself: it would be a line per fact."""
    before = structlog.get_config()
    quiet = structlog.make_filtering_bound_logger(_CRITICAL)
    structlog.configure(wrapper_class=quiet)
    try:
        yield
    finally:
        structlog.configure(**before)


def run_until_enough(
    shop: Workshop,
    tally: Tally,
    first_seed: int,
    *,
    is_shrunk: bool,
    is_told: bool = True,
) -> int | None:
    """Run batch after batch; give the seed of the one that broke a rule."""
    number = first_seed
    while not tally.is_enough:
        if not run_batch(shop, tally, number, is_shrunk=is_shrunk, is_told=is_told):
            return number
        number += 1
    return None


def run_batch(
    shop: Workshop,
    tally: Tally,
    number: int,
    *,
    is_shrunk: bool,
    is_told: bool = True,
) -> bool:
    """Run one batch; say whether every rule held. The steps that broke one are printed.

    All that is drawn follows from `number`.
    """

    class Bound(Machine):
        workshop = shop

    Bound.tally = tally
    phases = [Phase.generate, *([Phase.shrink] if is_shrunk else [])]
    chosen = settings(
        max_examples=RUNS_AT_ONCE,
        stateful_step_count=STEPS,
        phases=phases,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(number)(Bound), settings=chosen)
    except Enough:
        return True
    except Exception as error:  # noqa: BLE001 - whatever escapes a check is a finding
        if is_told:
            _print_error(error)
        return False
    return True


def _print_error(error: BaseException) -> None:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    for note in getattr(error, "__notes__", ()):
        print(note, file=sys.stderr)
