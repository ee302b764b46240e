"""Refunds: what an account gave back or got back, what a payment's refund needs, and sending one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import Request, get
from litestar.params import Parameter

from payport.gateway import pages, payments, typed_submissions
from payport.gateway.access.accounts import require_account
from payport.gateway.access.paths import TRANSACTION_BYTES, AccountPath, TransactionPath
from payport.gateway.accounts import DEFAULT_PAGE, READ, Cursor, PageLimit
from payport.gateway.payments import PaymentView
from payport.gateway.port import Port
from payport.gateway.problems import PROOF, refuses
from payport.gateway.receipts import PurchaseProofView, proof_of
from payport.history.movements import Wanted
from payport.history.topics import Topic
from payport.ledger.block import COMMITTED
from payport.ledger.purchase_proof import NOT_A_PURCHASE
from payport.ledger.receipt import NO_RECEIPT
from payport.ledger.state import parameters
from payport.values import codec
from payport.values.identifiers import parse_hex

if TYPE_CHECKING:
    from payport.history.movements import Movement

KINDS: Final = ("refund/1",)
"""Kinds that are sent here."""

REFUND_PERIOD: Final = "refund_period_ms"
"""Parameter that says how long a payment can be refunded."""


class RefundView(msgspec.Struct, frozen=True):
    """A refund, as one of its two parties sees it."""

    sequence: int
    """Its number in the order of the ledger."""
    id: str
    """Transaction id."""
    outcome: str
    """``committed`` or the code of a refusal."""
    given: bool
    """Whether this account gave it back, as the merchant."""
    payment: str | None
    """Payment it gives back of."""
    counterparty: str | None
    """Account at the other end."""
    asset: str
    """Currency."""
    amount_minor: int
    """What was given back, in minor units."""
    fee_returned_minor: int | None
    """Fee that came back to the merchant with it, in minor units; told to the merchant alone."""
    height: int
    """Block."""
    time_ms: int
    """Block time."""


class RefundPage(msgspec.Struct, frozen=True):
    """A page of refunds, newest first. With filters it may be short, or empty, and yet not be the last."""

    refunds: list[RefundView]
    """Refunds."""
    next: int | None
    """Cursor of the next page; ``None`` on the last."""


class Refundable(msgspec.Struct, frozen=True):
    """What a merchant needs to refund a payment."""

    payment: PaymentView
    """The payment."""
    refundable_minor: int
    """How much of it can still be given back, in minor units; 0 after the refund period."""
    refundable_until_ms: int
    """Last block time at which it can be refunded."""
    proof: PurchaseProofView
    """What the refund carries."""


def _told(found: Movement) -> RefundView:
    return RefundView(
        sequence=found.sequence,
        id=found.id.hex(),
        outcome=found.outcome,
        given=found.acted,
        payment=pages.hex_or_none(found.reference),
        counterparty=pages.hex_or_none(found.counterparty),
        asset=found.asset,
        amount_minor=found.amount_minor,
        fee_returned_minor=-found.fee_minor if found.acted else None,
        height=found.height,
        time_ms=found.time_ms,
    )


@get("/accounts/{account:str}/refunds", **pages.READERS, responses=pages.LISTS)
async def list_refunds(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    limit: PageLimit = DEFAULT_PAGE,
    before: Cursor = None,
    from_ms: pages.FromTime = None,
    until_ms: pages.UntilTime = None,
    given: Annotated[
        bool | None, Parameter(description="`true`: only what it gave back; `false`: only what it got back.")
    ] = None,
    counterparty: pages.Counterparty = None,
    committed: pages.OutcomeFilter = None,
) -> RefundPage:
    """List an account's refunds, newest first."""
    readable = await require_account(request, port, account)
    wanted = Wanted(
        period=pages.period(from_ms, until_ms),
        counterparty=pages.account_or_none(counterparty),
        committed=committed,
        acted=given,
    )
    page = await port.index.movements.page(readable.account, Topic.REFUND, limit, before, wanted)
    found = [_told(row) for row in page.rows]
    return RefundPage(found, page.next)


@get("/accounts/{account:str}/refunds/{transaction_id:str}", **pages.READERS, responses=pages.SINGLE)
async def show(
    request: Request[Any, Any, Any], account: AccountPath, transaction_id: TransactionPath, port: Port
) -> RefundView:
    """Show one refund of an account."""
    readable = await require_account(request, port, account)
    found = await port.index.movements.one(readable.account, Topic.REFUND, parse_hex(transaction_id, TRANSACTION_BYTES))
    if found is None:
        pages.NONE_OF_THIS_ID.refuse()
    return _told(found)


@get(
    "/accounts/{account:str}/payments/{transaction_id:str}/refundable",
    **pages.READERS,
    responses=refuses(*READ, pages.NONE_OF_THIS_ID, NOT_A_PURCHASE, NO_RECEIPT, *PROOF),
)
async def refundable(
    request: Request[Any, Any, Any], account: AccountPath, transaction_id: TransactionPath, port: Port
) -> Refundable:
    """Show what the refund of a payment needs: how much can still be given back, until when, and the proof it carries.

    For the merchant alone.
    """
    readable = await require_account(request, port, account)
    found, payment = await payments.require(port, readable.account, transaction_id)
    if payment.side != "merchant":
        pages.NONE_OF_THIS_ID.refuse()
    if found.outcome != COMMITTED:
        NOT_A_PURCHASE.refuse(found.outcome)
    until_ms = found.time_ms + await _refund_period_ms(port)
    reached_ms = (await port.index.progress()).time_ms
    return Refundable(
        payment=payment,
        refundable_minor=payment.amount_minor - payment.refunded_minor if reached_ms <= until_ms else 0,
        refundable_until_ms=until_ms,
        proof=await proof_of(port, found.id, found.height, found.leaf_index),
    )


async def _refund_period_ms(port: Port) -> int:
    """Return the refund period in force, in milliseconds."""
    encoded = await port.node.read(parameters.FAMILY.name, REFUND_PERIOD.encode())
    assert encoded is not None, "genesis sets it"
    height = (await port.index.progress()).height
    versions = codec.decode(encoded, parameters.Parameter).versions
    in_force = [version.value for version in versions if version.from_height <= height]
    return codec.decode(in_force[-1], int)


send = typed_submissions.route("/refunds", KINDS, "Send a signed refund; the same as `POST /v1/transactions`.")

ROUTES: Final = (list_refunds, show, refundable, send)
"""Routes of this resource."""
