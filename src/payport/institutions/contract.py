"""What the network needs of a bank's core system: one contract for every kind of core.

A card is found by its number, and its holder linked to an account of the ledger; from then on the account stands for
him. The whole number is given to the core, and kept by nobody else.

Money leaves a deposit in two phases, `reserve` and then `confirm` or `release`, and comes back by `credit`. Every call
that moves something carries a key of 32 bytes, the id of the transaction it belongs to, and may be repeated for ever
with one effect. A key means one thing: the same key with other content is refused. One account of the core, the
*network account*, is the other side of every movement: its balance is what the bank has moved out to the network.

Expected failures are refusals of this module and leave nothing behind, with one exception: after `core_unavailable` it
is not known whether the call had its effect, and the same call is made again until another answer comes.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from payport.institutions.limits import MAX_STATEMENT_LINES
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.institutions.card_numbers import CardNumber
    from payport.values.identifiers import AccountId, AssetId, TransactionId

CORE_UNAVAILABLE: Final = RefusalCode(
    "core_unavailable",
    RefusalClass.UNAVAILABLE,
    "The bank's core system does not answer just now.",
    "银行核心系统暂时无响应。",
)
"""Whether the call had its effect is not known; making it again has one effect."""

UNKNOWN_CUSTOMER: Final = RefusalCode(
    "unknown_customer",
    RefusalClass.NOT_FOUND,
    "The bank's core knows no customer of this account.",
    "银行核心系统中没有该账户对应的客户。",
)
"""The account on the ledger is linked to no customer."""

UNKNOWN_CARD: Final = RefusalCode(
    "unknown_card", RefusalClass.NOT_FOUND, "The bank's core knows no such card.", "银行核心系统中没有该卡。"
)
"""No card has this number, or it is of another bank."""

UNKNOWN_HOLDER: Final = RefusalCode(
    "unknown_holder",
    RefusalClass.NOT_FOUND,
    "The bank's core has no customer of this reference.",
    "银行核心系统中没有该客户。",
)
"""The customer left the bank after his card was found."""

ACCOUNT_LINKED: Final = RefusalCode(
    "account_linked",
    RefusalClass.CONFLICT,
    "The account on the ledger is linked to another customer.",
    "该账本账户已关联其他客户。",
)
"""An account is one customer's; a customer may have several."""

CUSTOMER_BLOCKED: Final = RefusalCode(
    "customer_blocked",
    RefusalClass.CONFLICT,
    "The bank has blocked the customer's deposit.",
    "银行已冻结该客户的存款。",
)
"""Nothing may be reserved; credits are accepted all the same, because the money is gone from the ledger already."""

NO_DEPOSIT: Final = RefusalCode(
    "no_deposit",
    RefusalClass.NOT_FOUND,
    "The customer has no deposit in this asset.",
    "该客户没有此币种的存款。",
)
"""Deposits are kept per asset."""

INSUFFICIENT_DEPOSIT: Final = RefusalCode(
    "insufficient_deposit",
    RefusalClass.INSUFFICIENT,
    "The deposit does not cover the amount.",
    "存款余额不足。",
)
"""What is reserved already does not count as cover."""

DEPOSIT_FULL: Final = RefusalCode(
    "deposit_full",
    RefusalClass.LIMIT,
    "The deposit would exceed the largest amount a core holds.",
    "存款余额将超出允许的最大金额。",
)
"""A credit would pass 2^53-1 minor units."""

UNKNOWN_MOVEMENT: Final = RefusalCode(
    "unknown_movement",
    RefusalClass.NOT_FOUND,
    "The core has no reservation or credit under this key.",
    "核心系统中没有该编号的预留或入账。",
)
"""The key was never used."""

MOVEMENT_CONFLICT: Final = RefusalCode(
    "movement_conflict",
    RefusalClass.CONFLICT,
    "The key was used for another account, asset, amount or purpose.",
    "该编号已用于其他账户、币种、金额或用途。",
)
"""A key means one thing."""

RESERVATION_RELEASED: Final = RefusalCode(
    "reservation_released", RefusalClass.CONFLICT, "The reservation was released.", "该预留已释放。"
)
"""Released once is released for ever: the key can be neither confirmed nor reserved again."""

RESERVATION_CONFIRMED: Final = RefusalCode(
    "reservation_confirmed", RefusalClass.CONFLICT, "The reservation was confirmed.", "该预留已确认。"
)
"""The money has moved; it comes back by a credit under another key only."""

REFUSALS: Final = (
    CORE_UNAVAILABLE,
    UNKNOWN_CUSTOMER,
    UNKNOWN_CARD,
    UNKNOWN_HOLDER,
    ACCOUNT_LINKED,
    CUSTOMER_BLOCKED,
    NO_DEPOSIT,
    UNKNOWN_MOVEMENT,
    MOVEMENT_CONFLICT,
    RESERVATION_RELEASED,
    RESERVATION_CONFIRMED,
    INSUFFICIENT_DEPOSIT,
    DEPOSIT_FULL,
)
"""Refusals of every core, in order of precedence."""

KEY_BYTES: Final = 32
"""Length of a key: that of a transaction id."""

REFERENCE_BYTES: Final = 16
"""Length of a core's reference to a customer."""


class MovementState(enum.StrEnum):
    """Where a movement stands."""

    RESERVED = "reserved"
    """The amount is set aside in the deposit."""
    CONFIRMED = "confirmed"
    """The amount has moved to the network account. Final."""
    RELEASED = "released"
    """The amount is free again, or never was set aside. Final."""
    CREDITED = "credited"
    """The amount has come back from the network account. Final."""


class Card(NamedTuple):
    """What the network may know of a card, found by its number."""

    customer: bytes
    """The core's reference to the holder: 16 bytes that mean nothing elsewhere and never change."""
    masked_number: str
    """Number with all but the last digits hidden."""
    masked_name: str
    """Name of the holder, as in :class:`Customer`."""
    phone: str
    """The holder's registered phone, E.164; for the bank's own messages, told to nobody."""
    blocked: bool
    """Whether the holder's deposits are blocked."""


class Deposit(NamedTuple):
    """What a customer has in one asset."""

    asset: AssetId
    """Asset."""
    available_minor: int
    """What can be reserved, in minor units."""
    held_minor: int
    """What is reserved already, in minor units."""


class Customer(NamedTuple):
    """What the network may know of a customer."""

    account: AccountId
    """Account on the ledger."""
    reference: bytes
    """The core's reference to the customer, the same for all his accounts."""
    masked_name: str
    """Name with all but one letter of each part hidden; the full name never leaves the core."""
    assets: tuple[AssetId, ...]
    """Assets the customer has a deposit in, ascending."""
    blocked: bool
    """Whether nothing may be reserved."""


class Movement(NamedTuple):
    """One reservation or credit."""

    key: TransactionId
    """Id of the transaction it belongs to."""
    account: AccountId | None
    """Account on the ledger whose deposit it concerns; ``None`` where a key was released that never was reserved."""
    asset: AssetId | None
    """Asset; ``None`` in the same case."""
    amount_minor: int
    """Amount in minor units, 1 to 2^53-1; 0 in the same case."""
    state: MovementState
    """Where it stands."""


class Line(NamedTuple):
    """One line of a statement: one booked movement. What is only reserved is not booked."""

    cursor: int
    """Grows from line to line of one account, with gaps."""
    key: TransactionId | None
    """Key of the movement; ``None`` for what the bank booked for itself, such as the opening deposit."""
    amount_minor: int
    """Change in minor units, from the side of the account: negative where money left it."""
    balance_minor: int
    """Balance in minor units after this line."""


class Statement(NamedTuple):
    """One page of a statement."""

    lines: tuple[Line, ...]
    """In the order they were booked."""
    more: bool
    """Whether there are lines after the last of these."""


class Core(Protocol):
    """A bank's core system. All amounts are minor units of their asset, 1 to 2^53-1."""

    async def verify_customer(self, account: AccountId) -> Customer:
        """Return who stands behind an account of the ledger; raises ``unknown_customer``."""

    async def find_card(self, number: CardNumber) -> Card:
        """Return a card of this bank by its number; raises ``unknown_card``."""

    async def link(self, customer: bytes, account: AccountId) -> Customer:
        """Link an account of the ledger to a customer, by the core's reference. A repeat changes nothing.

        A customer may have several accounts, an account has one customer. Raises ``unknown_holder``,
        ``account_linked``.
        """

    async def deposits(self, account: AccountId) -> tuple[Deposit, ...]:
        """Return what the customer of an account has, by asset, ascending; raises ``unknown_customer``."""

    async def reserve(self, key: TransactionId, account: AccountId, asset: AssetId, amount_minor: int) -> Movement:
        """Set an amount of the customer's deposit aside. Never expires by itself.

        A repeat returns the movement as it stands, confirmed or not. Raises ``unknown_customer``, ``no_deposit``,
        ``movement_conflict``, ``reservation_released``, ``customer_blocked``, ``insufficient_deposit``.
        """

    async def confirm(self, key: TransactionId) -> Movement:
        """Move a reserved amount to the network account. A repeat changes nothing.

        Raises ``unknown_movement``, ``movement_conflict`` (the key is a credit's), ``reservation_released``.
        """

    async def release(self, key: TransactionId) -> Movement:
        """Free a reserved amount. A repeat changes nothing.

        A key that never was reserved is used up by this, so that a reservation still under way cannot arrive later
        and hang. Raises ``movement_conflict`` (the key is a credit's), ``reservation_confirmed``.
        """

    async def credit(self, key: TransactionId, account: AccountId, asset: AssetId, amount_minor: int) -> Movement:
        """Pay an amount from the network account into the customer's deposit. A repeat changes nothing.

        Raises ``unknown_customer``, ``no_deposit``, ``movement_conflict``, ``deposit_full``.
        """

    async def status(self, key: TransactionId) -> Movement:
        """Return a reservation or credit as it stands; raises ``unknown_movement``."""

    async def statement(
        self, account: AccountId | None, asset: AssetId, after: int = 0, limit: int = MAX_STATEMENT_LINES
    ) -> Statement:
        """Return up to ``limit`` lines booked after cursor ``after``, oldest first; 0 begins at the beginning.

        ``account`` is a customer's, or ``None`` for the network account, whose statement is empty until something
        moved. Raises ``unknown_customer`` and ``no_deposit``.
        """


def assert_key(key: bytes) -> None:
    """Assert the form of a key; another one is an error of the program."""
    assert len(key) == KEY_BYTES, "a key is a transaction id"


def assert_reference(customer: bytes) -> None:
    """Assert the form of a reference to a customer."""
    assert len(customer) == REFERENCE_BYTES, "a reference is what the core gave"


def assert_amount(amount_minor: int) -> None:
    """Assert the range of an amount."""
    assert 1 <= amount_minor <= MAX_AMOUNT_MINOR, "an amount is 1 to 2^53-1 minor units"


def assert_page(after: int, limit: int) -> None:
    """Assert the range of a page."""
    assert after >= 0, "cursors are positive"
    assert 1 <= limit <= MAX_STATEMENT_LINES, "a page is limited"
