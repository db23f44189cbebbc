"""What a run did and found."""

from collections import Counter
from dataclasses import dataclass, field

from tests.torture.gate import Window


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a run came to."""

    database: str
    seed: int
    planned: int
    kills: Counter[Window] = field(default_factory=Counter)
    starts: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
