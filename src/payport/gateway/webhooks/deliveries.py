"""Deliveries: kept once, claimed by whoever sends, ended by an answer, and listed for whoever asks.

A claim is the time after which an attempt is taken for lost. So a crash costs at most that time, never a delivery.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import delete, exists, select, update

from payport.database.statements import insert
from payport.gateway.access.tables import API_KEYS
from payport.gateway.webhooks.endpoints import DisabledReason, disable
from payport.gateway.webhooks.schedule import DISABLE_MS, LONGEST_WAIT_MS, next_delay_ms, pause_ms
from payport.gateway.webhooks.tables import ATTEMPTS, DELIVERIES, WEBHOOKS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.gateway.webhooks.event_types import Event
    from payport.gateway.webhooks.sender import Result

UNKNOWN_DELIVERY: Final = RefusalCode(
    "unknown_delivery",
    RefusalClass.NOT_FOUND,
    "The webhook has no such delivery; they are kept for 30 days.",
    "该 Webhook 没有此投递记录；记录保留 30 天。",
)
"""Deliveries of other webhooks look the same."""

REFUSALS: Final = (UNKNOWN_DELIVERY,)
"""Refusals of this module."""

KEPT_MS: Final = 30 * 86_400_000
"""How long deliveries are kept, whatever became of them."""

MAX_PENDING: Final = 1_000
"""Deliveries of one endpoint that wait. What comes later waits in the index, where it is anyway: an endpoint that is
away for days costs the port's database no more than this."""

CLAIM_MS: Final = 30_000
"""How long an attempt may take, with what is written before and after; twice the time-out."""

CLEANED_AT_ONCE: Final = 1_000
"""Old deliveries removed in one transaction, so that none waits long for the cleaning."""

MAX_ATTEMPTS: Final = 100
"""Attempts of one delivery that are told, the newest: ten rounds by hand."""

_INSERTED_AT_ONCE: Final = 500


class State(enum.StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    """It will be tried, or tried again."""
    DELIVERED = "delivered"
    """The receiver took it."""
    FAILED = "failed"
    """It was tried as often as it is; it can be sent again by hand."""


class Live(NamedTuple):
    """An endpoint that is not disabled."""

    row: Row[Any]
    """Its row."""
    due_at_ms: int | None
    """When the next of its deliveries is due; ``None`` where none waits."""
    full: bool
    """Whether as many of its deliveries wait as may."""
    ended: bool
    """Whether the API key it lives on counts no more."""


class Tried(NamedTuple):
    """An attempt that ended."""

    delivery: bytes
    """Delivery id."""
    webhook: bytes
    """Endpoint."""
    tries: int
    """Attempts of this round, this one included."""
    begun_at_ms: int
    """When it began."""
    result: Result
    """What came of it."""


async def live(connection: AsyncConnection, now_ms: int) -> list[Live]:
    """Return the endpoints that are not disabled, with what waits for them."""
    counts = API_KEYS.c.revoked_at_ms.is_(None) & (API_KEYS.c.expires_at_ms >= now_ms)
    key = select(API_KEYS.c.id).where(API_KEYS.c.id == WEBHOOKS.c.api_key, counts)
    ended = WEBHOOKS.c.api_key.is_not(None) & ~exists(key)
    waits = (DELIVERIES.c.webhook == WEBHOOKS.c.id) & (DELIVERIES.c.state == State.PENDING.value)
    due = select(DELIVERIES.c.due_at_ms).where(waits).order_by(DELIVERIES.c.due_at_ms).limit(1)
    full = select(DELIVERIES.c.number).where(waits).limit(1).offset(MAX_PENDING - 1)
    told = (due.scalar_subquery().label("due"), exists(full).label("full"), ended.label("ended"))
    query = select(WEBHOOKS, *told)
    query = query.where(WEBHOOKS.c.disabled_reason.is_(None)).order_by(WEBHOOKS.c.id)
    rows = (await connection.execute(query)).all()
    return [Live(row, row.due, bool(row.full), bool(row.ended)) for row in rows]


async def keep(connection: AsyncConnection, events: Sequence[tuple[bytes, Event]], now_ms: int) -> None:
    """Keep events for endpoints, each once."""
    rows = [
        {
            "id": event.id,
            "webhook": webhook,
            "type": event.type,
            "payload": event.payload,
            "state": State.PENDING.value,
            "tries": 0,
            "due_at_ms": now_ms,
            "created_at_ms": now_ms,
        }
        for webhook, event in events
    ]
    for begin in range(0, len(rows), _INSERTED_AT_ONCE):
        part = rows[begin : begin + _INSERTED_AT_ONCE]
        adding = insert(connection, DELIVERIES).values(part).on_conflict_do_nothing(index_elements=["id"])
        await connection.execute(adding)


async def claim(connection: AsyncConnection, wanted: Mapping[bytes, int], now_ms: int) -> list[Row[Any]]:
    """Claim up to so many due deliveries of each endpoint, the longest due first, and return them as they are now."""
    claimed: list[Row[Any]] = []
    for webhook, most in wanted.items():
        due = (DELIVERIES.c.webhook == webhook) & (DELIVERIES.c.state == State.PENDING.value)
        query = select(DELIVERIES).where(due, DELIVERIES.c.due_at_ms <= now_ms)
        query = query.order_by(DELIVERIES.c.due_at_ms, DELIVERIES.c.number).limit(most)
        claimed += (await connection.execute(query)).all()
    if claimed:
        mine = DELIVERIES.c.number.in_([row.number for row in claimed])
        values = {"tries": DELIVERIES.c.tries + 1, "due_at_ms": now_ms + CLAIM_MS}
        await connection.execute(update(DELIVERIES).where(mine).values(**values))
    return claimed


async def release(connection: AsyncConnection, delivery: bytes, now_ms: int) -> None:
    """Give back a claim whose attempt did not end: somebody else tries it at once."""
    mine = (DELIVERIES.c.id == delivery) & (DELIVERIES.c.state == State.PENDING.value) & (DELIVERIES.c.tries > 0)
    await connection.execute(update(DELIVERIES).where(mine).values(due_at_ms=now_ms, tries=DELIVERIES.c.tries - 1))


async def record(
    connection: AsyncConnection, tried: Tried, now_ms: int, chance: Callable[[], float]
) -> DisabledReason | None:
    """Keep what came of an attempt, and what follows for the delivery and its endpoint; return why that is disabled."""
    query = select(WEBHOOKS.c.failing_since_ms, WEBHOOKS.c.unreachable, WEBHOOKS.c.disabled_reason)
    endpoint = (await connection.execute(query.where(WEBHOOKS.c.id == tried.webhook))).first()
    mine = DELIVERIES.c.id == tried.delivery
    if endpoint is None or (await connection.execute(select(DELIVERIES.c.id).where(mine))).first() is None:
        return None  # deleted meanwhile
    result = tried.result
    attempt = {"begun_at_ms": tried.begun_at_ms, "status": result.status, "took_ms": result.took_ms}
    await connection.execute(ATTEMPTS.insert().values(delivery=tried.delivery, failure=result.failure, **attempt))
    state, due_at_ms = _what_follows(tried, now_ms, chance)
    ended = {} if state is State.PENDING else {"ended_at_ms": now_ms}
    pending = mine & (DELIVERIES.c.state == State.PENDING.value)
    await connection.execute(update(DELIVERIES).where(pending).values(state=state.value, due_at_ms=due_at_ms, **ended))
    this = WEBHOOKS.c.id == tried.webhook
    if result.delivered:
        if endpoint.failing_since_ms is not None or endpoint.unreachable:
            fine = {"failing_since_ms": None, "unreachable": 0, "paused_until_ms": 0}
            await connection.execute(update(WEBHOOKS).where(this).values(**fine))
        return None
    since_ms = now_ms if endpoint.failing_since_ms is None else endpoint.failing_since_ms
    values = {"failing_since_ms": since_ms}
    if result.unreachable:
        values["unreachable"] = endpoint.unreachable + 1
        wait_ms = max(pause_ms(endpoint.unreachable + 1, chance), min(result.wait_ms, LONGEST_WAIT_MS))
        values["paused_until_ms"] = now_ms + wait_ms
    await connection.execute(update(WEBHOOKS).where(this).values(**values))
    if endpoint.disabled_reason is not None:
        return None
    if result.gone:
        reason = DisabledReason.GONE
    elif now_ms - since_ms >= DISABLE_MS:
        reason = DisabledReason.FAILING
    else:
        return None
    await disable(connection, this, reason, now_ms)
    return reason


def _what_follows(tried: Tried, now_ms: int, chance: Callable[[], float]) -> tuple[State, int]:
    """Return a delivery's state after an attempt, and when it is due."""
    if tried.result.delivered:
        return State.DELIVERED, now_ms
    delay_ms = next_delay_ms(tried.tries, chance)
    if delay_ms is None:
        return State.FAILED, now_ms
    return State.PENDING, now_ms + max(delay_ms, min(tried.result.wait_ms, LONGEST_WAIT_MS))


async def find(connection: AsyncConnection, webhook: bytes, delivery: bytes) -> Row[Any]:
    """Return a delivery; raises ``unknown_delivery``."""
    query = select(DELIVERIES).where(DELIVERIES.c.webhook == webhook, DELIVERIES.c.id == delivery)
    row = (await connection.execute(query)).first()
    if row is None:
        UNKNOWN_DELIVERY.refuse()
    return row


async def list_of(
    connection: AsyncConnection, webhook: bytes, state: State | None, limit: int, before: int | None
) -> list[Row[Any]]:
    """Return a page of an endpoint's deliveries, newest first, below the number ``before``."""
    query = select(DELIVERIES).where(DELIVERIES.c.webhook == webhook)
    if state is not None:
        query = query.where(DELIVERIES.c.state == state.value)
    if before is not None:
        query = query.where(DELIVERIES.c.number < before)
    return list((await connection.execute(query.order_by(DELIVERIES.c.number.desc()).limit(limit))).all())


async def attempts_of(connection: AsyncConnection, delivery: bytes) -> list[Row[Any]]:
    """Return the newest attempts of a delivery, oldest first."""
    query = select(ATTEMPTS).where(ATTEMPTS.c.delivery == delivery).order_by(ATTEMPTS.c.number.desc())
    return list((await connection.execute(query.limit(MAX_ATTEMPTS))).all())[::-1]


async def send_again(connection: AsyncConnection, webhook: bytes, delivery: bytes, now_ms: int) -> None:
    """Begin a new round of a delivery, now; raises ``unknown_delivery``."""
    row = await find(connection, webhook, delivery)
    values = {"state": State.PENDING.value, "tries": 0, "due_at_ms": now_ms, "ended_at_ms": None}
    await connection.execute(update(DELIVERIES).where(DELIVERIES.c.number == row.number).values(**values))


async def clean(connection: AsyncConnection, now_ms: int) -> int:
    """Remove deliveries that are past their time, a part of them at once; return how many."""
    old = select(DELIVERIES.c.number).where(DELIVERIES.c.created_at_ms < now_ms - KEPT_MS).limit(CLEANED_AT_ONCE)
    numbers = (await connection.execute(old)).scalars().all()
    return (await connection.execute(delete(DELIVERIES).where(DELIVERIES.c.number.in_(numbers)))).rowcount
