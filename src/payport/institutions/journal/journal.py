"""The journal: every step of a movement between core and ledger, on disk before the next step is taken.

A row's state moves by compare-and-set, so that a service and the standing job may take up the same row at once: one of
them moves it, and the other reads what it has become.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, literal, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from payport.database.engines import open_database, reader, writer
from payport.database.migrations import migrate
from payport.database.statements import insert
from payport.institutions.journal.records import (
    OPEN_FUNDINGS,
    OPEN_REDEMPTIONS,
    Funding,
    FundingState,
    LedgerLine,
    LineKind,
    Progress,
    Redemption,
    RedemptionState,
)
from payport.institutions.journal.tables import FUNDINGS, LEDGER_LINES, PROGRESS, REDEMPTIONS
from payport.institutions.limits import MAX_OPEN_PER_ACCOUNT
from payport.ledger.block import COMMITTED
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from payport.values.identifiers import AccountId, AssetId, InstitutionId, TransactionId

JOURNAL_OF_ANOTHER: Final = RefusalCode(
    "journal_of_another",
    RefusalClass.CONFLICT,
    "The journal belongs to another institution or network.",
    "该账簿属于其他机构或网络。",
)
"""A journal is one institution's on one network."""

TOO_MANY_OPEN_FUNDINGS: Final = RefusalCode(
    "too_many_open_fundings",
    RefusalClass.LIMIT,
    "Too many payments of this account wait to be funded.",
    "该账户等待资金到位的付款过多。",
)
"""Earlier ones are settled first."""

REFUSALS: Final = (JOURNAL_OF_ANOTHER, TOO_MANY_OPEN_FUNDINGS)
"""Refusals of this module."""

PACKAGE: Final = "payport.institutions.journal"
"""Where the migrations are."""

_OPEN_FUNDINGS: Final = [state.value for state in OPEN_FUNDINGS]
_OPEN_REDEMPTIONS: Final = [state.value for state in OPEN_REDEMPTIONS]
_NOT_EXECUTED: Final = [FundingState.INTENDED.value, FundingState.SUBMITTED.value]


class Journal:
    """One institution's journal."""

    def __init__(self, url: str) -> None:
        """Open the database, migrated by :meth:`prepare`; raises ``unsupported_database``."""
        engine = open_database(url)
        self._reader, self._writer = reader(engine), writer(engine)

    @staticmethod
    def prepare(url: str) -> None:
        """Make or migrate the tables; blocks, and is called before the event loop runs or in a thread."""
        migrate(url, PACKAGE)

    @property
    def engine(self) -> AsyncEngine:
        """The database, for reading."""
        return self._reader

    async def close(self) -> None:
        """Close the database."""
        await self._reader.dispose()

    async def claim(self, institution: InstitutionId, chain_id: str) -> Progress:
        """Say whose journal this is, the first time for good; raises ``journal_of_another``."""
        async with self._writer.begin() as connection:
            values = {"id": 1, "institution": institution, "chain_id": chain_id, "height": 0, "time_ms": 0}
            await connection.execute(insert(connection, PROGRESS).values(**values).on_conflict_do_nothing())
            row = (await connection.execute(select(PROGRESS))).one()
            if (row.institution, row.chain_id) != (institution, chain_id):
                JOURNAL_OF_ANOTHER.refuse(f"{row.institution} on {row.chain_id}")
            return Progress(row.height, row.time_ms)

    async def progress(self) -> Progress:
        """Return how far the ledger was read."""
        async with self._reader.connect() as connection:
            row = (await connection.execute(select(PROGRESS))).one()
        return Progress(row.height, row.time_ms)

    async def absorb(self, before: Progress, read: Progress, lines: Sequence[LedgerLine], now_ms: int) -> bool:
        """Write the lines of the blocks after ``before`` up to ``read``; ``False`` where another reader was first.

        A redemption that came to the ledger by another way gets its row here.
        """
        async with self._writer.begin() as connection:
            as_read = update(PROGRESS).where(PROGRESS.c.height == before.height)
            moved = await connection.execute(as_read.values(height=read.height, time_ms=read.time_ms))
            if moved.rowcount == 0:
                return False
            for line in lines:
                await connection.execute(LEDGER_LINES.insert().values(**line._asdict()))
                if line.kind is LineKind.REDEEMED:
                    await _note_redeemed(connection, line, now_ms)
        return True

    async def ledger_line(self, transaction_id: TransactionId) -> LedgerLine | None:
        """Return what the ledger did with a transaction, as far as it was read."""
        async with self._reader.connect() as connection:
            query = select(LEDGER_LINES).where(LEDGER_LINES.c.transaction_id == transaction_id)
            row = (await connection.execute(query)).first()
        return None if row is None else LedgerLine(**{**row._asdict(), "kind": LineKind(row.kind)})

    async def begin_funding(self, funding: Funding) -> Funding:
        """Write a new funding, or return the one there is under its payment's id."""
        try:
            async with self._writer.begin() as connection:
                await connection.execute(FUNDINGS.insert().values(**funding._asdict()))
        except IntegrityError:
            known = await self.funding(funding.payment_id)
            if known is None:
                raise
            return known
        return funding

    async def funding(self, payment_id: TransactionId) -> Funding | None:
        """Return a funding, or ``None``."""
        async with self._reader.connect() as connection:
            row = await _find(connection, FUNDINGS.c.payment_id, payment_id)
        return None if row is None else _funding(row)

    async def advance_funding(self, funding: Funding, state: FundingState, **values: Any) -> Funding:  # noqa: ANN401 - columns
        """Move a funding on from the state it was read in; return what it is now, whoever moved it."""
        async with self._writer.begin() as connection:
            as_read = (FUNDINGS.c.payment_id == funding.payment_id) & (FUNDINGS.c.state == funding.state.value)
            await connection.execute(update(FUNDINGS).where(as_read).values(state=state.value, **values))
            row = await _find(connection, FUNDINGS.c.payment_id, funding.payment_id)
        assert row is not None, "rows are never removed"
        return _funding(row)

    async def open_fundings(self, limit: int, after: Funding | None = None) -> list[Funding]:
        """Return up to ``limit`` fundings that are not settled, oldest first, those after ``after``."""
        query = select(FUNDINGS).where(FUNDINGS.c.state.in_(_OPEN_FUNDINGS))
        if after is not None:
            place = tuple_(FUNDINGS.c.begun_ms, FUNDINGS.c.payment_id)
            query = query.where(place > tuple_(literal(after.begun_ms), literal(after.payment_id)))
        query = query.order_by(FUNDINGS.c.begun_ms, FUNDINGS.c.payment_id).limit(limit)
        async with self._reader.connect() as connection:
            return [_funding(row) for row in await connection.execute(query)]

    async def spoken_for(self, account: AccountId, asset: AssetId) -> int:
        """Return what of the account's own balance its fundings under way will spend, in minor units.

        Raises ``too_many_open_fundings``.
        """
        own_part = func.coalesce(func.sum(FUNDINGS.c.payment_minor - FUNDINGS.c.funded_minor), 0)
        query = select(func.count(), own_part).where(
            FUNDINGS.c.account == account, FUNDINGS.c.asset == asset, FUNDINGS.c.state.in_(_NOT_EXECUTED)
        )
        async with self._reader.connect() as connection:
            count, spoken_minor = (await connection.execute(query)).one()
        if count >= MAX_OPEN_PER_ACCOUNT:
            TOO_MANY_OPEN_FUNDINGS.refuse(f"{count} of {MAX_OPEN_PER_ACCOUNT}")
        return int(spoken_minor)

    async def begin_redemption(self, redemption: Redemption) -> Redemption:
        """Write a new redemption, or return the one there is under its id."""
        try:
            async with self._writer.begin() as connection:
                await connection.execute(REDEMPTIONS.insert().values(**redemption._asdict()))
        except IntegrityError:
            known = await self.redemption(redemption.redeem_id)
            if known is None:
                raise
            return known
        return redemption

    async def redemption(self, redeem_id: TransactionId) -> Redemption | None:
        """Return a redemption, or ``None``."""
        async with self._reader.connect() as connection:
            row = await _find(connection, REDEMPTIONS.c.redeem_id, redeem_id)
        return None if row is None else _redemption(row)

    async def advance_redemption(
        self,
        redemption: Redemption,
        state: RedemptionState,
        **values: Any,  # noqa: ANN401 - columns
    ) -> Redemption:
        """Move a redemption on from the state it was read in; return what it is now, whoever moved it."""
        async with self._writer.begin() as connection:
            as_read = (REDEMPTIONS.c.redeem_id == redemption.redeem_id) & (
                REDEMPTIONS.c.state == redemption.state.value
            )
            await connection.execute(update(REDEMPTIONS).where(as_read).values(state=state.value, **values))
            row = await _find(connection, REDEMPTIONS.c.redeem_id, redemption.redeem_id)
        assert row is not None, "rows are never removed"
        return _redemption(row)

    async def open_redemptions(self, limit: int, after: Redemption | None = None) -> list[Redemption]:
        """Return up to ``limit`` redemptions that are not settled, oldest first, those after ``after``."""
        query = select(REDEMPTIONS).where(REDEMPTIONS.c.state.in_(_OPEN_REDEMPTIONS))
        if after is not None:
            place = tuple_(REDEMPTIONS.c.begun_ms, REDEMPTIONS.c.redeem_id)
            query = query.where(place > tuple_(literal(after.begun_ms), literal(after.redeem_id)))
        query = query.order_by(REDEMPTIONS.c.begun_ms, REDEMPTIONS.c.redeem_id).limit(limit)
        async with self._reader.connect() as connection:
            return [_redemption(row) for row in await connection.execute(query)]


async def _find(connection: AsyncConnection, column: Any, key: bytes) -> Row[Any] | None:  # noqa: ANN401 - a key column
    return (await connection.execute(select(column.table).where(column == key))).first()


def _funding(row: Row[Any]) -> Funding:
    return Funding(**{**row._asdict(), "state": FundingState(row.state)})


def _redemption(row: Row[Any]) -> Redemption:
    return Redemption(**{**row._asdict(), "state": RedemptionState(row.state)})


async def _note_redeemed(connection: AsyncConnection, line: LedgerLine, now_ms: int) -> None:
    """Let the core credit what a block says was redeemed, whoever sent it."""
    assert line.account is not None
    assert line.asset is not None
    found = Redemption(
        redeem_id=line.transaction_id,
        account=line.account,
        asset=line.asset,
        amount_minor=line.amount_minor,
        envelope=None,
        valid_until_ms=0,
        state=RedemptionState.COMMITTED,
        code=COMMITTED,
        trouble="",
        begun_ms=now_ms,
    )
    # Inserted first: a redemption that is begun at this moment is waited for, and then there to be moved on.
    await connection.execute(insert(connection, REDEMPTIONS).values(**found._asdict()).on_conflict_do_nothing())
    intended = (REDEMPTIONS.c.redeem_id == line.transaction_id) & (
        REDEMPTIONS.c.state == RedemptionState.INTENDED.value
    )
    committed = {"state": RedemptionState.COMMITTED.value, "code": COMMITTED}
    await connection.execute(update(REDEMPTIONS).where(intended).values(**committed))
