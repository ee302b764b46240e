"""JPQR of Japan: one merchant number for every code payment, in four parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr.rules import COMMON, Presence, Rule, span, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from payport.qr.emvco import Payload

_M: Final = Presence.MANDATORY
_PARTS: Final = ("01", "02", "03", "04")


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the merchant's number: its four parts, from the operator to the till."""
    parts = [found[0].fields.get(each, "") for each in _PARTS] if found else []
    return Payee(PayeeKind.MERCHANT, "-".join(parts)) if any(parts) else None


SCHEME: Final = Scheme(
    name="jpqr",
    title="JPQR",
    operator="Payments Japan Association",
    source="Payments Japan Association, Code Payment Unified Specification (MPM), read through libraries",
    templates=(
        Template(
            "Merchant number",
            span(26, 51),
            ("JP.OR.PAYMENTSJAPAN",),
            table(
                Rule(("00",), "Identifier of JPQR", COMMON, 19, 19, _M),
                Rule(("01",), "Level 1: operator", COMMON, 13, 13, _M),
                Rule(("02",), "Level 2: company", COMMON, 4, 4, _M),
                Rule(("03",), "Level 3: shop", COMMON, 6, 6, _M),
                Rule(("04",), "Level 4: till", COMMON, 6, 6, _M),
            ),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("01",), "01": ("11", "12"), "53": ("392",), "58": ("JP",)},
    bends="59 and 60 are often three letters x, the name stands in 64 in Japanese.",
    payee=_payee,
)
"""Japan's code."""
