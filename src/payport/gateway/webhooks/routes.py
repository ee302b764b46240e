"""Webhooks: partners and administrators register addresses that are told what happens, signed as Standard Webhooks."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from payport.gateway import idempotent
from payport.gateway.access.callers import Partner, Role, Scope, Staff, idempotency_scope
from payport.gateway.access.grants import caller_of, open_to, partner, staff
from payport.gateway.access.paths import ID_BYTES, IdPath
from payport.gateway.api_keys import DENIALS, note
from payport.gateway.idempotent import IdempotencyKey, answer_once
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, refuses, takes
from payport.gateway.webhooks import addresses, endpoints, signing
from payport.gateway.webhooks.endpoints import DisabledReason
from payport.gateway.webhooks.event_types import EventType
from payport.gateway.webhooks.tables import MAX_URL_CHARACTERS
from payport.ledger.state.accounts import Account
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.values import codec
from payport.values.access import ACCESS_DENIED
from payport.values.identifiers import parse_hex
from payport.values.text import TypedText

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

PAGE: Final = 100
"""Endpoints of a page."""

MANAGERS: Final = open_to(partner(Scope.WEBHOOKS_WRITE), staff(Role.ADMINISTRATOR))
"""Who may manage webhooks: staff those of the institution, a partner those that cover no account its key does not."""

FOUND: Final = (*DENIALS, endpoints.UNKNOWN_WEBHOOK)
"""Refusals of every route that names a webhook."""

AfterId = Annotated[str | None, Parameter(pattern="^[0-9a-f]{32}$", description="The `next` of the page before.")]
"""Where a page of webhooks begins."""

_Label = Annotated[TypedText, msgspec.Meta(min_length=1, max_length=64)]
_Types = Annotated[list[EventType], msgspec.Meta(min_length=1, max_length=len(EventType))]
_AccountText = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]


class NewWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address to be told of events."""

    url: Annotated[str, msgspec.Meta(min_length=8, max_length=MAX_URL_CHARACTERS)]
    """Where to: `https`, at a public address."""
    label: _Label
    """What it is called."""
    types: _Types
    """What it is told of."""
    accounts: Annotated[list[_AccountText], msgspec.Meta(max_length=endpoints.MAX_ACCOUNTS)] = []
    """Accounts it covers; where there are none, those of the API key, or all of the institution's."""


class WebhookChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be changed; what is left out stays as it is."""

    enabled: bool | None = None
    """Whether it gets anything. Enabled again, it goes on where it stopped, up to 30 days back."""
    label: _Label | None = None
    """What it is called."""
    types: _Types | None = None
    """What it is told of, from now on."""


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object: the path says everything."""


class MadeWebhook(msgspec.Struct, frozen=True):
    """A new webhook."""

    id: str
    """Its id."""
    secret: str
    """What its receiver verifies signatures with, shown only here."""
    accounts: list[str]
    """Accounts it covers; all of the institution's where there are none."""


class RotatedSecret(msgspec.Struct, frozen=True):
    """A new secret."""

    secret: str
    """What signatures are verified with from now on, shown only here."""
    previous_until_ms: int
    """Until when the old secret signs beside it."""


class WebhookView(msgspec.Struct, frozen=True):
    """A webhook, without its secret."""

    id: str
    """Its id."""
    url: str
    """Where to."""
    label: str
    """What it is called."""
    types: list[EventType]
    """What it is told of."""
    accounts: list[str]
    """Accounts it covers; all of the institution's where there are none."""
    enabled: bool
    """Whether it gets anything."""
    disabled_reason: DisabledReason | None
    """Why it does not: `by_hand`, `gone` (it answered 410), `failing` (for four days), `key_ended` (its API key)."""
    disabled_at_ms: int | None
    """Since when."""
    failing_since_ms: int | None
    """First failure after the last success."""
    paused_until_ms: int | None
    """Until when it is left alone, because it could not be reached or asked for it."""
    previous_secret_until_ms: int | None
    """Until when the old secret signs beside the new one."""
    created_by: str
    """API key or member of staff that made it."""
    created_at_ms: int
    """When."""


class WebhookPage(msgspec.Struct, frozen=True):
    """A page of webhooks."""

    webhooks: list[WebhookView]
    """Webhooks by id."""
    next: str | None
    """Cursor of the next page; ``None`` on the last."""


def created(kind: type[msgspec.Struct], description: str) -> dict[int, ResponseSpec]:
    """Return the OpenAPI response of a route that answers 201."""
    return {int(HTTPStatus.CREATED): ResponseSpec(kind, generate_examples=False, description=description)}


def manager_of(request: Request[Any, Any, Any]) -> Partner | Staff:
    """Return the partner or member of staff who calls a route of this resource."""
    caller = caller_of(request)
    assert isinstance(caller, Partner | Staff), "the route's grants"
    return caller


async def note_of(connection: AsyncConnection, caller: Partner | Staff, action: str, target: str) -> None:
    """Add to the audit log what a member of staff did; what a partner's key does is not in it."""
    if isinstance(caller, Staff):
        await note(connection, caller, action, target)


async def _covered(port: Port, caller: Partner | Staff, wanted: list[str]) -> list[bytes]:
    """Return the accounts a new webhook covers; raises ``access_denied`` for any that is not the caller's to name."""
    accounts = [bytes.fromhex(account) for account in dict.fromkeys(wanted)]
    if isinstance(caller, Partner) and caller.accounts:
        accounts = accounts or sorted(caller.accounts)
        if not caller.accounts.issuperset(accounts):
            ACCESS_DENIED.refuse()
    for encoded in await asyncio.gather(*(port.node.read("accounts", account) for account in accounts)):
        if encoded is None or codec.decode(encoded, Account).institution != caller.institution:
            ACCESS_DENIED.refuse()
    return accounts


@post(
    "/webhooks",
    **MANAGERS,
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(
            *BODY,
            *idempotent.REFUSALS,
            *DENIALS,
            *addresses.REFUSALS,
            endpoints.TOO_MANY_WEBHOOKS,
            NODE_UNREACHABLE,
            NODE_FAILED,
        ),
        **created(MadeWebhook, "The webhook."),
    },
)
async def make(
    request: Request[Any, Any, Any], data: NewWebhook, port: Port, idempotency_key: IdempotencyKey
) -> Response[Any]:
    """Register an address that is told of what happens from now on; the answer alone shows its secret."""
    caller, now_ms = manager_of(request), clock_ms()
    addresses.require_url(data.url, port.settings.webhook_ranges)
    accounts = await _covered(port, caller, data.accounts)
    cursor, secret = await port.index.reach(), signing.new_secret()
    new = endpoints.NewEndpoint(data.url, data.label, data.types, accounts)

    async def work(connection: AsyncConnection) -> MadeWebhook:
        sealed = port.secret.seal(signing.SECRET_PURPOSE, secret)
        webhook = await endpoints.make(connection, caller, new, sealed, cursor, now_ms)
        await note_of(connection, caller, "made webhook", webhook.hex())
        return MadeWebhook(webhook.hex(), signing.shown(secret), sorted(account.hex() for account in accounts))

    answer = await answer_once(request, port, (idempotency_scope(caller), idempotency_key), work)
    port.webhooks.wake()
    return answer


@get("/webhooks", **MANAGERS, responses=refuses(*DENIALS))
async def list_all(request: Request[Any, Any, Any], port: Port, after: AfterId = None) -> WebhookPage:
    """List the webhooks you may manage, disabled ones included."""
    begin, now_ms = (b"" if after is None else parse_hex(after, ID_BYTES)), clock_ms()
    async with port.database.reading() as connection:
        found = [row for row in await endpoints.list_of(connection, manager_of(request)) if row.id > begin]
    views = [_view(row, now_ms) for row in found[:PAGE]]
    return WebhookPage(views, views[-1].id if len(found) > PAGE else None)


@get("/webhooks/{webhook:str}", **MANAGERS, responses=refuses(*FOUND))
async def show(request: Request[Any, Any, Any], webhook: IdPath, port: Port) -> WebhookView:
    """Show a webhook, how it fares, and why it was disabled."""
    async with port.database.reading() as connection:
        row = await endpoints.find(connection, manager_of(request), parse_hex(webhook, ID_BYTES))
    return _view(row, clock_ms())


def _view(row: Row[Any], now_ms: int) -> WebhookView:
    rotating = row.previous_until_ms is not None and row.previous_until_ms >= now_ms
    return WebhookView(
        id=row.id.hex(),
        url=row.url,
        label=row.label,
        types=sorted(endpoints.types_of(row)),
        accounts=sorted(account.hex() for account in endpoints.accounts_of(row)),
        enabled=row.disabled_reason is None,
        disabled_reason=None if row.disabled_reason is None else DisabledReason(row.disabled_reason),
        disabled_at_ms=row.disabled_at_ms,
        failing_since_ms=row.failing_since_ms,
        paused_until_ms=row.paused_until_ms if row.paused_until_ms > now_ms else None,
        previous_secret_until_ms=row.previous_until_ms if rotating else None,
        created_by=row.created_by.hex(),
        created_at_ms=row.created_at_ms,
    )


@patch(
    "/webhooks/{webhook:str}",
    **MANAGERS,
    before_request=takes(MediaType.JSON),
    responses=refuses(*BODY, *FOUND),
)
async def change(request: Request[Any, Any, Any], webhook: IdPath, data: WebhookChange, port: Port) -> WebhookView:
    """Enable, disable or rename a webhook, or change what it is told of."""
    caller, name, now_ms = manager_of(request), parse_hex(webhook, ID_BYTES), clock_ms()
    wanted = endpoints.Change(data.enabled, data.label, data.types)
    async with port.database.writing() as connection:
        await endpoints.change(connection, caller, name, wanted, now_ms)
        await note_of(connection, caller, "changed webhook", webhook)
        row = await endpoints.find(connection, caller, name)
    port.webhooks.wake()
    return _view(row, now_ms)


@delete("/webhooks/{webhook:str}", **MANAGERS, responses=refuses(*FOUND))
async def remove(request: Request[Any, Any, Any], webhook: IdPath, port: Port) -> None:
    """Delete a webhook and its deliveries; nothing begins after this answer."""
    caller = manager_of(request)
    async with port.database.writing() as connection:
        await endpoints.remove(connection, caller, parse_hex(webhook, ID_BYTES))
        await note_of(connection, caller, "deleted webhook", webhook)


@post(
    "/webhooks/{webhook:str}/secret",
    **MANAGERS,
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={**refuses(*BODY, *idempotent.REFUSALS, *FOUND), **created(RotatedSecret, "The new secret.")},
)
async def rotate(
    request: Request[Any, Any, Any],
    webhook: IdPath,
    data: Nothing,  # noqa: ARG001 - an empty object
    port: Port,
    idempotency_key: IdempotencyKey,
) -> Response[Any]:
    """Give a webhook a new secret, shown only here; the old one signs beside it for 24 hours."""
    caller, name, now_ms, secret = manager_of(request), parse_hex(webhook, ID_BYTES), clock_ms(), signing.new_secret()

    async def work(connection: AsyncConnection) -> RotatedSecret:
        sealed = port.secret.seal(signing.SECRET_PURPOSE, secret)
        until_ms = await endpoints.rotate(connection, caller, name, sealed, now_ms)
        await note_of(connection, caller, "rotated webhook secret", webhook)
        return RotatedSecret(signing.shown(secret), until_ms)

    return await answer_once(request, port, (idempotency_scope(caller), idempotency_key), work)


ROUTES: Final = (make, list_all, show, change, remove, rotate)
"""Routes of this resource."""
