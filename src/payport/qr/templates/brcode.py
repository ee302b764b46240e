"""BR Code of Brazil: payments by Pix. A static code names the payee by a key, a dynamic one by an address.

At the address the payer's bank, and nobody here, asks for the signed charge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from payport.qr import refusals
from payport.qr.emvco import check_conditions
from payport.qr.rules import TEXT, Presence, Problem, Rule, span, table
from payport.qr.scheme import GUID_ID, Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL

_KEY: Final = "01"
_URL: Final = "25"
_PIX: Final = "BR.GOV.BCB.PIX"
_ACCOUNTS: Final = frozenset(span(26, 51))

_KINDS: Final = (
    (re.compile(r"\+[0-9]{8,15}"), PayeeKind.PHONE),
    (re.compile(r"[^@\s]+@[^@\s]+"), PayeeKind.EMAIL),
    (re.compile(r"[0-9]{11}"), PayeeKind.NATIONAL_ID),
    (re.compile(r"[0-9]{14}"), PayeeKind.BUSINESS_ID),
)
"""What a key is by its form; anything else is a random key."""


def _problems(payload: Payload, found: tuple[Found, ...]) -> Iterable[Problem]:
    """Yield a Pix account without key and address, and a fee that does not fit its indicator."""
    for each in found:
        if each.id in _ACCOUNTS and each.fields[GUID_ID].upper() == _PIX and not {_KEY, _URL} & each.fields.keys():
            yield Problem(refusals.CODE_FIELD_MISSING, f"{each.id}-{_KEY}", "a key (01) or an address (25)")
    yield from check_conditions(payload.fields)


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the key, or the address where the charge stands."""
    for each in found:
        key = each.fields.get(_KEY)
        if key:
            kind = next((kind for pattern, kind in _KINDS if pattern.fullmatch(key)), PayeeKind.ALIAS)
            return Payee(kind, key)
        if each.fields.get(_URL):
            return Payee(PayeeKind.URL, each.fields[_URL])
    return None


SCHEME: Final = Scheme(
    name="brcode",
    title="BR Code (Pix)",
    operator="Central Bank of Brazil",
    source="Central Bank of Brazil, BR Code manual 2.0 and Pix initiation manual, read through libraries",
    templates=(
        Template(
            "Pix",
            (*span(26, 51), *span(80, 99)),
            (_PIX, "BR.GOV.BCB.SPI"),
            table(
                Rule(("00",), "Identifier of Pix, or of its forerunner", TEXT, 14, 14, _M),
                Rule(("01",), "Key: phone, e-mail, tax number or random", TEXT, 1, 77, _O),
                Rule(("02",), "Description", TEXT, 1, 72, _O),
                Rule(("03",), "Institution that serves withdrawals (ISPB)", TEXT, 8, 8, _O),
                Rule(("25",), "Address of the charge, without https://", TEXT, 1, 77, _O),
            ),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("01",), "53": ("986",), "58": ("BR",)},
    bends="01 is often missing; names hold accents; amounts of zero occur in dynamic codes; 62-05 is *** where no "
    "reference is set; 04 may hold an older account.",
    problems=_problems,
    payee=_payee,
)
"""Brazil's code."""
