"""What of a channel's address must never be shown, and how it is taken out of a text.

The address is the credential (failure F21), and apprise's own masking leaves tokens in
paths, headers and parameters standing. So every part of an address counts as secret,
except those known to be harmless.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import parse_qsl, unquote, urlsplit

from typing_extensions import override

_MASK = "***"
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
# Shorter parts are words like `x` or `no`: no secret, and masking them ruins a text.
_SHORTEST = 4
_SHORTEST_PASSWORD = 2
# Elsewhere the place of the host holds a token, such as in slack://TokenA/TokenB.
_SCHEMES_WITH_HOSTS = frozenset(
    {"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"}
)
_HARMLESS = frozenset(
    {
        *("from", "to", "cc", "bcc", "reply", "name", "smtp", "mode", "method"),
        *("format", "overflow", "verify", "redirect", "cto", "rto", "retry", "wait"),
        *("blocks", "image", "footer", "timestamp", "emojis"),
    }
)
_in_use: ContextVar[str] = ContextVar("address_in_use", default="")


def scrub(text: str, url: str) -> str:
    """Take every part of `url`, and anything that looks like an address, out."""
    for part in sorted(_secret_parts(url), key=len, reverse=True):
        text = re.sub(re.escape(part), _MASK, text, flags=re.IGNORECASE)
    return _ADDRESS.sub(_MASK, text)


@contextmanager
def in_use(url: str) -> Iterator[None]:
    """Say which address the libraries work with, so that their logs can be scrubbed."""
    token = _in_use.set(url)
    try:
        yield
    finally:
        _in_use.reset(token)


class AddressFilter(logging.Filter):
    """Scrubs what a library logs, before any handler sees it."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without addresses and without traceback."""
        record.msg, record.args = scrub(record.getMessage(), _in_use.get()), ()
        record.exc_info = record.exc_text = None
        return True


def quiet_libraries() -> None:
    """Keep what apprise and its HTTP library log from showing addresses.

    apprise takes the reasons in its results from its own log, so its level must let
    warnings through; they are scrubbed and go nowhere else.
    """
    apprise = logging.getLogger("apprise")
    apprise.propagate = False
    apprise.setLevel(logging.WARNING)
    if not any(isinstance(each, AddressFilter) for each in apprise.filters):
        apprise.addFilter(AddressFilter())
        # Without any handler Python writes warnings to the standard error.
        apprise.addHandler(logging.NullHandler())
    # It names the path of every request at DEBUG, in loggers of several modules.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)


def _secret_parts(url: str) -> set[str]:
    try:
        split = urlsplit(url)
        host = split.hostname or ""
    except ValueError:
        # Not an address at all: every word of it may be the secret.
        return {
            url,
            *(word for word in re.split(r"\W+", url) if len(word) >= _SHORTEST),
        }
    parts = {url, split.path, split.query, *split.path.split("/"), split.fragment}
    parts |= {value for key, value in parse_qsl(split.query) if key not in _HARMLESS}
    parts |= {split.username or ""}
    if split.scheme not in _SCHEMES_WITH_HOSTS:
        parts.add(host)
    secrets = {part for part in parts if len(part) >= _SHORTEST}
    if split.password and len(split.password) >= _SHORTEST_PASSWORD:
        secrets.add(split.password)
    return secrets | {unquote(part) for part in secrets}
