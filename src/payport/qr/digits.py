"""Pay codes of digits: what a till reads from a phone's screen, as bars or as a QR code.

The network's code has 19 digits: ``62``, two digits of the product, fifteen of chance. Those of Alipay and WeChat are
told by their first two digits and their length. Only the ten digits 0 to 9 count.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

PAY_CODE_DIGITS: Final = 19
"""Digits of the network's pay code."""


class Wallet(NamedTuple):
    """Whose codes begin so."""

    scheme: str
    """Stable name."""
    title: str
    """Name as its users write it."""
    pattern: re.Pattern[str]
    """All of its codes."""
    rule: str
    """The same in words."""


WALLETS: Final = (
    Wallet("unionpay", "UnionPay pay code (C2B)", re.compile("62[0-9]{17}"), "19 digits, 62 first"),
    Wallet("alipay", "Alipay pay code", re.compile("(?:2[5-9]|30)[0-9]{14,22}"), "16 to 24 digits, 25 to 30 first"),
    Wallet("wechat", "WeChat Pay pay code", re.compile("1[0-6][0-9]{16}"), "18 digits, 10 to 16 first"),
)
"""In the order in which they are asked; no two take the same text."""

_DIGITS: Final = re.compile("[0-9]{16,24}")
"""As many digits as any pay code has."""


def looks_like(text: str) -> bool:
    """Tell whether ``text`` is digits and as long as a pay code."""
    return _DIGITS.fullmatch(text) is not None


def wallet_of(text: str) -> Wallet | None:
    """Return whose pay code it is, or ``None``."""
    return next((wallet for wallet in WALLETS if wallet.pattern.fullmatch(text)), None)


class PayCode(NamedTuple):
    """The parts of the network's pay code."""

    product: str
    """Two digits: which product of the issuing side it is."""
    random: str
    """Fifteen digits of chance."""


def read_pay_code(text: str) -> PayCode:
    """Cut a pay code of 19 digits, which :func:`wallet_of` has recognised."""
    assert len(text) == PAY_CODE_DIGITS
    assert text.startswith("62")
    return PayCode(text[2:4], text[4:])


ENTRY_MODE: Final = "032"
"""DE22 of a payment by QR code or bar code (03) with PIN entry possible (2)."""


def private_data(code: str) -> str:
    """Return DE59: tag ``A3``, three digits of length, the code."""
    return f"A3{len(code):03}{code}"


def purchase_fields(
    code: str, amount_minor: int, trace: int, terminal: str, merchant: str, batch: str
) -> Mapping[str, str]:
    """Return the ISO 8583 fields of a purchase by pay code, as an acquirer sends it: request 0200.

    ``amount_minor`` is in fen; ``trace`` counts the terminal's messages. The MAC (DE64) is the sender's to add.
    """
    assert wallet_of(code) is WALLETS[0]
    assert 1 <= amount_minor < 10**12
    assert 0 <= trace < 10**6
    return {
        "MTI": "0200",
        "3": "000000",
        "4": f"{amount_minor:012}",
        "11": f"{trace:06}",
        "22": ENTRY_MODE,
        "25": "00",
        "41": f"{terminal:<8}",
        "42": f"{merchant:<15}",
        "49": "156",
        "59": private_data(code),
        "60": batch,
    }
