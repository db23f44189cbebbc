"""What a run prints: progress, the story of a violation, a table."""

import sys
from collections.abc import Iterable, Sequence

from tests.torture.gate import Window
from tests.torture.plan import Kill
from tests.torture.tally import Tally
from tests.torture.world import World

_EVERY = 10
_ENTRIES = 60


def say(line: str = "") -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def show_kill(tally: Tally, kill: Kill, *, is_quiet: bool) -> None:
    """Print a kill, or every tenth where there are many."""
    if is_quiet and kill.number % _EVERY:
        return
    pace = tally.seconds / kill.number
    say(
        f"{tally.database}: {kill.number} of {tally.planned}"
        f" ({pace:.1f} s each); {kill}"
    )


def show_story(
    tally: Tally, kill: Kill, problems: Iterable[str], world: World, last_words: str
) -> None:
    """Print all that is known of a violation, and how to have it again."""
    say(f"\nVIOLATION on {tally.database}, seed {tally.seed}, {kill}")
    for problem in problems:
        say(f"  {problem}")
    say("\nThe last entries of the audit log:")
    for entry in world.ledger.entries()[-_ENTRIES:]:
        if entry.action != "check:completed":
            say(
                f"  {entry.at:%d %H:%M:%S.%f} {entry.chain} {entry.action}"
                f" {entry.target} {dict(entry.detail)}"
            )
    say("\nThe service's last words:")
    say(last_words)
    say(f"\nKept: {world.folder}")
    say(
        f"Again: python -m tests.torture kills --database {tally.database}"
        f" --kills {tally.planned} --seed {tally.seed}"
    )


def show_table(tallies: Sequence[Tally]) -> None:
    """Print what was done to each database, and what came of it."""
    rows = [["", *(tally.database for tally in tallies)]]
    rows.append(["seed", *(str(tally.seed) for tally in tallies)])
    rows.append(["kills", *(str(tally.kills.total()) for tally in tallies)])
    rows += [
        [f"  {window}", *(str(each.kills[window]) for each in tallies)]
        for window in Window
    ]
    rows += [
        [name, *(str(each.figures.get(name, 0)) for each in tallies)]
        for name in tallies[0].figures
    ]
    rows.append(["slowest start", *(f"{max(each.starts):.2f} s" for each in tallies)])
    rows.append(["time", *(f"{each.seconds:.0f} s" for each in tallies)])
    rows.append(["violations", *(str(len(each.problems)) for each in tallies)])
    width = max(len(row[0]) for row in rows)
    say()
    for name, *values in rows:
        say(f"{name:<{width}}" + "".join(f"{value:>14}" for value in values))
