"""Card numbers: read once, shown masked, remembered as a keyed digest; the whole number is the core's alone.

A number has 12 to 19 digits, the last of them its check digit (ISO/IEC 7812, Luhn). Numbers of the sandbox begin with
:data:`SANDBOX_PREFIX`: 9 is for national schemes, followed by the country's three digits, and no country is 999, so no
card of the world has such a number.
"""

from __future__ import annotations

import hmac
import re
from typing import Final

from payport.values.hashing import Tag
from payport.values.refusals import RefusalClass, RefusalCode

MALFORMED_CARD_NUMBER: Final = RefusalCode(
    "malformed_card_number",
    RefusalClass.MALFORMED,
    "This is not a card number: a digit is missing or wrong.",
    "卡号有误：缺少数字或数字不正确。",
)
"""It has other characters than digits, too few or too many, or a check digit that does not fit."""

REFUSALS: Final = (MALFORMED_CARD_NUMBER,)
"""Refusals of this module."""

SANDBOX_PREFIX: Final = "9999"
"""First digits of every card of the sandbox."""

SHOWN_DIGITS: Final = 4
"""Last digits of a masked number: what statements and receipts of cards show everywhere."""

MASK: Final = "*" * 4
"""Stands for the rest."""

MAX_TYPED_CHARACTERS: Final = 40
"""What may be typed for a number: its digits, with a space or hyphen between any two."""

_DIGITS: Final = re.compile(r"[0-9]{12,19}")
_TEN: Final = 10
_NINE: Final = 9


class CardNumber:
    """A card number that shows itself masked, whoever prints or logs it."""

    __slots__ = ("_digits",)

    def __init__(self, typed: str) -> None:
        """Read what was typed; spaces and hyphens do not count. Raises ``malformed_card_number``."""
        digits = typed.replace(" ", "").replace("-", "") if len(typed) <= MAX_TYPED_CHARACTERS else ""
        if not _DIGITS.fullmatch(digits) or check_digit(digits[:-1]) != digits[-1]:
            MALFORMED_CARD_NUMBER.refuse()
        self._digits: Final = digits

    @property
    def masked(self) -> str:
        """The number as people may see it."""
        return f"{MASK} {self._digits[-SHOWN_DIGITS:]}"

    def reveal(self) -> str:
        """Return all digits, for the core."""
        return self._digits

    def digest(self, key: bytes) -> bytes:
        """Return what the number is remembered by outside the core: 32 bytes that say nothing without ``key``."""
        return hmac.digest(key, Tag.CARD.value + self._digits.encode(), "sha256")

    def __repr__(self) -> str:
        """Show the masked number only."""
        return f"CardNumber({self.masked})"


def check_digit(digits: str) -> str:
    """Return the Luhn digit that belongs behind ``digits``."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        digit = int(character) * (1 + (place + 1) % 2)
        total += digit if digit <= _NINE else digit - _NINE
    return str(-total % _TEN)
