"""List notifications and retry them; list channels and test them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.api.bodies.base import Listing, answer, given, listing
from service.api.bodies.notifications import (
    ChannelItem,
    ChannelTest,
    NotificationItem,
    channel_items,
    channel_test,
    notification_item,
)
from service.api.context import OPERATOR, VIEWER, Caller, Paging, Ports, actor_of
from service.api.problems import documented
from service.pipeline.respond_notifications import retry_notification, send_test

router = APIRouter(tags=["notifications"])


@router.get(
    "/notifications",
    summary="List notifications",
    dependencies=VIEWER,
    responses={
        **given(Listing[NotificationItem], "Notifications, newest first."),
        **documented(),
    },
)
def list_notifications(
    services: Ports,
    page: Paging,
    channel: Annotated[
        str | None, Query(description="Only this channel's.", max_length=100)
    ] = None,
) -> Response:
    """List what was told or will be, and where each delivery stands."""
    found = services.queries.notifications(channel, page)
    return listing(found, notification_item)


@router.post(
    "/notifications/{notification_id}/retry",
    summary="Retry a notification",
    dependencies=OPERATOR,
    responses={
        **given(NotificationItem, "The notification, due at once."),
        **documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
def retry(services: Ports, caller: Caller, notification_id: str) -> Response:
    """Make a failed or abandoned one due at once; takes no body."""
    due = retry_notification(
        services, actor=actor_of(caller), notification_id=notification_id
    )
    return answer(notification_item(due))


@router.get(
    "/channels",
    summary="List channels",
    dependencies=VIEWER,
    responses={**given(Listing[ChannelItem], "All channels."), **documented()},
)
def list_channels(services: Ports) -> Response:
    """Channels by name, with the newest proof that each works; never their URLs."""
    guard = services.policies.current().guard
    items = channel_items(guard, services.queries.proofs())
    return answer(Listing[ChannelItem](items=items))


@router.post(
    "/channels/{name}/test",
    summary="Test a channel",
    dependencies=OPERATOR,
    responses={
        **given(ChannelTest, "How it went."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def test_channel(services: Ports, caller: Caller, name: str) -> Response:
    """Send a test message now and answer with what came of it; takes no body."""
    delivery = send_test(services, actor=actor_of(caller), channel=name)
    return answer(channel_test(name, delivery))
