"""Verifying the audit log: as the command does it, and by the stand-alone program.

Each is measured as a user runs it, as a whole process on a large log and on a small
one; the difference leaves the start of the process out.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks.children import run, seconds_of, spendguard
from benchmarks.figure import Bound, Figure
from benchmarks.world import LATE_IN_MONTH, scratch
from service.domain.audit import AuditAction, Fact, PolicyReference
from service.storage import Database, SqlUnitOfWork

_TARGET = 100_000
_SMALL = 1000
_BATCH = 1000
_STANDALONE = "docs/verify_audit.py"


def measure(is_short: bool) -> Iterator[Figure]:  # noqa: FBT001 - `Measure`
    """Verify a long chain in a database, from an export, and with the program alone."""
    large, times = (30_000, 1) if is_short else (200_000, 3)
    with scratch() as folder:
        logs = [_Log(folder / str(count), count) for count in (_SMALL, large)]
        for what, commands in (
            ("audit verify of the database", [each.of_database for each in logs]),
            ("audit verify of an export", [each.of_export for each in logs]),
            ("the stand-alone verifier", [each.alone for each in logs]),
        ):
            small, whole = (
                _seconds(command, log, times)
                for command, log in zip(commands, logs, strict=True)
            )
            yield Figure(
                what=what,
                value=(large - _SMALL) / (whole - small),
                unit="entries/s",
                target=_TARGET,
                bound=Bound.AT_LEAST,
                beside=f"{large:,} entries in {whole:.2f} s, {_SMALL:,} in"
                f" {small:.2f} s; the start of the process is left out; median of"
                f" {times}",
            )


class _Log:
    """A database with one chain of so many entries, and its export."""

    def __init__(self, folder: Path, entries: int) -> None:
        folder.mkdir()
        self.settings = {"SPENDGUARD_DATABASE_URL": f"sqlite:///{folder}/audit.db"}
        self.export = folder / "audit.jsonl"
        database = Database(self.settings["SPENDGUARD_DATABASE_URL"])
        database.upgrade()
        for begin in range(0, entries, _BATCH):
            with SqlUnitOfWork(database, None) as unit:
                unit.record(*(_fact(begin + each) for each in range(_BATCH)))
        database.close()
        with self.export.open("wb") as lines:
            run((spendguard(), "audit", "export"), self.settings, lines)

    @property
    def of_database(self) -> Sequence[str]:
        """Give the command that verifies the database."""
        return (spendguard(), "audit", "verify")

    @property
    def of_export(self) -> Sequence[str]:
        """Give the command that verifies the export."""
        return (*self.of_database, str(self.export))

    @property
    def alone(self) -> Sequence[str]:
        """Give the command that needs nothing but Python."""
        # Isolated: nothing but the file and Python's own library.
        return (sys.executable, "-I", "-S", _STANDALONE, str(self.export))


def _seconds(command: Sequence[str], log: _Log, times: int) -> float:
    return median(seconds_of(command, log.settings) for _ in range(times))


def _fact(number: int) -> Fact:
    """Give what a check of a quiet day leaves behind."""
    return Fact(
        chain="acme",
        at=LATE_IN_MONTH + timedelta(minutes=5) * number,
        actor="system:scheduler",
        action=AuditAction.CHECK_COMPLETED,
        target="organization:acme",
        outcome="completed",
        reason="known",
        policy=PolicyReference(id="acme-monthly", revision="a" * 64, commit="b" * 40),
        detail={"spend": f"{number}.80", "limit": "5000.00 EUR", "took_ms": 42},
    )
