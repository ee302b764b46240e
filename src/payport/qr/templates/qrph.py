"""QR Ph of the Philippines: to a person (27) or a shop (28, or 27 with a shop's category), over InstaPay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr.rules import COMMON, Presence, Rule, span, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL

_PERSONAL: Final = "6016"
"""Category (52) of a person's code."""


def _payee(payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the account or merchant number, and the bank or wallet that holds it."""
    for each in found:
        number = each.fields.get("04") or each.fields.get("03") or each.fields.get("05")
        if number:
            person = payload.fields.get("52") == _PERSONAL
            kind = PayeeKind.ACCOUNT if person else PayeeKind.MERCHANT
            return Payee(kind, number, each.fields.get("01"))
    return None


SCHEME: Final = Scheme(
    name="qrph",
    title="QR Ph",
    operator="Philippine Payments Management, Inc.",
    source="Bangko Sentral ng Pilipinas, National QR Code Standard, read through published codes of banks and wallets",
    templates=(
        Template(
            "Account",
            span(26, 51),
            ("COM.P2PQRPAY", "PH.PPMI.P2M", "PH.PPMI.QRPH"),
            table(
                Rule(("00",), "Identifier of transfers or of payments to shops", COMMON, 11, 12, _M),
                Rule(("01",), "Bank or wallet (BIC)", COMMON, 8, 11, _M),
                Rule(("02",), "Kind of payment", COMMON, 1, 25, _O),
                Rule(("03",), "Merchant number", COMMON, 1, 35, _O),
                Rule(("04",), "Account, or proof of transfer", COMMON, 1, 35, _O),
                Rule(("05",), "Telephone number, or flags", COMMON, 1, 35, _O),
            ),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("01",), "53": ("608",), "58": ("PH",)},
    payee=_payee,
)
"""The code of the Philippines."""
