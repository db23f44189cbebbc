"""A channel that keeps what it was given and answers as it is told."""

from collections import deque
from typing import TYPE_CHECKING

from service.domain.notification import Delivery, Event, Message

if TYPE_CHECKING:
    from collections.abc import Callable

DELIVERED = Delivery(is_delivered=True)


class RecordingChannel:
    """Implements `Channel`; `answers` go first, one per attempt, then `standing`.

    An exception among them is raised; `during` is called while a message is on its
    way.
    """

    def __init__(self) -> None:
        self.attempts: list[tuple[Message, str]] = []
        self.answers: deque[Delivery | Exception] = deque()
        self.standing = DELIVERED
        self.during: Callable[[], None] | None = None

    def send(self, message: Message, notification_id: str) -> Delivery:
        self.attempts.append((message, notification_id))
        if self.during is not None:
            during, self.during = self.during, None
            during()
        answer = self.answers.popleft() if self.answers else self.standing
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def ids(self) -> list[str]:
        """Give the id of every attempt."""
        return [notification_id for _, notification_id in self.attempts]

    @property
    def events(self) -> list[Event]:
        """Give all that was told, as often as it was."""
        return [event for message, _ in self.attempts for event in message.events]
