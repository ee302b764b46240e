"""Idempotency-Key: a request that is sent again has the effect, and the answer, of the first.

The row of the key and the effect are written in one transaction, so there is never one without the other, whatever ends
in between. The same key with the same request gives the kept answer; with another request it is refused. Of requests
that run at once the database lets one through: the others wait for its end, and find its answer or take its place.

What refuses inside is not kept: nothing happened, and the same request may be tried again. The answer is kept as it is,
so a request whose answer holds a secret keeps a digest of it instead, or answers without it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    func,
    select,
    text,
    update,
)

from payport.database.engines import DATABASE_UNAVAILABLE
from payport.database.statements import insert
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    Work = Callable[[AsyncConnection], Awaitable[bytes]]

IDEMPOTENCY_CONFLICT: Final = RefusalCode(
    "idempotency_conflict",
    RefusalClass.CONFLICT,
    "This Idempotency-Key was used for another request.",
    "该 Idempotency-Key 已用于其他请求。",
)
"""A key means one request; another request takes a new key."""

IDEMPOTENCY_IN_PROGRESS: Final = RefusalCode(
    "idempotency_in_progress",
    RefusalClass.UNAVAILABLE,
    "A request with this Idempotency-Key is under way; send it again shortly.",
    "使用该 Idempotency-Key 的请求正在处理中，请稍后重试。",
)
"""The first request did not end while this one waited; sent again, it gets the first one's answer."""

TOO_MANY_IDEMPOTENCY_KEYS: Final = RefusalCode(
    "too_many_idempotency_keys",
    RefusalClass.LIMIT,
    "Too many requests of this caller are remembered; the oldest are forgotten after a day.",
    "该调用方的请求记录过多；最早的记录将在一天后清除。",
)
"""The caller has used as many keys within a day as are kept for one."""

REFUSALS: Final = (IDEMPOTENCY_CONFLICT, IDEMPOTENCY_IN_PROGRESS, TOO_MANY_IDEMPOTENCY_KEYS)
"""Refusals of this module, in order of precedence."""

KEPT_MS: Final = 24 * 3_600 * 1_000
"""How long a key is kept: longer than any client goes on trying."""

MAX_KEYS_PER_SCOPE: Final = 10_000
"""Keys kept of one scope: seven a minute, day and night, so that one caller cannot fill the database."""

MAX_SCOPE_CHARACTERS: Final = 96
"""Length of a scope: an institution and a caller."""

MAX_KEY_CHARACTERS: Final = 128
"""Length of a key; a UUID has 36."""

MAX_ANSWER_BYTES: Final = 64 * 1024
"""Length of an answer that is kept; a longer one is an error of the program, because lists are not made by a POST."""

FINGERPRINT_BYTES: Final = 32
"""Length of a fingerprint."""

WAIT_MS: Final = 5_000
"""How long a request waits for another one with its key; SQLite's wait is that of the whole database."""

FORGOTTEN_AT_ONCE: Final = 1_000
"""Old keys removed in one transaction, so that none waits long for the cleaning."""

_LOCK_NOT_AVAILABLE: Final = "55P03"


class Asked(NamedTuple):
    """One request that may be sent again."""

    scope: str
    """Whose key it is: callers may choose the same key and never meet."""
    key: str
    """The key the caller chose."""
    fingerprint: bytes
    """Digest of the operation and its content; see :func:`fingerprint`."""
    now_ms: int
    """When it was asked, in milliseconds since the Unix epoch."""


class Answered(NamedTuple):
    """What became of it."""

    answer: bytes
    """What the work returned, now or the first time."""
    repeated: bool
    """Whether it had been answered before, so that nothing happened now."""


def fingerprint(operation: str, *parts: bytes) -> bytes:
    """Return the digest of a request: what it asks for, and everything that makes it this request."""
    digest = hashlib.sha256()
    for part in (operation.encode(), *parts):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def idempotency_table(metadata: MetaData, name: str = "idempotency_keys") -> Table:
    """Return the table of keys as part of ``metadata``; every database has its own, made by its migrations."""
    return Table(
        name,
        metadata,
        Column("scope", String(MAX_SCOPE_CHARACTERS), primary_key=True),
        Column("key", String(MAX_KEY_CHARACTERS), primary_key=True),
        Column("fingerprint", LargeBinary(FINGERPRINT_BYTES), nullable=False),
        Column("answer", LargeBinary),
        Column("kept_at_ms", BigInteger, nullable=False),
        Index(f"{name}_of_scope", "scope", "kept_at_ms"),
        Index(f"{name}_old", "kept_at_ms"),
    )


async def once(engine: AsyncEngine, table: Table, asked: Asked, work: Work) -> Answered:
    """Do ``work`` in a transaction of its own, unless it was done; see :func:`once_within`.

    Refused with ``idempotency_in_progress`` where the first request does not end in time.
    """
    try:
        async with engine.begin() as connection:
            return await once_within(connection, table, asked, work)
    except Refusal as refusal:
        if refusal.code == DATABASE_UNAVAILABLE.code and _is_busy(refusal.__cause__):
            IDEMPOTENCY_IN_PROGRESS.refuse()
        raise


async def once_within(connection: AsyncConnection, table: Table, asked: Asked, work: Work) -> Answered:
    """Do ``work`` within the caller's transaction, unless it was done, and keep its answer.

    ``work`` writes through the connection it is given and nowhere else, and returns at most ``MAX_ANSWER_BYTES``.
    Raises ``idempotency_conflict``, ``too_many_idempotency_keys``, and what ``work`` raises, which undoes everything.
    """
    assert len(asked.fingerprint) == FINGERPRINT_BYTES, "a fingerprint is a digest"
    assert 1 <= len(asked.key) <= MAX_KEY_CHARACTERS, "the caller looks at the form of a key"
    assert 1 <= len(asked.scope) <= MAX_SCOPE_CHARACTERS, "a scope names an institution and a caller"
    # A write comes first: SQLite then takes its lock before anything is read that could change.
    await _forget_in_scope(connection, table, asked)
    if not await _claim(connection, table, asked):
        return await _kept(connection, table, asked)
    count = select(func.count()).select_from(table).where(table.c.scope == asked.scope)
    if (await connection.execute(count)).scalar_one() > MAX_KEYS_PER_SCOPE:
        TOO_MANY_IDEMPOTENCY_KEYS.refuse(f"at most {MAX_KEYS_PER_SCOPE}")
    answer = await work(connection)
    assert len(answer) <= MAX_ANSWER_BYTES, "an answer that is kept is small"
    mine = (table.c.scope == asked.scope) & (table.c.key == asked.key)
    await connection.execute(update(table).where(mine).values(answer=answer))
    return Answered(answer, repeated=False)


async def forget_old(engine: AsyncEngine, table: Table, now_ms: int) -> int:
    """Remove keys of every scope that are past their time, a part of them at once; return how many."""
    old = select(table.c.scope, table.c.key).where(table.c.kept_at_ms < now_ms - KEPT_MS).limit(FORGOTTEN_AT_ONCE)
    removed = 0
    async with engine.begin() as connection:
        for scope, key in (await connection.execute(old)).all():
            its = (table.c.scope == scope) & (table.c.key == key) & (table.c.kept_at_ms < now_ms - KEPT_MS)
            removed += (await connection.execute(delete(table).where(its))).rowcount
    return removed


async def _forget_in_scope(connection: AsyncConnection, table: Table, asked: Asked) -> None:
    old = (table.c.scope == asked.scope) & (table.c.kept_at_ms < asked.now_ms - KEPT_MS)
    await connection.execute(delete(table).where(old))


async def _claim(connection: AsyncConnection, table: Table, asked: Asked) -> bool:
    """Write the key's row; ``False`` where there is one. Waits for a transaction that is about to write it."""
    values = {
        "scope": asked.scope,
        "key": asked.key,
        "fingerprint": asked.fingerprint,
        "answer": None,
        "kept_at_ms": asked.now_ms,
    }
    # The row itself tells: drivers count inserted rows differently.
    adding = insert(connection, table).values(**values).on_conflict_do_nothing().returning(table.c.key)
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SET LOCAL lock_timeout = {WAIT_MS}"))
        added = await connection.execute(adding)
        await connection.execute(text("SET LOCAL lock_timeout = DEFAULT"))
    else:
        added = await connection.execute(adding)
    return added.first() is not None


async def _kept(connection: AsyncConnection, table: Table, asked: Asked) -> Answered:
    """Return the kept answer; raises ``idempotency_conflict``."""
    mine = (table.c.scope == asked.scope) & (table.c.key == asked.key)
    row = (await connection.execute(select(table.c.fingerprint, table.c.answer).where(mine))).first()
    if row is None:
        # Its transaction ended just now: cleaned away between our two looks.
        IDEMPOTENCY_IN_PROGRESS.refuse()
    if row.fingerprint != asked.fingerprint:
        IDEMPOTENCY_CONFLICT.refuse()
    assert row.answer is not None, "a row without answer is seen by its own transaction alone"
    return Answered(bytes(row.answer), repeated=True)


def _is_busy(error: BaseException | None) -> bool:
    """Tell of the driver's error whether somebody else's lock did not end in time."""
    state = getattr(error, "sqlstate", None)
    return state == _LOCK_NOT_AVAILABLE or getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")
