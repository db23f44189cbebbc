"""Which kill comes when: the same for the same seed."""

import random
from dataclasses import dataclass

from typing_extensions import override

from tests.torture.gate import Window
from tests.torture.provider import Fate

# A check with a limit change and its messages takes some tenths of a second, and the
# next one may begin a second later.
_LONGEST_DELAY_SECONDS = 1.5
_RELAPSES = 0.2
_SHARES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One kill; `delay` counts from the crossing, or from the start where it `is_down`.

    `relapse` kills the service once more, so long after its restart.
    """

    number: int
    window: Window
    delay: float
    is_down: bool  # what crosses does so while no service runs
    fate: Fate
    relapse: float | None

    @override
    def __str__(self) -> str:
        words = [f"kill {self.number}: {self.window}"]
        if self.window is Window.RANDOM:
            after = "the start" if self.is_down else "the crossing"
            words.append(f"{self.delay:.3f} s after {after}")
        if self.window is Window.POST_SENT:
            words.append(self.fate)
        if self.relapse is not None:
            words.append(f"again {self.relapse:.3f} s after the restart")
        return ", ".join(words)


def plan(seed: int, kills: int) -> tuple[Kill, ...]:
    """Give each window a seventh of the kills, at random moments what is left."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret hangs on it
    held = [window for window in Window if window is not Window.RANDOM]
    share = kills // _SHARES
    windows: list[Window] = [window for window in held for _ in range(share)]
    windows.extend([Window.RANDOM] * (kills - len(windows)))
    chance.shuffle(windows)
    return tuple(
        Kill(
            number=number,
            window=window,
            delay=chance.uniform(0, _LONGEST_DELAY_SECONDS),
            is_down=chance.random() < 1 / 2,
            fate=chance.choice(list(Fate)),
            relapse=chance.uniform(0, _LONGEST_DELAY_SECONDS / 2)
            if chance.random() < _RELAPSES
            else None,
        )
        for number, window in enumerate(windows, start=1)
    )
