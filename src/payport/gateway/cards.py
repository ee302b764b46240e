"""Cards: bind cards of every bank with the bank's one-time code, list them with balances, choose one for each purpose.

The bank opens an account on the ledger for the phone's own key; the card number goes to the bank and is kept nowhere
else.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, delete, get, patch, post, put
from litestar.openapi.datastructures import ResponseSpec

from payport.gateway.access import links
from payport.gateway.access.callers import idempotency_scope
from payport.gateway.access.grants import CUSTOMER, customer_of, open_to
from payport.gateway.access.paths import ACCOUNT_BYTES, AccountPath
from payport.gateway.accounts import MAX_ASSETS, Balance, balance_of
from payport.gateway.customers import DENIALS, Label
from payport.gateway.desks import DESK, ENROLMENT
from payport.gateway.idempotent import IdempotencyKey
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, refuses, takes
from payport.institutions.card_numbers import MAX_TYPED_CHARACTERS
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.services import once
from payport.services.branch import Request as DeskRequest
from payport.services.limits import MAX_ADDRESS_CHARACTERS
from payport.services.wallets import cards
from payport.services.wallets.cards import Purpose
from payport.values.bindings import NewKey
from payport.values.identifiers import InstitutionId, parse_hex
from payport.values.limits import MAX_SIGNATURE_BYTES
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from sqlalchemy import Row

READ: Final = (*DENIALS, NODE_UNREACHABLE, NODE_FAILED)
"""Refusals of every route that reads cards."""


class NewEnrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A card somebody wants to bind."""

    institution: InstitutionId
    """The card's bank."""
    card_number: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TYPED_CHARACTERS)]
    """Card number, as it was typed."""
    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ADDRESS_CHARACTERS)]
    """Phone number registered at the bank, with country code."""

    def __repr__(self) -> str:
        """Show neither number."""
        return f"NewEnrolment({self.institution})"


class EnrolmentView(msgspec.Struct, frozen=True):
    """An enrolment under way."""

    enrolment: str
    """Its id."""
    institution: str
    """The card's bank."""
    account: str
    """Id the account will have; the phone's key proves its possession for it."""
    masked_card: str
    """Card number with all but the last digits hidden."""
    masked_phone: str
    """Where the code was sent."""
    expires_at_ms: int
    """Until when the code counts."""


class OwnerKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key that will own the account, with proof of its possession."""

    scheme: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    """Signature scheme: ``ed25519``, or ``webauthn`` for a passkey."""
    public_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=65)]
    """Public key, base64."""
    proof: Annotated[bytes, msgspec.Meta(min_length=64, max_length=MAX_SIGNATURE_BYTES)]
    """Signature over the binding tag and the array of network, account, public key; base64."""


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code the bank has sent, and the phone's key."""

    institution: InstitutionId
    """The card's bank."""
    enrolment: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    """Enrolment id."""
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    """One-time code, as it was typed."""
    owner: OwnerKey
    """Key that will own the account."""
    label: Label | None = None
    """What to call the card; its bank unless told otherwise."""


class BoundCardView(msgspec.Struct, frozen=True):
    """A card that is bound to the phone."""

    institution: str
    """The card's bank."""
    account: str
    """Account on the ledger."""
    view_key: bytes
    """Secret that reads the account, for the phone alone; base64."""
    masked_card: str
    """Card number with all but the last digits hidden."""
    masked_name: str
    """Name of the holder, masked."""


class Deposit(msgspec.Struct, frozen=True):
    """What the bank holds for the card, behind the ledger: payments are funded from it as they happen."""

    asset: str
    """Asset."""
    available_minor: int
    """In minor units."""
    held_minor: int
    """What payments under way have reserved, in minor units."""


class CardView(msgspec.Struct, frozen=True):
    """A card as the app lists it."""

    account: str
    """Account on the ledger."""
    institution: str
    """The card's bank."""
    masked_card: str
    """Card number with all but the last digits hidden."""
    masked_name: str
    """Name of the holder, masked."""
    label: str
    """What the customer calls it."""
    place: int
    """Its place in the list."""
    default_for: list[Purpose]
    """Purposes it was chosen for."""
    balances: list[Balance] | None
    """What the account holds on the ledger; ``None`` where the node does not answer."""
    deposits: list[Deposit] | None
    """What the bank holds for it; ``None`` where the bank does not answer, or keeps no deposit."""


class CardList(msgspec.Struct, frozen=True):
    """The cards of all banks."""

    cards: list[CardView]
    """In their order."""


class CardChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be changed of a card in the list."""

    label: Label | None = None
    """What to call it."""
    place: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None
    """Its place in the list."""


class DefaultCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The card for a purpose."""

    account: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    """Its account."""


@post(
    "/cards/enrolments",
    **open_to(CUSTOMER),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *DENIALS, *once.REFUSALS, *DESK, *ENROLMENT),
        int(HTTPStatus.CREATED): ResponseSpec(EnrolmentView, generate_examples=False, description="A code was sent."),
    },
)
async def begin(
    request: Request[Any, Any, Any], data: NewEnrolment, port: Port, idempotency_key: IdempotencyKey
) -> EnrolmentView:
    """Begin to bind a card: its bank sends a one-time code to the phone registered there."""
    asked = DeskRequest(idempotency_scope(customer_of(request)), idempotency_key)
    started = await port.desks.at(data.institution).start_enrolment(asked, data.card_number, data.phone)
    return EnrolmentView(
        enrolment=started.enrolment.hex(),
        institution=data.institution,
        account=started.account.hex(),
        masked_card=started.masked_card,
        masked_phone=started.masked_phone,
        expires_at_ms=started.expires_at_ms,
    )


@post(
    "/cards",
    **open_to(CUSTOMER),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *DENIALS, *once.REFUSALS, *DESK, *ENROLMENT, *links.REFUSALS),
        int(HTTPStatus.CREATED): ResponseSpec(BoundCardView, generate_examples=False, description="The card is bound."),
    },
)
async def bind(
    request: Request[Any, Any, Any], data: Confirmation, port: Port, idempotency_key: IdempotencyKey
) -> BoundCardView:
    """Bind the card to the phone's key: the bank opens an account that this key alone owns.

    The answer holds the secret that reads the account. The same request may be sent again until it is answered.
    """
    caller = customer_of(request)
    owner = NewKey(data.owner.scheme, data.owner.public_key, data.owner.proof)
    asked = DeskRequest(idempotency_scope(caller), idempotency_key)
    desk = port.desks.at(data.institution)
    bound = await desk.finish_enrolment(asked, bytes.fromhex(data.enrolment), data.code, owner)
    now_ms = clock_ms()
    # Both are written once however often the request comes; what is missing between them is mended by the next one.
    async with port.database.writing() as connection:
        await links.add(connection, caller.id, bound.account, bound.institution, now_ms)
    label = data.label or bound.institution
    card = cards.Card(bound.account, bound.institution, bound.masked_card, bound.masked_name, label, now_ms)
    async with port.home.writer.begin() as connection:
        await cards.add(connection, caller.id, card)
    return BoundCardView(
        institution=bound.institution,
        account=bound.account.hex(),
        view_key=bound.view_key,
        masked_card=bound.masked_card,
        masked_name=bound.masked_name,
    )


@get("/cards", **open_to(CUSTOMER), responses=refuses(*READ))
async def list_all(request: Request[Any, Any, Any], port: Port) -> CardList:
    """List the cards of all banks with what is on the ledger and what the banks hold, as far as each answers."""
    async with port.home.reader.connect() as connection:
        rows, chosen = await cards.list_of(connection, customer_of(request).id)
    return CardList(list(await asyncio.gather(*(_view(port, row, chosen) for row in rows))))


async def _view(port: Port, row: Row[Any], chosen: dict[str, bytes]) -> CardView:
    balances, deposits = await asyncio.gather(_balances(port, row.account), _deposits(port, row))
    return CardView(
        account=row.account.hex(),
        institution=row.institution,
        masked_card=row.masked_card,
        masked_name=row.masked_name,
        label=row.label,
        place=row.place,
        default_for=[purpose for purpose in Purpose if chosen.get(purpose.value) == row.account],
        balances=balances,
        deposits=deposits,
    )


async def _balances(port: Port, account: bytes) -> list[Balance] | None:
    try:
        return [balance_of(*pair) for pair in await port.node.scan("balances", account, MAX_ASSETS)]
    except Refusal:
        return None


async def _deposits(port: Port, row: Row[Any]) -> list[Deposit] | None:
    try:
        found = await port.desks.at(row.institution).deposits(row.account)
    except Refusal:
        return None
    return [Deposit(each.asset, each.available_minor, each.held_minor) for each in found]


@patch(
    "/cards/{account:str}",
    **open_to(CUSTOMER),
    before_request=takes(MediaType.JSON),
    responses=refuses(*BODY, *DENIALS, *cards.REFUSALS),
)
async def change(request: Request[Any, Any, Any], account: AccountPath, data: CardChange, port: Port) -> None:
    """Give a card another label or place in the list."""
    async with port.home.writer.begin() as connection:
        wanted = parse_hex(account, ACCOUNT_BYTES)
        await cards.change(connection, customer_of(request).id, wanted, data.label, data.place)


@put(
    "/cards/defaults/{purpose:str}",
    **open_to(CUSTOMER),
    before_request=takes(MediaType.JSON),
    responses=refuses(*BODY, *DENIALS, *cards.REFUSALS),
)
async def choose(request: Request[Any, Any, Any], purpose: Purpose, data: DefaultCard, port: Port) -> None:
    """Choose the card for a purpose."""
    async with port.home.writer.begin() as connection:
        await cards.choose(connection, customer_of(request).id, purpose, bytes.fromhex(data.account))


@delete("/cards/{account:str}", **open_to(CUSTOMER), responses=refuses(*DENIALS, *cards.REFUSALS))
async def remove(request: Request[Any, Any, Any], account: AccountPath, port: Port) -> None:
    """Take a card out of the list; the account stays open at the bank, and the phone's key stays its owner."""
    caller, wanted = customer_of(request), parse_hex(account, ACCOUNT_BYTES)
    # The link goes while the card can still be named: whatever ends in between, the same request removes the rest.
    async with port.home.writer.begin() as at_home:
        await cards.remove(at_home, caller.id, wanted)
        async with port.database.writing() as connection:
            await links.remove(connection, caller.id, wanted)


ROUTES: Final = (begin, bind, list_all, change, choose, remove)
"""Routes of this resource."""
