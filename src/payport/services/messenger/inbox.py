"""The sandbox's messenger: an inbox in the institution's own database, which demo and tests read instead of a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from payport.services.limits import MAX_INBOX, MAX_INBOX_PAGE, MAX_MESSAGE_CHARACTERS
from payport.services.tables import INBOX
from payport.values import codec

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.services.database import Database
    from payport.services.messenger.contract import Message


class Received(codec.Record, frozen=True):
    """A message as its receiver sees it."""

    text: str
    """What it says."""
    sent_at_ms: int
    """When it was sent, in milliseconds since the Unix epoch."""


class SandboxInbox:
    """See :class:`payport.services.messenger.contract.Messenger`."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        """Keep messages in ``database``."""
        self._database = database
        self._clock = clock

    async def send(self, message: Message) -> None:
        """Keep a message; the oldest of all make room."""
        assert len(message.text) <= MAX_MESSAGE_CHARACTERS, "a message is short"
        values = {"address": message.address, "text": message.text, "sent_at_ms": self._clock()}
        async with self._database.writer.begin() as connection:
            await connection.execute(INBOX.insert().values(**values))
            newest = select(INBOX.c.id).order_by(INBOX.c.id.desc()).limit(1).offset(MAX_INBOX)
            await connection.execute(delete(INBOX).where(INBOX.c.id <= newest.scalar_subquery()))

    async def read(self, address: str) -> tuple[Received, ...]:
        """Return the newest messages to an address, newest first."""
        query = select(INBOX).where(INBOX.c.address == address).order_by(INBOX.c.id.desc()).limit(MAX_INBOX_PAGE)
        async with self._database.reader.connect() as connection:
            return tuple(Received(row.text, row.sent_at_ms) for row in await connection.execute(query))
