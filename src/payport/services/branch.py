"""What the services of one institution work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec

from payport.institutions.bridge import Bridge
from payport.services.database import Database
from payport.services.messenger.contract import Messenger
from payport.services.once import MAX_KEY_CHARACTERS, MAX_SCOPE_CHARACTERS, Answered, Asked, fingerprint, once
from payport.services.secret import DigestKey
from payport.services.tables import KEYS
from payport.values import codec
from payport.values.hashing import Tag

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection


class Request(codec.Record, frozen=True):
    """What makes a request one that may be sent again."""

    scope: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SCOPE_CHARACTERS)]
    """Whose key it is: an institution and a caller."""
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_KEY_CHARACTERS)]
    """The caller's Idempotency-Key."""


class Branch(NamedTuple):
    """One institution towards its customers: its bridge to core and ledger, its own database, its messenger."""

    name: str
    """What customers call it."""
    bridge: Bridge
    """Core, journal and ledger; names the institution and holds its signers."""
    database: Database
    """Its own database."""
    secret: DigestKey
    """Its digest key."""
    messenger: Messenger
    """Carries its messages."""

    @property
    def clock(self) -> Callable[[], int]:
        """Milliseconds since the Unix epoch."""
        return self.bridge.clock

    async def once(
        self,
        request: Request,
        operation: str,
        content: object,
        work: Callable[[AsyncConnection], Awaitable[bytes]],
    ) -> Answered:
        """Do ``work`` once for a request; ``content`` is everything that makes it this request.

        Its digest is keyed: a request may hold a card number or a code, and few of those are possible.
        """
        digest = self.secret.digest(Tag.REQUEST, codec.encode(content))
        asked = Asked(request.scope, request.key, fingerprint(operation, digest), self.clock())
        return await once(self.database.writer, KEYS, asked, work)
