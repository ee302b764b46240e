"""The sandbox core: a small bank in SQL behind the contract, with real double entry and real locking.

Cover is checked by the statement that takes it (`UPDATE ... WHERE balance - held >= amount`), so however many
reservations run at once, together they never take more than there is. Constraints of the tables say it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import case, or_, select, update
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from payport.database.engines import DATABASE_UNAVAILABLE, open_database, reader, writer
from payport.database.migrations import migrate
from payport.database.statements import insert
from payport.institutions.contract import (
    CORE_UNAVAILABLE,
    CUSTOMER_BLOCKED,
    DEPOSIT_FULL,
    INSUFFICIENT_DEPOSIT,
    MOVEMENT_CONFLICT,
    NO_DEPOSIT,
    RESERVATION_CONFIRMED,
    RESERVATION_RELEASED,
    UNKNOWN_CUSTOMER,
    UNKNOWN_MOVEMENT,
    Customer,
    Line,
    Movement,
    MovementState,
    Statement,
    assert_amount,
    assert_key,
    assert_page,
)
from payport.institutions.limits import MAX_STATEMENT_LINES
from payport.institutions.sandbox.masking import mask_name
from payport.institutions.sandbox.tables import (
    ACCOUNTS,
    CUSTOMERS,
    DEPOSIT,
    MOVEMENTS,
    NETWORK,
    OPENING,
    POSTINGS,
)
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlalchemy import CursorResult, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.values.identifiers import AccountId, AssetId, TransactionId

T = TypeVar("T")

CUSTOMER_EXISTS: Final = RefusalCode(
    "customer_exists", RefusalClass.CONFLICT, "The account has a customer already.", "该账户已对应一位客户。"
)
"""An account of the ledger is linked once."""

REFUSALS: Final = (CUSTOMER_EXISTS,)
"""Refusals of this module; those of the contract are in :mod:`payport.institutions.contract`."""

PACKAGE: Final = "payport.institutions.sandbox"
"""Where the migrations are."""

MAX_ATTEMPTS: Final = 3
"""Times a call is tried where another one with the same key was first; the second try finds what the other wrote."""


_AWAY: Final = (Refusal, InterfaceError, OperationalError, ProgrammingError, PoolTimeoutError)


class SandboxCore:
    """See :class:`payport.institutions.contract.Core`."""

    def __init__(self, url: str) -> None:
        """Open the core's database, migrated by :meth:`prepare`; raises ``unsupported_database``."""
        engine = open_database(url)
        self._reader, self._writer = reader(engine), writer(engine)

    @staticmethod
    def prepare(url: str) -> None:
        """Make or migrate the tables; blocks, and is called before the event loop runs or in a thread."""
        migrate(url, PACKAGE)

    async def close(self) -> None:
        """Close the database."""
        await self._reader.dispose()

    async def open_customer(self, account: AccountId, name: str, deposits: Mapping[AssetId, int]) -> Customer:
        """Open a customer with a deposit per asset, 0 or more minor units; raises ``customer_exists``."""

        async def work(connection: AsyncConnection) -> None:
            if await _customer(connection, account) is not None:
                CUSTOMER_EXISTS.refuse(account.hex())
            values = {"account": account, "name": name, "masked_name": mask_name(name), "blocked": False}
            inserted = await connection.execute(CUSTOMERS.insert().values(**values))
            for asset, amount_minor in sorted(deposits.items()):
                await _open_internal(connection, asset)
                deposit = await _open_account(connection, DEPOSIT, asset, _number_of(inserted))
                if amount_minor:
                    assert_amount(amount_minor)
                    opening = (await _internal(connection, OPENING, asset)).id
                    await _post(connection, None, opening, deposit, amount_minor)

        await self._write(work)
        return await self.verify_customer(account)

    async def set_blocked(self, account: AccountId, *, blocked: bool) -> None:
        """Block or unblock a customer; raises ``unknown_customer``."""

        async def work(connection: AsyncConnection) -> None:
            changed = await connection.execute(
                update(CUSTOMERS).where(CUSTOMERS.c.account == account).values(blocked=blocked)
            )
            if changed.rowcount == 0:
                UNKNOWN_CUSTOMER.refuse(account.hex())

        await self._write(work)

    async def verify_customer(self, account: AccountId) -> Customer:
        """Return the customer."""

        async def work(connection: AsyncConnection) -> Customer:
            found = await _require_customer(connection, account)
            query = select(ACCOUNTS.c.asset).where(ACCOUNTS.c.customer == found.id).order_by(ACCOUNTS.c.asset)
            assets = tuple((await connection.execute(query)).scalars())
            return Customer(account, found.masked_name, assets, found.blocked)

        return await self._read(work)

    async def reserve(self, key: TransactionId, account: AccountId, asset: AssetId, amount_minor: int) -> Movement:
        """Set an amount aside."""
        assert_key(key)
        assert_amount(amount_minor)

        async def work(connection: AsyncConnection) -> Movement:
            customer, deposit = await _require_deposit(connection, account, asset)
            wanted = Movement(key, account, asset, amount_minor, MovementState.RESERVED)
            known = await _movement(connection, key)
            if known is not None:
                if known.state is MovementState.RELEASED and known.account in (None, account):
                    RESERVATION_RELEASED.refuse(key.hex())
                if known.state is MovementState.CREDITED or known._replace(state=wanted.state) != wanted:
                    MOVEMENT_CONFLICT.refuse(key.hex())
                return known
            if customer.blocked:
                CUSTOMER_BLOCKED.refuse(account.hex())
            await _insert(connection, wanted, deposit)
            covered = (ACCOUNTS.c.id == deposit) & (ACCOUNTS.c.balance_minor - ACCOUNTS.c.held_minor >= amount_minor)
            held = update(ACCOUNTS).where(covered).values(held_minor=ACCOUNTS.c.held_minor + amount_minor)
            if (await connection.execute(held)).rowcount == 0:
                INSUFFICIENT_DEPOSIT.refuse()
            return wanted

        return await self._write(work)

    async def confirm(self, key: TransactionId) -> Movement:
        """Move a reserved amount out."""
        assert_key(key)

        async def work(connection: AsyncConnection) -> Movement:
            if not await _advance(connection, key, MovementState.CONFIRMED):
                found = await _require_movement(connection, key)
                if found.state is MovementState.RELEASED:
                    RESERVATION_RELEASED.refuse(key.hex())
                if found.state is MovementState.CREDITED:
                    MOVEMENT_CONFLICT.refuse(key.hex())
                return found
            found = await _require_movement(connection, key)
            assert found.asset is not None
            deposit = await _deposit_of(connection, key)
            network = (await _internal(connection, NETWORK, found.asset)).id
            await _post(connection, key, deposit, network, found.amount_minor, held=True)
            return found

        return await self._write(work)

    async def release(self, key: TransactionId) -> Movement:
        """Free a reserved amount, or use the key up."""
        assert_key(key)

        async def work(connection: AsyncConnection) -> Movement:
            if await _advance(connection, key, MovementState.RELEASED):
                released = await _require_movement(connection, key)
                freed = update(ACCOUNTS).where(ACCOUNTS.c.id == await _deposit_of(connection, key))
                await connection.execute(freed.values(held_minor=ACCOUNTS.c.held_minor - released.amount_minor))
                return released
            found = await _movement(connection, key)
            if found is None:
                unused = Movement(key, None, None, 0, MovementState.RELEASED)
                await _insert(connection, unused, None)
                return unused
            if found.state is MovementState.CONFIRMED:
                RESERVATION_CONFIRMED.refuse(key.hex())
            if found.state is MovementState.CREDITED:
                MOVEMENT_CONFLICT.refuse(key.hex())
            return found

        return await self._write(work)

    async def credit(self, key: TransactionId, account: AccountId, asset: AssetId, amount_minor: int) -> Movement:
        """Pay an amount in."""
        assert_key(key)
        assert_amount(amount_minor)

        async def work(connection: AsyncConnection) -> Movement:
            _, deposit = await _require_deposit(connection, account, asset)
            wanted = Movement(key, account, asset, amount_minor, MovementState.CREDITED)
            known = await _movement(connection, key)
            if known is not None:
                if known != wanted:
                    MOVEMENT_CONFLICT.refuse(key.hex())
                return known
            await _insert(connection, wanted, deposit)
            network = (await _internal(connection, NETWORK, asset)).id
            await _post(connection, key, network, deposit, amount_minor)
            return wanted

        return await self._write(work)

    async def status(self, key: TransactionId) -> Movement:
        """Return a movement as it stands."""
        assert_key(key)
        return await self._read(lambda connection: _require_movement(connection, key))

    async def statement(
        self, account: AccountId | None, asset: AssetId, after: int = 0, limit: int = MAX_STATEMENT_LINES
    ) -> Statement:
        """Return one page of the booked lines of a deposit or of the network account."""
        assert_page(after, limit)

        async def work(connection: AsyncConnection) -> Statement:
            if account is None:
                internal = await _find_internal(connection, NETWORK, asset)
                if internal is None:
                    return Statement((), more=False)
                place = internal.id
            else:
                _, place = await _require_deposit(connection, account, asset)
            columns = POSTINGS.c
            mine = or_(columns.payer == place, columns.payee == place)
            query = select(POSTINGS).where(mine, columns.id > after).order_by(columns.id).limit(limit + 1)
            rows = (await connection.execute(query)).all()
            lines = tuple(_line(row, place) for row in rows[:limit])
            return Statement(lines, more=len(rows) > limit)

        return await self._read(work)

    async def _read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        try:
            async with self._reader.connect() as connection:
                return await work(connection)
        except _AWAY as error:
            _tell_unavailable(error)
            raise

    async def _write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run ``work`` in one transaction, and once more where somebody with the same key was first."""
        for attempt in range(MAX_ATTEMPTS):
            try:
                async with self._writer.begin() as connection:
                    return await work(connection)
            except IntegrityError:
                if attempt + 1 == MAX_ATTEMPTS:
                    raise
            except _AWAY as error:
                _tell_unavailable(error)
                raise
        raise AssertionError("every attempt returns or raises")


def _tell_unavailable(error: BaseException) -> None:
    """Say of what the database does not answer that the core does not; other refusals are the caller's."""
    if not isinstance(error, Refusal):
        CORE_UNAVAILABLE.refuse(type(error).__name__)
    if error.code == DATABASE_UNAVAILABLE.code:
        CORE_UNAVAILABLE.refuse(error.detail)


async def _customer(connection: AsyncConnection, account: bytes) -> Row[Any] | None:
    return (await connection.execute(select(CUSTOMERS).where(CUSTOMERS.c.account == account))).first()


async def _require_customer(connection: AsyncConnection, account: bytes) -> Row[Any]:
    found = await _customer(connection, account)
    if found is None:
        UNKNOWN_CUSTOMER.refuse(account.hex())
    return found


async def _require_deposit(connection: AsyncConnection, account: bytes, asset: str) -> tuple[Row[Any], int]:
    customer = await _require_customer(connection, account)
    query = select(ACCOUNTS.c.id).where(ACCOUNTS.c.customer == customer.id, ACCOUNTS.c.asset == asset)
    deposit = (await connection.execute(query)).scalar_one_or_none()
    if deposit is None:
        NO_DEPOSIT.refuse(asset)
    return customer, deposit


async def _find_internal(connection: AsyncConnection, kind: str, asset: str) -> Row[Any] | None:
    query = select(ACCOUNTS).where(ACCOUNTS.c.kind == kind, ACCOUNTS.c.asset == asset)
    return (await connection.execute(query)).first()


async def _internal(connection: AsyncConnection, kind: str, asset: str) -> Row[Any]:
    found = await _find_internal(connection, kind, asset)
    assert found is not None, "internal accounts are opened with the first deposit of their asset"
    return found


async def _open_internal(connection: AsyncConnection, asset: str) -> None:
    for kind in (NETWORK, OPENING):
        values = {"kind": kind, "customer": None, "asset": asset, "balance_minor": 0, "held_minor": 0}
        await connection.execute(insert(connection, ACCOUNTS).values(**values).on_conflict_do_nothing())


async def _open_account(connection: AsyncConnection, kind: str, asset: str, customer: int) -> int:
    values = {"kind": kind, "customer": customer, "asset": asset, "balance_minor": 0, "held_minor": 0}
    return _number_of(await connection.execute(ACCOUNTS.insert().values(**values)))


def _number_of(inserted: CursorResult[Any]) -> int:
    assert inserted.inserted_primary_key is not None, "every table but movements numbers its rows"
    return int(inserted.inserted_primary_key[0])


async def _movement(connection: AsyncConnection, key: bytes) -> Movement | None:
    row = (await connection.execute(select(MOVEMENTS).where(MOVEMENTS.c.key == key))).first()
    if row is None:
        return None
    return Movement(row.key, row.account, row.asset, row.amount_minor, MovementState(row.state))


async def _require_movement(connection: AsyncConnection, key: bytes) -> Movement:
    found = await _movement(connection, key)
    if found is None:
        UNKNOWN_MOVEMENT.refuse(key.hex())
    return found


async def _insert(connection: AsyncConnection, movement: Movement, deposit: int | None) -> None:
    values = {**movement._asdict(), "state": movement.state.value, "deposit": deposit}
    await connection.execute(MOVEMENTS.insert().values(**values))


async def _advance(connection: AsyncConnection, key: bytes, state: MovementState) -> bool:
    """End a reservation; return whether there was one that had not ended."""
    open_one = (MOVEMENTS.c.key == key) & (MOVEMENTS.c.state == MovementState.RESERVED.value)
    return (await connection.execute(update(MOVEMENTS).where(open_one).values(state=state.value))).rowcount == 1


async def _deposit_of(connection: AsyncConnection, key: bytes) -> int:
    deposit = (await connection.execute(select(MOVEMENTS.c.deposit).where(MOVEMENTS.c.key == key))).scalar_one()
    assert deposit is not None, "a reservation has a deposit"
    return int(deposit)


async def _post(
    connection: AsyncConnection, key: bytes | None, payer: int, payee: int, amount_minor: int, *, held: bool = False
) -> None:
    """Book one double entry; ``held`` where the payer's amount was set aside.

    Both rows are locked, in one order everywhere, before the entry gets its number, so that a statement's numbers
    ascend as they become visible. The lock lets the keys of movements under way point to the rows: an exclusive one
    would wait for them, and they for it.
    """
    deltas = {payer: -amount_minor, payee: amount_minor}
    query = select(ACCOUNTS.c.id, ACCOUNTS.c.balance_minor).where(ACCOUNTS.c.id.in_(deltas))
    rows = (await connection.execute(query.order_by(ACCOUNTS.c.id).with_for_update(key_share=True))).all()
    after = {row.id: row.balance_minor + deltas[row.id] for row in rows}
    if max(after.values()) > MAX_AMOUNT_MINOR:
        DEPOSIT_FULL.refuse()
    moved = case(deltas, value=ACCOUNTS.c.id)
    changed = update(ACCOUNTS).where(ACCOUNTS.c.id.in_(deltas))
    unheld = case({payer: amount_minor if held else 0}, value=ACCOUNTS.c.id, else_=0)
    after_held = ACCOUNTS.c.held_minor - unheld
    await connection.execute(changed.values(balance_minor=ACCOUNTS.c.balance_minor + moved, held_minor=after_held))
    values = {"payer_balance_minor": after[payer], "payee_balance_minor": after[payee], "amount_minor": amount_minor}
    await connection.execute(POSTINGS.insert().values(key=key, payer=payer, payee=payee, **values))


def _line(row: Row[Any], place: int) -> Line:
    if row.payee == place:
        return Line(row.id, row.key, row.amount_minor, row.payee_balance_minor)
    return Line(row.id, row.key, -row.amount_minor, row.payer_balance_minor)
