"""A core that knows no customer, for institutions whose accounts are not backed by deposits.

Every payment spends what is on the ledger already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.institutions.contract import (
    UNKNOWN_CARD,
    UNKNOWN_CUSTOMER,
    UNKNOWN_HOLDER,
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

if TYPE_CHECKING:
    from payport.institutions.card_numbers import CardNumber
    from payport.values.identifiers import AccountId, AssetId, TransactionId


class NullCore:
    """See :class:`payport.institutions.contract.Core`."""

    async def verify_customer(self, account: AccountId) -> Customer:
        """Know no customer."""
        UNKNOWN_CUSTOMER.refuse(account.hex())

    async def find_card(self, number: CardNumber) -> Card:
        """Know no card."""
        UNKNOWN_CARD.refuse(number.masked)

    async def link(self, customer: bytes, account: AccountId) -> Customer:
        """Link no one."""
        del account
        assert_reference(customer)
        UNKNOWN_HOLDER.refuse()

    async def deposits(self, account: AccountId) -> tuple[Deposit, ...]:
        """Know no deposit."""
        UNKNOWN_CUSTOMER.refuse(account.hex())

    async def reserve(self, key: TransactionId, account: AccountId, asset: AssetId, amount_minor: int) -> Movement:
        """Reserve for no one."""
        del asset
        assert_key(key)
        assert_amount(amount_minor)
        UNKNOWN_CUSTOMER.refuse(account.hex())

    async def confirm(self, key: TransactionId) -> Movement:
        """Know no reservation."""
        assert_key(key)
        UNKNOWN_MOVEMENT.refuse(key.hex())

    async def release(self, key: TransactionId) -> Movement:
        """Release what never was reserved; nothing needs to be remembered, because nothing can be reserved later."""
        assert_key(key)
        return Movement(key, None, None, 0, MovementState.RELEASED)

    async def credit(self, key: TransactionId, account: AccountId, asset: AssetId, amount_minor: int) -> Movement:
        """Credit no one."""
        del asset
        assert_key(key)
        assert_amount(amount_minor)
        UNKNOWN_CUSTOMER.refuse(account.hex())

    async def status(self, key: TransactionId) -> Movement:
        """Know no movement."""
        assert_key(key)
        UNKNOWN_MOVEMENT.refuse(key.hex())

    async def statement(
        self, account: AccountId | None, asset: AssetId, after: int = 0, limit: int = MAX_STATEMENT_LINES
    ) -> Statement:
        """Show the network account, on which nothing ever moved."""
        del asset
        assert_page(after, limit)
        if account is not None:
            UNKNOWN_CUSTOMER.refuse(account.hex())
        return Statement((), more=False)
