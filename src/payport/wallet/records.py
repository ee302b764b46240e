"""What the port answers, as the SDK reads it. Unknown members are passed over, so that an older wallet lives on."""

from __future__ import annotations

import msgspec


class Network(msgspec.Struct, frozen=True):
    """The network."""

    chain_id: str
    """Part of every signed body."""
    height: int
    """Last durable block."""
    time_ms: int
    """Its block time."""


class BlockPage(msgspec.Struct, frozen=True):
    """Consecutive blocks."""

    height: int
    """Last block there is."""
    blocks: list[bytes]
    """Stored blocks in canonical MessagePack, in the order of their heights."""


class Balance(msgspec.Struct, frozen=True):
    """What an account holds of one asset."""

    asset: str
    """Asset."""
    amount_minor: int
    """In minor units."""
    entries: int
    """Number of the newest entry of the statement."""
    held_minor: int = 0
    """Part of it that holds and offers reserve, in minor units."""


class Account(msgspec.Struct, frozen=True):
    """An account, as its holder sees it."""

    account: str
    """Account id, hexadecimal."""
    institution: str
    """Institution it belongs to."""
    category: str
    """Merchant category; ``0000`` for a person."""
    balances: list[Balance]
    """Every asset it ever held."""
    standing: str = "open"
    """``open``, ``restricted`` or ``closed``."""

    def amount_minor(self, asset: str) -> int:
        """Return what it holds of one asset, in minor units."""
        return next((each.amount_minor for each in self.balances if each.asset == asset), 0)


class Order(msgspec.Struct, frozen=True):
    """An order the port has checked."""

    order_id: str
    """The merchant's number."""
    expires_at_ms: int
    """Last block time at which it can be paid."""
    encoded: bytes
    """The signed order, as a purchase embeds it."""


class Code(msgspec.Struct, frozen=True):
    """What a scanned code asks for."""

    account: str
    """Account to be paid."""
    name: str
    """Merchant's name."""
    local_name: str | None
    """The same in Chinese."""
    asset: str
    """Currency."""
    amount_minor: int | None
    """Amount in minor units; ``None`` where the payer types it."""
    order: Order | None
    """Order of a dynamic code."""


class Entry(msgspec.Struct, frozen=True):
    """One line of a statement."""

    entry: int
    """Its number; they have no gaps."""
    time_ms: int
    """Block time."""
    delta_minor: int
    """Change in minor units."""
    balance_minor: int
    """Balance afterwards."""
    fee_minor: int
    """Fee in it."""
    transaction_id: str
    """Transaction that made it."""
    kind: str
    """Its verb and version."""
    counterparty: str | None = None
    """Account at the other end."""
    order_id: str | None = None
    """Number of the order it paid."""


class Statement(msgspec.Struct, frozen=True):
    """A page of a statement, newest first."""

    asset: str
    """Asset."""
    entries: list[Entry]
    """Lines."""
    next: int | None
    """``before`` of the next page."""


class Event(msgspec.Struct, frozen=True):
    """A transaction that concerns an account, or the expiry of a hold or offer of it."""

    sequence: int
    """Its number in the order of the ledger; resume after it."""
    id: str
    """Transaction id; of an expiry, the id of the hold or offer."""
    kind: str
    """Verb and version; ``hold_expiry/1`` or ``offer_expiry/1`` of an expiry."""
    outcome: str
    """``committed`` or the code of a refusal."""
    sent: bool
    """Whether this account acted."""
    asset: str | None
    """Asset, where money moved."""
    amount_minor: int | None
    """Amount in minor units."""
    height: int
    """Block."""
    time_ms: int
    """Block time."""
    counterparty: str | None = None
    """Account at the other end."""
    reference: str | None = None
    """What it refers to: the payment of a refund, the hold of a capture or release, the offer of a take."""
    order_id: str | None = None
    """Number of the order it embeds."""


class PurchaseProof(msgspec.Struct, frozen=True):
    """What a refund carries of the purchase."""

    purchase: bytes
    outcome_leaf: bytes
    leaf_index: int
    leaf_path: tuple[bytes, ...]
    commitment: bytes
    log_path: tuple[bytes, ...]


class Executed(msgspec.Struct, frozen=True):
    """What became of one transaction."""

    id: str
    """Its id."""
    outcome: str
    """``committed``, ``pending``, or the code of a refusal."""
    final: bool
    """Whether these bytes can never have another outcome."""
    height: int | None = None
    """Block it was executed in."""
    leaf_index: int | None = None
    """Index of its outcome leaf."""
    time_ms: int | None = None
    """Block time."""
    repeated: bool = False
    """Whether it had been executed before."""
    valid_until_ms: int | None = None
    """Last block time at which it can execute; told while it is not final."""


class Submitted(msgspec.Struct, frozen=True):
    """What became of a submission."""

    status: str
    """``committed`` or ``pending``."""
    transactions: list[Executed]
    """One per member."""


class Problem(msgspec.Struct, frozen=True):
    """A refusal of the port."""

    code: str
    """Stable code."""
    title: str
    """A sentence for people."""
    detail: str = ""
    """Which value broke the rule."""
    final: bool = False
    """Whether the transaction can never have another outcome."""


class Challenge(msgspec.Struct, frozen=True):
    """Something to sign."""

    challenge: bytes
    """Challenge."""
    expires_at_ms: int
    """Until when it can be answered."""
    chain_id: str
    """Network, which is signed with it."""


class SignedUp(msgspec.Struct, frozen=True):
    """A new customer."""

    customer: str
    """Customer id."""
    credential: str
    """Credential id of the first key."""


class Session(msgspec.Struct, frozen=True):
    """A session; its token is a secret."""

    token: str
    """What requests show."""
    expires_at_ms: int
    """Until when it counts."""
    subject: str
    """Customer id."""

    def __repr__(self) -> str:
        """Show what is no secret."""
        return f"Session({self.subject} until {self.expires_at_ms})"


class Credential(msgspec.Struct, frozen=True):
    """A key that signs somebody in."""

    credential: str
    """Credential id."""
    scheme: str
    """``ed25519`` or ``webauthn``."""
    label: str
    """What its owner calls it."""


class Link(msgspec.Struct, frozen=True):
    """An account that sessions of a customer may read."""

    account: str
    """Account id."""
    institution: str
    """Institution it belongs to."""


class Customer(msgspec.Struct, frozen=True):
    """A customer, as he sees himself."""

    customer: str
    """Customer id."""
    credentials: list[Credential]
    """Live keys."""
    accounts: list[Link]
    """Accounts his sessions may read."""


class Deposited(msgspec.Struct, frozen=True):
    """A pay code of digits that counts."""

    expires_at_ms: int
    """Until when it can be charged."""


class FoundAuthority(msgspec.Struct, frozen=True):
    """What a till found behind digits."""

    authority: bytes
    """Encoded signed authority; the charge presents the digits with it."""
    asset: str
    """Currency."""
    cap_minor: int
    """Largest amount that may be charged, in minor units."""
    expires_at_ms: int
    """Until when it can be charged."""
