"""Accounts, and the one place where money moves between them. Writers: :func:`open_account`, :func:`count_keys`."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

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


def count_keys(state: State, account: bytes, live: int, owners: int) -> None:
    """Add to the numbers of live keys and live owner keys."""
    old = require(state, account)
    assert old.live_keys + live >= 0
    assert old.live_owner_keys + owners >= 0
    record = Account(
        old.institution,
        old.kind,
        old.category,
        old.view_key,
        old.live_keys + live,
        old.live_owner_keys + owners,
        old.opened_height,
    )
    table(state).put(account, record)


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
