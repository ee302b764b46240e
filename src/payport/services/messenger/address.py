"""Phone numbers and e-mail addresses: where a customer is reached, and what he may be found by."""

from __future__ import annotations

import re
from typing import Final

from payport.services.limits import MAX_ADDRESS_CHARACTERS
from payport.values.refusals import RefusalClass, RefusalCode

MALFORMED_ADDRESS: Final = RefusalCode(
    "malformed_address",
    RefusalClass.MALFORMED,
    "This is neither a phone number with its country code nor an e-mail address.",
    "请输入带国家代码的手机号或电子邮箱地址。",
)
"""A phone number is written +, country code, number; a mailbox in ASCII."""

REFUSALS: Final = (MALFORMED_ADDRESS,)
"""Refusals of this module."""

_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL: Final = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")


def read_address(typed: str) -> str:
    """Return an address in its one spelling: E.164 without spaces, or lower case; raises ``malformed_address``."""
    if len(typed) > MAX_ADDRESS_CHARACTERS:
        MALFORMED_ADDRESS.refuse()
    text = typed.strip()
    phone = text.replace(" ", "").replace("-", "")
    if _PHONE.fullmatch(phone):
        return phone
    lowered = text.lower()
    if not lowered.isascii() or not _EMAIL.fullmatch(lowered):
        MALFORMED_ADDRESS.refuse()
    return lowered


def read_phone(typed: str) -> str:
    """Return a phone number in its one spelling; raises ``malformed_address``."""
    address = read_address(typed)
    if not address.startswith("+"):
        MALFORMED_ADDRESS.refuse()
    return address


def mask_address(address: str) -> str:
    """Return what reminds its holder which address it is: the last digits, or first letter and domain."""
    if address.startswith("+"):
        return f"{'*' * 4} {address[-4:]}"
    name, _, domain = address.partition("@")
    return f"{name[0]}***@{domain}"
