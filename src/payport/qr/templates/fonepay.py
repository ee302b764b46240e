"""Fonepay of Nepal: payments to shops over the members of Fonepay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr.rules import COMMON, Presence, Rule, span, table
from payport.qr.scheme import GUID_ID, Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the merchant's number: the first object beside the identifier."""
    for each in found:
        for sub_id, value in each.fields.items():
            if sub_id != GUID_ID and value:
                return Payee(PayeeKind.MERCHANT, value)
    return None


SCHEME: Final = Scheme(
    name="fonepay",
    title="Fonepay",
    operator="Fonepay Payment Service",
    source="Fonepay merchant codes as banks of Nepal print them, read through published codes",
    templates=(
        Template(
            "Merchant",
            span(26, 51),
            ("FONEPAY.COM",),
            table(
                Rule(("00",), "Identifier of Fonepay", COMMON, 11, 11, _M),
                Rule(("01",), "Merchant code, in a dynamic code", COMMON, 1, 60, _O),
                Rule(("02",), "Terminal number", COMMON, 1, 60, _O),
                Rule(("06",), "Number of the request, in a dynamic code", COMMON, 1, 60, _O),
                Rule(("07",), "Merchant's number, in a sticker", COMMON, 1, 60, _O),
            ),
        ),
    ),
    required=("00", "53", "58", "59"),
    values={"00": ("01",), "53": ("524",), "58": ("NP",)},
    bends="the checksum is often in lower case; 15 of a dynamic code is filled with a colon or zeros.",
    payee=_payee,
)
"""Fonepay's code."""
