"""Bharat QR of India: accounts of card networks (02 to 07), a bank account (08), and UPI (26 to 28).

The card networks' accounts are numbers, not templates; 08 is a bank's IFSC code of eleven characters and an account.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from payport.qr.rules import COMMON, Presence, Rule, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL

_UPI: Final = ("A000000524", "A0000005241010")
_VPA: Final = "26"
_BANK: Final = "08"
_IFSC: Final = re.compile(r"[A-Z]{4}[0-9A-Z]{7}.+", re.IGNORECASE)
_IFSC_CHARACTERS: Final = 11
_CARDS: Final = ("02", "03", "04", "05", "06", "07", "11", "12")
_IDENTIFIER: Final = Rule(("00",), "Identifier of RuPay and UPI", COMMON, 10, 14, _M)


def _recognises(payload: Payload) -> bool:
    """Tell whether a code of India in rupees holds a bank account or a card network's."""
    fields = payload.fields
    return fields.get("58") == "IN" and (_BANK in fields or not fields.keys().isdisjoint(_CARDS))


def _payee(payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the UPI address, else the bank account, else the first card network's number."""
    for each in found:
        if each.id == _VPA and each.fields.get("01"):
            return Payee(PayeeKind.ALIAS, each.fields["01"])
    account = payload.fields.get(_BANK, "")
    if _IFSC.fullmatch(account):
        return Payee(PayeeKind.ACCOUNT, account[_IFSC_CHARACTERS:], account[:_IFSC_CHARACTERS])
    return next((Payee(PayeeKind.MERCHANT, payload.fields[each]) for each in _CARDS if each in payload.fields), None)


SCHEME: Final = Scheme(
    name="bharatqr",
    title="Bharat QR",
    operator="National Payments Corporation of India (NPCI)",
    source="NPCI, Bharat QR Code Specification 4.0.1, read through published codes of banks and processors",
    templates=(
        Template(
            "UPI address",
            (_VPA,),
            _UPI,
            table(
                _IDENTIFIER,
                Rule(("01",), "UPI address (VPA)", COMMON, 1, 99, _M),
                Rule(("02",), "Least amount", COMMON, 1, 13, _O),
            ),
        ),
        Template(
            "UPI reference",
            ("27",),
            _UPI,
            table(
                _IDENTIFIER,
                Rule(("01",), "Transaction reference", COMMON, 1, 35, _O),
                Rule(("02",), "Address of the bill", COMMON, 1, 99, _O),
            ),
        ),
        Template(
            "Aadhaar",
            ("28",),
            _UPI,
            table(_IDENTIFIER, Rule(("01",), "Aadhaar number", COMMON, 1, 12, _O)),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("01",), "53": ("356",), "58": ("IN",)},
    bends="06 to 08 are RuPay and bank accounts, which EMVCo reserves; some banks write the checksum in lower case.",
    recognises=_recognises,
    payee=_payee,
)
"""India's code."""
