"""The network's own merchant code, static and dynamic.

One of the account templates (26 when Payport makes the code; any of 26 to 51 when a code of several networks is read)
carries the merchant's account: ``00`` = ``org.payport``, ``01`` = account id, 32 lower-case hexadecimal digits. A
dynamic code (01 = 12) adds the signed order. It is opaque here and too long for one template, so its URL-safe base64
text (without padding) is cut over the templates 80 to 89, in order and without a gap: each has ``00`` =
``org.payport`` and in ``01`` a part of 80 characters, the last part perhaps fewer. Those are EMVCo's unreserved
templates, so other readers pass over them. With an Ed25519 order the payload stays near the 512 characters EMVCo
recommends.

A static code (01 = 11, or no 01) carries no order, and perhaps an amount. Tips and fees (55 to 57) are refused, never
ignored: the payer would pay less than the merchant asks.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.qr import emvco, tlv
from payport.qr.amounts import currency_named, currency_of, read_amount, write_amount
from payport.qr.limits import MAX_ORDER_BYTES
from payport.qr.refusals import CODE_FIELD_INVALID, CODE_FIELD_MISSING, CODE_NOT_PAYABLE, NOT_OUR_CODE
from payport.qr.rules import COMMON, Presence, Problem, Rule, span, table
from payport.qr.scheme import Found, Payee, PayeeKind, Scheme, Template
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

GUID: Final = "org.payport"
"""Globally unique identifier of the network's templates."""

ACCOUNT_TEMPLATE: Final = "26"
"""Template of the merchant's account in codes made here."""

ACCOUNT_TEMPLATES: Final = frozenset(f"{number}" for number in range(26, 52))
"""Templates in which the account is looked for: a code of several networks gives each the next free one."""

ORDER_TEMPLATES: Final = tuple(f"{number}" for number in range(80, 90))
"""Templates of the order's parts, in order."""

PART_CHARACTERS: Final = 80
"""What a template of 99 characters holds beside its identifier: 99 - (4 + 11) - 4."""

_PART_FIELDS: Final = ("00", "01")
_ACCOUNT_BYTES: Final = 16
_ACCOUNT: Final = re.compile("[0-9a-f]{32}")
_STATIC: Final = "11"
_DYNAMIC: Final = "12"
_FEE_FIELDS: Final = frozenset(("55", "56", "57"))


class MerchantCode(NamedTuple):
    """What a merchant's code asks for."""

    account: bytes
    """Merchant's account, 16 bytes."""
    category: str
    """Merchant category (ISO 18245), four digits."""
    asset: str
    """Currency (ISO 4217 alphabetic)."""
    amount_minor: int | None
    """Amount in minor units; ``None`` where the payer types it."""
    country: str
    """ISO 3166-1 alpha-2."""
    name: str
    """Merchant's name in the common character set, at most 25 characters."""
    city: str
    """Merchant's city, at most 15 characters."""
    order: bytes | None = None
    """Encoded signed order of a dynamic code; ``None`` for a static one."""
    reference: str | None = None
    """The merchant's reference (62-05), at most 25 characters."""
    local_name: str | None = None
    """Merchant's name in Chinese (64-01), at most 25 characters."""
    bill_number: str | None = None
    """Number of the bill (62-01), at most 25 characters."""


def encode(code: MerchantCode) -> str:
    """Write the payload; raises ``code_field_invalid`` where a value breaks its rule."""
    if len(code.account) != _ACCOUNT_BYTES:
        CODE_FIELD_INVALID.refuse(f"{ACCOUNT_TEMPLATE}-01: an account id has {_ACCOUNT_BYTES} bytes")
    fields = {
        "00": "01",
        "01": _STATIC if code.order is None else _DYNAMIC,
        ACCOUNT_TEMPLATE: tlv.encode({"00": GUID, "01": code.account.hex()}),
        "52": code.category,
        "53": currency_of(code.asset).numeric,
        "58": code.country,
        "59": code.name,
        "60": code.city,
    }
    if code.amount_minor is not None:
        fields["54"] = write_amount(code.amount_minor, code.asset)
    additional = {"01": code.bill_number, "05": code.reference}
    if any(value is not None for value in additional.values()):
        fields["62"] = tlv.encode({key: value for key, value in additional.items() if value is not None})
    if code.local_name is not None:
        fields["64"] = tlv.encode({"00": "zh", "01": code.local_name})
    if code.order is not None:
        fields |= _order_fields(code.order)
    payload = emvco.parse(emvco.encode(dict(sorted(fields.items()))))
    _refuse_first(emvco.check(payload))
    return payload.text


def _refuse_first(problems: list[Problem]) -> None:
    for problem in problems:
        problem.reason.refuse(f"{problem.id}: {problem.message}")


def _order_text(order: bytes) -> str:
    return base64.urlsafe_b64encode(order).decode().rstrip("=")


def _order_fields(order: bytes) -> dict[str, str]:
    if not 1 <= len(order) <= MAX_ORDER_BYTES:
        CODE_FIELD_INVALID.refuse(f"80: an order of {len(order)} bytes, not 1 to {MAX_ORDER_BYTES}")
    text = _order_text(order)
    parts = [text[at : at + PART_CHARACTERS] for at in range(0, len(text), PART_CHARACTERS)]
    assert len(parts) <= len(ORDER_TEMPLATES)
    return {
        template: tlv.encode({"00": GUID, "01": part}) for template, part in zip(ORDER_TEMPLATES, parts, strict=False)
    }


def decode(payload: emvco.Payload) -> MerchantCode:
    """Read what a payload asks for.

    Raises ``not_our_code``, ``code_field_missing``, ``code_field_invalid`` or ``code_not_payable``.
    """
    if not _templates_of_ours(payload, ACCOUNT_TEMPLATES):
        NOT_OUR_CODE.refuse()
    _refuse_first(emvco.check(payload))
    return _read(payload)


def _read(payload: emvco.Payload) -> MerchantCode:
    """Read a payload that keeps every rule of EMVCo."""
    accounts = _templates_of_ours(payload, ACCOUNT_TEMPLATES)
    if not accounts:
        NOT_OUR_CODE.refuse()
    fields = payload.fields
    if not _FEE_FIELDS.isdisjoint(fields):
        CODE_NOT_PAYABLE.refuse()
    asset = currency_named(fields["53"])
    amount = fields.get("54")
    order = _read_order(payload)
    if (fields.get("01", _STATIC) == _DYNAMIC) != (order is not None):
        CODE_FIELD_INVALID.refuse("01: a code is dynamic exactly where it carries an order")
    return MerchantCode(
        account=_read_account(accounts),
        category=fields["52"],
        asset=asset,
        amount_minor=None if amount is None else read_amount(amount, asset),
        country=fields["58"],
        name=fields["59"],
        city=fields["60"],
        order=order,
        reference=payload.template("62").get("05"),
        local_name=payload.template("64").get("01"),
        bill_number=payload.template("62").get("01"),
    )


def _templates_of_ours(payload: emvco.Payload, among: Container[str]) -> dict[str, dict[str, str]]:
    """Return those templates whose identifier is this network's, by id."""
    found = {template: nested for template, nested in payload.templates.items() if template in among}
    return {template: nested for template, nested in found.items() if nested.get("00") == GUID}


def _read_account(accounts: dict[str, dict[str, str]]) -> bytes:
    if len(accounts) > 1:
        CODE_FIELD_INVALID.refuse(f"{max(accounts)}: a second account of this network")
    ((template, nested),) = accounts.items()
    if "01" not in nested:
        CODE_FIELD_MISSING.refuse(f"{template}-01: account id")
    if not _ACCOUNT.fullmatch(nested["01"]):
        CODE_FIELD_INVALID.refuse(f"{template}-01: not an account id")
    return bytes.fromhex(nested["01"])


def _read_order(payload: emvco.Payload) -> bytes | None:
    """Join the parts; only the one way :func:`encode` cuts an order is read, so that no two payloads mean one order."""
    templates = _templates_of_ours(payload, ORDER_TEMPLATES)
    if not templates:
        return None
    parts = [templates.get(each, {}) for each in ORDER_TEMPLATES[: len(templates)]]
    text = "".join([part.get("01", "") for part in parts])
    try:
        order = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        CODE_FIELD_INVALID.refuse("80: the order is not base64")
    whole = all(len(part.get("01", "")) == PART_CHARACTERS for part in parts[:-1])
    if not whole or any(tuple(part) != _PART_FIELDS for part in parts) or _order_text(order) != text:
        CODE_FIELD_INVALID.refuse("80: the order is not cut over the templates as it must be")
    if not 1 <= len(order) <= MAX_ORDER_BYTES:
        CODE_FIELD_INVALID.refuse(f"80: an order of {len(order)} bytes, not 1 to {MAX_ORDER_BYTES}")
    return order


def _problems(payload: emvco.Payload, found: tuple[Found, ...]) -> Iterator[Problem]:
    """Yield why the payload could not be paid, if so: this network refuses rather than guesses."""
    try:
        _read(payload)
    except Refusal as refusal:
        where, _, message = refusal.detail.rpartition(": ")
        yield Problem(refusal.reason, where or found[0].id, message)
    except KeyError:
        return  # a required field is missing, which the tables say


def _payee(_payload: emvco.Payload, found: tuple[Found, ...]) -> Payee | None:
    account = next((each.fields["01"] for each in found if each.id in ACCOUNT_TEMPLATES and "01" in each.fields), None)
    return None if account is None else Payee(PayeeKind.ACCOUNT, account)


_GUID_RULE: Final = Rule(
    ("00",), "Identifier of the network", COMMON, 11, 11, Presence.MANDATORY, f"is {GUID}", {GUID}.__contains__
)

SCHEME: Final = Scheme(
    name="payport",
    title="Payport",
    operator="Payport",
    source="this network",
    templates=(
        Template(
            "Merchant's account",
            span(26, 51),
            (GUID.upper(),),
            table(
                _GUID_RULE,
                Rule(
                    ("01",),
                    "Account id",
                    COMMON,
                    32,
                    32,
                    Presence.MANDATORY,
                    "lower-case hexadecimal",
                    _ACCOUNT.fullmatch,
                ),
            ),
        ),
        Template(
            "Part of the signed order",
            ORDER_TEMPLATES,
            (GUID.upper(),),
            table(_GUID_RULE, Rule(("01",), "Part, URL-safe base64", COMMON, 1, PART_CHARACTERS, Presence.MANDATORY)),
        ),
    ),
    required=("00", "52", "53", "58", "59", "60"),
    strict=True,
    precedence=2,
    problems=_problems,
    payee=_payee,
)
"""The network's own scheme."""
