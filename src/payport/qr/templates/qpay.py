"""QPay of Mongolia: one code for every bank's app, with UnionPay's account in 15 and the bank's in 26 to 51.

The bank's template is marked by an application identifier that begins with A000000843; codes without it are told by
country and currency. Other wallets (WeChat, Alipay) may stand beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr.rules import COMMON, Presence, Rule, span, table
from payport.qr.scheme import GUID_ID, Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL
_UNIONPAY: Final = "15"


def _recognises(payload: Payload) -> bool:
    """Tell whether a code is of Mongolia and in tugrik."""
    return payload.fields.get("58") == "MN" and payload.fields.get("53") == "496"


def _payee(payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the account at the bank, else UnionPay's number."""
    for each in found:
        number = each.fields.get("02") or each.fields.get("01")
        if number:
            bank = each.fields.get("01") if each.fields.get("02") else None
            return Payee(PayeeKind.ACCOUNT, number, bank or each.fields.get(GUID_ID))
    account = payload.fields.get(_UNIONPAY)
    return None if account is None else Payee(PayeeKind.MERCHANT, account)


SCHEME: Final = Scheme(
    name="qpay",
    title="QPay",
    operator="QPay LLC, for the banks of Mongolia",
    source="QPay merchant interface, read through published answers",
    templates=(
        Template(
            "Account at a bank",
            span(26, 51),
            ("A0000008430001", "A000000843000101"),
            table(
                Rule(("00",), "Application identifier", COMMON, 14, 16, _M),
                Rule(("01",), "Bank (BIC), or merchant number", COMMON, 1, 60, _O),
                Rule(("02",), "Account", COMMON, 1, 60, _O),
            ),
        ),
    ),
    required=("00", "52", "53", "58", "59"),
    values={"00": ("01",), "53": ("496",), "58": ("MN",)},
    bends="78 to 80 hold numbers of QPay's own, not templates.",
    recognises=_recognises,
    payee=_payee,
)
"""Mongolia's code."""
