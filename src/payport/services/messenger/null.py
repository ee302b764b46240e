"""No messenger, for institutions that have none: whatever needs a message is refused, and nothing is pretended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.services.messenger.contract import MESSENGER_UNAVAILABLE

if TYPE_CHECKING:
    from payport.services.messenger.contract import Message


class NullMessenger:
    """See :class:`payport.services.messenger.contract.Messenger`."""

    async def send(self, message: Message) -> None:
        """Carry nothing."""
        del message
        MESSENGER_UNAVAILABLE.refuse("this institution has no messenger")
