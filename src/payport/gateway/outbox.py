"""The outbox: transactions whose outcome is not known yet, kept on disk and sent again until it is.

The same bytes have one effect however often they are sent, so sending again is always safe. Once the node has answered,
nothing is sent again: a proven final outcome is in the history, and a refusal that is not final is told to whoever asks
until valid-until, after which the bytes can no longer execute.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from payport.gateway.database import METADATA, NUMBER
from payport.gateway.port import clock_ms
from payport.history.verified import UNPROVEN_BLOCK
from payport.ledger.machine import EXPIRED
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.values import codec, envelopes
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from payport.gateway.database import Database
    from payport.gateway.finality import ProvenBlocks
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

CLEAN_SECONDS: Final = 60.0
"""How often what is past is removed while nothing is sent."""

GRACE_MS: Final = 60_000
"""How long after valid-until an item is kept, because block time may run behind this machine's clock."""

ITEMS: Final = Table(
    "outbox_items",
    METADATA,
    Column("sequence", NUMBER, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("envelopes", LargeBinary, nullable=False),
    Column("valid_until_ms", BigInteger, nullable=False),
    Column("kept_at_ms", BigInteger, nullable=False),
    Column("refused", String(41)),
)
"""One row an item, in the order in which they were kept. ``digest`` is over the exact envelopes: an id alone may travel
under several signatures, and in several groups. ``refused`` is how the node refused it, which is not final."""

MEMBERS: Final = Table(
    "outbox_members",
    METADATA,
    Column("transaction_id", LargeBinary(32), primary_key=True),
    Column("item", NUMBER, ForeignKey("outbox_items.sequence", ondelete="CASCADE"), primary_key=True, index=True),
    Column("valid_until_ms", BigInteger, nullable=False),
)
"""One row a transaction; it goes with its item, so that whoever removes one locks the item first."""

_log = structlog.get_logger(__name__)


class Kept(NamedTuple):
    """What the outbox knows of a transaction."""

    valid_until_ms: int
    """Last block time at which it can execute."""
    refused: str | None
    """How the node refused it for now; ``None`` while the node has not answered."""

    @property
    def final(self) -> bool:
        """Whether it can never execute."""
        return self.refused == EXPIRED.code


class Outbox:
    """Keeps and sends again."""

    def __init__(self, database: Database, node: NodeClient, blocks: ProvenBlocks) -> None:
        """Keep in ``database``, send to ``node``, believe what ``blocks`` prove."""
        self._database = database
        self._node = node
        self._blocks = blocks
        self._kept = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send, first what an earlier run left."""
        self._kept.set()
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop sending; what is kept stays kept."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def keep(self, encoded: Sequence[bytes], members: Sequence[tuple[bytes, int]]) -> None:
        """Keep an item, durably; ``members`` are ids with their valid-until. Raises ``outbox_full``."""
        if await self.count() >= MAX_KEPT:
            OUTBOX_FULL.refuse()
        item = codec.encode(tuple(encoded))
        values = {
            "digest": hashlib.sha256(item).digest(),
            "envelopes": item,
            "valid_until_ms": max(valid_until_ms for _, valid_until_ms in members),
            "kept_at_ms": clock_ms(),
        }
        try:
            async with self._database.writing() as connection:
                made = await connection.execute(ITEMS.insert().values(values))
                (sequence,) = made.inserted_primary_key or (None,)
                rows = [
                    {"transaction_id": transaction_id, "item": sequence, "valid_until_ms": valid_until_ms}
                    for transaction_id, valid_until_ms in members
                ]
                await connection.execute(MEMBERS.insert(), rows)
        except IntegrityError:
            # The same envelopes are kept already, and are now sent again also if they were refused for a while.
            async with self._database.writing() as connection:
                again = update(ITEMS).where(ITEMS.c.digest == values["digest"]).values(refused=None)
                await connection.execute(again)
        self._kept.set()

    async def find(self, transaction_id: bytes) -> Kept | None:
        """Return what is known of a kept transaction; of several envelopes of one, what is still under way."""
        query = (
            select(MEMBERS.c.valid_until_ms, ITEMS.c.refused)
            .join(ITEMS, ITEMS.c.sequence == MEMBERS.c.item)
            .where(MEMBERS.c.transaction_id == transaction_id)
            .order_by(ITEMS.c.refused.is_(None).desc(), ITEMS.c.sequence.desc())
            .limit(1)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else Kept._make(row)

    async def count(self) -> int:
        """Return how many items are kept."""
        async with self._database.reading() as connection:
            return int((await connection.execute(select(func.count()).select_from(ITEMS))).scalar_one())

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._kept.wait(), CLEAN_SECONDS)
            self._kept.clear()
            try:
                remaining = await self.send_all()
            except Refusal as refusal:
                _log.warning("outbox waits", code=refusal.code)
                remaining = True
            except Exception as error:  # noqa: BLE001 - whatever it is, what is kept must be tried again
                _log.error("outbox failed", exc_info=error)
                remaining = True
            if remaining:
                self._kept.set()
                await asyncio.sleep(PAUSE_SECONDS)

    async def send_all(self) -> bool:
        """Send once what the node has not answered, and forget what is past; return whether some is left."""
        after = 0
        left = False
        while rows := await self._next(after):
            after = rows[-1].sequence
            items = [codec.decode(row.envelopes, list[bytes]) for row in rows]
            answers = await self._send(items)
            told = [await self._told(item, answer) for item, answer in zip(items, answers, strict=True)]
            left = left or "" in told
            async with self._database.writing() as connection:
                for row, refused in zip(rows, told, strict=True):
                    mine = ITEMS.c.sequence == row.sequence
                    if refused is None:
                        await connection.execute(delete(ITEMS).where(mine))
                    elif refused:
                        await connection.execute(update(ITEMS).where(mine).values(refused=refused))
        await self._forget_past()
        return left

    async def _forget_past(self) -> None:
        """Remove what can no longer execute, of it what no other worker is about to change."""
        past = select(ITEMS.c.sequence).where(ITEMS.c.valid_until_ms + GRACE_MS < clock_ms())
        past = past.order_by(ITEMS.c.sequence).limit(AT_ONCE).with_for_update(skip_locked=True)
        while True:
            async with self._database.writing() as connection:
                rows = (await connection.execute(past)).scalars().all()
                if not rows:
                    return
                await connection.execute(delete(ITEMS).where(ITEMS.c.sequence.in_(rows)))

    async def _send(self, items: list[list[bytes]]) -> list[tuple[Outcome, ...] | Refusal]:
        """Send items; where the node fails on one of them, each for itself, so that it does not hold up the others."""
        try:
            return await self._node.submit_many(items)
        except Refusal as refusal:
            if refusal.code != NODE_FAILED.code:
                raise
        answers: list[tuple[Outcome, ...] | Refusal] = []
        for item in items:
            try:
                answers.append(await self._node.submit(item))
            except Refusal as refusal:
                if refusal.code == NODE_UNREACHABLE.code:
                    raise
                answers.append(refusal)
        return answers

    async def _next(self, after: int) -> Sequence[Row[Any, Any]]:
        """Return some items above a sequence number that the node has not answered."""
        query = (
            select(ITEMS.c.sequence, ITEMS.c.envelopes)
            .where(ITEMS.c.sequence > after, ITEMS.c.refused.is_(None))
            .order_by(ITEMS.c.sequence)
            .limit(AT_ONCE)
        )
        async with self._database.reading() as connection:
            return (await connection.execute(query)).all()

    async def _told(self, item: list[bytes], answer: tuple[Outcome, ...] | Refusal) -> str | None:
        """Return ``None`` for a proven final outcome, how it was refused for now, or nothing where neither is known."""
        if isinstance(answer, Refusal):
            return "" if answer.reason.refusal_class is RefusalClass.UNAVAILABLE else answer.code
        ids = [envelopes.transaction_id(envelopes.read_envelope(each).body) for each in item]
        try:
            await self._blocks.require_all(answer, ids)
        except Refusal as refusal:
            if refusal.code != UNPROVEN_BLOCK.code:
                raise
            _log.error("the node's answer is not proven", detail=refusal.detail)
            return ""
        return next((outcome.code for outcome in answer if not outcome.final), None)
