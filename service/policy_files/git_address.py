"""`<url>[#branch]`: which repository is followed, with its credentials apart."""

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import SplitResult, unquote, urlsplit

from service.domain.errors import SettingsError

VARIABLE = "SPENDGUARD_POLICIES_GIT"
_EXPECTED = (
    f"{VARIABLE} must be https://HOST/PATH, ssh://HOST/PATH, USER@HOST:PATH or"
    " file:///PATH, with #BRANCH behind it if it is not the repository's own"
)
# What git's own rules of names leave that could never be taken for anything else.
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+@-]{0,199}")
_NO_BRANCH = re.compile(r"\.\.|//|@\{|/\.|\.lock(?:/|$)|[./]$")
_SCP_LIKE = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^:\s-][^\s]*")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A repository and its branch; `url` holds no credential and may be shown.

    `authorization` is the header for https, None without credentials; `branch` is None
    for the one that the repository itself names. `secrets` are never to be shown.
    """

    url: str
    protocol: str
    branch: str | None
    authorization: str | None
    secrets: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Give a name for the folder that keeps the copy; another for another URL."""
        return f"{sha256(self.url.encode()).hexdigest()[:12]}.git"

    @property
    def shown(self) -> str:
        """Give repository and branch for people."""
        return f"{self.url}#{self.branch}" if self.branch else self.url

    @property
    def remote_ref(self) -> str:
        """Give what is asked of the repository."""
        return f"refs/heads/{self.branch}" if self.branch else "HEAD"


def parse_address(text: str) -> Address:
    """Read `<url>[#branch]`; raise `SettingsError`, which holds none of it."""
    url, separator, branch = text.partition("#")
    if separator and (not _BRANCH.fullmatch(branch) or _NO_BRANCH.search(branch)):
        raise SettingsError(f"{VARIABLE}: what is behind # is no name of a branch")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise SettingsError(_EXPECTED)
    named = branch if separator else None
    if "://" not in url and _SCP_LIKE.fullmatch(url):
        return Address(url=url, protocol="ssh", branch=named, authorization=None)
    try:
        parts = urlsplit(url)
        return _of_parts(parts, named)
    except ValueError:
        raise SettingsError(_EXPECTED) from None


def _of_parts(parts: SplitResult, branch: str | None) -> Address:
    path = parts.path.lstrip("/")
    if not path or parts.query or not _is_allowed(parts):
        raise ValueError
    if parts.scheme == "file":
        url = f"file://{parts.path}"
        return Address(url=url, protocol="file", branch=branch, authorization=None)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme == "ssh":
        if parts.password is not None or host.startswith("-"):
            raise ValueError
        return Address(
            url=parts.geturl(), protocol="ssh", branch=branch, authorization=None
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    pair = f"{user}:{password}"
    encoded = b64encode(pair.encode()).decode()
    # Of a token alone, as some hosts take it, the user's name is the secret.
    secrets = (password, encoded) if password else (user, encoded)
    return Address(
        url=f"{parts.scheme}://{host}{parts.path}",
        protocol=parts.scheme,
        branch=branch,
        authorization=f"Basic {encoded}" if user or password else None,
        secrets=secrets if user or password else (),
    )


def _is_allowed(parts: SplitResult) -> bool:
    match parts.scheme:
        case "file":
            return parts.netloc in {"", "localhost"}
        case "https" | "ssh":
            return bool(parts.hostname)
        case "http":
            # What nobody between can read: to this machine alone.
            return parts.hostname in _LOOPBACK
        case _:
            return False
