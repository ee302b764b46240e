"""What is asked of whoever carries an institution's messages to phones and mailboxes."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from payport.values.refusals import RefusalClass, RefusalCode

MESSENGER_UNAVAILABLE: Final = RefusalCode(
    "messenger_unavailable",
    RefusalClass.UNAVAILABLE,
    "The bank cannot send messages just now; try again shortly.",
    "银行暂时无法发送短信或邮件，请稍后重试。",
)
"""Nothing was sent, as far as is known; the same request sends it again."""

REFUSALS: Final = (MESSENGER_UNAVAILABLE,)
"""Refusals of this module."""


class Message(NamedTuple):
    """One message."""

    address: str
    """Phone number or e-mail address, as :func:`payport.services.messenger.address.read_address` writes it."""
    text: str
    """What it says; it may hold a one-time code and is never logged."""


class Messenger(Protocol):
    """Carries messages."""

    async def send(self, message: Message) -> None:
        """Hand a message over; it may arrive twice, and late. Raises ``messenger_unavailable``."""
