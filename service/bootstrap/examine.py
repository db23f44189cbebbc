"""Examine the ground an installation stands on: settings, database, disk, switch."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from service.channels.channel import check
from service.domain.diagnosis import Diagnosis, Verdict, about
from service.domain.errors import StorageError
from service.domain.guard import Guard
from service.settings import Settings
from service.storage import Database

# A log that only grows, and a database that may be copied beside itself.
LEAST_FREE = 500 * 1024 * 1024
_MEBIBYTE = 1024 * 1024


def examine_settings(settings: Settings) -> Iterator[Diagnosis]:
    """Tell what is set, never the value of a secret."""
    seconds = settings.check_interval.total_seconds()
    yield about("settings", "environment").when(
        Verdict.FINE, f"policies in {settings.policies}, a check every {seconds:.0f} s"
    )
    base = about("settings", "audit key")
    if settings.audit_key is None:
        advice = "SPENDGUARD_AUDIT_KEY seals entries against who can write the database"
        yield base.when(Verdict.NOTE, "not set", advice)
    else:
        yield base.when(Verdict.FINE, "set: every entry of the audit log is sealed")


def examine_database(database: Database) -> Iterator[Diagnosis]:
    """Tell whether it answers, fits this program, takes writes and has room."""
    base = about("database", "schema")
    try:
        database.check_schema()
    except StorageError as error:
        yield base.when(Verdict.FINDING, str(error), "spendguard db upgrade")
        return
    yield base.when(Verdict.FINE, f"{database.place} answers and is up to date")
    base = about("database", "writable")
    try:
        database.require_writable()
    except StorageError as error:
        yield base.when(Verdict.FINDING, str(error), "may this user write it?")
    else:
        yield base.when(Verdict.FINE, "takes writes")
    if database.file is not None:
        yield _room(database.file.absolute().parent)


def _room(folder: Path) -> Diagnosis:
    base = about("database", "disk")
    free = shutil.disk_usage(folder).free
    said = f"{free // _MEBIBYTE} MiB free in {folder}"
    verdict = room_verdict(free)
    is_fine = verdict is Verdict.FINE
    return base.when(
        verdict, said, "" if is_fine else "make room: a full disk stops checks"
    )


def room_verdict(free: int) -> Verdict:
    """Judge so many free bytes."""
    return Verdict.FINE if free >= LEAST_FREE else Verdict.FINDING


def examine_addresses(guard: Guard) -> Iterator[Diagnosis]:
    """Tell which channels nothing could ever be delivered to, and not their URLs."""
    for channel in guard.channels:
        base = about(f"channel {channel.name}", "address")
        problem = check(channel)
        if problem is None:
            yield base.when(Verdict.FINE, "apprise understands it")
        else:
            yield base.when(Verdict.FINDING, problem, "see docs/channels.md")
