"""Channels over apprise: one address, one message, one outcome.

apprise speaks to 180 services. It never raises for a failed delivery, it may sleep
between two sends of one object, and its own worker pool is shared by all channels; so
each delivery has a fresh object and runs in a thread of its own.
"""

from concurrent.futures import Future
from contextvars import copy_context
from datetime import timedelta
from threading import Thread
from typing import Any

from apprise import (
    Apprise,
    AppriseAsset,
    AppriseResult,
    AppriseResultStatus,
    NotifyBase,
    NotifyFormat,
    NotifyType,
)
from apprise.plugins import url_to_dict
from apprise.plugins.custom_json import NotifyJSON

from service.channels.document import document_of
from service.channels.mail import NotifyEmail
from service.channels.render import html_of, text_of
from service.channels.secrecy import in_use, quiet_libraries, scrub
from service.channels.slack import BlockKitSlack, attachment_of, takes_blocks
from service.channels.view import View, view_of
from service.channels.wording import clean
from service.domain.guard import ChannelConfig
from service.domain.notification import Delivery, EventKind, Message
from service.domain.policy import Severity

ID_HEADER = "X-Spendguard-Id"
PATIENCE = timedelta(seconds=10)
_CONNECT_SECONDS = 4.0
_READ_SECONDS = 6.0  # with connecting, within the patience
_LONGEST_ERROR = 300
_NOTIFY_TYPES = {
    Severity.INFO: NotifyType.INFO,
    Severity.WARNING: NotifyType.WARNING,
    Severity.CRITICAL: NotifyType.FAILURE,
}
_ENDINGS = {
    AppriseResultStatus.SUCCESS: "not confirmed",  # apprise forgives ?optional=yes
    AppriseResultStatus.PARTIAL: "delivered to some of its targets only",
    AppriseResultStatus.FAILURE: "not delivered",
    AppriseResultStatus.TIMEOUT: "no answer in time; it may have arrived",
    AppriseResultStatus.NOMATCH: "nowhere to deliver to",
}


class AppriseChannel:
    """A channel of `guard.yaml` as a port: any address that apprise understands."""

    def __init__(
        self, config: ChannelConfig, *, patience: timedelta = PATIENCE
    ) -> None:
        """Take the channel and the longest time that one delivery may take."""
        quiet_libraries()
        self._name = config.name
        self._url = config.url
        self._patience = patience
        self._late: dict[str, Future[Delivery]] = {}

    def send(self, message: Message, notification_id: str) -> Delivery:
        """Hand a message over, once, within the channel's patience.

        A delivery that ran out of time may still arrive. Until it ends nothing else
        is sent, and if it did arrive, its message is not sent a second time.
        """
        if any(not late.done() for late in self._late.values()):
            return self._failed("the last delivery has not come back yet")
        late = self._late.pop(notification_id, None)
        if late is not None and late.result().is_delivered:
            return late.result()
        with in_use(self._url.get_secret_value()):
            view = view_of(message, notification_id)
            service = self._service(message, view)
            if service is None:
                return self._failed("apprise cannot use the address")
            return self._within_patience(service, message, view)

    def _within_patience(
        self, service: NotifyBase, message: Message, view: View
    ) -> Delivery:
        outcome: Future[Delivery] = Future()
        body, body_format = _body(service, view)

        def deliver() -> None:
            apprise = Apprise(asset=_asset())
            apprise.add(service)
            with apprise.notify(
                body,
                title=view.subject,
                notify_type=_notify_type(message),
                body_format=body_format,
            ) as result:
                outcome.set_result(self._delivery(result))

        # A daemon: a server that never ends its answer must not keep the process up.
        # The context is copied because it names the address that logs must not show.
        name = f"channel-{self._name}"
        Thread(
            target=copy_context().run, args=(deliver,), name=name, daemon=True
        ).start()
        try:
            return outcome.result(self._patience.total_seconds())
        except TimeoutError:
            self._late[view.notification_id] = outcome
            return self._failed(_ENDINGS[AppriseResultStatus.TIMEOUT])

    def _service(self, message: Message, view: View) -> NotifyBase | None:
        url = self._url.get_secret_value()
        service = Apprise.instantiate(url, asset=_asset())
        if service is None:
            return None
        if takes_blocks(service):
            service = BlockKitSlack(
                attachment_of(view), **(_parsed(url) or {}), asset=_asset()
            )
        if isinstance(service, NotifyJSON):
            service.payload_extras["spendguard"] = document_of(
                message, view.notification_id
            )
        headers = getattr(service, "headers", None)
        if isinstance(headers, dict):
            headers[ID_HEADER] = view.notification_id
        _bound(service)
        return service

    def _delivery(self, result: AppriseResult) -> Delivery:
        attempts = [attempt for service in result for attempt in service]
        # Not the result's own word: ?optional=yes makes a failure a success.
        if attempts and attempts[-1].status is AppriseResultStatus.SUCCESS:
            return Delivery(is_delivered=True)
        reasons = dict.fromkeys(entry.message for entry in result.logs())
        return self._failed(": ".join([_ENDINGS[result.status], "; ".join(reasons)]))

    def _failed(self, reason: str) -> Delivery:
        # Retry-After stays unknown: apprise shows no header of an answer.
        told = scrub(reason.removesuffix(": "), self._url.get_secret_value())
        return Delivery(
            is_delivered=False, error=clean(f"{self._name}: {told}", _LONGEST_ERROR)
        )


def check(config: ChannelConfig) -> str | None:
    """Say why nothing could ever be delivered to a channel, None if it could.

    The reason does not show the address; nothing is sent.
    """
    quiet_libraries()
    url = config.url.get_secret_value()
    if not url.strip():
        return "the address is empty"
    with in_use(url):
        return _why_unusable(url)


def warm() -> None:
    """Load apprise's services (0.4 s) now, so that the first message need not wait."""
    quiet_libraries()
    Apprise.instantiate("json://127.0.0.1")


def _why_unusable(url: str) -> str | None:
    several = Apprise(asset=_asset())
    several.add(url)
    if len(several) > 1:
        return "there is more than one address; give each a channel of its own"
    if _parsed(url) is None:
        return "apprise knows no service with an address of this form"
    if Apprise.instantiate(url, asset=_asset()) is None:
        return "the address lacks something its service needs, or has a wrong part"
    return None


def _parsed(url: str) -> dict[str, Any] | None:
    parsed: dict[str, Any] | None = url_to_dict(url)  # type: ignore[no-untyped-call] # untyped in apprise
    return parsed


def _asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="Spendguard",
        app_desc="Spendguard",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        # A redirect ends at a page that says 200 to anything.
        http_redirects=False,
        # No limit of apprise's own: with one, it would use the pool of all channels.
        service_timeout=0,
    )


def _body(service: NotifyBase, view: View) -> tuple[str, NotifyFormat]:
    # Only e-mail is sure to show a page as it is meant, unless it was asked for text.
    if isinstance(service, NotifyEmail) and (
        service.resolve_format(NotifyFormat.HTML) is NotifyFormat.HTML
    ):
        return html_of(view), NotifyFormat.HTML
    return text_of(view), NotifyFormat.TEXT


def _bound(service: NotifyBase) -> None:
    # An address may ask for less (?cto=, ?rto=), never for more.
    # E-mail knows only the first, for every step; mail servers greet slowly.
    connect = _READ_SECONDS if isinstance(service, NotifyEmail) else _CONNECT_SECONDS
    service.socket_connect_timeout = min(service.socket_connect_timeout, connect)
    service.socket_read_timeout = min(service.socket_read_timeout, _READ_SECONDS)


def _notify_type(message: Message) -> NotifyType:
    if all(event.kind is EventKind.RESOLVED for event in message.events):
        return NotifyType.SUCCESS
    return _NOTIFY_TYPES[message.severity]
