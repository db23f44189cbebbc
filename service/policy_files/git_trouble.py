"""What git said, as one sentence for people that holds no secret."""

import re
from dataclasses import dataclass

from service.policy_files.git_address import Address
from service.policy_files.git_program import GitFailed

_MASK = "***"
_LONGEST = 200
_CREDENTIALS = re.compile(r"([a-z][a-z0-9+.-]*://)[^/\s@'\"]+@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a repository cannot be followed; passing ones may end by themselves."""

    text: str
    is_passing: bool = False


# By what git says in English (`LC_ALL=C`); the first that fits.
_KNOWN: tuple[tuple[re.Pattern[str], Trouble], ...] = (
    (
        re.compile(r"couldn't find remote ref"),
        Trouble(text="the branch is not there: was it deleted or renamed?"),
    ),
    (
        re.compile(r"Host key verification failed"),
        Trouble(
            text="the host's key is not known: put it into ~/.ssh/known_hosts of the"
            " user that runs this"
        ),
    ),
    (
        re.compile(
            r"Authentication failed|could not read (?:Username|Password)"
            r"|Permission denied|returned error: (?:401|403)|Access denied"
        ),
        Trouble(text="access was refused: is the token or key right, and not expired?"),
    ),
    (
        re.compile(
            r"does not appear to be a git repository|[Rr]epository .{0,200}not found"
            r"|returned error: 404|does not exist"
        ),
        Trouble(text="no such repository, or none that this token or key may read"),
    ),
    (
        re.compile(r"transport '.{0,20}' not allowed|unable to update url base"),
        Trouble(text="it sends elsewhere: name the address that it sends to"),
    ),
)


def trouble_of(error: GitFailed, address: Address) -> Trouble:
    """Say what an error of git's means, and whether it may pass."""
    if error.timed_out:
        return Trouble(text="it did not answer in time", is_passing=True)
    for pattern, trouble in _KNOWN:
        if pattern.search(error.text):
            return trouble
    said = masked(_told(error.text), address)
    return Trouble(text=f"it cannot be reached: {said}", is_passing=True)


def masked(text: str, address: Address) -> str:
    """Give a text of git's without credentials."""
    for secret in address.secrets:
        text = text.replace(secret, _MASK)
    return _CREDENTIALS.sub(rf"\1{_MASK}@", text)


def _told(text: str) -> str:
    """Give the line that says most: git's last `fatal:`, printable, not too long."""
    lines = [each.strip() for each in text.splitlines() if each.strip()]
    fatal = [each for each in lines if each.startswith(("fatal:", "error:", "ssh:"))]
    line = (fatal or lines or ["git said nothing"])[0]
    plain = "".join(each if each.isprintable() else "?" for each in line)
    return plain[:_LONGEST]
