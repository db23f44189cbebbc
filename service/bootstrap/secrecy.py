"""What no log line may hold: known secrets, and texts that look like one (F21)."""

import re
from collections.abc import Iterable, Mapping
from threading import Lock

MASK = "***"
# Shorter texts would blacken ordinary words; no key worth the name is that short.
_SHORTEST = 6
_WEB = r"https?"
# Every other scheme is an apprise address, whose path is the credential.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bsg_[A-Za-z0-9_-]{8,}"), f"sg_{MASK}"),
    (re.compile(r"\bxox[a-z]-[A-Za-z0-9-]+"), MASK),
    (
        re.compile(
            r"(?i)\b([a-z_-]*(?:api[_-]?key|token|secret|password|authorization))"
            r"(['\"]?\s*[=:]\s*['\"]?)(?!\*)(?:(?:bearer|basic)\s+)?[^\s'\"&,;}]+"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://)[^/\s@'\"]+@"), rf"\1{MASK}@"),
    (re.compile(r"\b(https://hooks\.slack\.com/services/)[^\s'\"]+"), rf"\1{MASK}"),
    (
        re.compile(
            rf"\b(?!(?:{_WEB}|sqlite|postgresql(?:\+psycopg)?|file)://)"
            r"([a-z][a-z0-9+.-]*://)[^\s'\"]+"
        ),
        rf"\1{MASK}",
    ),
)


class Secrecy:
    """The secrets this process knows; safe to share between threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = Lock()
        self._known: tuple[str, ...] = ()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these from now on, wherever they occur."""
        with self._lock:
            every = {*self._known, *(s for s in secrets if len(s) >= _SHORTEST)}
            # The longest first: a secret may be a part of another.
            self._known = tuple(sorted(every, key=len, reverse=True))

    def masked(self, text: str) -> str:
        """Give the text without what it must not hold."""
        for secret in self._known:
            text = text.replace(secret, MASK)
        for pattern, mask in _PATTERNS:
            text = pattern.sub(mask, text)
        return text

    def masked_value(self, value: object) -> object:
        """Mask all texts in a value of a log line, in its containers too."""
        if isinstance(value, str):
            return self.masked(value)
        if isinstance(value, Mapping):
            return {str(key): self.masked_value(each) for key, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.masked_value(each) for each in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.masked(str(value))
