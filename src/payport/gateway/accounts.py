"""Accounts: what one holds, its keys, and what happened to it; for whoever may read it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, get
from litestar.params import Parameter

from payport.gateway.access.accounts import Readable, require_account
from payport.gateway.access.callers import Role, Scope
from payport.gateway.access.grants import ANYBODY, CUSTOMER, HOLDER, open_to, partner, staff
from payport.gateway.access.paths import AccountPath
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import refuses
from payport.gateway.rates import TOO_MANY_REQUESTS
from payport.history.index import Transaction
from payport.history.paging import MAX_PAGE
from payport.ledger.state import balances, keys, usage
from payport.ledger.state.accounts import UNKNOWN_ACCOUNT
from payport.ledger.state.institutions import Institution
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.values import codec
from payport.values.access import ACCESS_DENIED
from payport.values.block_time import day_number
from payport.values.identifiers import parse_hex

MAX_ASSETS: Final = 256
"""Balances told of one account."""

DEFAULT_PAGE: Final = 50
"""Rows of a page unless told otherwise."""

PageLimit = Annotated[int, Parameter(ge=1, le=MAX_PAGE, description="Rows of the page.")]
"""How many rows a page has."""

Cursor = Annotated[int | None, Parameter(ge=1, le=2**53 - 1, description="The `next` of the page before.")]
"""Where a page begins."""

READERS: Final = open_to(HOLDER, CUSTOMER, partner(Scope.ACCOUNTS_READ), staff(Role.CLERK))
"""Who may read an account, as the routes of this resource declare it."""

READ: Final = (ACCESS_DENIED, TOO_MANY_REQUESTS, NODE_UNREACHABLE, NODE_FAILED)
"""Refusals of every route that reads an account."""

READS: Final = refuses(*READ)
"""The same, as the OpenAPI document says them."""


class Balance(msgspec.Struct, frozen=True):
    """What an account holds of one asset."""

    asset: str
    """ISO 4217 code, or ``issuer:CODE``."""
    amount_minor: int
    """In minor units."""
    held_minor: int
    """Part of it that holds and offers reserve, in minor units; the rest can be spent."""
    entries: int
    """Number of the newest entry of the statement."""


class AccountView(msgspec.Struct, frozen=True):
    """An account, as its holder sees it."""

    account: str
    """Account id."""
    institution: str
    """Institution it belongs to."""
    kind: str
    """``customer``, ``fees`` or ``unclaimed``."""
    category: str
    """Merchant category (ISO 18245); ``0000`` for a person."""
    standing: str
    """``open``, ``restricted`` (frozen, or being recovered) or ``closed``."""
    opened_height: int
    """Block it was opened in."""
    balances: list[Balance]
    """Every asset it ever held."""


class PayeeView(msgspec.Struct, frozen=True):
    """What anyone may know of an account before paying it."""

    account: str
    """Account id."""
    institution: str
    """Institution it belongs to."""
    merchant: bool
    """Whether it is a merchant's."""


class KeyLimits(msgspec.Struct, frozen=True):
    """How far a session or device key may go, and what is left of its day."""

    asset: str
    """The only asset it spends."""
    per_payment_minor: int
    """Largest single payment, in minor units."""
    daily_minor: int
    """Largest sum of a day, in minor units."""
    static_daily_minor: int
    """Largest sum of a day's payments without an order, in minor units."""
    daily_left_minor: int
    """What is left of the day's sum by the last block, in minor units."""
    static_daily_left_minor: int
    """What is left of the day's sum without an order, likewise; never more than what is left of the day's."""


class KeyView(msgspec.Struct, frozen=True):
    """One key of an account."""

    public_key: str
    """Public key, hexadecimal."""
    scheme: str
    """Signature scheme."""
    role: str
    """``owner``, ``session`` or ``device``."""
    scope: list[str]
    """Verbs it may sign; empty for all its role may."""
    limits: KeyLimits | None
    """Spending limits in force now; none for owners."""
    expires_at_ms: int | None
    """Last block time at which it may sign."""
    revoked: bool
    """Whether it has been revoked."""


class TransactionView(msgspec.Struct, frozen=True):
    """A transaction that concerns the account, or the expiry of a hold or offer of it."""

    sequence: int
    """Its number in the order of the ledger; the cursor of events."""
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
    counterparty: str | None
    """Account at the other end."""
    reference: str | None
    """What it refers to: the payment of a refund, the hold of a capture or release, the offer of a take."""
    order_id: str | None
    """Number of the order it embeds."""


class TransactionPage(msgspec.Struct, frozen=True):
    """A page of transactions, newest first."""

    transactions: list[TransactionView]
    """Transactions."""
    next: int | None
    """Cursor of the next page; ``None`` on the last."""


def told(transaction: Transaction, account: bytes) -> TransactionView:
    """Return a transaction as a holder sees it."""
    return TransactionView(
        sequence=transaction.sequence,
        id=transaction.id.hex(),
        kind=transaction.kind,
        outcome=transaction.outcome,
        sent=transaction.sender == account,
        asset=transaction.asset,
        amount_minor=transaction.amount_minor,
        height=transaction.height,
        time_ms=transaction.time_ms,
        counterparty=None if transaction.counterparty is None else transaction.counterparty.hex(),
        reference=None if transaction.reference is None else transaction.reference.hex(),
        order_id=transaction.order_id,
    )


@get("/accounts/{account:str}", **READERS, responses=READS)
async def show(request: Request[Any, Any, Any], account: AccountPath, port: Port) -> AccountView:
    """Show an account and its balances."""
    return await view(port, account, await require_account(request, port, account))


async def view(port: Port, account: str, holder: Readable) -> AccountView:
    """Return an account and its balances for somebody who may read it."""
    records = await port.node.scan("balances", holder.account, MAX_ASSETS)
    return AccountView(
        account=account,
        institution=holder.record.institution,
        kind=holder.record.kind,
        category=holder.record.category,
        standing=holder.record.standing,
        opened_height=holder.record.opened_height,
        balances=[balance_of(key, record) for key, record in records],
    )


def balance_of(key: bytes, encoded: bytes) -> Balance:
    """Return a balance of the ledger as it is told."""
    record = codec.decode(encoded, balances.Balance)
    return Balance(key[balances.ACCOUNT_ID_BYTES :].decode(), record.amount_minor, record.held_minor, record.entries)


@get(
    "/accounts/{account:str}/payee",
    **open_to(ANYBODY),
    responses=refuses(UNKNOWN_ACCOUNT, NODE_UNREACHABLE, NODE_FAILED),
)
async def payee(account: AccountPath, port: Port) -> PayeeView:
    """Show what anyone may know of an account before paying it."""
    from payport.ledger.state.accounts import PERSON, Account  # noqa: PLC0415 - a record of the same name is above

    encoded = await port.node.read("accounts", parse_hex(account, balances.ACCOUNT_ID_BYTES))
    if encoded is None:
        UNKNOWN_ACCOUNT.refuse(account)
    record = codec.decode(encoded, Account)
    return PayeeView(account, record.institution, record.category != PERSON)


@get("/accounts/{account:str}/keys", **READERS, responses=READS)
async def list_keys(request: Request[Any, Any, Any], account: AccountPath, port: Port) -> list[KeyView]:
    """List the keys that were ever bound to an account, the latest changed first; at most 200."""
    holder = await require_account(request, port, account)
    institution = await port.node.read("institutions", holder.record.institution.encode())
    assert institution is not None, "an account belongs to a member"
    day_ms = clock_ms() + 1_000 * codec.decode(institution, Institution).utc_offset_seconds
    public_keys = await port.index.keys(holder.account)
    return list(await asyncio.gather(*(_key(port, public_key, day_ms) for public_key in public_keys)))


async def _key(port: Port, public_key: bytes, day_ms: int) -> KeyView:
    encoded, used = await asyncio.gather(port.node.read("keys", public_key), port.node.read("usage", public_key))
    assert encoded is not None, "a key that was bound stays bound"
    key = codec.decode(encoded, keys.Key)
    limits = keys.limits_at(key, clock_ms())
    return KeyView(
        public_key.hex(),
        key.scheme,
        key.role,
        list(key.scope),
        None if limits is None else _limits(limits, None if used is None else codec.decode(used, usage.Usage), day_ms),
        key.expires_at_ms,
        key.revoked,
    )


def _limits(limits: keys.Limits, used: usage.Usage | None, day_ms: int) -> KeyLimits:
    today = used if used is not None and used.day == day_number(day_ms, 0) else usage.Usage(0, 0, 0)
    left = max(0, limits.daily_minor - today.spent_minor)
    return KeyLimits(
        asset=limits.asset,
        per_payment_minor=limits.per_payment_minor,
        daily_minor=limits.daily_minor,
        static_daily_minor=limits.static_daily_minor,
        daily_left_minor=left,
        static_daily_left_minor=min(left, max(0, limits.static_daily_minor - today.static_minor)),
    )


@get("/accounts/{account:str}/transactions", **READERS, responses=READS)
async def list_transactions(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    limit: PageLimit = DEFAULT_PAGE,
    before: Cursor = None,
) -> TransactionPage:
    """List what concerns an account, newest first, refused transactions of its own included."""
    holder = await require_account(request, port, account)
    rows = await port.index.transactions(holder.account, limit + 1, before=before)
    found = [told(row, holder.account) for row in rows[:limit]]
    return TransactionPage(found, found[-1].sequence if len(rows) > limit else None)


ROUTES: Final = (show, payee, list_keys, list_transactions)
"""Routes of this resource."""
