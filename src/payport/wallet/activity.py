"""What an account can learn of money that moved: payments, transfers, refunds, holds, offers, orders, statements.

Lists are pages, newest first; ``before`` is the ``next`` of the page before. A filter that is ``None`` filters nothing.
A page with filters may be short, or empty, and yet not be the last: go on until ``next`` is ``None``.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from payport.proof.statement import verify_statement
from payport.wallet import activity_records as told
from payport.wallet import flows
from payport.wallet.flows import PAGE, Request

if TYPE_CHECKING:
    from payport.proof.statement import StatementVerdict
    from payport.proof.trust import Trust
    from payport.wallet.flows import Flow
    from payport.wallet.own_account import OwnAccount

T = TypeVar("T")

NEXT_HEADER: Final = "payport-next"
"""Header of a statement file that another one continues."""

LINK_SECONDS: Final = 7 * 86_400
"""How long a link opens a receipt unless told otherwise."""

_NOT_INDEXED_YET: Final = frozenset({404})


class Filters(NamedTuple):
    """Which movements are asked for."""

    from_ms: int | None = None
    """First block time that is told."""
    until_ms: int | None = None
    """First block time that is not told any more."""
    counterparty: bytes | None = None
    """Account at the other end."""
    committed: bool | None = None
    """Only what was committed, or only what was refused."""
    asset: str | None = None
    """Asset; refunds do not ask for it."""
    kind: str | None = None
    """Kind of payment; of payments alone."""


EVERYTHING: Final = Filters()
"""No filter."""


def _query(values: dict[str, int | str | bytes | bool | None]) -> dict[str, str]:
    """Return query parameters as they travel; what is ``None`` is left out."""
    written = {}
    for name, value in values.items():
        if isinstance(value, bool):
            written[name] = "true" if value else "false"
        elif isinstance(value, bytes):
            written[name] = value.hex()
        elif value is not None:
            written[name] = str(value)
    return written


def _of(
    own: OwnAccount,
    path: str,
    into: type[T],
    repeat_on: frozenset[int] = frozenset(),
    **values: int | str | bytes | bool | None,
) -> Flow[T]:
    """Ask for something of an account."""
    request = Request("GET", f"/accounts/{own.account.hex()}{path}", query=_query(values), token=own.access_token())
    return (yield from flows.ask(request, into, repeat_on))


def payments(
    own: OwnAccount, before: int | None = None, limit: int = PAGE, filters: Filters = EVERYTHING
) -> Flow[told.PaymentPage]:
    """Ask what an account paid, and what it was paid as a merchant."""
    return (yield from _of(own, "/payments", told.PaymentPage, before=before, limit=limit, **filters._asdict()))


def payment(own: OwnAccount, payment_id: str) -> Flow[told.PaymentWithRefunds]:
    """Ask for one payment, with its refunds; raises ``none_of_this_id``."""
    return (yield from _of(own, f"/payments/{payment_id}", told.PaymentWithRefunds, _NOT_INDEXED_YET))


def transfers(
    own: OwnAccount, before: int | None = None, limit: int = PAGE, filters: Filters = EVERYTHING
) -> Flow[told.TransferPage]:
    """Ask what an account sent and received."""
    return (yield from _of(own, "/transfers", told.TransferPage, before=before, limit=limit, **filters._asdict()))


def refunds(
    own: OwnAccount, before: int | None = None, limit: int = PAGE, filters: Filters = EVERYTHING
) -> Flow[told.RefundPage]:
    """Ask what an account gave back and got back."""
    return (yield from _of(own, "/refunds", told.RefundPage, before=before, limit=limit, **filters._asdict()))


def refundable(own: OwnAccount, payment_id: str) -> Flow[told.Refundable]:
    """Ask how much of a payment its merchant can still give back, and until when."""
    return (yield from _of(own, f"/payments/{payment_id}/refundable", told.Refundable, _NOT_INDEXED_YET))


def holds(
    own: OwnAccount, side: str = "payer", state: str | None = None, before: int | None = None, limit: int = PAGE
) -> Flow[told.HoldPage]:
    """Ask for the holds on an account (``payer``), or those it may capture (``merchant``)."""
    return (yield from _of(own, "/holds", told.HoldPage, side=side, state=state, before=before, limit=limit))


def hold(own: OwnAccount, hold_id: str) -> Flow[told.HoldWithCaptures]:
    """Ask for one hold: who pays, what is left of it, its captures. Raises ``none_of_this_id``."""
    return (yield from _of(own, f"/holds/{hold_id}", told.HoldWithCaptures, _NOT_INDEXED_YET))


def board(give_asset: str, want_asset: str, after: str | None = None, limit: int = PAGE) -> Flow[told.Board]:
    """Ask which offers of a pair of assets anyone may take now, the best price first."""
    query = _query({"give_asset": give_asset, "want_asset": want_asset, "after": after, "limit": limit})
    return (yield from flows.ask(Request("GET", "/offers", query=query), told.Board))


def offer(offer_id: str) -> Flow[told.Offer]:
    """Ask for the terms of a public offer and what is left of it; raises ``no_such_offer``."""
    return (yield from flows.ask(Request("GET", f"/offers/{offer_id}"), told.Offer, _NOT_INDEXED_YET))


def offers(
    own: OwnAccount, standing: str = "maker", state: str | None = None, before: int | None = None, limit: int = PAGE
) -> Flow[told.OfferPage]:
    """Ask for the offers an account made (``maker``), or that are made to it alone (``taker``)."""
    return (yield from _of(own, "/offers", told.OfferPage, standing=standing, state=state, before=before, limit=limit))


def keep_order(own: OwnAccount, order: bytes) -> Flow[told.OrderStatus]:
    """Leave a signed order of this merchant at the port, so that a till can ask for it by its number."""
    body = {"order": msgspec.to_builtins(order)}
    request = Request("POST", f"/accounts/{own.account.hex()}/orders", body, token=own.access_token())
    return (yield from flows.ask(request, told.OrderStatus))


def order(own: OwnAccount, order_id: str) -> Flow[told.OrderStatus]:
    """Ask what became of an order; raises ``none_of_this_id``."""
    return (yield from _of(own, f"/orders/{order_id}", told.OrderStatus))


def statement_table(
    own: OwnAccount, asset: str = "CNY", from_ms: int | None = None, until_ms: int | None = None
) -> Flow[bytes]:
    """Ask for a statement as CSV."""
    query = _query({"asset": asset, "from_ms": from_ms, "until_ms": until_ms})
    request = Request("GET", f"/accounts/{own.account.hex()}/statement/csv", query=query, token=own.access_token())
    return (yield from flows.ask_bytes(request)).body


def statement_files(
    own: OwnAccount, trust: Trust, asset: str = "CNY", from_ms: int | None = None, until_ms: int | None = None
) -> Flow[tuple[list[bytes], StatementVerdict]]:
    """Ask for the files that prove a statement, and verify them here; raises what the verifier finds wrong.

    Raises ``no_lines`` where there is nothing to prove.
    """
    files: list[bytes] = []
    after: str | None = "0"
    while after is not None:
        query = _query({"asset": asset, "from_ms": from_ms, "until_ms": until_ms, "after": after})
        path = f"/accounts/{own.account.hex()}/statement/proof"
        reply = yield from flows.ask_bytes(Request("GET", path, query=query, token=own.access_token()))
        files.append(reply.body)
        after = reply.headers.get(NEXT_HEADER)
    return files, verify_statement(files, trust)


def share_receipt(
    own: OwnAccount, transaction_id: str, seconds: int = LINK_SECONDS, *, with_balance: bool = False
) -> Flow[told.MadeLink]:
    """Make a link that opens a receipt for whoever has it; the receipt leaves out the balance unless told otherwise."""
    path = f"/accounts/{own.account.hex()}/receipts/{transaction_id}/links"
    body = {"seconds": seconds, "with_balance": with_balance}
    request = Request("POST", path, body, token=own.access_token(), idempotency_key=str(uuid.uuid4()))
    return (yield from flows.make(request, told.MadeLink, _NOT_INDEXED_YET))


def revoke_link(own: OwnAccount, link_id: str) -> Flow[None]:
    """Make a link open nothing any more; raises ``no_such_link``."""
    path = f"/accounts/{own.account.hex()}/receipt-links/{link_id}"
    yield from flows.ask_bytes(Request("DELETE", path, token=own.access_token()))
