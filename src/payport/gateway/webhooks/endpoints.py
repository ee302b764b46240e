"""Endpoints: who is told what, where, and on whose authority; and what is known of how each fares.

An endpoint made or enabled by a partner lives on the authority of that key: once the key is revoked or expired it gets
nothing more, until staff or another key enables it. Each endpoint has a place of its own in the order of the ledger, so
one that was disabled goes on where it stopped.
"""

from __future__ import annotations

import enum
import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import delete, func, select, update

from payport.gateway.access.callers import Partner
from payport.gateway.access.paths import ID_BYTES
from payport.gateway.webhooks.event_types import EventType
from payport.gateway.webhooks.signing import ROTATION_MS
from payport.gateway.webhooks.tables import WEBHOOKS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.gateway.access.callers import Staff

TOO_MANY_WEBHOOKS: Final = RefusalCode(
    "too_many_webhooks",
    RefusalClass.LIMIT,
    "The institution has as many webhooks as are allowed; delete one first.",
    "该机构的 Webhook 数量已达上限，请先删除一个。",
)
"""Each is told of every event it covers."""

UNKNOWN_WEBHOOK: Final = RefusalCode(
    "unknown_webhook",
    RefusalClass.NOT_FOUND,
    "There is no such webhook, or it covers more accounts than your key.",
    "没有此 Webhook，或其账户范围超出您的密钥。",
)
"""Webhooks of other institutions look the same."""

WEBHOOK_DISABLED: Final = RefusalCode(
    "webhook_disabled",
    RefusalClass.CONFLICT,
    "The webhook is disabled; enable it first.",
    "该 Webhook 已停用，请先启用。",
)
"""Nothing is sent to it; ``disabled_reason`` says why."""

REFUSALS: Final = (TOO_MANY_WEBHOOKS, UNKNOWN_WEBHOOK, WEBHOOK_DISABLED)
"""Refusals of this module."""

MAX_WEBHOOKS: Final = 500
"""Endpoints of one institution: a few for each of its larger partners."""

MAX_ACCOUNTS: Final = 100
"""Accounts an endpoint may name, as many as an API key may be limited to."""


class DisabledReason(enum.StrEnum):
    """Why nothing is sent to an endpoint."""

    BY_HAND = "by_hand"
    """Somebody disabled it."""
    GONE = "gone"
    """It answered 410: it wants no more events."""
    FAILING = "failing"
    """It failed for days, without one success."""
    KEY_ENDED = "key_ended"
    """The API key it lived on was revoked or is expired."""


class NewEndpoint(NamedTuple):
    """What an endpoint shall be."""

    url: str
    """Where to."""
    label: str
    """What it is called."""
    types: Sequence[EventType]
    """What it is told of."""
    accounts: Sequence[bytes]
    """Accounts it covers; all of the institution's where there are none."""


class Change(NamedTuple):
    """What is to be changed; ``None`` leaves as it is."""

    enabled: bool | None = None
    """Whether it gets anything."""
    label: str | None = None
    """What it is called."""
    types: Sequence[EventType] | None = None
    """What it is told of, from now on."""


async def make(
    connection: AsyncConnection, caller: Partner | Staff, new: NewEndpoint, sealed: bytes, cursor: int, now_ms: int
) -> bytes:
    """Make an endpoint that is told of what comes after ``cursor``; return its id. Raises ``too_many_webhooks``."""
    query = select(func.count()).select_from(WEBHOOKS).where(WEBHOOKS.c.institution == caller.institution)
    if (await connection.execute(query)).scalar_one() >= MAX_WEBHOOKS:
        TOO_MANY_WEBHOOKS.refuse()
    webhook = os.urandom(ID_BYTES)
    values = {
        "id": webhook,
        "institution": caller.institution,
        "label": new.label,
        "url": new.url,
        "types": _encode(new.types),
        "accounts": _encode([account.hex() for account in new.accounts]),
        "api_key": _authority(caller),
        "created_by": caller.key_id if isinstance(caller, Partner) else caller.id,
        "created_at_ms": now_ms,
        "secret": sealed,
        "cursor": cursor,
        "unreachable": 0,
        "paused_until_ms": 0,
    }
    await connection.execute(WEBHOOKS.insert().values(**values))
    return webhook


async def find(connection: AsyncConnection, caller: Partner | Staff, webhook: bytes) -> Row[Any]:
    """Return an endpoint the caller may manage; raises ``unknown_webhook``."""
    query = select(WEBHOOKS).where(WEBHOOKS.c.institution == caller.institution, WEBHOOKS.c.id == webhook)
    row = (await connection.execute(query)).first()
    if row is None or not _manages(caller, row):
        UNKNOWN_WEBHOOK.refuse()
    return row


async def list_of(connection: AsyncConnection, caller: Partner | Staff) -> list[Row[Any]]:
    """Return every endpoint the caller may manage, by id; there are at most :data:`MAX_WEBHOOKS`."""
    query = select(WEBHOOKS).where(WEBHOOKS.c.institution == caller.institution).order_by(WEBHOOKS.c.id)
    return [row for row in (await connection.execute(query)).all() if _manages(caller, row)]


def _manages(caller: Partner | Staff, row: Row[Any]) -> bool:
    """Tell whether an endpoint covers no account that the caller's key does not."""
    if not isinstance(caller, Partner) or not caller.accounts:
        return True
    covered = accounts_of(row)
    return bool(covered) and covered <= caller.accounts


async def change(
    connection: AsyncConnection, caller: Partner | Staff, webhook: bytes, wanted: Change, now_ms: int
) -> None:
    """Change an endpoint; raises ``unknown_webhook``. Whoever enables it answers for it from now on."""
    row = await find(connection, caller, webhook)
    values: dict[str, Any] = {}
    if wanted.label is not None:
        values["label"] = wanted.label
    if wanted.types is not None:
        values["types"] = _encode(wanted.types)
    if wanted.enabled:
        values |= {"disabled_reason": None, "disabled_at_ms": None, "failing_since_ms": None}
        values |= {"unreachable": 0, "paused_until_ms": 0, "api_key": _authority(caller)}
    elif wanted.enabled is False and row.disabled_reason is None:
        values |= {"disabled_reason": DisabledReason.BY_HAND.value, "disabled_at_ms": now_ms}
    if values:
        await connection.execute(update(WEBHOOKS).where(WEBHOOKS.c.id == webhook).values(**values))


async def remove(connection: AsyncConnection, caller: Partner | Staff, webhook: bytes) -> None:
    """Delete an endpoint and its deliveries; raises ``unknown_webhook``."""
    await find(connection, caller, webhook)
    await connection.execute(delete(WEBHOOKS).where(WEBHOOKS.c.id == webhook))


async def rotate(
    connection: AsyncConnection, caller: Partner | Staff, webhook: bytes, sealed: bytes, now_ms: int
) -> int:
    """Give an endpoint a new secret; return until when the old one signs too. Raises ``unknown_webhook``."""
    row = await find(connection, caller, webhook)
    until_ms = now_ms + ROTATION_MS
    values = {"secret": sealed, "previous_secret": row.secret, "previous_until_ms": until_ms}
    await connection.execute(update(WEBHOOKS).where(WEBHOOKS.c.id == webhook).values(**values))
    return until_ms


async def disable(connection: AsyncConnection, which: ColumnElement[bool], reason: DisabledReason, now_ms: int) -> int:
    """Disable endpoints; return how many."""
    values = {"disabled_reason": reason.value, "disabled_at_ms": now_ms}
    return (await connection.execute(update(WEBHOOKS).where(which).values(**values))).rowcount


def types_of(row: Row[Any]) -> frozenset[EventType]:
    """Return what an endpoint is told of."""
    return frozenset(map(EventType, msgspec.json.decode(row.types, type=list[str])))


def accounts_of(row: Row[Any]) -> frozenset[bytes]:
    """Return the accounts an endpoint covers; none means all of the institution's."""
    return frozenset(map(bytes.fromhex, msgspec.json.decode(row.accounts, type=list[str])))


def _authority(caller: Partner | Staff) -> bytes | None:
    return caller.key_id if isinstance(caller, Partner) else None


def _encode(values: Sequence[str]) -> str:
    return msgspec.json.encode(sorted(set(values))).decode()
