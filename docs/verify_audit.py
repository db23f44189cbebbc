#!/usr/bin/env python3
"""Verify an audit export of Spendguard with nothing but Python 3.8 or later.

    python verify_audit.py export.jsonl [--chain NAME] [--head HASH]...
                           [--seal-key-file FILE]

The export has one JSON object per line (`-` reads standard input). For each chain:
numbers count from 1; `hash` is the SHA-256 of the canonical JSON (RFC 8785) of all
other members but `seal`; `previous_hash` is the hash of the entry before, 64 zeros for
the first. `--head` is a hash noted earlier: it proves that nothing up to it was cut
off. With the seal key, `seal` is the HMAC-SHA256 of the hash, for every entry from the
first sealed one on.

Exit status: 0 all entries are as they were written, 1 the first bad one is named, 2 the
export cannot be read. This file shares no code with the service.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FIRST = "0" * 64
INTACT, BROKEN, UNREADABLE = 0, 1, 2


class Finding(NamedTuple):
    """The first bad entry: where it is and what is wrong."""

    chain: str
    number: int
    line: int
    fault: str
    detail: str

    def sentence(self) -> str:
        """`line 7: acme number 5 was edited: …`."""
        place = f"line {self.line}: " if self.line else ""
        chain = self.chain or "(no chain)"
        return f"{place}{chain} number {self.number} was {self.fault}: {self.detail}"


class Head:
    """The end of a chain as far as it was followed."""

    def __init__(self) -> None:
        self.number = 0
        self.hash = FIRST
        self.sealed = False


def no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse what would show a reader one thing and a parser another."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a member stands there twice")
    return dict(pairs)


def hash_of(line: str, entry: dict[str, Any]) -> str:
    """Hash an entry anew, from its line or, where that is not canonical, rewritten."""
    given = entry["hash"]
    without = line.replace(f',"hash":"{given}"', "", 1)
    if "seal" in entry:
        seal = entry["seal"]
        member = ',"seal":null' if seal is None else f',"seal":"{seal}"'
        without = without.replace(member, "", 1)
    digest = hashlib.sha256(without.encode("utf-8")).hexdigest()
    if digest == given:
        return digest
    strict = json.loads(line, object_pairs_hook=no_repeats)
    hashed = {key: strict[key] for key in strict if key not in ("hash", "seal")}
    text = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Half a character has no UTF-8, so nothing that was hashed can hold one.
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class Verification:
    """Follows every chain of an export up to the first bad entry."""

    def __init__(
        self, noted: Iterable[str], key: bytes | None, only: str | None
    ) -> None:
        self.heads: dict[str, Head] = {}
        self.missing = set(noted)
        self.key = key
        self.only = only
        self.finding: Finding | None = None

    def run(self, lines: Iterable[str]) -> None:
        """Read all lines; `finding` then holds the first bad entry, if any."""
        numbered = enumerate(lines, 1)
        for number, line in numbered:
            self.finding = self.fault(number, line.strip())
            if self.finding is not None:
                self.finding = self.told_apart(self.finding, numbered)
                return
        self.finding = self.fault_at_end()

    def fault(self, place: int, line: str) -> Finding | None:
        """Follow one line; say what is wrong with it."""
        try:
            entry = json.loads(line)
            digest = hash_of(line, entry)
            name = str(entry.get("chain", ""))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            head = self.heads.get("", Head())
            return Finding("", head.number + 1, place, "edited", "it is no entry")
        if self.only is not None and name != self.only:
            return None
        if name not in self.heads:
            self.heads[name] = Head()
        head = self.heads[name]
        expected = head.number + 1
        if digest != entry["hash"]:
            return Finding(name, expected, place, "edited", "its hash is not its own")
        found = entry.get("seq")
        if found != expected or found is True:
            return self.misplaced(name, expected, place, found)
        if entry.get("previous_hash") != head.hash:
            detail = f"number {expected} does not follow it"
            return Finding(name, max(head.number, 1), place, "edited", detail)
        head.number, head.hash = expected, digest
        self.missing.discard(digest)
        return self.fault_of_seal(name, head, place, entry.get("seal"))

    @staticmethod
    def misplaced(name: str, expected: int, place: int, found: object) -> Finding:
        """Say that another entry stands where one was expected."""
        gap = isinstance(found, int) and found > expected
        fault = "deleted" if gap else "reordered"
        return Finding(name, expected, place, fault, f"number {found} stands there")

    def told_apart(self, finding: Finding, rest: Iterator[tuple[int, str]]) -> Finding:
        """Call a missing entry reordered if it comes later after all."""
        if finding.fault != "deleted":
            return finding
        for _, line in rest:
            try:
                entry = json.loads(line)
                found = (entry.get("chain"), entry.get("seq"))
            except (ValueError, AttributeError, RecursionError):
                continue
            if found == (finding.chain, finding.number):
                return finding._replace(fault="reordered")
        return finding

    def fault_of_seal(
        self, name: str, head: Head, place: int, seal: object
    ) -> Finding | None:
        """Say what is wrong with a seal, if the key is known."""
        if self.key is None or (seal is None and not head.sealed):
            return None
        head.sealed = True
        if seal is None:
            return Finding(name, head.number, place, "unsealed", "it has no seal")
        right = hmac.new(self.key, head.hash.encode(), "sha256").hexdigest()
        if hmac.compare_digest(str(seal).encode(), right.encode()):
            return None
        detail = "its seal is another key's"
        return Finding(name, head.number, place, "unsealed", detail)

    def fault_at_end(self) -> Finding | None:
        """Say what is missing when all has been read."""
        for name, head in self.heads.items():
            if self.key is not None and not head.sealed:
                detail = "no entry of the chain has a seal"
                return Finding(name, head.number, 0, "unsealed", detail)
        if not self.missing:
            return None
        name, head = "", Head()
        if len(self.heads) == 1:
            ((name, head),) = self.heads.items()
        detail = "no entry has the hash " + min(self.missing)
        return Finding(name, head.number + 1, 0, "cut off", detail)


def arguments(given: list[str] | None) -> argparse.Namespace:
    """Read the command line; a wrong one exits with 2."""
    parser = argparse.ArgumentParser(description="Verify an audit export.")
    parser.add_argument("export", help="a file of JSON lines, or - for standard input")
    parser.add_argument("--chain", help="verify this chain alone")
    parser.add_argument("--head", action="append", default=[], metavar="HASH")
    parser.add_argument("--seal-key-file", metavar="FILE")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    """Verify an export; give the exit status."""
    wanted = arguments(given)
    key = None
    try:
        if wanted.seal_key_file:
            key = Path(wanted.seal_key_file).read_bytes().rstrip(b"\r\n")
        verification = Verification(wanted.head, key, wanted.chain)
        if wanted.export == "-":
            verification.run(sys.stdin)
        else:
            with Path(wanted.export).open(encoding="utf-8", newline="\n") as lines:
                verification.run(lines)
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"the export cannot be read: {error}\n")
        return UNREADABLE
    for name, head in sorted(verification.heads.items()):
        sys.stdout.write(f"{name}: {head.number} entries, head {head.hash}\n")
    if verification.finding is not None:
        sys.stdout.write(f"BROKEN {verification.finding.sentence()}\n")
        return BROKEN
    sys.stdout.write("intact\n")
    return INTACT


if __name__ == "__main__":
    sys.exit(main())
