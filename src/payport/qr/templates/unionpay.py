"""UnionPay's merchant code abroad: the account in 15 (or 16) as three fixed parts, without a template.

Acquirer IIN (8), forwarding IIN (8), merchant number (15). National codes that hold such an account beside their own
are named by the national scheme. A value of another length beside another account is a country's own number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr import refusals
from payport.qr.emvco import ACCOUNT_IDS as ALL_ACCOUNT_IDS
from payport.qr.emvco import check_conditions
from payport.qr.rules import Problem, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payport.qr.emvco import Payload

ACCOUNT_IDS: Final = ("15", "16")
"""Root ids of UnionPay (EMVCo MPM, table 4.3)."""

ACCOUNT_CHARACTERS: Final = 31
"""8 of the acquirer, 8 of the forwarding institution, 15 of the merchant."""

_OTHERS: Final = ALL_ACCOUNT_IDS.difference(ACCOUNT_IDS)
_IIN_CHARACTERS: Final = 8
_MERCHANT_FROM: Final = 16


def _recognises(payload: Payload) -> bool:
    """Tell whether the code holds an account of UnionPay, or nothing else that could be an account."""
    fields = payload.fields
    accounts = [fields[each] for each in ACCOUNT_IDS if each in fields]
    if not accounts:
        return False
    return any(len(each) == ACCOUNT_CHARACTERS for each in accounts) or fields.keys().isdisjoint(_OTHERS)


def _problems(payload: Payload, _found: tuple[Found, ...]) -> Iterable[Problem]:
    """Yield an account of a wrong length, and a fee that does not fit its indicator."""
    for field_id in ACCOUNT_IDS:
        account = payload.fields.get(field_id)
        if account is not None and len(account) != ACCOUNT_CHARACTERS:
            wrong = f"an account has {ACCOUNT_CHARACTERS} characters, not {len(account)}"
            yield Problem(refusals.CODE_FIELD_INVALID, field_id, wrong)
    yield from check_conditions(payload.fields)


def _payee(payload: Payload, _found: tuple[Found, ...]) -> Payee | None:
    """Return the merchant's number and its acquirer's IIN."""
    for field_id in ACCOUNT_IDS:
        account = payload.fields.get(field_id, "")
        if len(account) == ACCOUNT_CHARACTERS:
            return Payee(PayeeKind.MERCHANT, account[_MERCHANT_FROM:], account[:_IIN_CHARACTERS])
    return None


SCHEME: Final = Scheme(
    name="unionpay",
    title="UnionPay QR",
    operator="UnionPay International",
    source="UnionPay International, QRC specification (MPM), read through its sample messages",
    templates=(
        Template("Acquirer IIN, forwarding IIN, merchant number: 8, 8 and 15 characters", ACCOUNT_IDS, (), table()),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    values={"00": ("01",)},
    bends="62-01 and 62-05 hold twenty zeros where they are not used.",
    precedence=-1,
    recognises=_recognises,
    problems=_problems,
    payee=_payee,
)
"""UnionPay's code."""
