"""DuitNow QR of Malaysia: payments to shops, to people, and bills of JomPAY.

The format indicator is 02. Category 0000 marks a code of a person; the acquirer 898989 a bill of JomPAY, whose biller
code stands in 26-02 and whose reference in 62-90. Field 82 holds a hash by which the acquirer knows its own codes; only
it can check it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr import refusals
from payport.qr.emvco import check_conditions
from payport.qr.rules import COMMON, NUMERIC, Presence, Problem, Rule, span, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payport.qr.emvco import Payload

_M, _C, _O = Presence.MANDATORY, Presence.CONDITIONAL, Presence.OPTIONAL

_JOMPAY: Final = "898989"
_PERSON: Final = "0000"


def _problems(payload: Payload, found: tuple[Found, ...]) -> Iterable[Problem]:
    """Yield a bill without its reference, and a fee that does not fit its indicator."""
    for each in found:
        if each.fields.get("01") == _JOMPAY and not payload.template("62").get("90"):
            yield Problem(refusals.CODE_FIELD_MISSING, "62-90", "a bill of JomPAY has a reference")
    yield from check_conditions(payload.fields)


def _payee(payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the number at the acquirer: of a biller, a person or a shop."""
    for each in found:
        number, acquirer = each.fields.get("02"), each.fields.get("01")
        if number:
            kind = PayeeKind.ACCOUNT if payload.fields.get("52") == _PERSON else PayeeKind.MERCHANT
            return Payee(PayeeKind.BILLER if acquirer == _JOMPAY else kind, number, acquirer)
    return None


SCHEME: Final = Scheme(
    name="duitnow",
    title="DuitNow QR",
    operator="Payments Network Malaysia (PayNet)",
    source="PayNet, DuitNow QR Generation Specification, merchant-presented mode, 1.5, read in a copy",
    templates=(
        Template(
            "Payee",
            span(26, 51),
            ("A0000006150001",),
            table(
                Rule(("00",), "Application identifier", COMMON, 14, 14, _M),
                Rule(("01",), "Acquirer", NUMERIC, 1, 6, _M),
                Rule(("02",), "Number of the payee at the acquirer (QR ID); biller code of JomPAY", COMMON, 1, 28, _M),
                Rule(("03",), "Descriptor", COMMON, 1, 20, _O),
                Rule(("04",), "Telephone number of the shop", COMMON, 1, 15, _O),
            ),
        ),
        Template(
            "Additional data of JomPAY",
            ("62",),
            (),
            table(
                Rule(("90",), "Reference 1", COMMON, 1, 20, _C),
                Rule(("91",), "Reference 2", COMMON, 1, 30, _O),
                Rule(("92",), "Coordinates of the shop", COMMON, 1, 35, _O),
            ),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("02", "01"), "01": ("11", "12"), "53": ("458",), "55": ("01", "02", "03"), "58": ("MY",)},
    bends=(
        "the format indicator (00) is 02; banks write an amount of 0.00 where the payer is to type it; "
        "62-90 to 62-92 and 82 are plain text, not templates."
    ),
    problems=_problems,
    payee=_payee,
)
"""Malaysia's code."""
