"""PostgreSQL's own programs, which alone know how to copy all of a database."""

import os
import shutil
import subprocess  # nosec B404 # for PostgreSQL's own programs, below
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

from sqlalchemy import URL

from service.domain.errors import StorageUnavailable

_MISSING = (
    "{program} is not installed here: install PostgreSQL's client programs, of the"
    " server's version or a newer one (Debian: postgresql-client), or run `pg_dump"
    " --format=custom` where they are"
)


def dump(address: URL, snapshot: str, file: Path) -> None:
    """Write what a snapshot sees in pg_dump's own format, and read its contents back.

    The snapshot is one that an open transaction exported.
    """
    with _named_without_password(address) as named:
        _run(
            "pg_dump",
            "--format=custom",
            "--no-password",
            f"--snapshot={snapshot}",
            f"--file={file}",
            f"--dbname={named}",
        )
    if "audit_entry" not in _run("pg_restore", "--list", str(file)):
        raise StorageUnavailable("the copy does not read back: no audit log is in it")


@contextmanager
def _named_without_password(address: URL) -> Iterator[str]:
    """Give an address for the command line, which everybody on the machine can read."""
    plain = address.set(drivername="postgresql", password=None)
    if address.password is None:
        yield plain.render_as_string()
        return
    descriptor, name = mkstemp(prefix="spendguard-", suffix=".pgpass")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as passwords:
            password = str(address.password)
            escaped = password.replace("\\", "\\\\").replace(":", "\\:")
            passwords.write(f"*:*:*:*:{escaped}\n")
        yield plain.update_query_dict({"passfile": name}).render_as_string()
    finally:
        Path(name).unlink()


def _run(program: str, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise StorageUnavailable(_MISSING.format(program=program))
    ended = subprocess.run(  # noqa: S603 # nosec B603 # arguments of ours, no shell
        [path, *arguments], capture_output=True, check=False, text=True
    )
    if ended.returncode:
        # It was given no password, so it can repeat none.
        said = (ended.stderr.strip().splitlines() or ["it said nothing"])[0]
        raise StorageUnavailable(f"no copy could be made: {said}")
    return ended.stdout
