"""Who may call: nobody known, the holder of one account, a customer, a partner's program, a member of staff."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias

from payport.ledger.state.accounts import Account


class Kind(enum.StrEnum):
    """The kinds of callers."""

    NOBODY = "nobody"
    """Shows nothing."""
    HOLDER = "holder"
    """Shows a token made with the view key of one account."""
    CUSTOMER = "customer"
    """A cardholder, signed in with a device key or passkey."""
    PARTNER = "partner"
    """A merchant's or partner's program, with an API key."""
    STAFF = "staff"
    """Somebody who works at an institution, signed in with a passkey."""


class Scope(enum.StrEnum):
    """What an API key may be made for."""

    ACCOUNTS_READ = "accounts:read"
    """Balances, keys and statements."""
    PAYMENTS_READ = "payments:read"
    """Payments, refunds, holds, orders, receipts and events."""
    ORDERS_WRITE = "orders:write"
    """Keeping signed orders for tills to follow."""
    WEBHOOKS_WRITE = "webhooks:write"
    """Registering addresses that are told of events."""
    BLOCKS_READ = "blocks:read"
    """Whole blocks, with the payments of every institution under their pseudonyms; for auditors."""


class Role(enum.StrEnum):
    """What a member of staff does."""

    ADMINISTRATOR = "administrator"
    """Invites and removes staff, makes and revokes API keys."""
    CLERK = "clerk"
    """Helps customers: reads the accounts of the institution."""
    AUDITOR = "auditor"
    """Reads the audit log."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """Whoever shows nothing."""

    kind = Kind.NOBODY


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of an account, whose token was believed."""

    account: bytes
    """Account id."""
    record: Account
    """What the ledger keeps of it."""
    expires_at_ms: int
    """Until when the token counts, in milliseconds since the Unix epoch."""
    kind = Kind.HOLDER


@dataclass(frozen=True, slots=True)
class Customer:
    """A cardholder."""

    id: bytes
    """Customer id, 16 random bytes."""
    credential: bytes
    """Key the session was opened with, and ends with."""
    expires_at_ms: int
    """Until when the session lasts."""
    kind = Kind.CUSTOMER


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner's program."""

    key_id: bytes
    """API key, 16 random bytes."""
    institution: str
    """Institution whose customer or partner it is."""
    scopes: frozenset[Scope]
    """What it may do."""
    accounts: frozenset[bytes]
    """Accounts it may read; all of the institution's where there are none."""
    expires_at_ms: int
    """Until when the key counts."""
    kind = Kind.PARTNER


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff."""

    id: bytes
    """Member id, 16 random bytes."""
    institution: str
    """Where he or she works."""
    role: Role
    """What he or she does."""
    credential: bytes
    """Passkey the session was opened with, and ends with."""
    expires_at_ms: int
    """Until when the session lasts."""
    kind = Kind.STAFF


Caller: TypeAlias = Nobody | Holder | Customer | Partner | Staff
"""Whoever calls."""


def idempotency_scope(caller: Caller) -> str:
    """Return within what an idempotency key is unique: the institution, where the caller belongs to one."""
    match caller:
        case Partner() | Staff():
            return f"institution:{caller.institution}"
        case Customer():
            return f"customer:{caller.id.hex()}"
        case Holder():
            return f"account:{caller.account.hex()}"
        case Nobody():
            return "nobody"
