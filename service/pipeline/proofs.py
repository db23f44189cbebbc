"""The audit log's heads, which go out with a message a day (§7)."""

from dataclasses import replace

from service.domain.audit import SYSTEM_CHAIN, Head
from service.domain.notification import Notification
from service.ports import UnitOfWork

# A message is to be read; whoever guards more organizations exports the log.
_MOST_HEADS = 20


def heads_for(work: UnitOfWork, organization: str) -> tuple[Head, ...]:
    """Give the newest entry of each chain, this organization's and `system` first."""
    return work.audit_heads((organization, SYSTEM_CHAIN), _MOST_HEADS)


def with_heads(work: UnitOfWork, notification: Notification) -> Notification:
    """Give a message with the heads if it is its channel's first of the day.

    Noted outside by whoever reads it, they prove that nothing was cut off the log.
    """
    message = notification.message
    if message.heads:
        return notification
    day = f"{notification.created_at:%Y-%m-%d}"
    if not work.claim_heads(notification.channel, day, notification.created_at):
        return notification
    heads = heads_for(work, notification.organization)
    return replace(notification, message=replace(message, heads=heads))
