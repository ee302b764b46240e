"""Test customers of a sandbox core: cards of the sandbox's own range, names in Chinese and in Latin letters.

A bank's cards are numbered from its id and a count, so every run and every test knows them without a list.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from payport.institutions.card_numbers import SANDBOX_PREFIX, CardNumber, check_digit
from payport.institutions.sandbox.customers import NewCustomer

if TYPE_CHECKING:
    from payport.institutions.sandbox.core import SandboxCore

NAMES: Final = ("王芳", "Li Na", "张伟", "Sun Yang", "欧阳修", "Anna Meyer")
"""Names of test customers, in turn."""

OPENING_MINOR: Final = 1_000_000
"""What each has at first, in minor units of :data:`ASSET`."""

ASSET: Final = "CNY"
"""Asset of the deposits."""

_BANK_DIGITS: Final = 5
_COUNT_DIGITS: Final = 6


def card_number(institution: str, count: int) -> CardNumber:
    """Return the number of a bank's ``count``-th card."""
    digest = hashlib.sha256(institution.encode()).digest()
    bank = int.from_bytes(digest[:8], "big") % 10**_BANK_DIGITS
    digits = f"{SANDBOX_PREFIX}{bank:0{_BANK_DIGITS}d}{count:0{_COUNT_DIGITS}d}"
    return CardNumber(digits + check_digit(digits))


def phone_number(count: int) -> str:
    """Return the phone of the ``count``-th customer: of a country code that no country has."""
    return f"+999{count:08d}"


def make_customers(institution: str, first: int, number: int) -> list[NewCustomer]:
    """Return so many test customers, with one card each, counted from ``first``."""
    return [
        NewCustomer(
            NAMES[count % len(NAMES)], phone_number(count), (card_number(institution, count),), {ASSET: OPENING_MINOR}
        )
        for count in range(first, first + number)
    ]


async def seed(core: SandboxCore, customers: list[NewCustomer]) -> None:
    """Open customers in a core; raises ``card_exists`` where one was opened already."""
    for customer in customers:
        await core.add_customer(customer)
