"""`python -m tests.torture`: kill the service, hundreds of times, and look."""

import argparse
import random
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import FrameType

from tests.conftest import POSTGRESQL_VARIABLE
from tests.torture import month
from tests.torture.database import KINDS, is_given
from tests.torture.kills import run
from tests.torture.replicas import Span, compare
from tests.torture.show import say, show_table

_LONG, _SHORT = 300, 8
_DAYS = 31
_SHORT_SPAN = Span(days=3, start=month.LATE, step=timedelta(hours=4))
_SEEDS = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Give 1 if anything was lost, doubled or left out of the audit log."""
    asked = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    seed = random.randrange(_SEEDS) if asked.seed is None else asked.seed  # noqa: S311 - nothing secret
    say(f"seed {seed}")
    problems: list[str] = []
    databases = [each for each in asked.database or KINDS if is_given(each)]
    for database in set(asked.database or KINDS) - set(databases):
        say(f"{database} is left out: {POSTGRESQL_VARIABLE} names no server")
    if asked.what != "replicas" and databases:
        problems += _kills(databases, seed, asked.kills, is_short=asked.short)
    if asked.what != "kills" and "postgresql" in databases:
        problems += _replicas(seed, asked.days, is_short=asked.short)
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture", description=__doc__
    )
    parser.add_argument("what", nargs="?", choices=("kills", "replicas", "all"))
    parser.add_argument("--database", choices=KINDS, action="append")
    parser.add_argument("--kills", type=int, help="on each database")
    parser.add_argument("--days", type=int, help="of replicas, on PostgreSQL")
    parser.add_argument("--seed", type=int, help="have the same kills again")
    parser.add_argument("--short", action="store_true", help="a few kills, a few days")
    return parser


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # What was started is ended, as after Ctrl-C.
    raise KeyboardInterrupt


def _kills(
    databases: Sequence[str], seed: int, kills: int | None, *, is_short: bool
) -> list[str]:
    """Torture the databases side by side: most of the time is spent waiting."""
    number = kills or (_SHORT if is_short else _LONG)
    is_quiet = number > 4 * _SHORT
    with ThreadPoolExecutor(len(databases)) as pool:
        tallies = list(
            pool.map(lambda each: run(each, seed, number, is_quiet=is_quiet), databases)
        )
    show_table(tallies)
    return [problem for tally in tallies for problem in tally.problems]


def _replicas(seed: int, days: int | None, *, is_short: bool) -> list[str]:
    span = Span(days=days or _DAYS, start=month.START, step=timedelta(hours=1))
    return compare("postgresql", seed, _SHORT_SPAN if is_short else span)


if __name__ == "__main__":
    sys.exit(main())
