"""Contacts: whom a customer pays. They are his own notes; before money goes anywhere the alias is asked for again."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, delete, get, post, put
from litestar.openapi.datastructures import ResponseSpec

from payport.gateway import idempotent
from payport.gateway.access.callers import idempotency_scope
from payport.gateway.access.grants import CUSTOMER, customer_of, open_to
from payport.gateway.access.paths import ID_BYTES, IdPath
from payport.gateway.aliases import AliasText
from payport.gateway.api_keys import AfterId
from payport.gateway.customers import DENIALS
from payport.gateway.idempotent import IdempotencyKey, answer_once
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, MALFORMED_REQUEST, refuses, takes
from payport.services.messenger.address import MALFORMED_ADDRESS, read_address
from payport.services.wallets import contacts
from payport.values.identifiers import parse_hex
from payport.values.text import TypedText

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

PAGE: Final = 200
"""Contacts of a page."""


class ContactNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to be kept, reached by alias, by account, or both."""

    name: Annotated[TypedText, msgspec.Meta(min_length=1, max_length=64)]
    """What the customer calls him or her."""
    alias: AliasText | None = None
    """Phone number or e-mail address."""
    account: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")] | None = None
    """Account."""


class ContactView(msgspec.Struct, frozen=True):
    """A contact."""

    contact: str
    """Contact id."""
    name: str
    """What the customer calls him or her."""
    alias: str | None
    """Phone number or e-mail address in its one spelling."""
    account: str | None
    """Account."""
    changed_at_ms: int
    """When it was written."""


class ContactPage(msgspec.Struct, frozen=True):
    """A page of contacts."""

    contacts: list[ContactView]
    """Contacts by id."""
    next: str | None
    """Cursor of the next page; ``None`` on the last."""


def _read(note: ContactNote) -> contacts.Contact:
    if note.alias is None and note.account is None:
        MALFORMED_REQUEST.refuse("alias or account is needed")
    alias = None if note.alias is None else read_address(note.alias)
    return contacts.Contact(note.name, alias, None if note.account is None else bytes.fromhex(note.account))


@post(
    "/contacts",
    **open_to(CUSTOMER),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *DENIALS, *idempotent.REFUSALS, MALFORMED_ADDRESS, contacts.TOO_MANY_CONTACTS),
        int(HTTPStatus.CREATED): ResponseSpec(ContactView, generate_examples=False, description="The contact."),
    },
)
async def add(
    request: Request[Any, Any, Any], data: ContactNote, port: Port, idempotency_key: IdempotencyKey
) -> Response[Any]:
    """Keep a contact."""
    caller, contact, now_ms = customer_of(request), _read(data), clock_ms()

    async def work(connection: AsyncConnection) -> ContactView:
        made = await contacts.add(connection, caller.id, contact, now_ms)
        return ContactView(made.hex(), contact.name, contact.alias, data.account, now_ms)

    return await answer_once(request, port, (idempotency_scope(caller), idempotency_key), work, port.at_home)


@get("/contacts", **open_to(CUSTOMER), responses=refuses(*DENIALS))
async def list_all(request: Request[Any, Any, Any], port: Port, after: AfterId = None) -> ContactPage:
    """List the customer's contacts."""
    begin = b"" if after is None else parse_hex(after, ID_BYTES)
    async with port.home.reader.connect() as connection:
        rows = await contacts.list_of(connection, customer_of(request).id, PAGE + 1, begin)
    found = [_view(row) for row in rows[:PAGE]]
    return ContactPage(found, found[-1].contact if len(rows) > PAGE else None)


def _view(row: Row[Any]) -> ContactView:
    account = None if row.account is None else row.account.hex()
    return ContactView(row.id.hex(), row.name, row.alias, account, row.changed_at_ms)


@put(
    "/contacts/{contact:str}",
    **open_to(CUSTOMER),
    before_request=takes(MediaType.JSON),
    responses=refuses(*BODY, *DENIALS, MALFORMED_ADDRESS, contacts.UNKNOWN_CONTACT),
)
async def replace(request: Request[Any, Any, Any], contact: IdPath, data: ContactNote, port: Port) -> ContactView:
    """Write a contact anew."""
    wanted, new, now_ms = parse_hex(contact, ID_BYTES), _read(data), clock_ms()
    async with port.home.writer.begin() as connection:
        await contacts.replace(connection, customer_of(request).id, wanted, new, now_ms)
    return ContactView(contact, new.name, new.alias, data.account, now_ms)


@delete("/contacts/{contact:str}", **open_to(CUSTOMER), responses=refuses(*DENIALS, contacts.UNKNOWN_CONTACT))
async def remove(request: Request[Any, Any, Any], contact: IdPath, port: Port) -> None:
    """Forget a contact."""
    async with port.home.writer.begin() as connection:
        await contacts.remove(connection, customer_of(request).id, parse_hex(contact, ID_BYTES))


ROUTES: Final = (add, list_all, replace, remove)
"""Routes of this resource."""
