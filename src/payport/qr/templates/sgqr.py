"""SGQR of Singapore: one code for many wallets, and PayNow's transfers, which also stand alone.

A shop's sticker registers its templates (26 to 50, one a wallet) under an SGQR number in 51. PayNow pays to a telephone
number or a company's registration number (UEN) and says whether the payer may change the amount, and until when the
code holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from payport.qr.rules import COMMON, NUMERIC, Presence, Rule, span, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL

_PAYNOW: Final = "SG.PAYNOW"
_NETS: Final = "SG.COM.NETS"
_REGISTER: Final = "SG.SGQR"
_WALLETS: Final = span(26, 50)

_PROXIES: Final = {
    "0": PayeeKind.PHONE,
    "1": PayeeKind.NATIONAL_ID,
    "2": PayeeKind.BUSINESS_ID,
    "3": PayeeKind.ALIAS,
}
_TWO: Final = "([0-9]{2})"
_DATE: Final = re.compile(f"20{_TWO * 3}")
_TIME: Final = re.compile(f"(?:20)?{_TWO * 6}")
"""Some banks leave out the century."""


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return who is paid by PayNow, which every bank supports; else the number at the first wallet."""
    for each in found:
        kind = _PROXIES.get(each.fields.get("01", ""))
        if each.fields.get("00", "").upper() == _PAYNOW and kind is not None and each.fields.get("02"):
            return Payee(kind, each.fields["02"])
    for each in found:
        guid = each.fields.get("00", "")
        number = each.fields.get("02" if guid.upper() == _NETS else "01")
        if guid.upper() != _REGISTER and number:
            return Payee(PayeeKind.MERCHANT, number, guid)
    return None


def _expires(_payload: Payload, found: tuple[Found, ...]) -> str | None:
    """Return the last day or second of PayNow's code; early codes wrote it in 05, after a reference in 04."""
    for each in found:
        if each.fields.get("00", "").upper() != _PAYNOW:
            continue
        for sub_id in ("04", "05"):
            value = each.fields.get(sub_id, "")
            date = _DATE.fullmatch(value)
            if date is not None:
                return "20{}-{}-{}".format(*date.groups())
            time = _TIME.fullmatch(value)
            if time is not None:
                return "20{}-{}-{}T{}:{}:{}+08:00".format(*time.groups())
    return None


SCHEME: Final = Scheme(
    name="sgqr",
    title="SGQR and PayNow",
    operator="Monetary Authority of Singapore and Association of Banks in Singapore",
    source="Singapore Quick Response Code (SGQR) Specifications, 1.7, read through libraries and its sample codes",
    templates=(
        Template(
            "PayNow",
            _WALLETS,
            (_PAYNOW,),
            table(
                Rule(("00",), "Identifier of PayNow", COMMON, 9, 9, _M),
                Rule(
                    ("01",),
                    "Kind of proxy",
                    NUMERIC,
                    1,
                    1,
                    _M,
                    "0 telephone, 1 identity number, 2 company number (UEN), 3 virtual payment address",
                    _PROXIES.__contains__,
                ),
                Rule(("02",), "Proxy", COMMON, 1, 99, _M),
                Rule(
                    ("03",),
                    "Amount may be changed",
                    NUMERIC,
                    1,
                    1,
                    _O,
                    "0 no, 1 yes",
                    frozenset(("0", "1")).__contains__,
                ),
                Rule(("04",), "Expiry, YYYYMMDD, perhaps with hhmmss; a reference in early codes", COMMON, 1, 35, _O),
                Rule(("05",), "Reference; the expiry in early codes", COMMON, 1, 35, _O),
            ),
        ),
        Template(
            "SGQR's register",
            ("51",),
            (_REGISTER,),
            table(
                Rule(("00",), "Identifier of SGQR", COMMON, 7, 7, _M),
                Rule(("01",), "SGQR number", COMMON, 1, 13, _M),
                Rule(("02",), "Version", COMMON, 1, 7, _O),
                Rule(("03",), "Postal code of the shop", COMMON, 1, 10, _O),
                Rule(("04",), "Level", COMMON, 1, 5, _O),
                Rule(("05",), "Unit number", COMMON, 1, 10, _O),
                Rule(("06",), "Further address or terminal", COMMON, 1, 25, _O),
                Rule(("07",), "Date of this version", COMMON, 1, 25, _O),
            ),
        ),
        Template(
            "NETS",
            _WALLETS,
            (_NETS,),
            table(
                Rule(("00",), "Identifier of NETS", COMMON, 11, 11, _M),
                Rule(("01",), "Version, issuer and expiry of the code", COMMON, 1, 99, _O),
                Rule(("02",), "Merchant number", COMMON, 1, 15, _O),
                Rule(("03",), "Terminal number", COMMON, 1, 8, _O),
                Rule(("09",), "Amount may be changed", COMMON, 1, 1, _O),
                Rule(("99",), "Signature", COMMON, 1, 99, _O),
            ),
        ),
        Template(
            "Another wallet of Singapore",
            _WALLETS,
            (
                "SG.AIRPAY",
                "SG.COM.DASH.WWW",
                "SG.COM.EZLINK",
                "SG.COM.OCBC",
                "SG.COM.UOB",
                "SG.EZI",
            ),
            table(
                Rule(("00",), "Identifier of the wallet", COMMON, 1, 32, _M),
                Rule(("01",), "Merchant number", COMMON, 1, 99, _O),
            ),
        ),
    ),
    required=("00", "52", "53", "58", "60"),
    values={"00": ("01",), "01": ("11", "12"), "53": ("702",), "55": ("01", "02", "03"), "58": ("SG",)},
    bends="a person's code has no name (59), or an empty one; identifiers stand in either letter case.",
    precedence=1,
    payee=_payee,
    expires=_expires,
)
"""Singapore's code."""
