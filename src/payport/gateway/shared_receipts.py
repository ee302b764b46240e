"""Receipts that are shared by a link: made and revoked by a holder, opened by whoever has the link, and nothing else.

The token travels in the query, which this port never logs. The receipt of a link leaves out the holder's balance
unless he wants it told.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlencode

import msgspec
from litestar import MediaType, Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from payport.gateway import idempotent, pages, receipt_links
from payport.gateway.access.accounts import require_account
from payport.gateway.access.callers import Scope, idempotency_scope
from payport.gateway.access.grants import ANYBODY, CUSTOMER, HOLDER, caller_of, open_to, partner
from payport.gateway.access.paths import TRANSACTION_BYTES, AccountPath, TransactionPath
from payport.gateway.accounts import READ
from payport.gateway.idempotent import IdempotencyKey, answer_once
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, PROOF, refuses, takes
from payport.gateway.receipt_links import ID_BYTES, NO_SUCH_LINK, TOKEN_CHARACTERS, TOO_MANY_LINKS, Asked, Link
from payport.gateway.receipts import FILE, RECEIPT_TYPE, as_file, concerning, receipt_file
from payport.history.index import Transaction
from payport.ledger.receipt import NO_RECEIPT
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.proof.verify import verify_receipt
from payport.qr import images
from payport.values.identifiers import parse_hex

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

DAY_SECONDS: Final = 86_400
"""Seconds of a day."""

MAX_LINK_SECONDS: Final = 90 * DAY_SECONDS
"""How long a link may open a receipt: a warranty claim or an expense report, not for ever."""

SHARERS: Final = open_to(HOLDER, CUSTOMER, partner(Scope.PAYMENTS_READ))
"""Who may share a receipt: whoever reads it in his own name, so no clerk of a bank."""

OPEN_PATH: Final = "/v1/shared/receipt"
"""Where a link leads."""

TokenQuery = Annotated[
    str,
    Parameter(
        pattern=f"^[A-Za-z0-9_-]{{{TOKEN_CHARACTERS}}}$",
        description="The token of the link; the one thing that is needed.",
    ),
]
"""A token in a query."""

LinkPath = Annotated[str, Parameter(pattern="^[0-9a-f]{32}$", description="Id of the link, not its token.")]
"""A link in a path."""

_OPENS: Final = (NO_SUCH_LINK, NO_RECEIPT, *PROOF, NODE_UNREACHABLE, NODE_FAILED)


class NewLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a link shall be."""

    seconds: Annotated[int, msgspec.Meta(ge=1, le=MAX_LINK_SECONDS)] = 7 * DAY_SECONDS
    """How long it opens the receipt."""
    with_balance: bool = False
    """Whether the receipt tells the balance of the account that shares it."""


class LinkView(msgspec.Struct, frozen=True):
    """A link, as its maker sees it later: without what opens it."""

    id: str
    """Its id, by which it is revoked."""
    with_balance: bool
    """Whether the receipt tells the account's balance."""
    made_at_ms: int
    """When it was made."""
    expires_at_ms: int
    """Until when it opens the receipt."""


class MadeLink(msgspec.Struct, frozen=True):
    """A link, told once."""

    link: LinkView
    """The link."""
    token: str
    """What opens the receipt. It is told now and never again."""
    path: str
    """Path and query of the link; put the address of the port before it."""


class ReceiptSummary(msgspec.Struct, frozen=True):
    """What a shared receipt says, verified by this port; the file proves it without this port."""

    chain_id: str
    """Network."""
    transaction_id: str
    """Transaction."""
    kind: str
    """Verb and version."""
    outcome: str
    """``committed`` or the code of a refusal."""
    asset: str | None
    """Asset, where money moved."""
    amount_minor: int | None
    """Amount in minor units, where money moved."""
    order_id: str | None
    """Number of the order it paid."""
    height: int
    """Block."""
    time_ms: int
    """Block time."""
    binds_en: str
    """Whom the proof binds, in English."""
    binds_zh: str
    """The same in simplified Chinese."""
    delta_minor: int | None
    """Change of the balance of the account that shared it; only where its maker lets it be told."""
    balance_minor: int | None
    """That balance afterwards, likewise."""


def _told(link: Link) -> LinkView:
    return LinkView(link.id.hex(), link.with_balance, link.made_at_ms, link.expires_at_ms)


def _path(token: str) -> str:
    return f"{OPEN_PATH}?{urlencode({'token': token})}"


@post(
    "/accounts/{account:str}/receipts/{transaction_id:str}/links",
    **SHARERS,
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*READ, *BODY, NO_RECEIPT, TOO_MANY_LINKS, *idempotent.REFUSALS),
        int(HTTPStatus.CREATED): ResponseSpec(MadeLink, generate_examples=False, description="The link, told once."),
    },
)
async def make(
    request: Request[Any, Any, Any],
    account: AccountPath,
    transaction_id: TransactionPath,
    data: NewLink,
    port: Port,
    idempotency_key: IdempotencyKey,
) -> Response[Any]:
    """Make a link that opens the receipt of a transaction for whoever has it, until it expires or is revoked."""
    readable = await require_account(request, port, account)
    found = await concerning(port, readable.account, transaction_id)
    asked, now_ms = Asked(readable.account, found.id, data.with_balance), clock_ms()

    async def work(connection: AsyncConnection) -> MadeLink:
        link, token = await receipt_links.make(connection, asked, now_ms, now_ms + 1_000 * data.seconds)
        return MadeLink(_told(link), token, _path(token))

    return await answer_once(request, port, (idempotency_scope(caller_of(request)), idempotency_key), work)


@get(
    "/accounts/{account:str}/receipts/{transaction_id:str}/links",
    **pages.READERS,
    responses=refuses(*READ),
)
async def list_links(
    request: Request[Any, Any, Any], account: AccountPath, transaction_id: TransactionPath, port: Port
) -> list[LinkView]:
    """List the links an account's holder made to a receipt that still open it, newest first; at most 1,000."""
    readable = await require_account(request, port, account)
    wanted = parse_hex(transaction_id, TRANSACTION_BYTES)
    async with port.database.reading() as connection:
        found = await receipt_links.of_receipt(connection, readable.account, wanted, clock_ms())
    return [_told(each) for each in found]


@delete(
    "/accounts/{account:str}/receipt-links/{link_id:str}",
    **SHARERS,
    status_code=HTTPStatus.NO_CONTENT,
    responses=refuses(*READ, NO_SUCH_LINK),
)
async def revoke(request: Request[Any, Any, Any], account: AccountPath, link_id: LinkPath, port: Port) -> None:
    """Revoke a link: it opens nothing any more."""
    readable = await require_account(request, port, account)
    async with port.database.writing() as connection:
        await receipt_links.revoke(connection, readable.account, parse_hex(link_id, ID_BYTES))


async def _opened(port: Port, token: str) -> tuple[Link, Transaction, bytes]:
    """Return the link, its transaction and the receipt file; raises ``no_such_link``."""
    async with port.database.reading() as connection:
        link = await receipt_links.opened_by(connection, token, clock_ms())
    found = await port.index.transaction(link.transaction_id)
    if found is None:
        NO_RECEIPT.refuse()
    return link, found, await receipt_file(port, found, link.account if link.with_balance else b"")


@get(
    "/shared/receipt",
    **open_to(ANYBODY),
    media_type=RECEIPT_TYPE,
    responses={**refuses(*_OPENS), **FILE},
)
async def open_file(token: TokenQuery, port: Port) -> Response[bytes]:
    """Return the receipt a link opens, as a file that verifies without a network."""
    _, found, file = await _opened(port, token)
    return as_file(found, file)


@get("/shared/receipt/summary", **open_to(ANYBODY), responses=refuses(*_OPENS))
async def open_summary(token: TokenQuery, port: Port) -> ReceiptSummary:
    """Tell what the receipt of a link says, after verifying it."""
    _, found, file = await _opened(port, token)
    await port.blocks.renew_trust()
    verdict = await asyncio.to_thread(verify_receipt, file, port.trust)
    own = next((each for each in verdict.balances if each.asset == found.asset), None)
    return ReceiptSummary(
        chain_id=verdict.chain_id,
        transaction_id=found.id.hex(),
        kind=found.kind,
        outcome=verdict.outcome,
        asset=found.asset,
        amount_minor=found.amount_minor,
        order_id=found.order_id,
        height=verdict.height,
        time_ms=verdict.time_ms,
        binds_en=verdict.binds_en,
        binds_zh=verdict.binds_zh,
        delta_minor=None if own is None else own.delta_minor,
        balance_minor=None if own is None else own.balance_minor,
    )


_IMAGES: Final = {"png": "image/png", "svg": "image/svg+xml"}


@get(
    "/shared/receipt/qr",
    **open_to(ANYBODY),
    media_type=_IMAGES["png"],
    responses={
        **refuses(NO_SUCH_LINK),
        int(HTTPStatus.OK): ResponseSpec(
            bytes, generate_examples=False, description="The link as a QR code.", media_type=_IMAGES["png"]
        ),
    },
)
async def draw(
    request: Request[Any, Any, Any],
    token: TokenQuery,
    port: Port,
    image: Annotated[Literal["png", "svg"], Parameter(query="format", description="Kind of image.")] = "png",
) -> Response[bytes]:
    """Draw a link as a QR code that any camera opens; the address is the one this was asked at."""
    async with port.database.reading() as connection:
        await receipt_links.opened_by(connection, token, clock_ms())
    text = f"{str(request.base_url).rstrip('/')}{_path(token)}"
    if image == "png":
        drawn = await asyncio.to_thread(images.make_png, text)
    else:
        drawn = (await asyncio.to_thread(images.make_svg, text, "Link to a receipt")).encode()
    return Response(drawn, media_type=_IMAGES[image])


ROUTES: Final = (make, list_links, revoke, open_file, open_summary, draw)
"""Routes of this resource."""
