"""Requests for money: a notice to somebody, who answers by paying, by saying no, or not at all. Nothing pulls money."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from litestar import MediaType, Request, Response, delete, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from payport.gateway import idempotent
from payport.gateway.access import links
from payport.gateway.access.accounts import require_account
from payport.gateway.access.callers import idempotency_scope
from payport.gateway.access.grants import CUSTOMER, customer_of, open_to
from payport.gateway.access.paths import ID_BYTES, TRANSACTION_BYTES, IdPath
from payport.gateway.accounts import DEFAULT_PAGE, Cursor, PageLimit
from payport.gateway.customers import DENIALS
from payport.gateway.idempotent import IdempotencyKey, answer_once
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, MALFORMED_REQUEST, refuses, takes
from payport.history.topics import Topic
from payport.ledger.block import COMMITTED
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.services.wallets import requests
from payport.services.wallets.requests import State
from payport.values.identifiers import AssetId, parse_hex
from payport.values.money import Amount
from payport.values.text import TypedText

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

_AccountText = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]

EXPIRED: Final = "expired"
"""State of a request that was not answered in time."""


class NewMoneyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of whom."""

    account: _AccountText
    """Account to be paid: one of the customer's own."""
    payer: _AccountText
    """Account of whom is asked, from the signed answer for an alias, a contact or a receipt."""
    amount_minor: Amount
    """Amount in minor units."""
    expires_at_ms: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    """Until when it stands; 30 days ahead at most."""
    asset: AssetId = "CNY"
    """Asset."""
    text: Annotated[TypedText, msgspec.Meta(max_length=requests.MAX_TEXT_CHARACTERS)] = ""
    """What it is for."""


class MoneyRequestView(msgspec.Struct, frozen=True):
    """A request for money."""

    request: str
    """Request id."""
    account: str
    """Account to be paid."""
    payer: str
    """Account of whom is asked."""
    asset: str
    """Asset."""
    amount_minor: int
    """Amount in minor units."""
    text: str
    """What it is for, in the payee's words."""
    state: str
    """``open``, ``paid``, ``declined``, ``withdrawn`` or ``expired``."""
    payment: str | None
    """Transaction that paid it."""
    created_at_ms: int
    """When it was made."""
    expires_at_ms: int
    """Until when it stands."""


class MoneyRequestPage(msgspec.Struct, frozen=True):
    """A page of requests, newest first."""

    requests: list[MoneyRequestView]
    """Requests."""
    next: int | None
    """Cursor of the next page; ``None`` on the last."""


class Answering(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The payment that answers a request."""

    payment: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    """Its transaction id; the payer has signed and sent it like any other."""


@post(
    "/requests",
    **open_to(CUSTOMER),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(
            *BODY,
            *DENIALS,
            *idempotent.REFUSALS,
            NODE_UNREACHABLE,
            NODE_FAILED,
            requests.TOO_MANY_REQUESTS_FOR_MONEY,
        ),
        int(HTTPStatus.CREATED): ResponseSpec(MoneyRequestView, generate_examples=False, description="The request."),
    },
)
async def make(
    request: Request[Any, Any, Any], data: NewMoneyRequest, port: Port, idempotency_key: IdempotencyKey
) -> Response[Any]:
    """Ask somebody for money. Whether anybody reads the notice is not told."""
    caller, now_ms = customer_of(request), clock_ms()
    payee = await require_account(request, port, data.account)
    if data.payer == data.account or not now_ms < data.expires_at_ms <= now_ms + requests.MAX_VALID_MS:
        MALFORMED_REQUEST.refuse("payer: somebody else; expires_at_ms: within 30 days")
    new = requests.NewRequest(
        payee=caller.id,
        payee_account=payee.account,
        payer_account=bytes.fromhex(data.payer),
        asset=data.asset,
        amount_minor=data.amount_minor,
        text=data.text,
        expires_at_ms=data.expires_at_ms,
    )

    async def work(connection: AsyncConnection) -> MoneyRequestView:
        return _view(await requests.find(connection, await requests.make(connection, new, now_ms)), now_ms)

    return await answer_once(request, port, (idempotency_scope(caller), idempotency_key), work, port.at_home)


@get("/requests", **open_to(CUSTOMER), responses=refuses(*DENIALS))
async def list_all(
    request: Request[Any, Any, Any],
    port: Port,
    side: Annotated[
        Literal["received", "sent"], Parameter(description="Requests to the customer's accounts, or of his own.")
    ] = "received",
    limit: PageLimit = DEFAULT_PAGE,
    before: Cursor = None,
) -> MoneyRequestPage:
    """List requests for money, newest first."""
    caller = customer_of(request)
    accounts = await _accounts(port, caller.id)
    async with port.home.reader.connect() as connection:
        if side == "sent":
            rows = await requests.sent(connection, caller.id, limit + 1, before)
        else:
            rows = await requests.received(connection, accounts, limit + 1, before)
    now_ms = clock_ms()
    found = [_view(row, now_ms) for row in rows[:limit]]
    return MoneyRequestPage(found, rows[limit - 1].number if len(rows) > limit else None)


@post(
    "/requests/{money_request:str}/paid",
    **open_to(CUSTOMER),
    status_code=HTTPStatus.OK,
    before_request=takes(MediaType.JSON),
    responses=refuses(*BODY, *DENIALS, *requests.REFUSALS[:2], requests.PAYMENT_DOES_NOT_FIT),
)
async def pay(request: Request[Any, Any, Any], money_request: IdPath, data: Answering, port: Port) -> MoneyRequestView:
    """Name the payment that answered a request. It counts once the ledger has committed it; the same again is fine."""
    accounts = await _accounts(port, customer_of(request).id)
    wanted, now_ms = parse_hex(money_request, ID_BYTES), clock_ms()
    payment = await _payment(port, parse_hex(data.payment, TRANSACTION_BYTES), accounts)
    async with port.home.writer.begin() as connection:
        if (await requests.find(connection, wanted)).payer_account not in accounts:
            requests.UNKNOWN_REQUEST.refuse()
        await requests.pay(connection, wanted, payment, now_ms)
        return _view(await requests.find(connection, wanted), now_ms)


async def _payment(port: Port, payment_id: bytes, accounts: list[bytes]) -> requests.Payment:
    """Return a committed transfer of one of the accounts; raises ``payment_does_not_fit``."""
    seen = [(account, await port.index.movements.one(account, Topic.TRANSFER, payment_id)) for account in accounts]
    sent = [(payer, found) for payer, found in seen if found is not None and found.acted]
    if not sent or sent[0][1].outcome != COMMITTED:
        requests.PAYMENT_DOES_NOT_FIT.refuse("no committed transfer of yours")
    payer, found = sent[0]
    assert found.counterparty is not None, "a committed transfer has two sides"
    return requests.Payment(found.id, payer, found.counterparty, found.asset, found.amount_minor, found.time_ms)


@put(
    "/requests/{money_request:str}/declined",
    **open_to(CUSTOMER),
    status_code=HTTPStatus.NO_CONTENT,
    responses=refuses(*DENIALS, *requests.REFUSALS[:2]),
)
async def decline(request: Request[Any, Any, Any], money_request: IdPath, port: Port) -> None:
    """Say no to a request."""
    accounts = await _accounts(port, customer_of(request).id)
    async with port.home.writer.begin() as connection:
        await requests.decline(connection, accounts, parse_hex(money_request, ID_BYTES), clock_ms())


@delete("/requests/{money_request:str}", **open_to(CUSTOMER), responses=refuses(*DENIALS, *requests.REFUSALS[:2]))
async def withdraw(request: Request[Any, Any, Any], money_request: IdPath, port: Port) -> None:
    """Take a request back."""
    async with port.home.writer.begin() as connection:
        wanted = parse_hex(money_request, ID_BYTES)
        await requests.withdraw(connection, customer_of(request).id, wanted, clock_ms())


async def _accounts(port: Port, customer: bytes) -> list[bytes]:
    async with port.database.reading() as connection:
        return [row.account for row in await links.list_of(connection, customer)]


def _view(row: Row[Any], now_ms: int) -> MoneyRequestView:
    late = row.state == State.OPEN.value and row.expires_at_ms < now_ms
    return MoneyRequestView(
        request=row.id.hex(),
        account=row.payee_account.hex(),
        payer=row.payer_account.hex(),
        asset=row.asset,
        amount_minor=row.amount_minor,
        text=row.text,
        state=EXPIRED if late else row.state,
        payment=None if row.payment is None else row.payment.hex(),
        created_at_ms=row.created_at_ms,
        expires_at_ms=row.expires_at_ms,
    )


ROUTES: Final = (make, list_all, pay, decline, withdraw)
"""Routes of this resource."""
