"""The sandbox: what a phone or mailbox would have received. Banks that send real messages show none."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import get

from payport.gateway.access.grants import ANYBODY, open_to
from payport.gateway.access.paths import InstitutionPath
from payport.gateway.aliases import AliasQuery
from payport.gateway.desks import DESK
from payport.gateway.port import Port
from payport.gateway.problems import refuses
from payport.services.desk.operations import NOT_A_SANDBOX
from payport.services.messenger.address import MALFORMED_ADDRESS


class MessageView(msgspec.Struct, frozen=True):
    """A message."""

    text: str
    """What it says."""
    sent_at_ms: int
    """When it was sent."""


class Inbox(msgspec.Struct, frozen=True):
    """The newest messages to an address."""

    messages: list[MessageView]
    """Messages, newest first."""


@get(
    "/sandbox/{institution:str}/inbox",
    **open_to(ANYBODY),
    responses=refuses(*DESK, NOT_A_SANDBOX, MALFORMED_ADDRESS),
)
async def show(institution: InstitutionPath, address: AliasQuery, port: Port) -> Inbox:
    """Show what an address has received from a bank of the sandbox."""
    found = await port.desks.at(institution).inbox(address)
    return Inbox([MessageView(each.text, each.sent_at_ms) for each in found])


ROUTES: Final = (show,)
"""Routes of this resource."""
