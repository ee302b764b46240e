"""The network's own merchant code, static and dynamic.

Template 26 carries the merchant's account: ``00`` = ``org.payport``, ``01`` = account id, 32 hexadecimal digits. A
dynamic code adds the signed order. It is opaque here and too long for one template, so its URL-safe base64 text
(without padding) is cut over the templates 80 to 89: each has ``00`` = ``org.payport`` and up to 80 characters in
``01``. Those are EMVCo's unreserved templates, so other readers pass over them.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final, NamedTuple

from payport.qr import emvco, tlv
from payport.qr.amounts import CURRENCIES, currency_named, read_amount, write_amount
from payport.qr.refusals import CODE_FIELD_INVALID, NOT_OUR_CODE

SCHEME: Final = "payport"
"""Name of the scheme."""

GUID: Final = "org.payport"
"""Globally unique identifier of the network's templates."""

ACCOUNT_TEMPLATE: Final = "26"
"""Template of the merchant's account."""

ORDER_TEMPLATES: Final = tuple(f"{number}" for number in range(80, 90))
"""Templates of the order's parts, in order."""

PART_CHARACTERS: Final = 80
"""What a template of 99 characters holds beside its identifier: 99 - (4 + 11) - 4."""

_ACCOUNT_DIGITS: Final = 32
_STATIC: Final = "11"
_DYNAMIC: Final = "12"


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


def encode(code: MerchantCode) -> str:
    """Write the payload; raises ``code_field_invalid`` where a value breaks its rule."""
    fields = [
        tlv.Field("00", "01"),
        tlv.Field("01", _STATIC if code.order is None else _DYNAMIC),
        tlv.Field(ACCOUNT_TEMPLATE, tlv.encode([tlv.Field("00", GUID), tlv.Field("01", code.account.hex())])),
        tlv.Field("52", code.category),
        tlv.Field("53", CURRENCIES[code.asset].numeric),
        tlv.Field("58", code.country),
        tlv.Field("59", code.name),
        tlv.Field("60", code.city),
    ]
    if code.amount_minor is not None:
        fields.append(tlv.Field("54", write_amount(code.amount_minor, code.asset)))
    if code.reference is not None:
        fields.append(tlv.Field("62", tlv.encode([tlv.Field("05", code.reference)])))
    if code.local_name is not None:
        fields.append(tlv.Field("64", tlv.encode([tlv.Field("00", "zh"), tlv.Field("01", code.local_name)])))
    if code.order is not None:
        fields += _order_fields(code.order)
    payload = emvco.parse(emvco.encode(tuple(sorted(fields))))
    for problem in emvco.check(payload):
        problem.reason.refuse(f"{problem.id}: {problem.message}")
    return payload.text


def _order_fields(order: bytes) -> list[tlv.Field]:
    text = base64.urlsafe_b64encode(order).decode().rstrip("=")
    parts = [text[at : at + PART_CHARACTERS] for at in range(0, len(text), PART_CHARACTERS)]
    if len(parts) > len(ORDER_TEMPLATES):
        CODE_FIELD_INVALID.refuse(f"an order of {len(order)} bytes does not fit")
    return [
        tlv.Field(template, tlv.encode([tlv.Field("00", GUID), tlv.Field("01", part)]))
        for template, part in zip(ORDER_TEMPLATES, parts, strict=False)
    ]


def recognises(payload: emvco.Payload) -> bool:
    """Tell whether the payload carries this network's template."""
    return payload.template(ACCOUNT_TEMPLATE).get("00") == GUID


def decode(payload: emvco.Payload) -> MerchantCode:
    """Read what a payload asks for; raises ``not_our_code``, ``code_field_missing`` or ``code_field_invalid``."""
    if not recognises(payload):
        NOT_OUR_CODE.refuse()
    for problem in emvco.check(payload):
        problem.reason.refuse(f"{problem.id}: {problem.message}")
    fields = dict(payload.fields)
    asset = currency_named(fields["53"])
    amount = fields.get("54")
    order = _read_order(payload)
    if (fields.get("01", _STATIC) == _DYNAMIC) != (order is not None):
        CODE_FIELD_INVALID.refuse("01: a code is dynamic exactly where it carries an order")
    return MerchantCode(
        account=_read_account(payload.template(ACCOUNT_TEMPLATE).get("01", "")),
        category=fields["52"],
        asset=asset,
        amount_minor=None if amount is None else read_amount(amount, asset),
        country=fields["58"],
        name=fields["59"],
        city=fields["60"],
        order=order,
        reference=payload.template("62").get("05"),
        local_name=payload.template("64").get("01"),
    )


def _read_account(text: str) -> bytes:
    if len(text) != _ACCOUNT_DIGITS or text.strip("0123456789abcdef"):
        CODE_FIELD_INVALID.refuse(f"{ACCOUNT_TEMPLATE}-01: not an account id")
    return bytes.fromhex(text)


def _read_order(payload: emvco.Payload) -> bytes | None:
    parts = []
    for template in ORDER_TEMPLATES:
        nested = payload.template(template)
        if nested.get("00") == GUID:
            parts.append(nested.get("01", ""))
    if not parts:
        return None
    text = "".join(parts)
    try:
        order = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        CODE_FIELD_INVALID.refuse("80: the order is not base64")
    if base64.urlsafe_b64encode(order).decode().rstrip("=") != text:
        CODE_FIELD_INVALID.refuse("80: the order is not canonical base64")
    return order
