"""Transfers: what an account sent and received without a merchant; and sending one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import Request, get
from litestar.params import Parameter

from payport.gateway import pages, typed_submissions
from payport.gateway.access.accounts import require_account
from payport.gateway.access.paths import TRANSACTION_BYTES, AccountPath, TransactionPath
from payport.gateway.accounts import DEFAULT_PAGE, Cursor, PageLimit
from payport.gateway.port import Port
from payport.history.movements import Wanted
from payport.history.topics import Topic
from payport.values.identifiers import parse_hex

if TYPE_CHECKING:
    from payport.history.movements import Movement

KINDS: Final = ("transfer/1",)
"""Kinds that are sent here."""


class TransferView(msgspec.Struct, frozen=True):
    """A transfer, as one of its two parties sees it."""

    sequence: int
    """Its number in the order of the ledger."""
    id: str
    """Transaction id."""
    outcome: str
    """``committed`` or the code of a refusal."""
    sent: bool
    """Whether this account sent it."""
    counterparty: str | None
    """Account at the other end."""
    asset: str
    """Asset."""
    amount_minor: int
    """Amount in minor units."""
    height: int
    """Block."""
    time_ms: int
    """Block time."""


class TransferPage(msgspec.Struct, frozen=True):
    """A page of transfers, newest first. With filters it may be short, or empty, and yet not be the last."""

    transfers: list[TransferView]
    """Transfers."""
    next: int | None
    """Cursor of the next page; ``None`` on the last."""


def _told(found: Movement) -> TransferView:
    return TransferView(
        sequence=found.sequence,
        id=found.id.hex(),
        outcome=found.outcome,
        sent=found.acted,
        counterparty=pages.hex_or_none(found.counterparty),
        asset=found.asset,
        amount_minor=found.amount_minor,
        height=found.height,
        time_ms=found.time_ms,
    )


@get("/accounts/{account:str}/transfers", **pages.READERS, responses=pages.LISTS)
async def list_transfers(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    limit: PageLimit = DEFAULT_PAGE,
    before: Cursor = None,
    from_ms: pages.FromTime = None,
    until_ms: pages.UntilTime = None,
    sent: Annotated[
        bool | None, Parameter(description="`true`: only what it sent; `false`: only what it received.")
    ] = None,
    counterparty: pages.Counterparty = None,
    asset: pages.AssetFilter = None,
    committed: pages.OutcomeFilter = None,
) -> TransferPage:
    """List an account's transfers, newest first."""
    readable = await require_account(request, port, account)
    wanted = Wanted(
        period=pages.period(from_ms, until_ms),
        asset=asset,
        counterparty=pages.account_or_none(counterparty),
        committed=committed,
        acted=sent,
    )
    page = await port.index.movements.page(readable.account, Topic.TRANSFER, limit, before, wanted)
    found = [_told(row) for row in page.rows]
    return TransferPage(found, page.next)


@get("/accounts/{account:str}/transfers/{transaction_id:str}", **pages.READERS, responses=pages.SINGLE)
async def show(
    request: Request[Any, Any, Any], account: AccountPath, transaction_id: TransactionPath, port: Port
) -> TransferView:
    """Show one transfer of an account."""
    readable = await require_account(request, port, account)
    wanted = parse_hex(transaction_id, TRANSACTION_BYTES)
    found = await port.index.movements.one(readable.account, Topic.TRANSFER, wanted)
    if found is None:
        pages.NONE_OF_THIS_ID.refuse()
    return _told(found)


send = typed_submissions.route(
    "/transfers",
    KINDS,
    "Send a signed transfer. Where the account does not cover it, the payer's bank funds it from his deposit.",
    by_banks=True,
)

ROUTES: Final = (list_transfers, show, send)
"""Routes of this resource."""
