"""The sandbox core: a small bank in SQL behind the contract, with real double entry and real locking.

Cover is checked by the statement that takes it (`UPDATE ... WHERE balance - held >= amount`), so however many
reservations run at once, together they never take more than there is. Constraints of the tables say it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from payport.database.engines import DATABASE_UNAVAILABLE, open_database, reader, writer
from payport.database.migrations import migrate
from payport.institutions.contract import (
    CORE_UNAVAILABLE,
    CUSTOMER_BLOCKED,
    INSUFFICIENT_DEPOSIT,
    MOVEMENT_CONFLICT,
    RESERVATION_CONFIRMED,
    RESERVATION_RELEASED,
    UNKNOWN_MOVEMENT,
    Card,
    Customer,
    Deposit,
    Movement,
    MovementState,
    Statement,
    assert_amount,
    assert_key,
    assert_page,
    assert_reference,
)
from payport.institutions.limits import MAX_STATEMENT_LINES
from payport.institutions.sandbox import customers
from payport.institutions.sandbox.customers import NewCustomer, require_customer, require_deposit
from payport.institutions.sandbox.postings import find_internal, internal, line, post
from payport.institutions.sandbox.tables import ACCOUNTS, CUSTOMERS, MOVEMENTS, NETWORK, POSTINGS
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.institutions.card_numbers import CardNumber
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

    async def add_customer(self, new: NewCustomer) -> bytes:
        """Open a customer with cards and deposits; return the reference. Raises ``card_exists``."""
        return await self._write(lambda connection: customers.add(connection, new))

    async def open_customer(self, account: AccountId, name: str, deposits: Mapping[AssetId, int]) -> Customer:
        """Open a customer without a card, linked to ``account``; raises ``customer_exists``."""

        async def work(connection: AsyncConnection) -> Customer:
            if await customers.find(connection, account) is not None:
                CUSTOMER_EXISTS.refuse(account.hex())
            reference = await customers.add(connection, NewCustomer(name, "", (), deposits))
            await customers.link(connection, reference, account)
            return await customers.describe(connection, account)

        return await self._write(work)

    async def set_blocked(self, account: AccountId, *, blocked: bool) -> None:
        """Block or unblock a customer; raises ``unknown_customer``."""

        async def work(connection: AsyncConnection) -> None:
            found = await require_customer(connection, account)
            await connection.execute(update(CUSTOMERS).where(CUSTOMERS.c.id == found.id).values(blocked=blocked))

        await self._write(work)

    async def verify_customer(self, account: AccountId) -> Customer:
        """Return the customer."""
        return await self._read(lambda connection: customers.describe(connection, account))

    async def find_card(self, number: CardNumber) -> Card:
        """Return the card."""
        return await self._read(lambda connection: customers.find_card(connection, number))

    async def link(self, customer: bytes, account: AccountId) -> Customer:
        """Link an account."""
        assert_reference(customer)

        async def work(connection: AsyncConnection) -> Customer:
            await customers.link(connection, customer, account)
            return await customers.describe(connection, account)

        return await self._write(work)

    async def deposits(self, account: AccountId) -> tuple[Deposit, ...]:
        """Return the deposits."""

        async def work(connection: AsyncConnection) -> tuple[Deposit, ...]:
            found = await require_customer(connection, account)
            rows = await customers.deposits_of(connection, found.id)
            return tuple(Deposit(row.asset, row.balance_minor - row.held_minor, row.held_minor) for row in rows)

        return await self._read(work)

    async def reserve(self, key: TransactionId, account: AccountId, asset: AssetId, amount_minor: int) -> Movement:
        """Set an amount aside."""
        assert_key(key)
        assert_amount(amount_minor)

        async def work(connection: AsyncConnection) -> Movement:
            customer, deposit = await require_deposit(connection, account, asset)
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
            network = (await internal(connection, NETWORK, found.asset)).id
            await post(connection, key, deposit, network, found.amount_minor, held=True)
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
            _, deposit = await require_deposit(connection, account, asset)
            wanted = Movement(key, account, asset, amount_minor, MovementState.CREDITED)
            known = await _movement(connection, key)
            if known is not None:
                if known != wanted:
                    MOVEMENT_CONFLICT.refuse(key.hex())
                return known
            await _insert(connection, wanted, deposit)
            network = (await internal(connection, NETWORK, asset)).id
            await post(connection, key, network, deposit, amount_minor)
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
                account_of_network = await find_internal(connection, NETWORK, asset)
                if account_of_network is None:
                    return Statement((), more=False)
                place = account_of_network.id
            else:
                _, place = await require_deposit(connection, account, asset)
            columns = POSTINGS.c
            mine = or_(columns.payer == place, columns.payee == place)
            query = select(POSTINGS).where(mine, columns.id > after).order_by(columns.id).limit(limit + 1)
            rows = (await connection.execute(query)).all()
            lines = tuple(line(row, place) for row in rows[:limit])
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
