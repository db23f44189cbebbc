"""`python -m tests.torture`: kill the service, hundreds of times, and look."""

import argparse
import random
import sys
from collections.abc import Sequence

from tests.conftest import POSTGRESQL_VARIABLE
from tests.torture.database import KINDS, is_given
from tests.torture.kills import run
from tests.torture.show import say, show_table

_LONG, _SHORT = 300, 14
_SEEDS = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Give 1 if anything was lost, doubled or left out of the audit log."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture", description=__doc__
    )
    parser.add_argument("--database", choices=KINDS, action="append")
    parser.add_argument("--kills", type=int, help="on each database")
    parser.add_argument("--seed", type=int, help="have the same kills again")
    parser.add_argument("--short", action="store_true", help="a few kills")
    asked = parser.parse_args(arguments)
    seed = random.randrange(_SEEDS) if asked.seed is None else asked.seed  # noqa: S311 - nothing secret
    kills = asked.kills or (_SHORT if asked.short else _LONG)
    say(f"seed {seed}")
    tallies = []
    for database in asked.database or KINDS:
        if not is_given(database):
            say(f"{database} is left out: {POSTGRESQL_VARIABLE} names no server")
            continue
        tallies.append(run(database, seed, kills, is_quiet=kills > _SHORT * 4))
    if tallies:
        show_table(tallies)
    return 1 if any(tally.problems for tally in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
