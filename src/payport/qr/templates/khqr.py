"""KHQR of Cambodia: payments over Bakong, to a person (29) or a merchant (30), often with UnionPay's account in 15.

The template's ``00`` is no fixed identifier but the account itself, a name at a bank (``name@bank``), so a code is
recognised by that form. A dynamic code has an amount, and in 99 when it was made and when it ends, in milliseconds;
whether that time is past is not asked here. The end became a rule in 2024: older codes have only the time of making.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from payport.qr import refusals
from payport.qr.rules import COMMON, TEXT, Presence, Problem, Rule, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payport.qr.emvco import Payload

_M, _O = Presence.MANDATORY, Presence.OPTIONAL

_PERSON: Final = "29"
_MERCHANT: Final = "30"
_TIMES: Final = "99"
_MADE: Final = "00"
_ENDS: Final = "01"
_DYNAMIC: Final = "12"

_MILLISECONDS: Final = re.compile("[0-9]{13}")
_END_ASKED_FROM_MS: Final = 1_725_148_800_000
"""1 September 2024: codes made before this have no end."""

_LIMITS: Final = {
    "52": (re.compile("[0-9]{1,4}"), "one to four digits"),
    "54": (re.compile(".{1,13}", re.DOTALL), "at most 13 characters"),
    "58": (re.compile(".{2,3}", re.DOTALL), "a country"),
    "59": (re.compile(".{1,25}", re.DOTALL), "at most 25 characters"),
}
"""For root fields, what the bank's own program refuses otherwise."""


def _recognises(payload: Payload) -> bool:
    """Tell whether 29 or 30 names an account at a bank; in a code of Cambodia whatever it names."""
    for root_id in (_PERSON, _MERCHANT):
        if "@" in payload.templates.get(root_id, {}).get("00", ""):
            return True
    return payload.fields.get("58") == "KH" and (_PERSON in payload.fields or _MERCHANT in payload.fields)


def _problems(payload: Payload, _found: tuple[Found, ...]) -> Iterable[Problem]:
    """Yield a missing account, values too long, and a dynamic code without amount or end."""
    fields = payload.fields
    if not any(payload.templates.get(root_id) for root_id in (_PERSON, _MERCHANT)):
        yield Problem(refusals.CODE_FIELD_MISSING, _PERSON, "account of a person (29) or merchant (30)")
    for field_id, (pattern, says) in _LIMITS.items():
        if fields.get(field_id) and not pattern.fullmatch(fields[field_id]):
            yield Problem(refusals.CODE_FIELD_INVALID, field_id, says)
    dynamic = fields.get("01") == _DYNAMIC
    if dynamic and not fields.get("54"):
        yield Problem(refusals.CODE_FIELD_MISSING, "54", "a dynamic code has an amount")
    if (dynamic or fields.get("54")) and not fields.get(_TIMES):
        yield Problem(refusals.CODE_FIELD_MISSING, _TIMES, "a code with an amount has its times")
    elif dynamic:
        yield from _check_times(payload.template(_TIMES))


def _check_times(times: Mapping[str, str]) -> Iterable[Problem]:
    made, ends = times.get(_MADE, ""), times.get(_ENDS, "")
    if not ends:
        if not _MILLISECONDS.fullmatch(made) or int(made) >= _END_ASKED_FROM_MS:
            yield Problem(refusals.CODE_FIELD_MISSING, "99-01", "a dynamic code has an end")
    elif not _MILLISECONDS.fullmatch(ends):
        yield Problem(refusals.CODE_FIELD_INVALID, "99-01", "13 digits, milliseconds since 1970")
    elif _MILLISECONDS.fullmatch(made) and int(ends) < int(made):
        yield Problem(refusals.CODE_FIELD_INVALID, "99-01", "a code does not end before it was made")


def _payee(_payload: Payload, found: tuple[Found, ...]) -> Payee | None:
    """Return the merchant's number and its bank, else the account."""
    for each in found:
        if each.id in (_PERSON, _MERCHANT) and each.fields.get("00"):
            if each.id == _MERCHANT and each.fields.get("01"):
                return Payee(PayeeKind.MERCHANT, each.fields["01"], each.fields.get("02") or each.fields["00"])
            return Payee(PayeeKind.ACCOUNT, each.fields["00"], each.fields.get("02"))
    return None


def _expires(payload: Payload, _found: tuple[Found, ...]) -> str | None:
    """Return the end of the code."""
    ends = payload.template(_TIMES).get(_ENDS, "")
    if not _MILLISECONDS.fullmatch(ends):
        return None
    return datetime.fromtimestamp(int(ends) / 1000, UTC).isoformat(timespec="milliseconds")


def _account(number: str, maximum: int = 32) -> tuple[Rule, ...]:
    return (
        Rule(("00",), "Bakong account", COMMON, 1, maximum, _M, "name@bank", lambda account: "@" in account),
        Rule(("01",), number, COMMON, 1, maximum, _O),
        Rule(("02",), "Bank", TEXT, 1, maximum, _O),
    )


SCHEME: Final = Scheme(
    name="khqr",
    title="KHQR",
    operator="National Bank of Cambodia",
    source="National Bank of Cambodia, KHQR SDK for JavaScript, 1.0.20",
    templates=(
        Template("Person", (_PERSON,), (), table(*_account("Account information"))),
        Template("Merchant", (_MERCHANT,), (), table(*_account("Merchant number"))),
        Template(
            "Additional data",
            ("62",),
            (),
            table(
                Rule(("01",), "Bill number", TEXT, 1, 25, _O),
                Rule(("02",), "Telephone number", TEXT, 1, 25, _O),
                Rule(("03",), "Store", TEXT, 1, 25, _O),
                Rule(("07",), "Terminal", TEXT, 1, 25, _O),
                Rule(("08",), "Purpose", TEXT, 1, 25, _O),
            ),
        ),
        Template(
            "Local language",
            ("64",),
            (),
            table(
                Rule(("00",), "Language", COMMON, 1, 2, _M),
                Rule(("01",), "Name in this language", TEXT, 1, 25, _M),
                Rule(("02",), "City in this language", TEXT, 1, 15, _O),
            ),
        ),
        Template(
            "Times, in milliseconds since 1970",
            (_TIMES,),
            (),
            table(
                Rule(("00",), "Time of making", COMMON, 1, 99, _O),
                Rule(("01",), "End", COMMON, 1, 99, _O),
            ),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("01",), "01": ("11", "12"), "53": ("116", "840")},
    bends="29-00 and 30-00 are the account, not a fixed identifier; 99-00 is a time; fields stand in any order; the "
    "city (60) may be longer than 15 characters.",
    recognises=_recognises,
    problems=_problems,
    payee=_payee,
    expires=_expires,
)
"""Cambodia's code."""
