"""Accounts, and the one place where money moves between them.

Writers: :func:`open_account`, :func:`count`, :func:`stand`, :func:`replace_keys`.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

import msgspec

from payport.ledger.state import balances, positions
from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.identifiers import (
    Digest,
    InstitutionId,
    MerchantCategory,
    is_currency,
)
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.ledger.transaction import Context

UNKNOWN_ACCOUNT: Final = RefusalCode(
    "unknown_account", RefusalClass.NOT_FOUND, "No such account exists.", "该账户不存在。"
)
"""Raised where an account is named that was never opened."""

NOT_YOUR_CUSTOMER: Final = RefusalCode(
    "not_your_customer",
    RefusalClass.UNAUTHORISED,
    "The account belongs to another institution.",
    "该账户属于其他机构。",
)
"""An institution acts on its own accounts only."""

ACCOUNT_EXISTS: Final = RefusalCode(
    "account_exists", RefusalClass.CONFLICT, "An account of this id exists already.", "该账户标识已存在。"
)
"""Account ids are random, and never reused."""

SAME_ACCOUNT: Final = RefusalCode(
    "same_account", RefusalClass.MALFORMED, "The two accounts must differ.", "两个账户不能相同。"
)
"""The two sides asked for are one account."""

ACCOUNT_CLOSED: Final = RefusalCode("account_closed", RefusalClass.CONFLICT, "The account is closed.", "该账户已销户。")
"""Nothing leaves a closed account and nothing is signed for it."""

PERSON: Final = "0000"
"""Category of an account that is not a merchant's."""


class AccountKind(enum.StrEnum):
    """Whose account it is."""

    CUSTOMER = "customer"
    """A cardholder's or merchant's; its own keys sign."""
    FEES = "fees"
    """An institution's fee income; the institution signs, and refunds of fees may overdraw it to its floor."""
    UNCLAIMED = "unclaimed"
    """What closed accounts could not take; the institution signs."""


class Standing(enum.StrEnum):
    """What may be done with an account, as far as its own record tells."""

    OPEN = "open"
    """Anything."""
    RESTRICTED = "restricted"
    """Freezes or a recovery are on record; see :mod:`payport.ledger.state.restrictions`."""
    CLOSED = "closed"
    """Nothing any more."""


class Account(codec.Record, frozen=True):
    """One account."""

    institution: InstitutionId
    """Institution it belongs to: obligor of its currencies, and its acquirer where it is a merchant's."""
    kind: AccountKind
    """Whose it is."""
    category: MerchantCategory
    """Merchant category (ISO 18245) the fee schedule looks at."""
    view_key: Digest
    """Secret of validators and holder; salts the leaves of its balances."""
    live_keys: int
    """Keys bound and not revoked."""
    live_owner_keys: int
    """Those of them that are owners."""
    opened_height: int
    """Block it was opened in."""
    standing: Standing = Standing.OPEN
    """Whether it is open, restricted or closed."""
    key_epoch: int = 0
    """Only keys of this epoch sign; a recovery begins the next, so that every lost key ends at once."""
    holdings: int = 0
    """Balances that are not zero."""
    holds_paying: int = 0
    """Live holds in which it pays."""
    holds_receiving: int = 0
    """Live holds in which it is paid."""
    offers: int = 0
    """Live offers it made."""


FAMILY: Final = Family("accounts", Account)
"""Keyed by account id."""

table = reader(FAMILY)


def find(state: State, account: bytes) -> Account | None:
    """Return the account, or ``None``."""
    return table(state).get(account)


def require(state: State, account: bytes) -> Account:
    """Return the account; raises ``unknown_account``."""
    found = table(state).get(account)
    if found is None:
        UNKNOWN_ACCOUNT.refuse(account.hex())
    return found


def require_free(state: State, account: bytes) -> None:
    """Refuse ``account_exists`` if the id is taken."""
    if find(state, account) is not None:
        ACCOUNT_EXISTS.refuse(account.hex())


def open_account(state: State, account: bytes, record: Account) -> None:
    """Write a new account."""
    assert find(state, account) is None
    table(state).put(account, record)


def count(
    state: State,
    account: bytes,
    *,
    live_keys: int = 0,
    live_owner_keys: int = 0,
    holdings: int = 0,
    holds_paying: int = 0,
    holds_receiving: int = 0,
    offers: int = 0,
) -> None:
    """Add to what the account counts of itself."""
    old = require(state, account)
    record = msgspec.structs.replace(
        old,
        live_keys=old.live_keys + live_keys,
        live_owner_keys=old.live_owner_keys + live_owner_keys,
        holdings=old.holdings + holdings,
        holds_paying=old.holds_paying + holds_paying,
        holds_receiving=old.holds_receiving + holds_receiving,
        offers=old.offers + offers,
    )
    counted = (record.live_keys, record.live_owner_keys, record.holdings, record.holds_paying, record.holds_receiving)
    assert min(*counted, record.offers) >= 0, "what is taken away was counted"
    table(state).replace(account, old, record)


def stand(state: State, account: bytes, standing: Standing) -> None:
    """Write an account's standing; what is closed stays closed."""
    old = require(state, account)
    assert old.standing is not Standing.CLOSED
    table(state).replace(account, old, msgspec.structs.replace(old, standing=standing))


def replace_keys(state: State, account: bytes, live_owner_keys: int) -> int:
    """End every key of an account and count its new owner keys; return the epoch these belong to."""
    old = require(state, account)
    epoch = old.key_epoch + 1
    record = msgspec.structs.replace(old, live_keys=live_owner_keys, live_owner_keys=live_owner_keys, key_epoch=epoch)
    table(state).replace(account, old, record)
    return epoch


def move(
    state: State,
    context: Context,
    source: bytes,
    destination: bytes,
    asset: str,
    amount_minor: int,
    fee_minor: int = 0,
) -> None:
    """Move ``amount_minor`` from one account to another; between institutions both positions change with it.

    ``fee_minor`` is shown in the source's leaf: the part of the amount that is a fee it bears.
    """
    assert amount_minor > 0
    assert source != destination
    balances.change(context, source, asset, -amount_minor, fee_minor)
    balances.change(context, destination, asset, amount_minor)
    debtor = require(state, source).institution
    creditor = require(state, destination).institution
    if debtor != creditor and is_currency(asset):
        positions.owe(state, debtor, creditor, asset, amount_minor)
