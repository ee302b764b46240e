"""What the port tells about money that moved, as the SDK reads it. Unknown members are passed over."""

from __future__ import annotations

import msgspec


class Payment(msgspec.Struct, frozen=True):
    """A payment, as one of its two parties sees it."""

    sequence: int
    """Its number in the order of the ledger."""
    id: str
    """Transaction id."""
    kind: str
    """``purchase/1``, ``charge/1`` or ``capture/1``."""
    outcome: str
    """``committed`` or the code of a refusal."""
    side: str
    """``payer`` or ``merchant``."""
    counterparty: str | None
    """Account on the other side."""
    asset: str
    """Currency."""
    amount_minor: int
    """What the payer was debited, in minor units."""
    fee_minor: int | None
    """Fee in it; told to the merchant alone."""
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
    """A page of payments, newest first."""

    payments: list[Payment]
    """Payments."""
    next: int | None
    """``before`` of the next page."""


class RefundOfPayment(msgspec.Struct, frozen=True):
    """A refund of one payment."""

    id: str
    """Transaction id."""
    amount_minor: int
    """What was given back, in minor units."""
    fee_returned_minor: int | None
    """Fee that came back to the merchant; told to the merchant alone."""
    time_ms: int
    """Block time."""


class PaymentWithRefunds(msgspec.Struct, frozen=True):
    """A payment and what was given back of it."""

    payment: Payment
    """The payment."""
    refunds: list[RefundOfPayment]
    """Its refunds, oldest first."""


class Transfer(msgspec.Struct, frozen=True):
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
    time_ms: int
    """Block time."""


class TransferPage(msgspec.Struct, frozen=True):
    """A page of transfers, newest first."""

    transfers: list[Transfer]
    """Transfers."""
    next: int | None
    """``before`` of the next page."""


class Refund(msgspec.Struct, frozen=True):
    """A refund, as one of its two parties sees it."""

    sequence: int
    """Its number in the order of the ledger."""
    id: str
    """Transaction id."""
    outcome: str
    """``committed`` or the code of a refusal."""
    given: bool
    """Whether this account gave it back."""
    payment: str | None
    """Payment it gives back of."""
    counterparty: str | None
    """Account at the other end."""
    asset: str
    """Currency."""
    amount_minor: int
    """What was given back, in minor units."""
    fee_returned_minor: int | None
    """Fee that came back to the merchant; told to the merchant alone."""
    time_ms: int
    """Block time."""


class RefundPage(msgspec.Struct, frozen=True):
    """A page of refunds, newest first."""

    refunds: list[Refund]
    """Refunds."""
    next: int | None
    """``before`` of the next page."""


class Refundable(msgspec.Struct, frozen=True):
    """How much of a payment can still be given back."""

    payment: Payment
    """The payment."""
    refundable_minor: int
    """In minor units."""
    refundable_until_ms: int
    """Last block time at which it can be refunded."""


class Hold(msgspec.Struct, frozen=True):
    """A hold, as one of its two parties sees it."""

    sequence: int
    """Its number in the order of the ledger."""
    id: str
    """Id of the authorisation."""
    side: str
    """``payer`` or ``merchant``."""
    payer: str
    """Whose money it reserves."""
    merchant: str
    """Who may capture it."""
    state: str
    """``open``, ``due``, ``captured``, ``released`` or ``expired``."""
    asset: str
    """Currency."""
    amount_minor: int
    """What was authorised, in minor units."""
    captured_minor: int
    """What was captured so far, in minor units."""
    remaining_minor: int
    """What may still be captured, in minor units."""
    expires_at_ms: int
    """Last block time at which it may be captured."""
    order_id: str | None
    """Number of the order it was made for."""
    time_ms: int
    """Block time of the authorisation."""
    ended_at_ms: int | None
    """Block time at which it ended."""


class HoldPage(msgspec.Struct, frozen=True):
    """A page of holds, newest first."""

    holds: list[Hold]
    """Holds."""
    next: int | None
    """``before`` of the next page."""


class CaptureOfHold(msgspec.Struct, frozen=True):
    """A capture of one hold."""

    id: str
    """Transaction id of the payment."""
    amount_minor: int
    """What was captured, in minor units."""
    time_ms: int
    """Block time."""


class HoldWithCaptures(msgspec.Struct, frozen=True):
    """A hold and what was captured of it."""

    hold: Hold
    """The hold."""
    captures: list[CaptureOfHold]
    """Its captures, oldest first."""


class Offer(msgspec.Struct, frozen=True):
    """An offer."""

    sequence: int
    """Its number in the order of the ledger."""
    id: str
    """Id of the offer."""
    maker: str
    """Account that offers."""
    give_asset: str
    """What the maker gives."""
    give_minor: int
    """How much of it at first, in minor units."""
    want_asset: str
    """What the maker wants."""
    want_minor: int
    """How much of it for the whole, in minor units."""
    remaining_minor: int
    """How much can still be taken, in minor units."""
    remaining_price_minor: int
    """What all of that costs, in minor units."""
    taker: str | None
    """Only account that may take it; ``None`` for anyone."""
    state: str
    """``open``, ``taken``, ``cancelled`` or ``expired``."""
    expires_at_ms: int
    """Last block time at which it may be taken."""
    time_ms: int
    """Block time at which it was made."""


class OfferPage(msgspec.Struct, frozen=True):
    """A page of an account's offers, newest first."""

    offers: list[Offer]
    """Offers."""
    next: int | None
    """``before`` of the next page."""


class Board(msgspec.Struct, frozen=True):
    """A page of the board, the best price first."""

    offers: list[Offer]
    """Offers anyone may take."""
    next: str | None
    """``after`` of the next page."""


class PaymentOfOrder(msgspec.Struct, frozen=True):
    """What paid an order, or reserved the money for it."""

    id: str
    """Transaction id."""
    payer: str | None
    """Account that paid."""
    amount_minor: int
    """Amount in minor units."""
    time_ms: int
    """Block time."""


class OrderStatus(msgspec.Struct, frozen=True):
    """What became of an order."""

    order_id: str
    """The merchant's number."""
    state: str
    """``open``, ``paid``, ``reserved`` or ``expired``."""
    asset: str
    """Currency."""
    amount_minor: int
    """Amount in minor units."""
    expires_at_ms: int | None
    """Last block time at which it can be paid."""
    payment: PaymentOfOrder | None
    """What paid it."""


class Link(msgspec.Struct, frozen=True):
    """A link to a receipt, without what opens it."""

    id: str
    """Its id, by which it is revoked."""
    with_balance: bool
    """Whether the receipt tells the account's balance."""
    expires_at_ms: int
    """Until when it opens the receipt."""


class MadeLink(msgspec.Struct, frozen=True):
    """A link that was just made."""

    link: Link
    """The link."""
    token: str
    """What opens the receipt; told once."""
    path: str
    """Path and query of the link, to be put behind the port's address."""
