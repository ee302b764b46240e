"""A refusal: a named, documented reason why nothing happened."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NoReturn


class RefusalClass(enum.StrEnum):
    """What kind of reason it is; the gateway maps each class to one HTTP status, once."""

    MALFORMED = "malformed"
    """The bytes are not what the format asks for; sending them again cannot help."""
    UNAUTHORISED = "unauthorised"
    """A signature, key or role does not allow it."""
    NOT_FOUND = "not_found"
    """Something named does not exist."""
    CONFLICT = "conflict"
    """It contradicts what already happened (paid, bound, refunded, closed)."""
    INSUFFICIENT = "insufficient"
    """Money or headroom is missing."""
    LIMIT = "limit"
    """A limit of a key, account, institution or the network is reached."""
    EXPIRED = "expired"
    """It is outside its time of validity."""
    UNAVAILABLE = "unavailable"
    """The network cannot take it just now; the same bytes may be sent again."""


@dataclass(frozen=True, slots=True)
class RefusalCode:
    """One documented reason: its stable code, its class, and a sentence for people in both languages."""

    code: str
    """Stable, lower-case, underscores; never reused for another meaning."""
    refusal_class: RefusalClass
    """Decides the HTTP status."""
    en: str
    """One sentence in English."""
    zh: str
    """The same sentence in simplified Chinese."""

    def refuse(self, detail: str = "") -> NoReturn:
        """Raise this refusal; ``detail`` adds which value broke the rule, never a secret."""
        raise Refusal(self, detail)


class Refusal(Exception):  # noqa: N818 - a refusal is an expected outcome, not an error of the program
    """Raised where a rule says no, before anything was written."""

    def __init__(self, reason: RefusalCode, detail: str = "") -> None:
        """Carry the documented ``reason`` and an optional ``detail`` naming the value that broke it."""
        super().__init__(f"{reason.code}: {detail or reason.en}")
        self.reason = reason
        self.detail = detail

    @property
    def code(self) -> str:
        """The stable code."""
        return self.reason.code
