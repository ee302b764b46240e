"""Questions to the journal about its own sums, and about rows that one side has and the other has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, case, func, select

from payport.institutions.journal.records import FundingState, LineKind, RedemptionState
from payport.institutions.journal.tables import FUNDINGS, LEDGER_LINES, REDEMPTIONS

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncEngine

_MOVED_OUT: Final = [FundingState.COMMITTED.value, FundingState.CONFIRMED.value]
_MOVED_IN: Final = [RedemptionState.COMMITTED.value, RedemptionState.CREDITED.value]


class Unmatched(NamedTuple):
    """A row without its counterpart."""

    key: bytes
    """Transaction."""
    asset: str
    """Asset."""
    amount_minor: int
    """Amount in minor units, negative where money came back from the ledger."""
    trouble: str
    """What the journal noted of it; empty where it noted nothing."""


class Expected(NamedTuple):
    """What the core must have booked under a key."""

    amount_minor: int
    """Change of the network account in minor units; negative for a credit."""
    asset: str
    """Asset."""
    settled: bool
    """Whether the core has answered already, so that the line must be there."""


async def sums(engine: AsyncEngine) -> dict[str, int]:
    """Return by asset what settled fundings moved out less what settled redemptions brought back, in minor units."""
    out = select(FUNDINGS.c.asset, FUNDINGS.c.funded_minor.label("minor")).where(
        FUNDINGS.c.state == FundingState.CONFIRMED.value
    )
    back = select(REDEMPTIONS.c.asset, (-REDEMPTIONS.c.amount_minor).label("minor")).where(
        REDEMPTIONS.c.state == RedemptionState.CREDITED.value
    )
    return await _by_asset(engine, out.union_all(back))


async def ledger_sums(engine: AsyncEngine) -> dict[str, int]:
    """Return by asset what the ledger's lines say was issued less what was redeemed, in minor units."""
    signed = case(
        (LEDGER_LINES.c.kind == LineKind.REDEEMED.value, -LEDGER_LINES.c.amount_minor),
        else_=LEDGER_LINES.c.amount_minor,
    )
    moved = select(LEDGER_LINES.c.asset, signed.label("minor")).where(LEDGER_LINES.c.kind != LineKind.VOIDED.value)
    return await _by_asset(engine, moved)


async def _by_asset(engine: AsyncEngine, rows: Any) -> dict[str, int]:  # noqa: ANN401 - a select or a union
    moved = rows.subquery()
    query = select(moved.c.asset, func.sum(moved.c.minor)).group_by(moved.c.asset).order_by(moved.c.asset)
    async with engine.connect() as connection:
        return {asset: int(minor) for asset, minor in await connection.execute(query)}


async def expected(engine: AsyncEngine, keys: list[bytes]) -> dict[bytes, Expected]:
    """Return what the core may have booked under these keys, by the journal; a key it does not know is left out."""
    found: dict[bytes, Expected] = {}
    fundings = select(FUNDINGS.c.payment_id, FUNDINGS.c.funded_minor, FUNDINGS.c.asset, FUNDINGS.c.state).where(
        FUNDINGS.c.payment_id.in_(keys), FUNDINGS.c.state.in_(_MOVED_OUT)
    )
    redemptions = select(
        REDEMPTIONS.c.redeem_id, REDEMPTIONS.c.amount_minor, REDEMPTIONS.c.asset, REDEMPTIONS.c.state
    ).where(REDEMPTIONS.c.redeem_id.in_(keys), REDEMPTIONS.c.state.in_(_MOVED_IN))
    async with engine.connect() as connection:
        for key, minor, asset, state in await connection.execute(fundings):
            found[key] = Expected(minor, asset, state == FundingState.CONFIRMED.value)
        for key, minor, asset, state in await connection.execute(redemptions):
            found[key] = Expected(-minor, asset, state == RedemptionState.CREDITED.value)
    return found


async def settled_keys(engine: AsyncEngine, after: bytes, limit: int) -> list[bytes]:
    """Return keys of what the core has confirmed or credited, ascending, those above ``after``."""
    fundings = select(FUNDINGS.c.payment_id.label("key")).where(FUNDINGS.c.state == FundingState.CONFIRMED.value)
    redemptions = select(REDEMPTIONS.c.redeem_id.label("key")).where(
        REDEMPTIONS.c.state == RedemptionState.CREDITED.value
    )
    both = fundings.union_all(redemptions).subquery()
    query = select(both.c.key).where(both.c.key > after).order_by(both.c.key).limit(limit)
    async with engine.connect() as connection:
        return list((await connection.execute(query)).scalars())


async def issued_outside(engine: AsyncEngine, limit: int) -> list[Unmatched]:
    """Return issues on the ledger that no funding asked for, or of another amount, oldest first."""
    matches = and_(
        FUNDINGS.c.issue_id == LEDGER_LINES.c.transaction_id,
        FUNDINGS.c.funded_minor == LEDGER_LINES.c.amount_minor,
        FUNDINGS.c.asset == LEDGER_LINES.c.asset,
        FUNDINGS.c.account == LEDGER_LINES.c.account,
        FUNDINGS.c.state.not_in([FundingState.REFUSED.value, FundingState.RELEASED.value]),
    )
    columns = (LEDGER_LINES.c.transaction_id, LEDGER_LINES.c.asset, LEDGER_LINES.c.amount_minor)
    query = (
        select(*columns)
        .outerjoin(FUNDINGS, matches)
        .where(LEDGER_LINES.c.kind == LineKind.ISSUED.value, FUNDINGS.c.payment_id.is_(None))
        .order_by(LEDGER_LINES.c.height, LEDGER_LINES.c.transaction_id)
        .limit(limit)
    )
    return await _unmatched(engine, query)


async def redeemed_unnoticed(engine: AsyncEngine, limit: int) -> list[Unmatched]:
    """Return redemptions on the ledger that the journal takes for refused, or has with another amount."""
    matches = and_(
        REDEMPTIONS.c.redeem_id == LEDGER_LINES.c.transaction_id,
        REDEMPTIONS.c.amount_minor == LEDGER_LINES.c.amount_minor,
        REDEMPTIONS.c.asset == LEDGER_LINES.c.asset,
        REDEMPTIONS.c.account == LEDGER_LINES.c.account,
        REDEMPTIONS.c.state.in_(_MOVED_IN),
    )
    columns = (LEDGER_LINES.c.transaction_id, LEDGER_LINES.c.asset, -LEDGER_LINES.c.amount_minor)
    query = (
        select(*columns)
        .outerjoin(REDEMPTIONS, matches)
        .where(LEDGER_LINES.c.kind == LineKind.REDEEMED.value, REDEMPTIONS.c.redeem_id.is_(None))
        .order_by(LEDGER_LINES.c.height, LEDGER_LINES.c.transaction_id)
        .limit(limit)
    )
    return await _unmatched(engine, query)


async def not_on_ledger(engine: AsyncEngine, limit: int) -> list[Unmatched]:
    """Return what the journal takes for committed although no block that was read says so."""
    of_funding = LEDGER_LINES.c.transaction_id == FUNDINGS.c.issue_id
    fundings = (
        select(FUNDINGS.c.payment_id, FUNDINGS.c.asset, FUNDINGS.c.funded_minor)
        .outerjoin(LEDGER_LINES, and_(of_funding, LEDGER_LINES.c.kind == LineKind.ISSUED.value))
        .where(FUNDINGS.c.state.in_(_MOVED_OUT), LEDGER_LINES.c.transaction_id.is_(None))
        .order_by(FUNDINGS.c.begun_ms)
        .limit(limit)
    )
    of_redemption = LEDGER_LINES.c.transaction_id == REDEMPTIONS.c.redeem_id
    redemptions = (
        select(REDEMPTIONS.c.redeem_id, REDEMPTIONS.c.asset, -REDEMPTIONS.c.amount_minor)
        .outerjoin(LEDGER_LINES, and_(of_redemption, LEDGER_LINES.c.kind == LineKind.REDEEMED.value))
        .where(REDEMPTIONS.c.state.in_(_MOVED_IN), LEDGER_LINES.c.transaction_id.is_(None))
        .order_by(REDEMPTIONS.c.begun_ms)
        .limit(limit)
    )
    return [*await _unmatched(engine, fundings), *await _unmatched(engine, redemptions)]


async def troubled(engine: AsyncEngine, limit: int) -> list[Unmatched]:
    """Return open rows that waiting will not cure, with what was refused."""
    fundings = (
        select(FUNDINGS.c.payment_id, FUNDINGS.c.asset, FUNDINGS.c.funded_minor, FUNDINGS.c.trouble)
        .where(FUNDINGS.c.trouble != "")
        .order_by(FUNDINGS.c.begun_ms)
        .limit(limit)
    )
    redemptions = (
        select(REDEMPTIONS.c.redeem_id, REDEMPTIONS.c.asset, -REDEMPTIONS.c.amount_minor, REDEMPTIONS.c.trouble)
        .where(REDEMPTIONS.c.trouble != "")
        .order_by(REDEMPTIONS.c.begun_ms)
        .limit(limit)
    )
    return [*await _unmatched(engine, fundings), *await _unmatched(engine, redemptions)]


async def open_counts(engine: AsyncEngine, fundings: list[str], redemptions: list[str]) -> tuple[int, int]:
    """Return how many fundings and redemptions are in these states."""
    async with engine.connect() as connection:
        first = select(func.count()).select_from(FUNDINGS).where(FUNDINGS.c.state.in_(fundings))
        second = select(func.count()).select_from(REDEMPTIONS).where(REDEMPTIONS.c.state.in_(redemptions))
        counts = (await connection.execute(first)).scalar_one(), (await connection.execute(second)).scalar_one()
    return int(counts[0]), int(counts[1])


async def _unmatched(engine: AsyncEngine, query: Select[Any]) -> list[Unmatched]:
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    return [Unmatched(row[0], row[1], row[2], row[3] if len(row) > len(Unmatched._fields) - 1 else "") for row in rows]
