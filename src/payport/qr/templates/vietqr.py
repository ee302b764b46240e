"""VietQR: transfers and payments over NAPAS, to an account, a card, a shop or a cash machine.

Template 38 nests the payee one level deeper than others: 38-01 is itself objects, ``00`` the bank and ``01`` the
account.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from payport.qr import tlv
from payport.qr.emvco import check_conditions, check_nested
from payport.qr.rules import COMMON, Presence, Rule, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payport.qr.emvco import Payload
    from payport.qr.rules import Problem

_M, _O = Presence.MANDATORY, Presence.OPTIONAL

_BENEFICIARY: Final = "01"
_SERVICE: Final = "02"
_SERVICES: Final = {
    "QRIBFTTA": PayeeKind.ACCOUNT,
    "QRIBFTTC": PayeeKind.CARD,
    "QRPUSH": PayeeKind.MERCHANT,
    "QRCASH": PayeeKind.MERCHANT,
}
_BANK: Final = re.compile("[0-9]{6}|[0-9A-Za-z]{8}")

BENEFICIARY: Final = table(
    Rule(("00",), "Bank: BIN of six digits or CITAD of eight characters", COMMON, 6, 8, _M, "6 or 8", _BANK.fullmatch),
    Rule(("01",), "Account, card, merchant or machine", COMMON, 1, 19, _M),
)
"""Inside 38-01."""


def _problems(payload: Payload, found: tuple[Found, ...]) -> Iterable[Problem]:
    """Yield what is missing or wrong inside 38-01, and a fee that does not fit its indicator.

    What follows the account inside 38-01 is no matter: NAPAS's own first example has one character too many there.
    """
    for each in found:
        if each.fields.get(_BENEFICIARY):
            fields, _ = tlv.scan(each.fields[_BENEFICIARY])
            yield from check_nested(fields, BENEFICIARY, f"{each.id}-{_BENEFICIARY}")
    yield from check_conditions(payload.fields)


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the account and its bank."""
    for each in found:
        fields, _ = tlv.scan(each.fields.get(_BENEFICIARY, ""))
        if fields.get("01"):
            service = each.fields.get(_SERVICE, fields.get(_SERVICE, ""))
            return Payee(_SERVICES.get(service.upper(), PayeeKind.ACCOUNT), fields["01"], fields.get("00"))
    return None


SCHEME: Final = Scheme(
    name="vietqr",
    title="VietQR",
    operator="National Payment Corporation of Vietnam (NAPAS)",
    source="NAPAS, QR Switching, Part IV: QR Code Format, 1.5.2, January 2021, read through libraries",
    templates=(
        Template(
            "Payee",
            ("38",),
            ("A000000727",),
            table(
                Rule(("00",), "Identifier of NAPAS", COMMON, 10, 10, _M),
                Rule(("01",), "Beneficiary, itself objects: 00 the bank, 01 the account", COMMON, 1, 99, _M),
                Rule(
                    ("02",),
                    "Service",
                    COMMON,
                    6,
                    10,
                    _O,
                    "QRIBFTTA to an account, QRIBFTTC to a card, QRPUSH to a merchant, QRCASH a withdrawal",
                    _SERVICES.__contains__,
                ),
            ),
        ),
    ),
    required=("00", "01", "38", "53", "58"),
    values={"00": ("01",), "01": ("11", "12"), "53": ("704",), "55": ("01", "02", "03"), "58": ("VN",)},
    bends="transfers leave out category, name and city (52, 59, 60); some banks write the checksum in lower case.",
    problems=_problems,
    payee=_payee,
)
"""Vietnam's code."""
