"""Payments: purchases, charges and captures of an account, for who paid and for the merchant; and sending one.

The merchant sees the fee. The payer does not: it is in the merchant's balance leaf alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

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
from payport.ledger.block import COMMITTED
from payport.values.identifiers import parse_hex

if TYPE_CHECKING:
    from payport.history.movements import Movement

KINDS: Final = ("purchase/1", "charge/1")
"""Kinds that are sent here; a capture is sent to the holds."""

BY_PAYER: Final = "purchase/1"
"""The kind that its payer signs; the merchant signs every other."""


class PaymentView(msgspec.Struct, frozen=True):
    """A payment, as one of its two parties sees it."""

    sequence: int
    """Its number in the order of the ledger."""
    id: str
    """Transaction id."""
    kind: str
    """``purchase/1`` (the payer scanned a code), ``charge/1`` (the merchant did) or ``capture/1`` (of a hold)."""
    outcome: str
    """``committed`` or the code of a refusal."""
    side: Literal["payer", "merchant"]
    """On which side of it the account is."""
    counterparty: str | None
    """Account on the other side."""
    asset: str
    """Currency."""
    amount_minor: int
    """What the payer was debited, in minor units."""
    fee_minor: int | None
    """Fee in it, in minor units; told to the merchant alone."""
    refunded_minor: int
    """How much of it was refunded so far, in minor units."""
    order_id: str | None
    """Number of the order it paid."""
    hold: str | None
    """Hold it captured."""
    height: int
    """Block."""
    time_ms: int
    """Block time."""


class PaymentPage(msgspec.Struct, frozen=True):
    """A page of payments, newest first. With filters it may be short, or empty, and yet not be the last."""

    payments: list[PaymentView]
    """Payments."""
    next: int | None
    """Cursor of the next page; ``None`` on the last."""


class RefundOfPayment(msgspec.Struct, frozen=True):
    """A refund of one payment."""

    id: str
    """Transaction id."""
    amount_minor: int
    """What was given back, in minor units."""
    fee_returned_minor: int | None
    """Fee that came back to the merchant with it, in minor units; told to the merchant alone."""
    height: int
    """Block."""
    time_ms: int
    """Block time."""


class PaymentWithRefunds(msgspec.Struct, frozen=True):
    """A payment and what was given back of it."""

    payment: PaymentView
    """The payment."""
    refunds: list[RefundOfPayment]
    """Its refunds, oldest first; at most 200."""


def told(found: Movement, refunded_minor: int) -> PaymentView:
    """Return a payment as the account that asked sees it."""
    merchant = found.acted != (found.kind == BY_PAYER)
    return PaymentView(
        sequence=found.sequence,
        id=found.id.hex(),
        kind=found.kind,
        outcome=found.outcome,
        side="merchant" if merchant else "payer",
        counterparty=pages.hex_or_none(found.counterparty),
        asset=found.asset,
        amount_minor=found.amount_minor,
        fee_minor=found.fee_minor if merchant else None,
        refunded_minor=refunded_minor,
        order_id=found.order_id,
        hold=pages.hex_or_none(found.reference),
        height=found.height,
        time_ms=found.time_ms,
    )


async def require(port: Port, account: bytes, transaction_id: str) -> tuple[Movement, PaymentView]:
    """Return a payment of the account; raises ``none_of_this_id``."""
    found = await port.index.movements.one(account, Topic.PAYMENT, parse_hex(transaction_id, TRANSACTION_BYTES))
    if found is None:
        pages.NONE_OF_THIS_ID.refuse()
    refunded = await port.index.movements.refunded_minor([found.id])
    return found, told(found, refunded.get(found.id, 0))


@get("/accounts/{account:str}/payments", **pages.READERS, responses=pages.LISTS)
async def list_payments(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    limit: PageLimit = DEFAULT_PAGE,
    before: Cursor = None,
    from_ms: pages.FromTime = None,
    until_ms: pages.UntilTime = None,
    kind: Annotated[
        Literal["purchase/1", "charge/1", "capture/1"] | None, Parameter(description="Only of this kind.")
    ] = None,
    counterparty: pages.Counterparty = None,
    asset: pages.AssetFilter = None,
    committed: pages.OutcomeFilter = None,
) -> PaymentPage:
    """List an account's payments, newest first: what it paid, and what it was paid as a merchant."""
    readable = await require_account(request, port, account)
    wanted = Wanted(
        period=pages.period(from_ms, until_ms),
        kind=kind,
        asset=asset,
        counterparty=pages.account_or_none(counterparty),
        committed=committed,
    )
    page = await port.index.movements.page(readable.account, Topic.PAYMENT, limit, before, wanted)
    refunded = await port.index.movements.refunded_minor([row.id for row in page.rows if row.outcome == COMMITTED])
    found = [told(row, refunded.get(row.id, 0)) for row in page.rows]
    return PaymentPage(found, page.next)


@get("/accounts/{account:str}/payments/{transaction_id:str}", **pages.READERS, responses=pages.SINGLE)
async def show(
    request: Request[Any, Any, Any], account: AccountPath, transaction_id: TransactionPath, port: Port
) -> PaymentWithRefunds:
    """Show one payment of an account, with its refunds."""
    readable = await require_account(request, port, account)
    found, view = await require(port, readable.account, transaction_id)
    rows = await port.index.movements.following(readable.account, Topic.REFUND, found.id)
    refunds = [
        RefundOfPayment(
            id=row.id.hex(),
            amount_minor=row.amount_minor,
            fee_returned_minor=-row.fee_minor if view.side == "merchant" else None,
            height=row.height,
            time_ms=row.time_ms,
        )
        for row in rows
    ]
    return PaymentWithRefunds(view, refunds)


send = typed_submissions.route(
    "/payments",
    KINDS,
    "Send a signed purchase or charge. Where the account does not cover a purchase, the payer's bank funds it.",
    by_banks=True,
)

ROUTES: Final = (list_payments, show, send)
"""Routes of this resource."""
