"""Customers: cardholders sign up with a key, keep their keys, and show which accounts are theirs.

The port knows a customer by a random id and keys alone; names, cards and contacts are his institution's.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from sqlalchemy import select, update

from payport.gateway import idempotent
from payport.gateway.access import credentials, links, passkeys
from payport.gateway.access.authentication import authenticate
from payport.gateway.access.callers import Holder, Kind, idempotency_scope
from payport.gateway.access.challenges import require_challenge
from payport.gateway.access.grants import ANYBODY, CUSTOMER, customer_of, open_to
from payport.gateway.access.limits import SIGN_UP_RATE
from payport.gateway.access.paths import ACCOUNT_BYTES, ID_BYTES, AccountPath, IdPath
from payport.gateway.access.tables import CUSTOMERS
from payport.gateway.idempotent import IdempotencyKey, answer_once
from payport.gateway.per_address import address_of
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, MALFORMED_REQUEST, refuses, takes
from payport.gateway.rates import TOO_MANY_REQUESTS
from payport.gateway.sessions import ChallengeBytes, PublicKey32, Signature64, require_device
from payport.services.wallets import cards, contacts, requests
from payport.values.access import ACCESS_DENIED, TOKEN_CHARACTERS
from payport.values.identifiers import parse_hex
from payport.values.text import TypedText

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

Label = Annotated[TypedText, msgspec.Meta(min_length=1, max_length=64)]
"""What somebody calls a key."""

DENIALS: Final = (ACCESS_DENIED, TOO_MANY_REQUESTS)
"""Refusals of every route that is not open to anybody."""


class NewDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device key, with a signature that shows its possession."""

    public_key: PublicKey32
    """Ed25519 public key, base64."""
    signature: Signature64
    """Signature over the sign-in tag and the array of network, challenge, public key."""


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to sign in with: a device's or a passkey."""

    challenge: ChallengeBytes
    """The challenge it answers, base64."""
    label: Label
    """What its owner calls it."""
    device: NewDevice | None = None
    """A device key."""
    passkey: passkeys.NewPasskey | None = None
    """A passkey."""


class SignedUp(msgspec.Struct, frozen=True):
    """A new customer."""

    customer: str
    """Customer id."""
    credential: str
    """Credential id of the first key."""


class CredentialView(msgspec.Struct, frozen=True):
    """A key that signs somebody in."""

    credential: str
    """Credential id."""
    scheme: str
    """``ed25519`` or ``webauthn``."""
    label: str
    """What its owner calls it."""
    created_at_ms: int
    """When it was added."""
    current: bool = False
    """Whether this session was opened with it."""


class LinkView(msgspec.Struct, frozen=True):
    """An account the customer has shown to hold."""

    account: str
    """Account id."""
    institution: str
    """Institution it belongs to."""
    linked_at_ms: int
    """When it was linked."""


class CustomerView(msgspec.Struct, frozen=True):
    """A customer, as he sees himself."""

    customer: str
    """Customer id."""
    created_at_ms: int
    """When he signed up."""
    credentials: list[CredentialView]
    """Live keys, oldest first."""
    accounts: list[LinkView]
    """Accounts he may read, in the order they were linked."""


class NewLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account to be linked."""

    access_token: Annotated[str, msgspec.Meta(min_length=TOKEN_CHARACTERS, max_length=TOKEN_CHARACTERS)]
    """Access token made with the account's view key."""


def read_new_key(port: Port, data: NewKey) -> credentials.NewCredential:
    """Return a key whose possession is shown; raises ``access_denied``, ``passkey_refused``, ``malformed_request``."""
    if (data.device is None) == (data.passkey is None):
        MALFORMED_REQUEST.refuse("send either device or passkey")
    require_challenge(port.secret, data.challenge, clock_ms())
    if data.passkey is not None:
        made = passkeys.register(port.settings, data.challenge, data.passkey)
        return credentials.NewCredential(credentials.PASSKEY, made.passkey, made.public_key, data.label)
    assert data.device is not None, "one of both is there"
    require_device(port, data.challenge, data.device.public_key, data.device.signature)
    return credentials.NewCredential(credentials.DEVICE, None, data.device.public_key, data.label)


@post(
    "/customers",
    **open_to(ANYBODY),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *idempotent.REFUSALS, *DENIALS, passkeys.PASSKEY_REFUSED, *credentials.REFUSALS[:2]),
        int(HTTPStatus.CREATED): ResponseSpec(SignedUp, generate_examples=False, description="The new customer."),
    },
)
async def sign_up(
    request: Request[Any, Any, Any], data: NewKey, port: Port, idempotency_key: IdempotencyKey
) -> Response[Any]:
    """Sign up as a cardholder with a first key: a device's, or a passkey."""
    await port.rates.take(SIGN_UP_RATE, address_of(request.scope))
    new = read_new_key(port, data)

    async def work(connection: AsyncConnection) -> SignedUp:
        customer, now_ms = os.urandom(ID_BYTES), clock_ms()
        await connection.execute(CUSTOMERS.insert().values(id=customer, created_at_ms=now_ms))
        credential = await credentials.add(connection, Kind.CUSTOMER, customer, new, now_ms)
        return SignedUp(customer.hex(), credential.hex())

    return await answer_once(request, port, (f"key:{new.public_key.hex()[:64]}", idempotency_key), work)


@get("/customers/me", **open_to(CUSTOMER), responses=refuses(*DENIALS))
async def show(request: Request[Any, Any, Any], port: Port) -> CustomerView:
    """Show the customer, his keys and his accounts."""
    caller = customer_of(request)
    async with port.database.reading() as connection:
        found = (await connection.execute(select(CUSTOMERS).where(CUSTOMERS.c.id == caller.id))).one()
        keys = await credentials.list_of(connection, Kind.CUSTOMER, caller.id)
        linked = await links.list_of(connection, caller.id)
    return CustomerView(
        caller.id.hex(),
        found.created_at_ms,
        [_credential(row, caller.credential) for row in keys],
        [LinkView(row.account.hex(), row.institution, row.linked_at_ms) for row in linked],
    )


def _credential(row: Row[Any], current: bytes) -> CredentialView:
    return CredentialView(row.id.hex(), row.scheme, row.label, row.created_at_ms, row.id == current)


@post(
    "/customers/me/credentials",
    **open_to(CUSTOMER),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *idempotent.REFUSALS, *DENIALS, passkeys.PASSKEY_REFUSED, *credentials.REFUSALS[:2]),
        int(HTTPStatus.CREATED): ResponseSpec(CredentialView, generate_examples=False, description="The new key."),
    },
)
async def add_credential(
    request: Request[Any, Any, Any], data: NewKey, port: Port, idempotency_key: IdempotencyKey
) -> Response[Any]:
    """Add a key to sign in with: a second phone, or a passkey for the day the phone is lost."""
    caller = customer_of(request)
    new = read_new_key(port, data)

    async def work(connection: AsyncConnection) -> CredentialView:
        now_ms = clock_ms()
        credential = await credentials.add(connection, Kind.CUSTOMER, caller.id, new, now_ms)
        return CredentialView(credential.hex(), new.scheme, new.label, now_ms)

    return await answer_once(request, port, (idempotency_scope(caller), idempotency_key), work)


@delete(
    "/customers/me/credentials/{credential:str}",
    **open_to(CUSTOMER),
    responses=refuses(*DENIALS, *credentials.REFUSALS[2:]),
)
async def revoke_credential(request: Request[Any, Any, Any], credential: IdPath, port: Port) -> None:
    """Revoke a key and end its sessions."""
    caller = customer_of(request)
    async with port.database.writing() as connection:
        wanted = parse_hex(credential, ID_BYTES)
        await credentials.revoke(connection, Kind.CUSTOMER, caller.id, wanted, clock_ms())


@post(
    "/customers/me/accounts",
    **open_to(CUSTOMER),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *idempotent.REFUSALS, *DENIALS, *links.REFUSALS),
        int(HTTPStatus.CREATED): ResponseSpec(LinkView, generate_examples=False, description="The link."),
    },
)
async def link(
    request: Request[Any, Any, Any], data: NewLink, port: Port, idempotency_key: IdempotencyKey
) -> Response[Any]:
    """Link an account that the customer holds, so that his session can read it."""
    caller = customer_of(request)
    holder = await authenticate(port, f"Bearer {data.access_token}")
    if not isinstance(holder, Holder):
        ACCESS_DENIED.refuse()
    account, institution = holder.account, holder.record.institution

    async def work(connection: AsyncConnection) -> LinkView:
        now_ms = clock_ms()
        await links.add(connection, caller.id, account, institution, now_ms)
        return LinkView(account.hex(), institution, now_ms)

    return await answer_once(request, port, (idempotency_scope(caller), idempotency_key), work)


@delete("/customers/me/accounts/{account:str}", **open_to(CUSTOMER), responses=refuses(*DENIALS))
async def unlink(request: Request[Any, Any, Any], account: AccountPath, port: Port) -> None:
    """Remove an account from those the session can read; also where it is not among them."""
    async with port.database.writing() as connection:
        await links.remove(connection, customer_of(request).id, parse_hex(account, ACCOUNT_BYTES))


@delete("/customers/me", **open_to(CUSTOMER), responses=refuses(*DENIALS))
async def erase(request: Request[Any, Any, Any], port: Port) -> None:
    """Leave: forget cards, contacts and requests, end every key and session. Accounts and money stay at the banks."""
    caller = customer_of(request)
    # What is personal goes first: whatever ends in between, the customer can still sign in and ask again.
    async with port.home.writer.begin() as connection:
        for kept in (cards, contacts, requests):
            await kept.erase(connection, caller.id)
    async with port.database.writing() as connection:
        now_ms = clock_ms()
        gone = update(CUSTOMERS).where(CUSTOMERS.c.id == caller.id).values(erased_at_ms=now_ms)
        await connection.execute(gone)
        await credentials.revoke_all(connection, Kind.CUSTOMER, caller.id, now_ms)
        await links.remove(connection, caller.id)


ROUTES: Final = (sign_up, show, add_credential, revoke_credential, link, unlink, erase)
"""Routes of this resource."""
