"""The network's own pay code: a consumer-presented code that carries the payer's signed authority.

Application ``F0`` ``PAYPORT`` (an unregistered identifier, ISO/IEC 7816-4), a token number in ``5A`` (never a card's),
and the authority in the application-specific transparent template ``63``, as object ``DF01`` (private class). The
authority is opaque here: the till's acquirer hands it to the ledger, which verifies it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from payport.qr import ber, cpm
from payport.qr.refusals import CODE_FIELD_INVALID, CODE_FIELD_MISSING, NOT_OUR_CODE

AID: Final = b"\xf0PAYPORT"
"""Application identifier of the network."""

AUTHORITY_TAG: Final = "DF01"
"""Object of the authority inside template 63."""

LABEL: Final = b"PAYPORT"
"""Application label."""

MAX_AUTHORITY_BYTES: Final = 320
"""Bytes of an authority: with everything around them the base64 text has at most 512 characters, which is what every
reader takes."""

_TOKEN: Final = re.compile("[0-9]{12,19}")


class PayCode(NamedTuple):
    """What a pay code carries."""

    token: str
    """Token number, 12 to 19 digits."""
    authority: bytes
    """Encoded signed authority."""


def encode(code: PayCode) -> str:
    """Write the payload; raises ``code_field_invalid``."""
    if not _TOKEN.fullmatch(code.token):
        CODE_FIELD_INVALID.refuse("5A: a token number has 12 to 19 digits")
    if not 1 <= len(code.authority) <= MAX_AUTHORITY_BYTES:
        CODE_FIELD_INVALID.refuse(f"63: an authority of {len(code.authority)} bytes, not 1 to {MAX_AUTHORITY_BYTES}")
    number = bytes.fromhex(code.token + "F" * (len(code.token) % 2))
    authority = ber.Object(cpm.APPLICATION_TRANSPARENT, b"", (ber.Object(AUTHORITY_TAG, code.authority),))
    text = cpm.encode((cpm.Application(AID, (ber.Object("50", LABEL), ber.Object("5A", number), authority)),))
    assert len(text) <= cpm.READER_BYTES
    return text


def decode(text: str) -> PayCode:
    """Read a payload; raises ``not_our_code``, ``code_field_missing`` or what is wrong with it."""
    code = cpm.read(text)
    for problem in code.problems:
        problem.reason.refuse(f"{problem.id}: {problem.message}" if problem.id else problem.message)
    if AID.hex().upper() not in code.aids:
        NOT_OUR_CODE.refuse()
    authority, number = code.find(AUTHORITY_TAG), code.find("5A")
    if authority is None or number is None:
        CODE_FIELD_MISSING.refuse(f"63-{AUTHORITY_TAG}: the authority")
    return PayCode(number.hex().upper().rstrip("F"), authority)
