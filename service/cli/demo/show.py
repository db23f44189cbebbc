"""How the month is shown: a line per day and what happened in it, or JSON lines."""

import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from typing_extensions import override

from service.cli.demo.proof import Proof
from service.cli.demo.timeline import Happening, Kind, Reading
from service.cli.output import console

_CELLS = 44
# Room to the right of the budget, for a limit above it.
_SCALE = Decimal("1.3")
# Time and kind stand before the text.
_INDENT = 22
_NARROWEST = 30
_COLOURS = {
    Kind.ALERT: "yellow",
    Kind.REMINDER: "yellow",
    Kind.RESOLVED: "dim",
    Kind.LIMIT: "bold cyan",
    Kind.KEPT: "cyan",
    Kind.FAILED: "bold red",
    Kind.MESSAGE: "green",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where the demo runs and what it is held to."""

    organization: str
    budget: Decimal
    currency: str
    url: str
    key: str
    days: int
    step: timedelta


class Show(Protocol):
    """What is told of the month, as it goes."""

    def start(self, start: Start) -> None: ...

    def day(self, last: Reading, happenings: Sequence[Happening]) -> None: ...

    def end(self, proof: Proof) -> None: ...


class JsonLines(Show):
    """One JSON object per line, for programs."""

    @override
    def start(self, start: Start) -> None:
        _line(
            kind="start",
            organization=start.organization,
            budget={"amount": str(start.budget), "currency": start.currency},
            url=start.url,
            key=start.key,
            days=start.days,
        )

    @override
    def day(self, last: Reading, happenings: Sequence[Happening]) -> None:
        for each in happenings:
            _line(
                kind=each.kind,
                at=_time(each.at),
                action=each.fact.action,
                target=each.fact.target,
                policy=None if each.fact.policy is None else each.fact.policy.id,
                outcome=each.fact.outcome,
                reason=each.fact.reason,
                text=each.text,
                detail=each.fact.detail,
            )
        _line(
            kind="day",
            at=_time(last.at),
            spend=None if last.spend is None else str(last.spend),
            limit=None if last.limit is None else str(last.limit),
        )

    @override
    def end(self, proof: Proof) -> None:
        for each in proof.verdicts:
            _line(
                kind="audit",
                chain=each.chain,
                entries=each.entries,
                head=each.head,
                valid=each.is_valid,
            )
        _line(
            kind="end",
            passed=not proof.problems,
            messages=proof.messages,
            problems=proof.problems,
        )


def _line(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Pages(Show):
    """Lines for people: with colours on a terminal, without them elsewhere."""

    def __init__(self) -> None:
        self._console = console()
        self._signs = _signs_of(self._console)
        self._budget = Decimal(0)
        self._currency = ""

    @override
    def start(self, start: Start) -> None:
        self._budget, self._currency = start.budget, start.currency
        full, rest, budget, limit = self._signs
        say = self._console.print
        say(
            f"Spendguard guards {start.organization} for {start.days} days with a check"
            f" every {start.step // timedelta(hours=1)} h, all of it on this machine."
        )
        say(f"REST API  {start.url}/api/v1/status")
        say(f"key       {start.key}")
        say(
            f"\n{full} spend   {rest} left   {budget} budget"
            f" {start.budget:f} {start.currency}   {limit} spend limit\n",
            style="dim",
        )

    @override
    def day(self, last: Reading, happenings: Sequence[Happening]) -> None:
        spend = "unknown" if last.spend is None else f"{last.spend:.2f}"
        limit = "none" if last.limit is None else f"{last.limit:f}"
        self._console.print(
            f"[bold]{last.at:%a %d %b}[/]  {self._bar(last)}"
            f"  {spend:>8} {self._currency}  [dim]limit {limit}[/]",
            soft_wrap=True,
        )
        for each in happenings:
            for line in _lines_of(each, self._console.width):
                self._console.print(line, soft_wrap=True)

    @override
    def end(self, proof: Proof) -> None:
        say = self._console.print
        say("\n[bold]The audit log[/]")
        for each in proof.verdicts:
            word = "verifies" if each.is_valid else f"BROKEN at {each.broken_at}"
            say(
                f"  {each.chain:<8} {each.entries:>5} entries"
                f"  head {each.head}  {word}",
                soft_wrap=True,
            )
        say(f"  {proof.messages} messages arrived")
        for problem in proof.problems:
            say(f"[bold red]wrong:[/] {escape(problem)}")

    def say(self, lines: Iterable[str]) -> None:
        """Print lines as they are."""
        for line in lines:
            self._console.print(line, markup=False, soft_wrap=True)

    def _bar(self, reading: Reading) -> str:
        full, rest, budget, limit = self._signs
        scale = self._budget * _SCALE
        spent = _cell(reading.spend or Decimal(0), scale)
        signs = [full if each < spent else rest for each in range(_CELLS)]
        colours = ["green" if each < spent else "dim" for each in range(_CELLS)]
        if reading.spend is not None and reading.spend >= self._budget:
            colours = ["red" if each < spent else "dim" for each in range(_CELLS)]
        marks = [(budget, "bold", self._budget)]
        if reading.limit is not None:
            marks.append((limit, "bold cyan", reading.limit))
        for sign, colour, amount in marks:
            place = min(_cell(amount, scale), _CELLS - 1)
            signs[place], colours[place] = sign, colour
        cells = zip(signs, colours, strict=True)
        return "".join(f"[{colour}]{sign}[/]" for sign, colour in cells)


def _cell(amount: Decimal, scale: Decimal) -> int:
    return int(amount / scale * _CELLS) if scale else 0


def _signs_of(target: Console) -> tuple[str, str, str, str]:
    if target.encoding.replace("-", "").startswith("utf"):
        return "█", "·", "│", "┃"
    return "#", ".", "|", "]"


def _lines_of(happening: Happening, width: int) -> Iterator[str]:
    """Write what happened, its text beside the time and folded there."""
    colour = _COLOURS.get(happening.kind, "none")
    is_news = happening.kind in {Kind.ALERT, Kind.REMINDER}
    if is_news and happening.severity == "critical":
        colour = "bold red"
    room = max(width - _INDENT, _NARROWEST)
    first, *rest = textwrap.wrap(happening.text, room) or [""]
    when = f"[dim]{happening.at:%H:%M}[/]"
    yield f"     {when}  [{colour}]{happening.kind:<8}[/]  {escape(first)}"
    for each in rest:
        yield " " * _INDENT + escape(each)
