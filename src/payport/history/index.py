"""Questions to the index. Lists are pages: newest first below a cursor, or oldest first above one."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy
from sqlalchemy import func, select

from payport.history.holds import Holds
from payport.history.movements import Movements
from payport.history.offers import Offers
from payport.history.paging import ALWAYS, MAX_PAGE, Period, of_topics
from payport.history.tables import ACCOUNT_KEYS, BLOCKS, ENTRIES, PARTIES, PROGRESS, TRANSACTIONS
from payport.history.topics import EXPIRIES, Topic, topic_of
from payport.history.voting import read_set, sets_query
from payport.ledger.block import COMMITTED
from payport.proof.merkle import hashed_path
from payport.values.limits import LOG_SUBTREE

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncEngine

    from payport.proof.trust import ValidatorSet

MAX_RANGE: Final = 1_000
"""Sequence numbers looked at together by whoever follows every account."""

POLL_SECONDS: Final = 0.005
"""Pause between looks at an index that another process writes."""


class Transaction(NamedTuple):
    """A happening: a transaction that was executed, or an expiry."""

    sequence: int
    """Its number in the order of the ledger."""
    id: bytes
    """Its id."""
    height: int
    """Block."""
    leaf_index: int
    """Index of its outcome leaf."""
    time_ms: int
    """Block time."""
    kind: str
    """Verb and version."""
    sender: bytes
    """Account id, or the institution's id in ASCII."""
    outcome: str
    """``committed`` or the code of a refusal."""
    asset: str | None
    """Asset, where money moved."""
    amount_minor: int | None
    """Amount in minor units, where money moved."""
    valid_until_ms: int
    """Last block time at which it could execute."""
    group_hash: bytes | None
    """Group it was bound to."""
    reference: bytes | None
    """What it refers to: the sale of a refund, the hold of a capture or release, the offer of a take."""
    order_id: str | None
    """Number of the order it embeds."""
    counterparty: bytes | None = None
    """Account at the other end, where it was found in the list of one account."""


class Entry(NamedTuple):
    """One change of one balance."""

    sequence: int
    """Number of the transaction in the order of the ledger: the cursor of statements."""
    asset: str
    """Asset."""
    entry: int
    """Number of the entry of this account and asset, without gaps from 1."""
    delta_minor: int
    """Change in minor units."""
    balance_minor: int
    """Balance afterwards, in minor units."""
    fee_minor: int
    """Fee in it, in minor units."""
    transaction_id: bytes
    """Transaction that made it."""
    kind: str
    """Its verb and version."""
    time_ms: int
    """Block time."""
    height: int
    """Its block."""
    leaf_index: int
    """Index of its outcome leaf."""
    order_id: str | None
    """Number of the order it embeds."""
    counterparty: bytes | None
    """Account at the other end; ``None`` where this account only shares in a fee."""


class Progress(NamedTuple):
    """How far the index reaches."""

    height: int
    """Last block in it; 0 before the first."""
    time_ms: int
    """Its block time."""


class HistoryIndex:
    """Reads one index."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Read through ``engine``."""
        self._engine = engine
        self._begun = False
        self.movements = Movements(engine)
        self.holds = Holds(engine)
        self.offers = Offers(engine)

    async def progress(self) -> Progress:
        """Return how far the index reaches; also before there is one."""
        async with self._engine.connect() as connection:
            if not self._begun:
                self._begun = await connection.run_sync(lambda sync: sqlalchemy.inspect(sync).has_table(PROGRESS.name))
            if not self._begun:
                return Progress(0, 0)
            row = (await connection.execute(select(PROGRESS.c.height, PROGRESS.c.time_ms))).first()
        return Progress(0, 0) if row is None else Progress._make(row)

    async def validator_sets(self) -> tuple[ValidatorSet, ...]:
        """Return the validator sets after the founders', by rising height; also before there is an index."""
        if not (await self.progress()).height:
            return ()
        async with self._engine.connect() as connection:
            return tuple(read_set(row) for row in await connection.execute(sets_query()))

    async def wait(self, height: int, timeout_seconds: float) -> bool:
        """Return whether the index reached ``height`` in time."""
        deadline = time.monotonic() + timeout_seconds
        while (await self.progress()).height < height:
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    async def transaction(self, transaction_id: bytes) -> Transaction | None:
        """Return a transaction by its id; where it was tried before it could execute, the final outcome."""
        committed_first = sqlalchemy.case((TRANSACTIONS.c.outcome == COMMITTED, 0), else_=1)
        query = (
            select(TRANSACTIONS)
            .where(TRANSACTIONS.c.id == transaction_id, TRANSACTIONS.c.kind.not_in(EXPIRIES.values()))
            .order_by(committed_first, TRANSACTIONS.c.sequence)
            .limit(1)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else Transaction(*row)

    async def concerns(self, found: Transaction, account: bytes) -> bool:
        """Tell whether the transaction concerns the account: it acted, or a balance of it changed."""
        party = select(PARTIES.c.sequence).where(
            PARTIES.c.account == account,
            PARTIES.c.topic == int(topic_of(found.kind)),
            PARTIES.c.sequence == found.sequence,
        )
        # Who is no party and yet has an entry shares in a fee, or is credited instead of a closed account.
        entry = select(ENTRIES.c.sequence).where(
            ENTRIES.c.account == account, ENTRIES.c.asset == found.asset, ENTRIES.c.sequence == found.sequence
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(party.union(entry).limit(1))).first() is not None

    async def transactions(
        self,
        account: bytes,
        limit: int,
        *,
        before: int | None = None,
        after: int | None = None,
        period: Period = ALWAYS,
    ) -> list[Transaction]:
        """Return a page of what concerns an account: newest first, or oldest first where ``after`` is given."""
        assert 1 <= limit <= MAX_PAGE + 1
        ascending = after is not None

        def bounds(sequence: ColumnElement[int]) -> list[ColumnElement[bool]]:
            above = [] if after is None else [sequence > after]
            return [*above, *([] if before is None else [sequence < before]), *period.bounds(sequence)]

        parties = of_topics(account, Topic, limit, bounds, ascending=ascending)
        query = (
            select(TRANSACTIONS, parties.c.counterparty)
            .join(parties, TRANSACTIONS.c.sequence == parties.c.sequence)
            .order_by(parties.c.sequence if ascending else parties.c.sequence.desc())
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [Transaction._make(row) for row in await connection.execute(query)]

    async def touched(self, accounts: Collection[bytes], after: int, upto: int) -> list[bytes]:
        """Return those of the accounts that something concerns above one sequence number and up to another."""
        where = (
            PARTIES.c.account.in_(accounts),
            PARTIES.c.topic.in_([int(topic) for topic in Topic]),
            PARTIES.c.sequence > after,
            PARTIES.c.sequence <= upto,
        )
        async with self._engine.connect() as connection:
            return list(await connection.scalars(select(PARTIES.c.account).where(*where).distinct()))

    async def newest_sequence(self, account: bytes) -> int:
        """Return the number of the newest happening that concerns the account; 0 where there is none."""
        parties = of_topics(account, Topic, 1, lambda _: (), ascending=False)
        query = select(func.coalesce(func.max(parties.c.sequence), 0))
        async with self._engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def entries(
        self,
        account: bytes,
        asset: str,
        limit: int,
        before: int | None = None,
        *,
        after: int | None = None,
        period: Period = ALWAYS,
    ) -> list[Entry]:
        """Return a page of an account's statement in one asset: newest first, or oldest first where ``after`` is given.

        ``before`` and ``after`` are sequence numbers.
        """
        assert 1 <= limit <= MAX_PAGE + 1
        sequence = ENTRIES.c.sequence
        columns = (ENTRIES.c[name] for name in ("asset", "entry", "delta_minor", "balance_minor", "fee_minor"))
        made_by = (TRANSACTIONS.c[name] for name in ("id", "kind", "time_ms", "height", "leaf_index", "order_id"))
        party = (
            (PARTIES.c.account == account)
            & PARTIES.c.topic.in_([int(topic) for topic in Topic])
            & (PARTIES.c.sequence == sequence)
        )
        query = (
            select(sequence, *columns, *made_by, PARTIES.c.counterparty)
            .select_from(ENTRIES)
            .join(TRANSACTIONS, TRANSACTIONS.c.sequence == sequence)
            .join(PARTIES, party, isouter=True)
            .where(ENTRIES.c.account == account, ENTRIES.c.asset == asset, *period.bounds(sequence))
            .order_by(sequence.desc() if after is None else sequence)
            .limit(limit)
        )
        if before is not None:
            query = query.where(sequence < before)
        if after is not None:
            query = query.where(sequence > after)
        async with self._engine.connect() as connection:
            return [Entry._make(row) for row in await connection.execute(query)]

    async def count_entries(self, account: bytes, asset: str, enough: int, period: Period = ALWAYS) -> int:
        """Return how many lines a statement has; at most ``enough`` are counted."""
        key = (ENTRIES.c.account == account, ENTRIES.c.asset == asset)
        lines = select(ENTRIES.c.sequence).where(*key, *period.bounds(ENTRIES.c.sequence)).limit(enough).subquery()
        async with self._engine.connect() as connection:
            return int((await connection.execute(select(func.count()).select_from(lines))).scalar_one())

    async def happenings(self, after: int, limit: int) -> list[tuple[bytes, Transaction]]:
        """Return what happened above a sequence number, oldest first, once for each account it concerns.

        ``limit`` bounds the sequence numbers looked at, so nothing is cut off within a happening.
        """
        assert 1 <= limit <= MAX_RANGE
        query = (
            select(PARTIES.c.account, TRANSACTIONS, PARTIES.c.counterparty)
            .join(TRANSACTIONS, TRANSACTIONS.c.sequence == PARTIES.c.sequence)
            .where(PARTIES.c.sequence > after, PARTIES.c.sequence <= after + limit)
            .order_by(PARTIES.c.sequence, PARTIES.c.account)
        )
        async with self._engine.connect() as connection:
            return [(row[0], Transaction._make(row[1:])) for row in await connection.execute(query)]

    async def reach(self) -> int:
        """Return the number of the newest happening in the index; 0 where there is none."""
        query = select(PROGRESS.c.next_sequence)
        async with self._engine.connect() as connection:
            found = (await connection.execute(query)).scalar_one_or_none()
        return 0 if found is None else int(found) - 1

    async def keys(self, account: bytes) -> list[bytes]:
        """Return the public keys that were ever the account's, latest change first; the latest ones of very many."""
        query = (
            select(ACCOUNT_KEYS.c.public_key)
            .where(ACCOUNT_KEYS.c.account == account)
            .order_by(ACCOUNT_KEYS.c.sequence.desc(), ACCOUNT_KEYS.c.public_key)
            .limit(MAX_PAGE)
        )
        async with self._engine.connect() as connection:
            return [row.public_key for row in await connection.execute(query)]

    async def log_path(self, height: int) -> tuple[bytes, ...]:
        """Return the path of a commitment in its subtree of the log, as a refund carries it.

        Empty while the subtree is not complete: the ledger then still knows the commitment singly.
        """
        number, place = divmod(height, LOG_SUBTREE)
        first = number * LOG_SUBTREE
        query = (
            select(BLOCKS.c.log_leaf)
            .where(BLOCKS.c.height >= first, BLOCKS.c.height < first + LOG_SUBTREE)
            .order_by(BLOCKS.c.height)
        )
        async with self._engine.connect() as connection:
            leaves = [row.log_leaf for row in await connection.execute(query)]
        return hashed_path(leaves, place) if len(leaves) == LOG_SUBTREE else ()
