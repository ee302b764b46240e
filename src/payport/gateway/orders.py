"""Orders: a merchant leaves a signed one here, and its till asks by number what became of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from litestar import MediaType, Request, get, post
from litestar.params import Parameter

from payport.gateway import kept_orders, pages
from payport.gateway.access.accounts import require_account
from payport.gateway.access.callers import Scope
from payport.gateway.access.grants import CUSTOMER, HOLDER, open_to, partner
from payport.gateway.access.paths import AccountPath
from payport.gateway.accounts import READ
from payport.gateway.kept_orders import KeptOrder
from payport.gateway.order_signature import require_signed_by
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, refuses, takes
from payport.ledger.payable_order import (
    ORDER_EXPIRED,
    ORDER_MISMATCH,
    ORDER_NOT_BY_MERCHANT,
    ORDER_TOO_LONG_LIVED,
)
from payport.values import codec, orders
from payport.values.limits import MAX_ORDER_ID_LENGTH, MAX_ORDER_VALIDITY_MS
from payport.values.signatures.contract import INVALID_SIGNATURE, UNKNOWN_SCHEME

if TYPE_CHECKING:
    from payport.history.movements import Movement

WRITERS: Final = open_to(HOLDER, CUSTOMER, partner(Scope.ORDERS_WRITE))
"""Who may leave an order; only a key of the merchant can have signed it."""

AUTHORISE: Final = "authorise/1"
"""The kind that reserves the money of an order instead of paying it."""

OrderPath = Annotated[
    str, Parameter(pattern=f"^[A-Za-z0-9._-]{{1,{MAX_ORDER_ID_LENGTH}}}$", description="The merchant's number.")
]
"""An order in a path."""


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order to be kept."""

    order: Annotated[bytes, msgspec.Meta(min_length=1, max_length=orders.MAX_SIGNED_ORDER_BYTES)]
    """Encoded signed order, base64."""


class PaymentOfOrder(msgspec.Struct, frozen=True):
    """What paid an order, or reserved the money for it."""

    id: str
    """Transaction id: of the payment, or of the hold where the order is reserved."""
    payer: str | None
    """Account that paid."""
    amount_minor: int
    """Amount in minor units."""
    height: int
    """Block."""
    time_ms: int
    """Block time."""


class OrderStatus(msgspec.Struct, frozen=True):
    """What became of an order."""

    order_id: str
    """The merchant's number."""
    state: Literal["open", "paid", "reserved", "expired"]
    """``reserved``: a hold was made for it, to be captured."""
    asset: str
    """Currency."""
    amount_minor: int
    """Amount in minor units."""
    expires_at_ms: int | None
    """Last block time at which it can be paid; ``None`` where the order was never kept here, or is forgotten."""
    encoded: bytes | None
    """The signed order, base64, while it is kept."""
    payment: PaymentOfOrder | None
    """What paid it."""


def _told(kept: KeptOrder | None, paid: Movement | None) -> OrderStatus:
    """Return what is known of an order, of which at least one is known."""
    known = kept or paid
    assert known is not None
    over = kept is not None and kept.expires_at_ms < clock_ms()
    payment = None
    if paid is not None:
        payer = pages.hex_or_none(paid.counterparty)
        payment = PaymentOfOrder(paid.id.hex(), payer, paid.amount_minor, paid.height, paid.time_ms)
    return OrderStatus(
        order_id=known.order_id or "",
        state=("expired" if over else "open") if paid is None else ("reserved" if paid.kind == AUTHORISE else "paid"),
        asset=known.asset,
        amount_minor=known.amount_minor,
        expires_at_ms=None if kept is None else kept.expires_at_ms,
        encoded=None if kept is None else kept.encoded,
        payment=payment,
    )


async def _paid(port: Port, merchant: bytes, order_id: str, kept: KeptOrder | None) -> Movement | None:
    # A number may be used again once the ledger has forgotten it; an order cannot have been paid earlier than this.
    since_ms = 0 if kept is None else kept.expires_at_ms - MAX_ORDER_VALIDITY_MS
    return await port.index.movements.order_paid(merchant, order_id, since_ms)


@post(
    "/accounts/{account:str}/orders",
    **WRITERS,
    status_code=HTTPStatus.OK,
    before_request=takes(MediaType.JSON),
    responses=refuses(
        *READ,
        *BODY,
        codec.MALFORMED_BYTES,
        ORDER_MISMATCH,
        ORDER_EXPIRED,
        ORDER_TOO_LONG_LIVED,
        ORDER_NOT_BY_MERCHANT,
        UNKNOWN_SCHEME,
        INVALID_SIGNATURE,
        *kept_orders.REFUSALS,
    ),
)
async def keep(request: Request[Any, Any, Any], account: AccountPath, data: NewOrder, port: Port) -> OrderStatus:
    """Keep a merchant's signed order. Its number is the key: the same order again is kept once."""
    readable = await require_account(request, port, account)
    signed = codec.decode_canonical(data.order, orders.SignedOrder)
    order = orders.read_order(signed.order)
    if (order.chain_id, order.merchant) != (port.trust.chain_id, readable.account):
        ORDER_MISMATCH.refuse()
    now_ms = clock_ms()
    if order.expires_at_ms < now_ms:
        ORDER_EXPIRED.refuse(order.order_id)
    if order.expires_at_ms - now_ms > MAX_ORDER_VALIDITY_MS:
        ORDER_TOO_LONG_LIVED.refuse(order.order_id)
    await require_signed_by(port, readable.account, signed)
    new = KeptOrder(
        readable.account, order.order_id, data.order, order.asset, order.amount_minor, order.expires_at_ms, now_ms
    )
    async with port.database.writing() as connection:
        kept = await kept_orders.keep(connection, new)
    return _told(kept, await _paid(port, kept.merchant, kept.order_id, kept))


@get("/accounts/{account:str}/orders/{order_id:str}", **pages.READERS, responses=pages.SINGLE)
async def show(request: Request[Any, Any, Any], account: AccountPath, order_id: OrderPath, port: Port) -> OrderStatus:
    """Show what became of a merchant's order: open, paid and by which payment, reserved by a hold, or expired."""
    readable = await require_account(request, port, account)
    async with port.database.reading() as connection:
        kept = await kept_orders.find(connection, readable.account, order_id)
    paid = await _paid(port, readable.account, order_id, kept)
    if kept is None and paid is None:
        pages.NONE_OF_THIS_ID.refuse()
    return _told(kept, paid)


ROUTES: Final = (keep, show)
"""Routes of this resource."""
