"""A scanned merchant code as something that can be paid on this network, or the reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr import emvco, reading
from payport.qr.limits import MAX_PAYLOAD_CHARACTERS
from payport.qr.refusals import CODE_NOT_RECOGNISED, CODE_TOO_LONG, NOT_OUR_CODE
from payport.qr.templates import payport

if TYPE_CHECKING:
    from payport.qr.templates.payport import MerchantCode

_EMVCO_PREFIX: Final = "0002"


def read(text: str) -> MerchantCode:
    """Read a merchant's code; raises a refusal of :mod:`payport.qr.refusals`, never anything else."""
    if len(text) > MAX_PAYLOAD_CHARACTERS:
        CODE_TOO_LONG.refuse(f"{len(text)} characters")
    if not text.startswith(_EMVCO_PREFIX):
        _refuse_foreign(text)
    payload = emvco.parse(text)
    if payport.SCHEME not in reading.identify(payload):
        _refuse_foreign(text)
    return payport.decode(payload)


def _refuse_foreign(text: str) -> None:
    """Refuse with the name of the scheme the code is of, if any knows it."""
    found = reading.decode(text)
    if found.scheme is None or found.facts.get("pays") is False:
        CODE_NOT_RECOGNISED.refuse()
    NOT_OUR_CODE.refuse(str(found.facts.get("title", found.scheme)))
