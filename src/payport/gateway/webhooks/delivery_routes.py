"""Deliveries of webhooks: what was sent, what waits, how each attempt went; a test event, and sending again by hand."""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.params import Parameter

from payport.gateway import idempotent
from payport.gateway.access.callers import Partner, Staff, idempotency_scope
from payport.gateway.access.paths import ID_BYTES, IdPath
from payport.gateway.accounts import DEFAULT_PAGE, Cursor, PageLimit
from payport.gateway.idempotent import IdempotencyKey, answer_once
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, refuses, takes
from payport.gateway.webhooks import deliveries, endpoints
from payport.gateway.webhooks.deliveries import State
from payport.gateway.webhooks.event_types import trial_event
from payport.gateway.webhooks.routes import FOUND, MANAGERS, Nothing, created, manager_of, note_of
from payport.values.identifiers import parse_hex

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

StateQuery = Annotated[State | None, Parameter(query="state", description="Only deliveries in this state.")]
"""Which deliveries are listed."""


class QueuedDelivery(msgspec.Struct, frozen=True):
    """A delivery that is due now."""

    id: str
    """Its id, which its receiver finds in the header `webhook-id`."""


class DeliveryView(msgspec.Struct, frozen=True):
    """One event for one webhook."""

    id: str
    """Its id, which its receiver finds in the header `webhook-id`; the same however often it is sent."""
    type: str
    """Type of the event."""
    state: State
    """`pending`, `delivered`, or `failed` after the last attempt."""
    tries: int
    """Attempts of this round; sending it again by hand begins a new one."""
    next_attempt_at_ms: int | None
    """When it is tried next; while an attempt is under way, when that is taken for lost."""
    created_at_ms: int
    """When it was kept."""
    ended_at_ms: int | None
    """When it was delivered, or given up."""


class DeliveryPage(msgspec.Struct, frozen=True):
    """A page of deliveries, newest first."""

    deliveries: list[DeliveryView]
    """Deliveries."""
    next: int | None
    """Cursor of the next page; ``None`` on the last."""


class AttemptView(msgspec.Struct, frozen=True):
    """One attempt."""

    begun_at_ms: int
    """When it began."""
    took_ms: int
    """How long it took."""
    status: int | None
    """Status that was answered."""
    failure: str | None
    """Why there was none: `address_not_allowed`, `name_not_found`, `not_connected`, `tls_failed`, `timed_out`,
    `bad_answer`, `secret_lost`."""


class DeliveryDetail(msgspec.Struct, frozen=True):
    """A delivery with everything that is known of it."""

    delivery: DeliveryView
    """The delivery."""
    payload: str
    """The exact text that is signed and sent."""
    attempts: list[AttemptView]
    """Its attempts, oldest first; the newest 100."""


@post(
    "/webhooks/{webhook:str}/test",
    **MANAGERS,
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *idempotent.REFUSALS, *FOUND, endpoints.WEBHOOK_DISABLED),
        **created(QueuedDelivery, "The delivery."),
    },
)
async def send_test(
    request: Request[Any, Any, Any],
    webhook: IdPath,
    data: Nothing,  # noqa: ARG001 - an empty object
    port: Port,
    idempotency_key: IdempotencyKey,
) -> Response[Any]:
    """Send an event of type `webhook.test`, which tells of nothing else."""
    caller, name, now_ms = manager_of(request), parse_hex(webhook, ID_BYTES), clock_ms()

    async def work(connection: AsyncConnection) -> QueuedDelivery:
        await _require_enabled(connection, caller, name)
        event = trial_event(os.urandom(ID_BYTES), name, now_ms)
        await deliveries.keep(connection, [(name, event)], now_ms)
        return QueuedDelivery(event.id.hex())

    answer = await answer_once(request, port, (idempotency_scope(caller), idempotency_key), work)
    port.webhooks.wake()
    return answer


async def _require_enabled(connection: AsyncConnection, caller: Partner | Staff, webhook: bytes) -> None:
    if (await endpoints.find(connection, caller, webhook)).disabled_reason is not None:
        endpoints.WEBHOOK_DISABLED.refuse()


@get("/webhooks/{webhook:str}/deliveries", **MANAGERS, responses=refuses(*FOUND))
async def list_deliveries(
    request: Request[Any, Any, Any],
    webhook: IdPath,
    port: Port,
    of_state: StateQuery = None,
    limit: PageLimit = DEFAULT_PAGE,
    before: Cursor = None,
) -> DeliveryPage:
    """List what was sent to a webhook and what waits, newest first; kept for 30 days."""
    name = parse_hex(webhook, ID_BYTES)
    async with port.database.reading() as connection:
        await endpoints.find(connection, manager_of(request), name)
        rows = await deliveries.list_of(connection, name, of_state, limit + 1, before)
    return DeliveryPage(list(map(_told, rows[:limit])), rows[limit - 1].number if len(rows) > limit else None)


def _told(row: Row[Any]) -> DeliveryView:
    state = State(row.state)
    return DeliveryView(
        id=row.id.hex(),
        type=row.type,
        state=state,
        tries=row.tries,
        next_attempt_at_ms=row.due_at_ms if state is State.PENDING else None,
        created_at_ms=row.created_at_ms,
        ended_at_ms=row.ended_at_ms,
    )


@get(
    "/webhooks/{webhook:str}/deliveries/{delivery:str}",
    **MANAGERS,
    responses=refuses(*FOUND, deliveries.UNKNOWN_DELIVERY),
)
async def show_delivery(
    request: Request[Any, Any, Any], webhook: IdPath, delivery: IdPath, port: Port
) -> DeliveryDetail:
    """Show a delivery, what it says, and every attempt to deliver it."""
    name = parse_hex(webhook, ID_BYTES)
    async with port.database.reading() as connection:
        await endpoints.find(connection, manager_of(request), name)
        row = await deliveries.find(connection, name, parse_hex(delivery, ID_BYTES))
        attempts = await deliveries.attempts_of(connection, row.id)
    told = [AttemptView(each.begun_at_ms, each.took_ms, each.status, each.failure) for each in attempts]
    return DeliveryDetail(_told(row), row.payload.decode(), told)


@post(
    "/webhooks/{webhook:str}/deliveries/{delivery:str}/redeliver",
    **MANAGERS,
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *idempotent.REFUSALS, *FOUND, deliveries.UNKNOWN_DELIVERY, endpoints.WEBHOOK_DISABLED),
        **created(QueuedDelivery, "The delivery."),
    },
)
async def redeliver(
    request: Request[Any, Any, Any],
    webhook: IdPath,
    delivery: IdPath,
    data: Nothing,  # noqa: ARG001 - an empty object
    port: Port,
    idempotency_key: IdempotencyKey,
) -> Response[Any]:
    """Send a delivery again, now, under the same id, whatever became of it before."""
    caller, name, now_ms = manager_of(request), parse_hex(webhook, ID_BYTES), clock_ms()

    async def work(connection: AsyncConnection) -> QueuedDelivery:
        await _require_enabled(connection, caller, name)
        await deliveries.send_again(connection, name, parse_hex(delivery, ID_BYTES), now_ms)
        await note_of(connection, caller, "sent webhook again", delivery)
        return QueuedDelivery(delivery)

    answer = await answer_once(request, port, (idempotency_scope(caller), idempotency_key), work)
    port.webhooks.wake()
    return answer


ROUTES: Final = (send_test, list_deliveries, show_delivery, redeliver)
"""Routes of this resource."""
