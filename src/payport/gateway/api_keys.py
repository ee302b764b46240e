"""API keys: administrators of an institution make, list and revoke the keys of its partners' programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from payport.gateway import idempotent
from payport.gateway.access import api_keys, audit
from payport.gateway.access.callers import Role, Scope, Staff, idempotency_scope
from payport.gateway.access.grants import open_to, staff, staff_of
from payport.gateway.access.paths import ID_BYTES, IdPath
from payport.gateway.idempotent import IdempotencyKey, answer_once
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, MALFORMED_REQUEST, refuses, takes
from payport.gateway.rates import TOO_MANY_REQUESTS
from payport.values.access import ACCESS_DENIED
from payport.values.identifiers import parse_hex
from payport.values.text import TypedText

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

PAGE: Final = 100
"""Rows of a page."""

AfterId = Annotated[str | None, Parameter(pattern="^[0-9a-f]{32}$", description="The `next` of the page before.")]
"""Where a page ordered by id begins."""

DENIALS: Final = (ACCESS_DENIED, TOO_MANY_REQUESTS)
"""Refusals of every route of staff."""

_AccountText = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]


class NewApiKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a key shall be for."""

    label: Annotated[TypedText, msgspec.Meta(min_length=1, max_length=64)]
    """What it is called."""
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=len(Scope))]
    """What it may do."""
    expires_at_ms: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    """Until when it counts; a year ahead at most."""
    accounts: Annotated[list[_AccountText], msgspec.Meta(max_length=api_keys.MAX_ACCOUNTS)] = []
    """Accounts it is limited to; all of the institution's where there are none."""


class MadeApiKey(msgspec.Struct, frozen=True):
    """A new key."""

    id: str
    """Its id."""
    key: str
    """The key itself, which is shown only here."""
    expires_at_ms: int
    """Until when it counts."""


class ApiKeyView(msgspec.Struct, frozen=True):
    """A key, without its secret."""

    id: str
    """Its id."""
    label: str
    """What it is called."""
    scopes: list[Scope]
    """What it may do."""
    accounts: list[str]
    """Accounts it is limited to; all of the institution's where there are none."""
    created_by: str
    """Member of staff who made it."""
    created_at_ms: int
    """When."""
    expires_at_ms: int
    """Until when it counts."""
    revoked_at_ms: int | None
    """When it was revoked."""


class ApiKeyPage(msgspec.Struct, frozen=True):
    """A page of keys."""

    api_keys: list[ApiKeyView]
    """Keys by id."""
    next: str | None
    """Cursor of the next page; ``None`` on the last."""


@post(
    "/api-keys",
    **open_to(staff(Role.ADMINISTRATOR)),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *idempotent.REFUSALS, *DENIALS, api_keys.TOO_MANY_API_KEYS),
        int(HTTPStatus.CREATED): ResponseSpec(MadeApiKey, generate_examples=False, description="The key."),
    },
)
async def make(
    request: Request[Any, Any, Any], data: NewApiKey, port: Port, idempotency_key: IdempotencyKey
) -> Response[Any]:
    """Make a key for a partner's program; the answer alone shows it."""
    caller, now_ms = staff_of(request), clock_ms()
    if not now_ms < data.expires_at_ms <= now_ms + api_keys.MAX_LIFE_MS:
        MALFORMED_REQUEST.refuse("expires_at_ms: from now up to 366 days ahead")
    if data.accounts and Scope.BLOCKS_READ in data.scopes:
        MALFORMED_REQUEST.refuse(f"accounts: whoever has {Scope.BLOCKS_READ} reads every account's payments")
    accounts = [bytes.fromhex(account) for account in data.accounts]
    new = api_keys.NewApiKey(caller.institution, data.label, data.scopes, accounts, data.expires_at_ms)

    async def work(connection: AsyncConnection) -> MadeApiKey:
        key_id, key = await api_keys.make(connection, new, caller.id, now_ms)
        await note(connection, caller, "made API key", key_id.hex())
        return MadeApiKey(key_id.hex(), key, data.expires_at_ms)

    return await answer_once(request, port, (idempotency_scope(caller), idempotency_key), work)


@get("/api-keys", **open_to(staff(Role.ADMINISTRATOR)), responses=refuses(*DENIALS))
async def list_all(request: Request[Any, Any, Any], port: Port, after: AfterId = None) -> ApiKeyPage:
    """List the institution's keys, revoked and expired ones included."""
    begin = b"" if after is None else parse_hex(after, ID_BYTES)
    async with port.database.reading() as connection:
        rows = await api_keys.list_of(connection, staff_of(request).institution, PAGE + 1, begin)
    return ApiKeyPage([_view(row) for row in rows[:PAGE]], rows[PAGE - 1].id.hex() if len(rows) > PAGE else None)


def _view(row: Row[Any]) -> ApiKeyView:
    return ApiKeyView(
        id=row.id.hex(),
        label=row.label,
        scopes=sorted(api_keys.scopes_of(row)),
        accounts=sorted(account.hex() for account in api_keys.accounts_of(row)),
        created_by=row.created_by.hex(),
        created_at_ms=row.created_at_ms,
        expires_at_ms=row.expires_at_ms,
        revoked_at_ms=row.revoked_at_ms,
    )


@delete(
    "/api-keys/{api_key:str}",
    **open_to(staff(Role.ADMINISTRATOR)),
    responses=refuses(*DENIALS, api_keys.UNKNOWN_API_KEY),
)
async def revoke(request: Request[Any, Any, Any], api_key: IdPath, port: Port) -> None:
    """Revoke a key; it counts no more from this answer on."""
    caller = staff_of(request)
    async with port.database.writing() as connection:
        await api_keys.revoke(connection, caller.institution, parse_hex(api_key, ID_BYTES), clock_ms())


async def note(connection: AsyncConnection, caller: Staff, action: str, target: str) -> None:
    """Add to the audit log what a member of staff did, within the transaction that did it."""
    await audit.append(connection, audit.Deed(caller.institution, clock_ms(), caller.id.hex(), action, target))


ROUTES: Final = (make, list_all, revoke)
"""Routes of this resource."""
