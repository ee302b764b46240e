"""Faster Payment System of Hong Kong: a transfer to whoever an FPS number, a telephone number or an e-mail names.

Category, name and city are not used by the system; its codes write 0000, NA and HK there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from payport.qr import refusals
from payport.qr.emvco import check_conditions
from payport.qr.rules import COMMON, NUMERIC, Presence, Problem, Rule, span, table
from payport.qr.scheme import GUID_ID, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payport.qr.emvco import Payload

_M, _C, _O = Presence.MANDATORY, Presence.CONDITIONAL, Presence.OPTIONAL

GUID: Final = "HK.COM.HKICL"
"""Identifier of the system's template, in upper case."""

_PROXIES: Final = {"02": PayeeKind.ALIAS, "03": PayeeKind.PHONE, "04": PayeeKind.EMAIL}
_PHONE: Final = re.compile(r"\+[0-9]{1,3}-[0-9]{6,15}")
_EMAIL: Final = re.compile("[^@ ]+@[^@ ]+")
_TIME: Final = re.compile("(20)?([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})")


def template_of(payload: Payload) -> tuple[str, Mapping[str, str]] | None:
    """Return id and objects of the system's template; ``None`` where the code has none."""
    for root_id, nested in payload.templates.items():
        if nested.get(GUID_ID, "").upper() == GUID:
            return root_id, nested
    return None


def check(payload: Payload) -> Iterable[Problem]:
    """Yield a template that names nobody, and a fee that does not fit its indicator."""
    own = template_of(payload)
    if own is not None and not any(own[1].get(proxy) for proxy in _PROXIES):
        yield Problem(refusals.CODE_FIELD_MISSING, f"{own[0]}-02", "FPS number, telephone number or e-mail address")
    yield from check_conditions(payload.fields)


def payee(payload: Payload) -> Payee | None:
    """Return who is paid by the system; ``None`` where the code has none of its identifiers."""
    own = template_of(payload)
    fields = {} if own is None else own[1]
    for proxy, kind in _PROXIES.items():
        if fields.get(proxy):
            return Payee(kind, fields[proxy], fields.get("01"))
    return None


def expires(payload: Payload) -> str | None:
    """Return when the merchant's time-out is; ``None`` where the code has none."""
    own = template_of(payload)
    time = None if own is None else _TIME.fullmatch(own[1].get("05", ""))
    if time is None:
        return None
    _, year, month, day, hour, minute, second = time.groups()
    return f"20{year}-{month}-{day}T{hour}:{minute}:{second}+08:00"


SCHEME: Final = Scheme(
    name="fps",
    title="Hong Kong FPS",
    operator="Hong Kong Interbank Clearing Limited",
    source="Payee-presented QR Code Specification for Faster Payment System, 1.2, 2019, read through libraries",
    templates=(
        Template(
            "Payee",
            span(26, 51),
            (GUID,),
            table(
                Rule(("00",), "Identifier of the system", COMMON, 12, 12, _M),
                Rule(("01",), "Clearing code of the payee's bank or wallet", NUMERIC, 3, 3, _C),
                Rule(("02",), "FPS number", NUMERIC, 1, 34, _C),
                Rule(("03",), "Telephone number", COMMON, 1, 34, _C, "+country-number", _PHONE.fullmatch),
                Rule(("04",), "E-mail address", COMMON, 3, 99, _C, "an e-mail address", _EMAIL.fullmatch),
                Rule(("05",), "Merchant's time-out, YYMMDDhhmmss", NUMERIC, 12, 14, _O),
                Rule(
                    ("06",),
                    "Amount may be changed",
                    NUMERIC,
                    1,
                    1,
                    _O,
                    "0 no, 1 yes",
                    frozenset(("0", "1")).__contains__,
                ),
            ),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={
        "00": ("01",),
        "01": ("11", "12"),
        "53": ("344", "156"),
        "55": ("01", "02", "03"),
        "58": ("HK", "NA"),
    },
    bends="early codes write the country as NA too, for not applicable.",
    problems=lambda payload, _: check(payload),
    payee=lambda payload, _: payee(payload),
    expires=lambda payload, _: expires(payload),
)
"""Hong Kong's transfers."""
