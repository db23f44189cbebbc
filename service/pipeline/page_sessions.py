"""Sessions of the approval page: a key opened for some minutes, and one-use tokens.

The browser keeps random texts; only their SHA-256 is stored, and never the key itself.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from service.domain.access import ApiKey
from service.pipeline.respond_keys import digest_of
from service.ports import PageSession, Services

# Long enough to read and decide, short enough for a phone left on a table.
SESSION_LASTS = timedelta(minutes=15)
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who looks at the page: a session and the key that opened it."""

    session: PageSession
    key: ApiKey


def open_session(services: Services, key: ApiKey) -> str:
    """Give the text that a browser is to keep for a valid key."""
    text = secrets.token_urlsafe(_SECRET_BYTES)
    now = services.clock.now()
    session = PageSession(
        digest=digest_of(text), key_id=key.id, expires_at=now + SESSION_LASTS
    )
    with services.transaction() as work:
        work.open_session(session, now)
    return text


def visitor_of(services: Services, text: str | None) -> Visitor | None:
    """Give who a browser's text stands for; None once session or key have ended."""
    session = None if text is None else services.queries.session(digest_of(text))
    now = services.clock.now()
    if session is None or now >= session.expires_at:
        return None
    keys = services.queries.keys()
    key = next((each for each in keys if each.id == session.key_id), None)
    if key is None or not key.is_valid(now):
        return None
    return Visitor(session=session, key=key)


def issue_token(services: Services, visitor: Visitor, approval_id: str) -> str:
    """Give the token of one form, which decides on one request and once."""
    text = secrets.token_urlsafe(_SECRET_BYTES)
    with services.transaction() as work:
        work.save_token(digest_of(text), visitor.session, approval_id)
    return text


def use_token(
    services: Services, visitor: Visitor, approval_id: str, text: str
) -> bool:
    """Use a token up; say whether it was one for this session and request."""
    with services.transaction() as work:
        return work.take_token(digest_of(text), visitor.session, approval_id)
