"""QRIS of Indonesia: one code for every bank and wallet, payments to shops and transfers to people.

The acquirer's account of the shop stands in 26 to 45, its national number in 51. Transfers (62-08 BOOK, DMCT or XBCT)
name the customer's account in 40. Codes of a single acquirer leave out 51.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr import refusals
from payport.qr.emvco import check_conditions
from payport.qr.rules import COMMON, NUMERIC, Presence, Problem, Rule, span, table
from payport.qr.scheme import GUID_ID, Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL

_NATIONAL: Final = "51"
_TRANSFER: Final = "40"
_TEMPLATES: Final = frozenset(span(26, 51))
_ACQUIRERS: Final = span(26, 45)


def _recognises(payload: Payload) -> bool:
    """Tell whether a code is in rupiah, of Indonesia, and holds an account of an acquirer."""
    fields = payload.fields
    return fields.get("58") == "ID" and fields.get("53") == "360" and not _TEMPLATES.isdisjoint(fields)


def _problems(payload: Payload, _found: tuple[Found, ...]) -> Iterable[Problem]:
    """Yield accounts that cannot be read, and a fee that does not fit its indicator."""
    for field_id in payload.fields.keys() & _TEMPLATES:
        if field_id not in payload.templates:
            yield Problem(refusals.CODE_FIELD_INVALID, field_id, "the account does not hold objects")
    yield from check_conditions(payload.fields)


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the shop's national number or the customer's account, and the acquirer that holds it."""
    accounts = [each for each in found if each.id != _NATIONAL]
    acquirer = accounts[0].fields.get(GUID_ID) if accounts else None
    for each in found:
        if each.id == _NATIONAL and each.fields.get("02"):
            return Payee(PayeeKind.MERCHANT, each.fields["02"], acquirer)
    for each in accounts:
        number = each.fields.get("01") or each.fields.get("02")
        if number:
            kind = PayeeKind.ACCOUNT if each.id == _TRANSFER else PayeeKind.MERCHANT
            return Payee(kind, number, each.fields.get(GUID_ID))
    return None


_PAN: Final = Rule(("01",), "Number of the shop or customer (PAN)", NUMERIC, 1, 19, _O)
_TYPE: Final = Rule(
    ("03",), "Kind of business: UMI micro, UKE small, UME medium, UBE large, URE others", COMMON, 3, 3, _O
)

SCHEME: Final = Scheme(
    name="qris",
    title="QRIS",
    operator="Bank Indonesia and Indonesian Payment System Association (ASPI)",
    source="Bank Indonesia, National Standard QR Code for Payments, merchant-presented mode, read through libraries",
    templates=(
        Template(
            "Account at the acquirer",
            _ACQUIRERS,
            (),
            table(
                Rule(("00",), "Identifier of the acquirer", COMMON, 1, 32, _M),
                _PAN,
                Rule(("02",), "Merchant number at the acquirer", COMMON, 1, 15, _O),
                _TYPE,
            ),
        ),
        Template(
            "National register of merchants",
            (*_ACQUIRERS, _NATIONAL),
            ("ID.CO.QRIS.WWW", "ID.OR.QRNPG.WWW"),
            table(
                Rule(("00",), "Identifier of QRIS or of the national payment gateway", COMMON, 14, 15, _M),
                Rule(("01",), "Number of the shop (PAN)", COMMON, 1, 19, _O),
                Rule(("02",), "National merchant number (NMID)", COMMON, 1, 15, _O),
                _TYPE,
            ),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("01",), "01": ("11", "12"), "53": ("360",), "55": ("01", "02", "03"), "58": ("ID",)},
    bends="names and cities longer than 25 and 15 characters occur; the postal code (61) is often missing.",
    precedence=1,
    recognises=_recognises,
    problems=_problems,
    payee=_payee,
)
"""Indonesia's code."""
