"""Any scanned text: which scheme it is of, by a table, and what it says. A new scheme is one file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.qr import emvco
from payport.qr.limits import MAX_PAYLOAD_CHARACTERS
from payport.qr.refusals import CODE_NOT_RECOGNISED, CODE_TOO_LONG, NOT_OUR_CODE
from payport.qr.templates import payport

if TYPE_CHECKING:
    from collections.abc import Callable

_EMVCO_PREFIX: Final = "0002"


class Scheme(NamedTuple):
    """How one scheme's merchant codes are recognised and read."""

    name: str
    """Stable name."""
    recognises: Callable[[emvco.Payload], bool]
    """Whether a payload is one of its codes."""
    decode: Callable[[emvco.Payload], payport.MerchantCode]
    """What the code asks for."""


SCHEMES: Final = (Scheme(payport.SCHEME, payport.recognises, payport.decode),)
"""Schemes of merchant codes, first match wins."""


def read(text: str) -> payport.MerchantCode:
    """Read a merchant's code; raises a refusal of :mod:`payport.qr.refusals`, never anything else."""
    if len(text) > MAX_PAYLOAD_CHARACTERS:
        CODE_TOO_LONG.refuse(f"{len(text)} characters")
    if not text.startswith(_EMVCO_PREFIX):
        CODE_NOT_RECOGNISED.refuse()
    payload = emvco.parse(text)
    for scheme in SCHEMES:
        if scheme.recognises(payload):
            return scheme.decode(payload)
    return NOT_OUR_CODE.refuse()
