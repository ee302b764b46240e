"""Follows a node, verifies every block and writes the index; a restart continues where the last write ended."""

from __future__ import annotations

import asyncio
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy
from sqlalchemy.dialects import postgresql, sqlite

from payport.consensus.contract import ENGINE_UNREACHABLE
from payport.database.engines import DATABASE_UNAVAILABLE
from payport.database.statements import insert
from payport.history.extract import Rows, add_block
from payport.history.reservations import write_steps
from payport.history.tables import (
    ACCOUNT_KEYS,
    BLOCKS,
    ENTRIES,
    HOLDS,
    METADATA,
    OFFERS,
    ORDERS_PAID,
    PARTIES,
    PROGRESS,
    SCHEMA,
    TRANSACTIONS,
    VALIDATOR_CHANGES,
    VALIDATOR_SETS,
)
from payport.history.verified import Chain, verify_block
from payport.history.voting import read_voting
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.proof.merkle import Frontier
from payport.values.hashing import HASH_BYTES
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine

    from payport.history.extract import Row
    from payport.ledger.store.stored_block import StoredBlock
    from payport.node.client import NodeClient
    from payport.proof.trust import Trust

OTHER_INDEX: Final = RefusalCode(
    "other_index",
    RefusalClass.CONFLICT,
    "The index belongs to another network or another version; remove it, and it is built again.",
    "该索引属于其他网络或版本；删除后将重新构建。",
)
"""Chain id or layout differ from what the index was begun with."""

REFUSALS: Final = (OTHER_INDEX,)
"""Refusals of this module."""

READ_AHEAD: Final = 16
"""Blocks asked of the node at once while catching up; the largest take some 10 MB each."""

MAX_ROWS: Final = 20_000
"""Rows after which a write begins, so that a long catching-up is kept in parts."""

PAUSE_SECONDS: Final = 0.02
"""Shortest pause after a write: blocks that come meanwhile are written together, because a write costs as much as the
rows of dozens of payments. The first block after a silence does not wait."""

LONGEST_PAUSE_SECONDS: Final = 0.05
"""Longest pause: how far behind the ledger the index may be because it is written in larger parts. Larger ones cost
less in all, but each keeps a core from payments for as long as it takes."""

PAUSES: Final = 3
"""Pauses are so many times as long as the write before them, so that following a busy node takes a quarter of a core
at most while there is a queue of none."""

RETRY_SECONDS: Final = 0.5
"""Pause after the node or the database did not answer."""

_AWAY: Final = frozenset({NODE_UNREACHABLE.code, NODE_FAILED.code, ENGINE_UNREACHABLE.code, DATABASE_UNAVAILABLE.code})


class Follower:
    """Keeps one index up to date."""

    def __init__(
        self, node: NodeClient, engine: Engine, trust: Trust, progressed: Callable[[int], None] | None = None
    ) -> None:
        """Follow ``node`` into ``engine``'s tables; ``progressed`` is told each height that was written."""
        self._node = node
        self._engine = engine
        self._trust = trust
        self._progressed = progressed
        self._load()

    def _load(self) -> None:
        """Continue where the index ends; raises ``other_index``."""
        with self._engine.begin() as connection:
            owner = connection.execute(sqlalchemy.select(PROGRESS.c.schema, PROGRESS.c.chain_id)).first()
            if owner is not None and tuple(owner) != (SCHEMA, self._trust.chain_id):
                OTHER_INDEX.refuse(f"{owner.chain_id}, layout {owner.schema}")
            row = connection.execute(sqlalchemy.select(PROGRESS)).first()
            self._voting = read_voting(connection, self._trust)
        self.height: int = 0 if row is None else row.height
        self._next_sequence: int = 1 if row is None else row.next_sequence
        self._chain = Chain(Frontier(), 0)
        if row is not None:
            peaks = [row.log_peaks[at : at + HASH_BYTES] for at in range(0, len(row.log_peaks), HASH_BYTES)]
            self._chain = Chain(Frontier(row.height + 1, peaks), row.time_ms)

    async def run(self) -> None:
        """Follow until cancelled, also while the node or the database is away; raises ``unproven_block``."""
        written = True
        while True:
            try:
                if not written:
                    # Whether the last rows were committed is not known, and the chain was followed beyond them.
                    await asyncio.to_thread(self._load)
                    written = True
                height = await self._node.wait_block(self.height)
                begun = asyncio.get_running_loop().time()
                await self.catch_up(height)
                taken = asyncio.get_running_loop().time() - begun
                await asyncio.sleep(min(max(PAUSE_SECONDS, PAUSES * taken), LONGEST_PAUSE_SECONDS))
            except Refusal as refusal:
                if refusal.code not in _AWAY:
                    raise
                written = written and refusal.code != DATABASE_UNAVAILABLE.code
                await asyncio.sleep(RETRY_SECONDS)

    async def catch_up(self, height: int) -> None:
        """Read, verify and write the blocks up to ``height``."""
        while self.height < height:
            wanted = range(self.height + 1, min(self.height + READ_AHEAD, height) + 1)
            stored = await asyncio.gather(*map(self._node.block, wanted))
            await asyncio.to_thread(self._write, stored)
            if self._progressed is not None:
                self._progressed(self.height)

    def _write(self, blocks: Sequence[StoredBlock]) -> None:
        rows = Rows.empty()
        height, sequence = self.height, self._next_sequence
        for stored in blocks:
            verified = verify_block(stored, self._voting.trust)
            noted = self._voting.follow(verified)
            rows.validator_changes.extend(noted.changes)
            rows.validator_sets.extend(noted.sets)
            if height == 0:
                rows.blocks.append(_genesis_row(verified.commitment.history_root))
            sequence = add_block(rows, verified, self._chain.extend(verified), sequence)
            height = stored.height
            if rows.size >= MAX_ROWS:
                self._commit(rows, height, sequence)
                rows = Rows.empty()
        self._commit(rows, height, sequence)

    def _commit(self, rows: Rows, height: int, sequence: int) -> None:
        frontier = self._chain.frontier
        progress = {
            "id": 1,
            "schema": SCHEMA,
            "chain_id": self._trust.chain_id,
            "height": height,
            "time_ms": self._chain.time_ms,
            "log_peaks": b"".join(frontier.peaks),
            "next_sequence": sequence,
        }
        with self._engine.begin() as connection:
            for table, added in (
                (BLOCKS, rows.blocks),
                (TRANSACTIONS, rows.transactions),
                (PARTIES, rows.parties),
                (ENTRIES, rows.entries),
                (HOLDS, rows.holds),
                (OFFERS, rows.offers),
                (ORDERS_PAID, rows.orders_paid),
                (VALIDATOR_CHANGES, rows.validator_changes),
                (VALIDATOR_SETS, rows.validator_sets),
            ):
                if added:
                    insertion = _insertion(connection.dialect.name, table)
                    connection.exec_driver_sql(insertion.statement, list(map(insertion.values, added)))
            write_steps(connection, rows.hold_steps, rows.offer_steps, rows.expiries)
            _replace(connection, ACCOUNT_KEYS, rows.account_keys, ("account", "public_key"))
            _replace(connection, PROGRESS, [progress], ("id",))
        self.height, self._next_sequence = height, sequence


def _genesis_row(log_leaf: bytes) -> Row:
    return {"height": 0, "time_ms": 0, "commitment": b"", "log_leaf": log_leaf, "transactions": 0, "first_sequence": 1}


class _Insertion(NamedTuple):
    """How whole rows of a table are inserted."""

    statement: str
    """The statement as the driver takes it, with a place for each column."""
    values: Callable[[Row], tuple[Any, ...]]
    """Returns a row's values in the order of the places: finding them by name costs the driver more than binding."""


@cache
def _insertion(dialect: str, table: sqlalchemy.Table) -> _Insertion:
    """Return how rows are inserted.

    They go to the driver as they are: looking at each value on the way costs half of the time of following.
    """
    written, style = (postgresql, "format") if dialect == "postgresql" else (sqlite, "qmark")
    compiled = table.insert().compile(dialect=written.dialect(paramstyle=style))
    assert compiled.positiontup is not None, "a place for each column"
    return _Insertion(str(compiled), itemgetter(*compiled.positiontup))


def _replace(connection: Connection, table: sqlalchemy.Table, rows: list[Row], key: tuple[str, ...]) -> None:
    """Insert rows, or update those that are there."""
    if not rows:
        return
    assert set(key) < {column.name for column in table.columns}
    new = insert(connection, table)
    values = {name: new.excluded[name] for name in rows[0] if name not in key}
    connection.execute(new.on_conflict_do_update(index_elements=key, set_=values), rows)


def forget(engine: Engine) -> None:
    """Empty the index, so that it is built again; where the database can, nobody sees it without tables."""
    with engine.begin() as connection:
        METADATA.drop_all(connection)
        METADATA.create_all(connection)
