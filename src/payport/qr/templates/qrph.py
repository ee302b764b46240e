"""QR Ph of the Philippines: to a person (27) or a shop (28, or 27 with a shop's category), over InstaPay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr.rules import COMMON, Presence, Rule, span, table
from payport.qr.scheme import GUID_ID, Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL

_TRANSFER: Final = "COM.P2PQRPAY"
_PERSON_FIELDS: Final = ("04", "03", "05")
_SHOP_FIELDS: Final = ("03", "04")
_PERSONAL: Final = "6016"
"""Category (52) of a person's code."""


def _payee(payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the person's account or the shop's number, and the bank or wallet that holds it."""
    for each in found:
        person = each.fields[GUID_ID].upper() == _TRANSFER
        order = _PERSON_FIELDS if person else _SHOP_FIELDS
        number = next((each.fields[sub_id] for sub_id in order if each.fields.get(sub_id)), None)
        if number is not None:
            shop = not person or payload.fields.get("52") != _PERSONAL
            return Payee(PayeeKind.MERCHANT if shop else PayeeKind.ACCOUNT, number, each.fields.get("01"))
    return None


_INSTITUTION: Final = Rule(("01",), "Bank or wallet (BIC)", COMMON, 1, 15, _M)

SCHEME: Final = Scheme(
    name="qrph",
    title="QR Ph",
    operator="Philippine Payments Management, Inc.",
    source="Bangko Sentral ng Pilipinas, National QR Code Standard, read through published codes of banks and wallets",
    templates=(
        Template(
            "Transfer to a person",
            span(26, 51),
            (_TRANSFER,),
            table(
                Rule(("00",), "Identifier of transfers", COMMON, 12, 12, _M),
                _INSTITUTION,
                Rule(("02",), "Kind of payment: 99964403, or 99960300", COMMON, 1, 8, _O),
                Rule(("03",), "Number at the wallet", COMMON, 1, 35, _O),
                Rule(("04",), "Account, its token or telephone number", COMMON, 1, 35, _O),
                Rule(("05",), "Telephone number", COMMON, 1, 25, _O),
            ),
        ),
        Template(
            "Payment to a shop",
            span(26, 51),
            ("PH.PPMI.P2M", "PH.PPMI.QRPH"),
            table(
                Rule(("00",), "Identifier of payments to shops", COMMON, 11, 12, _M),
                _INSTITUTION,
                Rule(("02",), "Kind of payment", COMMON, 1, 25, _O),
                Rule(("03",), "Merchant number", COMMON, 1, 35, _O),
                Rule(("04",), "Account of the merchant", COMMON, 1, 35, _O),
                Rule(("05",), "Whom to notify, as three flags", COMMON, 1, 35, _O),
            ),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("01",), "01": ("11", "12"), "53": ("608",), "58": ("PH",)},
    bends="62 begins with an identifier (00), as an account template does; names and cities are cut off, at times with "
    "a space at the end.",
    payee=_payee,
)
"""The code of the Philippines."""
