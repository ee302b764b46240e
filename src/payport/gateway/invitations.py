"""The first member of staff of an institution, whom nobody at the port could invite."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from payport.gateway.access import audit, staff
from payport.gateway.access.callers import Role
from payport.gateway.database import open_database
from payport.values.identifiers import MALFORMED_IDENTIFIER, InstitutionId

COMMAND_LINE: Final = "command line"
"""Actor in the audit log of what was done without a session."""


class Invitation(NamedTuple):
    """An invitation."""

    member: str
    """Member id."""
    invitation: str
    """What a passkey is registered with; it works once."""
    expires_at_ms: int
    """Until when, in milliseconds since the Unix epoch."""


async def invite_first(url: str, institution: str, name: str, role: str, now_ms: int) -> Invitation:
    """Invite somebody straight in the port's database; raises ``malformed_identifier`` and ``too_many_staff``."""
    try:
        msgspec.convert(institution, InstitutionId)
        msgspec.convert(name, staff.Name)
    except msgspec.ValidationError as error:
        MALFORMED_IDENTIFIER.refuse(str(error))
    database = open_database(url)
    try:
        async with database.writing() as connection:
            member, invitation, expires_at_ms = await staff.invite(connection, institution, name, Role(role), now_ms)
            deed = audit.Deed(institution, now_ms, COMMAND_LINE, f"invited {role}", member.hex())
            await audit.append(connection, deed)
    finally:
        await database.close()
    return Invitation(member.hex(), invitation, expires_at_ms)
