"""The outbox: transactions whose outcome is not known yet, kept on disk and sent again until it is.

The same bytes have one effect however often they are sent, so sending again is always safe. After valid-until they can
no longer execute, and what became of them is in the history.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    func,
    select,
    update,
)

from payport.gateway.port import clock_ms
from payport.values import codec
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from payport.ledger.block import Outcome
    from payport.node.client import NodeClient

OUTBOX_FULL: Final = RefusalCode(
    "outbox_full",
    RefusalClass.UNAVAILABLE,
    "The node does not answer and no more can be kept for it; send the same bytes again shortly.",
    "节点无响应且待发队列已满，请稍后用相同内容重新提交。",
)
"""Nothing was kept; the outcome is not known."""

REFUSALS: Final = (OUTBOX_FULL,)
"""Refusals of this module."""

MAX_KEPT: Final = 100_000
"""Items kept at most: minutes of traffic while a node restarts."""

AT_ONCE: Final = 200
"""Items sent in one round."""

PAUSE_SECONDS: Final = 0.5
"""Pause between two rounds while something is kept."""

GRACE_MS: Final = 60_000
"""How long after valid-until an item is kept, because block time may run behind this machine's clock."""

METADATA: Final = MetaData()
"""Tables of the port's own database."""

ITEMS: Final = Table(
    "outbox_items",
    METADATA,
    Column("id", LargeBinary(32), primary_key=True),
    Column("envelopes", LargeBinary, nullable=False),
    Column("valid_until_ms", BigInteger, nullable=False),
    Column("kept_at_ms", BigInteger, nullable=False),
    Column("refused", String(41)),
)
"""One row an item; its id is that of its first member. ``refused`` is a refusal at the door, which is not final."""

MEMBERS: Final = Table(
    "outbox_members",
    METADATA,
    Column("transaction_id", LargeBinary(32), primary_key=True),
    Column("item", LargeBinary(32), ForeignKey("outbox_items.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("valid_until_ms", BigInteger, nullable=False),
)
"""One row a transaction."""

_log = structlog.get_logger(__name__)


class Outbox:
    """Keeps and sends again."""

    def __init__(self, engine: AsyncEngine, node: NodeClient) -> None:
        """Keep in ``engine``'s tables, send to ``node``."""
        self._engine = engine
        self._node = node
        self._kept = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to send what an earlier run left."""
        self._kept.set()
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop sending; what is kept stays kept."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._engine.dispose()

    async def keep(self, envelopes: Sequence[bytes], members: Sequence[tuple[bytes, int]]) -> None:
        """Keep an item, durably; ``members`` are ids with their valid-until. Raises ``outbox_full``."""
        if await self.count() >= MAX_KEPT:
            OUTBOX_FULL.refuse()
        item = members[0][0]
        async with self._engine.begin() as connection:
            if (await connection.execute(select(ITEMS.c.id).where(ITEMS.c.id == item))).first() is None:
                until = max(valid_until_ms for _, valid_until_ms in members)
                values = {"id": item, "envelopes": codec.encode(tuple(envelopes)), "valid_until_ms": until}
                await connection.execute(ITEMS.insert().values(**values, kept_at_ms=clock_ms()))
                known = select(MEMBERS.c.transaction_id).where(
                    MEMBERS.c.transaction_id.in_([transaction_id for transaction_id, _ in members])
                )
                there = {row.transaction_id for row in await connection.execute(known)}
                rows = [
                    {"transaction_id": transaction_id, "item": item, "valid_until_ms": valid_until_ms}
                    for transaction_id, valid_until_ms in members
                    if transaction_id not in there
                ]
                if rows:
                    await connection.execute(MEMBERS.insert(), rows)
        self._kept.set()

    async def find(self, transaction_id: bytes) -> tuple[int, str | None] | None:
        """Return valid-until of a kept transaction and how it was refused at the door last, or ``None``."""
        query = (
            select(MEMBERS.c.valid_until_ms, ITEMS.c.refused)
            .join(ITEMS, ITEMS.c.id == MEMBERS.c.item)
            .where(MEMBERS.c.transaction_id == transaction_id)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else (row.valid_until_ms, row.refused)

    async def count(self) -> int:
        """Return how many items are kept."""
        async with self._engine.connect() as connection:
            return int((await connection.execute(select(func.count()).select_from(ITEMS))).scalar_one())

    async def _run(self) -> None:
        while True:
            await self._kept.wait()
            self._kept.clear()
            try:
                remaining = await self.send_all()
            except Refusal as refusal:
                _log.warning("outbox waits", code=refusal.code)
                remaining = True
            if remaining:
                self._kept.set()
                await asyncio.sleep(PAUSE_SECONDS)

    async def send_all(self) -> bool:
        """Send everything that is kept once; return whether something still is."""
        after = b""
        while True:
            query = select(ITEMS.c.id, ITEMS.c.envelopes, ITEMS.c.valid_until_ms).where(ITEMS.c.id > after)
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query.order_by(ITEMS.c.id).limit(AT_ONCE))).all()
            if not rows:
                return await self.count() > 0
            after = rows[-1].id
            answers = await self._node.submit_many([codec.decode(row.envelopes, list[bytes]) for row in rows])
            async with self._engine.begin() as connection:
                for row, found in zip(rows, answers, strict=True):
                    refused = _not_final(found)
                    if refused is None or clock_ms() > row.valid_until_ms + GRACE_MS:
                        await connection.execute(delete(MEMBERS).where(MEMBERS.c.item == row.id))
                        await connection.execute(delete(ITEMS).where(ITEMS.c.id == row.id))
                    elif refused:
                        await connection.execute(update(ITEMS).where(ITEMS.c.id == row.id).values(refused=refused))


def _not_final(answer: tuple[Outcome, ...] | Refusal) -> str | None:
    """Return how an item was refused for now, empty where even that is not known, ``None`` where it is final."""
    if isinstance(answer, Refusal):
        return "" if answer.reason.refusal_class is RefusalClass.UNAVAILABLE else answer.code
    return next((outcome.code for outcome in answer if not outcome.final), None)
