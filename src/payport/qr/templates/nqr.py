"""NQR of Nigeria: payments to shops over NIBSS.

The shop's account stands in a template of NIBSS, the merchant that holds the shop in 15, in UnionPay's form of 8, 8
and 15 characters with asterisks as filler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr.rules import COMMON, Presence, Rule, span, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the shop's number, else the order's."""
    for each in found:
        number = each.fields.get("01") or each.fields.get("02")
        if number:
            return Payee(PayeeKind.MERCHANT, number)
    return None


SCHEME: Final = Scheme(
    name="nqr",
    title="NQR",
    operator="Nigeria Inter-Bank Settlement System (NIBSS)",
    source="NIBSS, NQR interface documentation, read through published answers of banks",
    templates=(
        Template(
            "Merchant",
            span(26, 51),
            ("NG.COM.NIBSSPLC.QR", "NG.COM.NIBSS-PLC.QR"),
            table(
                Rule(("00",), "Identifier of NQR", COMMON, 18, 19, _M),
                Rule(("01",), "Number of the shop (sub-merchant), begins with S", COMMON, 1, 60, _O),
                Rule(("02",), "Number of the order, in a dynamic code", COMMON, 1, 60, _O),
            ),
        ),
    ),
    required=("00", "53", "58", "59"),
    values={"00": ("01",), "53": ("566",), "58": ("NG",)},
    bends="the city (60) is the country's name; 15 holds no account of UnionPay.",
    payee=_payee,
)
"""Nigeria's code."""
