"""Aliases: the phone numbers and e-mail addresses a customer can be paid by, and who stands behind one.

An answer comes signed by the bank that holds the account, and the app checks and pins it; the port cannot change it. A
number that nobody registered gets an answer that looks like any other, for an account that does not exist.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, delete, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from payport.gateway.access import directory
from payport.gateway.access.accounts import require_account
from payport.gateway.access.callers import idempotency_scope
from payport.gateway.access.grants import CUSTOMER, HOLDER, caller_of, open_to
from payport.gateway.access.limits import LOOK_UP_RATE, rate_of
from payport.gateway.access.paths import AccountPath
from payport.gateway.customers import DENIALS
from payport.gateway.desks import CODE, DESK
from payport.gateway.idempotent import IdempotencyKey
from payport.gateway.port import Port
from payport.gateway.problems import BODY, refuses, takes
from payport.institutions.contract import UNKNOWN_CUSTOMER
from payport.ledger.state.accounts import NOT_YOUR_CUSTOMER
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.services import once
from payport.services.aliases import register
from payport.services.branch import Request as DeskRequest
from payport.services.limits import MAX_ADDRESS_CHARACTERS
from payport.services.messenger.address import MALFORMED_ADDRESS, read_address

AliasText = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ADDRESS_CHARACTERS)]
"""A phone number with country code, or an e-mail address, as it was typed."""

AliasQuery = Annotated[
    str, Parameter(min_length=1, max_length=MAX_ADDRESS_CHARACTERS, description="Phone number or e-mail address.")
]
"""The same in a query."""

READ: Final = (*DENIALS, *DESK, NODE_UNREACHABLE, NODE_FAILED, UNKNOWN_CUSTOMER)
"""Refusals of every route about the aliases of an account."""


class NewAlias(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An alias somebody wants to be paid by."""

    alias: AliasText
    """The alias, as it was typed."""


class AliasStartedView(msgspec.Struct, frozen=True):
    """A registration under way."""

    request: str
    """Its id."""
    masked_alias: str
    """Where the code was sent."""
    expires_at_ms: int
    """Until when the code counts."""


class AliasCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that was sent."""

    request: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    """Id of the registration."""
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    """One-time code, as it was typed."""


class AliasView(msgspec.Struct, frozen=True):
    """An alias as its holder sees it."""

    alias: str
    """The alias in its one spelling."""
    account: str
    """Account it stands for."""
    verified_at_ms: int
    """When its holder showed that it is his."""


class AliasList(msgspec.Struct, frozen=True):
    """The aliases of an account's holder."""

    aliases: list[AliasView]
    """In the order of their spelling."""


class AliasMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An alias that shall stand for another account of its holder."""

    alias: AliasText
    """The alias."""
    account: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    """The other account, at the same bank."""


class LookUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to be paid."""

    alias: AliasText
    """Phone number or e-mail address, as it was typed."""


class LookedUp(msgspec.Struct, frozen=True):
    """Who answers, and the answer."""

    alias: str
    """The alias in its one spelling, whose digest the answer holds."""
    institution: str
    """Bank that answers; its keys are in `/v1/network/institutions`."""
    answer: bytes
    """Signed answer, base64: account, masked name, expiry. The app verifies it before anything is paid."""


@post(
    "/accounts/{account:str}/aliases",
    **open_to(HOLDER, CUSTOMER),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *READ, *once.REFUSALS, *CODE),
        int(HTTPStatus.CREATED): ResponseSpec(
            AliasStartedView, generate_examples=False, description="A code was sent."
        ),
    },
)
async def begin(
    request: Request[Any, Any, Any], account: AccountPath, data: NewAlias, port: Port, idempotency_key: IdempotencyKey
) -> AliasStartedView:
    """Begin to register an alias for an account: its bank sends a one-time code there."""
    found = await require_account(request, port, account)
    asked = DeskRequest(idempotency_scope(caller_of(request)), idempotency_key)
    started = await port.desks.at(found.record.institution).start_alias(asked, found.account, data.alias)
    return AliasStartedView(started.request.hex(), started.masked_alias, started.expires_at_ms)


@post(
    "/accounts/{account:str}/aliases/confirm",
    **open_to(HOLDER, CUSTOMER),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *READ, *once.REFUSALS, *CODE, *register.REFUSALS),
        int(HTTPStatus.CREATED): ResponseSpec(AliasView, generate_examples=False, description="It is registered."),
    },
)
async def confirm(
    request: Request[Any, Any, Any], account: AccountPath, data: AliasCode, port: Port, idempotency_key: IdempotencyKey
) -> AliasView:
    """Register the alias with the code. Whoever had it before has it no more."""
    found = await require_account(request, port, account)
    asked = DeskRequest(idempotency_scope(caller_of(request)), idempotency_key)
    desk = port.desks.at(found.record.institution)
    made = await desk.finish_alias(asked, found.account, bytes.fromhex(data.request), data.code)
    async with port.database.writing() as connection:
        await directory.enter(connection, port.secret, made.alias, desk.institution, made.verified_at_ms)
    return _view(made)


@get("/accounts/{account:str}/aliases", **open_to(HOLDER, CUSTOMER), responses=refuses(*READ))
async def list_all(request: Request[Any, Any, Any], account: AccountPath, port: Port) -> AliasList:
    """List the aliases of an account's holder."""
    found = await require_account(request, port, account)
    return AliasList([_view(each) for each in await port.desks.at(found.record.institution).aliases(found.account)])


@put(
    "/accounts/{account:str}/aliases",
    **open_to(HOLDER, CUSTOMER),
    before_request=takes(MediaType.JSON),
    responses=refuses(*BODY, *READ, *once.REFUSALS, MALFORMED_ADDRESS, register.UNKNOWN_ALIAS, NOT_YOUR_CUSTOMER),
)
async def move(
    request: Request[Any, Any, Any], account: AccountPath, data: AliasMove, port: Port, idempotency_key: IdempotencyKey
) -> AliasView:
    """Let an alias stand for another account of its holder at the same bank."""
    found = await require_account(request, port, account)
    asked = DeskRequest(idempotency_scope(caller_of(request)), idempotency_key)
    desk = port.desks.at(found.record.institution)
    return _view(await desk.set_alias_account(asked, found.account, data.alias, bytes.fromhex(data.account)))


@delete(
    "/accounts/{account:str}/aliases",
    **open_to(HOLDER, CUSTOMER),
    responses=refuses(*READ, *once.REFUSALS, MALFORMED_ADDRESS, register.UNKNOWN_ALIAS),
)
async def erase(
    request: Request[Any, Any, Any],
    account: AccountPath,
    alias: AliasQuery,
    port: Port,
    idempotency_key: IdempotencyKey,
) -> None:
    """Remove an alias; nobody is found by it any more."""
    found = await require_account(request, port, account)
    asked = DeskRequest(idempotency_scope(caller_of(request)), idempotency_key)
    desk = port.desks.at(found.record.institution)
    erased_at_ms = await desk.erase_alias(asked, found.account, alias)
    async with port.database.writing() as connection:
        await directory.remove(connection, port.secret, read_address(alias), desk.institution, erased_at_ms)


@post(
    "/aliases/resolve",
    **open_to(HOLDER, CUSTOMER),
    status_code=HTTPStatus.OK,
    before_request=takes(MediaType.JSON),
    responses=refuses(*BODY, *DENIALS, *DESK, MALFORMED_ADDRESS),
)
async def resolve(request: Request[Any, Any, Any], data: LookUp, port: Port) -> LookedUp:
    """Ask who stands behind an alias, before paying; so many times a day."""
    _, subject = rate_of(caller_of(request))
    await port.rates.take(LOOK_UP_RATE, subject)
    alias = read_address(data.alias)
    async with port.database.reading() as connection:
        institution = await directory.institution_of(connection, port.secret, alias, port.desks.institutions)
    return LookedUp(alias, institution, await port.desks.at(institution).answer_alias(alias))


def _view(alias: register.Alias) -> AliasView:
    return AliasView(alias.alias, alias.account.hex(), alias.verified_at_ms)


ROUTES: Final = (begin, confirm, list_all, move, erase, resolve)
"""Routes of this resource."""
