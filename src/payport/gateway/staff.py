"""Staff: administrators invite and remove members of their institution; an invited one registers a passkey."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import MediaType, Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec

from payport.gateway import idempotent
from payport.gateway.access import audit, credentials, passkeys, staff
from payport.gateway.access.callers import Kind, Role, idempotency_scope
from payport.gateway.access.challenges import require_challenge
from payport.gateway.access.grants import ANYBODY, open_to, staff_of
from payport.gateway.access.grants import staff as members
from payport.gateway.access.limits import SIGN_IN_RATE
from payport.gateway.access.paths import ID_BYTES, IdPath
from payport.gateway.access.secrets import digest
from payport.gateway.api_keys import DENIALS, PAGE, AfterId, note
from payport.gateway.customers import Label
from payport.gateway.idempotent import IdempotencyKey, answer_once
from payport.gateway.per_address import address_of
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import BODY, refuses, takes
from payport.gateway.sessions import ChallengeBytes
from payport.values.identifiers import parse_hex

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class NewMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to be invited."""

    name: staff.Name
    """Name shown to colleagues."""
    role: Role
    """What he or she shall do."""


class Invited(msgspec.Struct, frozen=True):
    """An invitation."""

    member: str
    """Member id."""
    invitation: str
    """What the invited person registers a passkey with, shown only here; it works once."""
    expires_at_ms: int
    """Until when it can be taken up."""


class MemberView(msgspec.Struct, frozen=True):
    """A member of staff."""

    member: str
    """Member id."""
    name: str
    """Name shown to colleagues."""
    role: Role
    """What he or she does."""
    created_at_ms: int
    """When he or she was invited."""
    removed_at_ms: int | None
    """When he or she was removed."""


class MemberPage(msgspec.Struct, frozen=True):
    """A page of members."""

    members: list[MemberView]
    """Members by id."""
    next: str | None
    """Cursor of the next page; ``None`` on the last."""


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invitation taken up."""

    invitation: Annotated[
        str, msgspec.Meta(min_length=staff.INVITATION_CHARACTERS, max_length=staff.INVITATION_CHARACTERS)
    ]
    """The invitation."""
    challenge: ChallengeBytes
    """The challenge the passkey answers, base64."""
    label: Label
    """What its owner calls the passkey."""
    passkey: passkeys.NewPasskey
    """The passkey."""


class Accepted(msgspec.Struct, frozen=True):
    """A passkey of a member of staff."""

    member: str
    """Member id."""
    credential: str
    """Credential id."""
    institution: str
    """Where he or she works."""
    role: Role
    """What he or she does."""


@post(
    "/staff",
    **open_to(members(Role.ADMINISTRATOR)),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *idempotent.REFUSALS, *DENIALS, staff.TOO_MANY_STAFF),
        int(HTTPStatus.CREATED): ResponseSpec(Invited, generate_examples=False, description="The invitation."),
    },
)
async def invite(
    request: Request[Any, Any, Any], data: NewMember, port: Port, idempotency_key: IdempotencyKey
) -> Response[Any]:
    """Invite a colleague; the answer alone shows the invitation."""
    caller = staff_of(request)

    async def work(connection: AsyncConnection) -> Invited:
        made = await staff.invite(connection, caller.institution, data.name, data.role, clock_ms())
        await note(connection, caller, f"invited {data.role}", made[0].hex())
        return Invited(made[0].hex(), *made[1:])

    return await answer_once(request, port, (idempotency_scope(caller), idempotency_key), work)


@post(
    "/staff/passkeys",
    **open_to(ANYBODY),
    status_code=HTTPStatus.CREATED,
    before_request=takes(MediaType.JSON),
    responses={
        **refuses(*BODY, *idempotent.REFUSALS, *DENIALS, passkeys.PASSKEY_REFUSED, *credentials.REFUSALS[:2]),
        int(HTTPStatus.CREATED): ResponseSpec(Accepted, generate_examples=False, description="The passkey."),
    },
)
async def accept(
    request: Request[Any, Any, Any], data: Acceptance, port: Port, idempotency_key: IdempotencyKey
) -> Response[Any]:
    """Take up an invitation: register the passkey to sign in with."""
    await port.rates.take(SIGN_IN_RATE, address_of(request.scope))
    require_challenge(port.secret, data.challenge, clock_ms())
    made = passkeys.register(port.settings, data.challenge, data.passkey)
    new = credentials.NewCredential(credentials.PASSKEY, made.passkey, made.public_key, data.label)

    async def work(connection: AsyncConnection) -> Accepted:
        now_ms = clock_ms()
        member = await staff.accept(connection, data.invitation, now_ms)
        credential = await credentials.add(connection, Kind.STAFF, member.id, new, now_ms)
        deed = audit.Deed(member.institution, now_ms, member.id.hex(), "registered passkey", credential.hex())
        await audit.append(connection, deed)
        return Accepted(member.id.hex(), credential.hex(), member.institution, Role(member.role))

    return await answer_once(
        request, port, (f"invitation:{digest(data.invitation.encode()).hex()}", idempotency_key), work
    )


@get("/staff", **open_to(members(Role.ADMINISTRATOR)), responses=refuses(*DENIALS))
async def list_all(request: Request[Any, Any, Any], port: Port, after: AfterId = None) -> MemberPage:
    """List the institution's staff, former members included."""
    begin = b"" if after is None else parse_hex(after, ID_BYTES)
    async with port.database.reading() as connection:
        rows = await staff.list_of(connection, staff_of(request).institution, PAGE + 1, begin)
    found = [
        MemberView(row.id.hex(), row.name, Role(row.role), row.created_at_ms, row.removed_at_ms) for row in rows[:PAGE]
    ]
    return MemberPage(found, found[-1].member if len(rows) > PAGE else None)


@delete(
    "/staff/{member:str}",
    **open_to(members(Role.ADMINISTRATOR)),
    responses=refuses(*DENIALS, staff.UNKNOWN_STAFF, staff.LAST_ADMINISTRATOR),
)
async def remove(request: Request[Any, Any, Any], member: IdPath, port: Port) -> None:
    """Remove a member: keys and sessions end at once."""
    caller = staff_of(request)
    async with port.database.writing() as connection:
        await staff.remove(connection, caller.institution, parse_hex(member, ID_BYTES), clock_ms())
        await note(connection, caller, "removed member", member)


ROUTES: Final = (invite, accept, list_all, remove)
"""Routes of this resource."""
