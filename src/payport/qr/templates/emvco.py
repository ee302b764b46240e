"""A merchant code that carries no scheme's identifier: read as EMVCo's specification writes it.

Card networks' own account fields (02 to 25) are of this kind, and so are national codes of schemes without a file here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr.emvco import ACCOUNT_IDS
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme

if TYPE_CHECKING:
    from payport.qr.emvco import Payload


def _payee(payload: Payload, _found: tuple[Found, ...]) -> Payee | None:
    """Return the first account: the payer's app chooses among several by the networks it supports."""
    for field_id, value in payload.fields.items():
        if field_id in ACCOUNT_IDS:
            nested = payload.templates.get(field_id)
            if nested is None:
                return Payee(PayeeKind.MERCHANT, value)
            ids = [text for sub_id, text in nested.items() if sub_id != "00"]
            return Payee(PayeeKind.MERCHANT, ids[0], nested.get("00")) if ids else None
    return None


SCHEME: Final = Scheme(
    name="emvco",
    title="EMVCo merchant code",
    operator="EMVCo",
    source="EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, 1.1",
    templates=(),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("01",)},
    precedence=-2,
    payee=_payee,
)
"""The scheme of a code no other recognises."""
