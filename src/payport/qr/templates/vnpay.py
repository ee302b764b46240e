"""VNPAY-QR of Vietnam: payments to shops of the processor VNPAY, from before the national code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr.rules import COMMON, Presence, Rule, span, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from payport.qr.emvco import Payload


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the shop."""
    shop = next((each.fields["01"] for each in found if each.fields.get("01")), None)
    return None if shop is None else Payee(PayeeKind.MERCHANT, shop)


SCHEME: Final = Scheme(
    name="vnpay",
    title="VNPAY-QR",
    operator="VNPAY",
    source="codes in circulation and the libraries that write them; the processor's document is not public",
    templates=(
        Template(
            "Merchant",
            span(26, 51),
            ("A000000775",),
            table(
                Rule(("00",), "Identifier of VNPAY", COMMON, 10, 10, Presence.MANDATORY),
                Rule(("01",), "Merchant number", COMMON, 1, 99, Presence.MANDATORY),
            ),
        ),
    ),
    required=("00", "53", "58"),
    values={"00": ("01",), "01": ("11", "12"), "53": ("704",), "55": ("01", "02", "03"), "58": ("VN",)},
    bends="category and city (52, 60) are left out.",
    payee=_payee,
)
"""VNPAY's code."""
