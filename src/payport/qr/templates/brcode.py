"""BR Code of Brazil: payments by Pix. A static code names the payee by a key, a dynamic one by an address.

At the address the payer's bank, and nobody here, asks for the signed charge. A code of recurring payments (Pix
Automatico) names in 80 to 99 a second address, where the mandate stands; 26 then holds a key, an address, or nothing
but the identifier.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from payport.qr import refusals
from payport.qr.emvco import check_conditions
from payport.qr.rules import COMMON, NUMERIC, TEXT, Presence, Problem, Rule, span, table
from payport.qr.scheme import GUID_ID, Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL

_KEY: Final = "01"
_WITHDRAWAL: Final = "03"
_BANK: Final = "21"
_ACCOUNT: Final = "23"
_URL: Final = "25"
_PIX: Final = "BR.GOV.BCB.PIX"
_SPI: Final = "BR.GOV.BCB.SPI"
_ACCOUNTS: Final = span(26, 51)
_RECURRING: Final = span(80, 99)

_ADDRESS: Final = re.compile(r"(?!https?://)[^\s/]+\.\S+", re.IGNORECASE)
"""A host with a point and a path; the protocol is left out."""

_KINDS: Final = (
    (re.compile(r"\+[0-9]{8,15}"), PayeeKind.PHONE),
    (re.compile(r"[^@\s]+@[^@\s]+"), PayeeKind.EMAIL),
    (re.compile(r"[0-9]{11}"), PayeeKind.NATIONAL_ID),
    (re.compile(r"[0-9A-Z]{12}[0-9]{2}"), PayeeKind.BUSINESS_ID),
)
"""What a key is by its form; anything else is a random key."""


def _problems(payload: Payload, found: tuple[Found, ...]) -> Iterable[Problem]:
    """Yield an account whose parts do not go together, and a fee that does not fit its indicator."""
    recurring = any(each.id in _RECURRING for each in found)
    for each in found:
        if each.id in _ACCOUNTS and each.fields[GUID_ID].upper() == _PIX:
            yield from _account_problems(each, recurring=recurring)
        address = each.fields.get(_URL)
        if address and not _ADDRESS.fullmatch(address):
            yield Problem(refusals.CODE_FIELD_INVALID, f"{each.id}-{_URL}", "a host and a path, without https://")
    yield from check_conditions(payload.fields)


def _account_problems(account: Found, *, recurring: bool) -> Iterable[Problem]:
    """Yield what is wrong between the objects of a Pix account."""
    key, address = account.fields.get(_KEY), account.fields.get(_URL)
    if not key and not address and not recurring:
        yield Problem(refusals.CODE_FIELD_MISSING, f"{account.id}-{_KEY}", "a key (01) or an address (25)")
    if key and address:
        yield Problem(refusals.CODE_FIELD_INVALID, f"{account.id}-{_URL}", "a key (01) or an address (25), not both")
    if address and _WITHDRAWAL in account.fields:
        yield Problem(refusals.CODE_FIELD_INVALID, f"{account.id}-{_WITHDRAWAL}", "goes with a key (01) alone")


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the key, else the account of Pix's forerunner, else the address where the charge stands."""
    for each in found:
        key = each.fields.get(_KEY)
        if key and each.id in _ACCOUNTS:
            kind = next((kind for pattern, kind in _KINDS if pattern.fullmatch(key)), PayeeKind.ALIAS)
            return Payee(kind, key)
        if each.fields.get(_ACCOUNT):
            return Payee(PayeeKind.ACCOUNT, each.fields[_ACCOUNT], each.fields.get(_BANK))
        if each.fields.get(_URL):
            return Payee(PayeeKind.URL, each.fields[_URL])
    return None


SCHEME: Final = Scheme(
    name="brcode",
    title="BR Code (Pix)",
    operator="Central Bank of Brazil",
    source="Central Bank of Brazil, BR Code manual 2.0.1 and Manual of Standards for Initiating Pix 2.10.0",
    templates=(
        Template(
            "Pix",
            _ACCOUNTS,
            (_PIX,),
            table(
                Rule(("00",), "Identifier of Pix", COMMON, 14, 14, _M),
                Rule(("01",), "Key: phone, e-mail, tax number or random", TEXT, 1, 77, _O),
                Rule(("02",), "Description", TEXT, 1, 72, _O),
                Rule(("03",), "Institution that serves withdrawals (ISPB)", NUMERIC, 8, 8, _O),
                Rule(("25",), "Address of the charge, without https://", TEXT, 1, 77, _O),
            ),
        ),
        Template(
            "Pix's forerunner of 2019",
            _ACCOUNTS,
            (_SPI,),
            table(
                Rule(("00",), "Identifier of the instant payment system", COMMON, 14, 14, _M),
                Rule(("01",), "Key", TEXT, 1, 77, _O),
                Rule(("21",), "Institution (ISPB)", NUMERIC, 8, 8, _O),
                Rule(("22",), "Branch", COMMON, 1, 4, _O),
                Rule(("23",), "Account", COMMON, 1, 20, _O),
                Rule(("24",), "Further identification", COMMON, 1, 35, _O),
            ),
        ),
        Template(
            "Recurring payments",
            _RECURRING,
            (_PIX, _SPI),
            table(
                Rule(("00",), "Identifier of Pix, or of its forerunner", COMMON, 14, 14, _M),
                Rule(("01",), "Address, in codes of 2019", TEXT, 1, 77, _O),
                Rule(("25",), "Address of the mandate, without https://", TEXT, 1, 77, _O),
            ),
        ),
        Template(
            "Additional data",
            ("62",),
            (),
            table(Rule(("05",), "Reference (txid), or *** where none is set", COMMON, 1, 35, _O)),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("01",), "01": ("11", "12"), "53": ("986",), "58": ("BR",)},
    bends="01 is often missing; names hold accents or run past 25 characters, cities past 15; amounts of zero occur; "
    "04 may hold a card network's account.",
    problems=_problems,
    payee=_payee,
)
"""Brazil's code."""
