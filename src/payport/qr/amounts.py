"""Amounts between minor units and the text of field 54, exactly."""

from __future__ import annotations

from typing import Final, NamedTuple

from payport.qr.refusals import CODE_FIELD_INVALID
from payport.values.money import MAX_AMOUNT_MINOR


class Currency(NamedTuple):
    """A currency of ISO 4217."""

    numeric: str
    """Three digits, as field 53 carries it."""
    exponent: int
    """Digits after the point."""


CURRENCIES: Final[dict[str, Currency]] = {
    "CNY": Currency("156", 2),
    "HKD": Currency("344", 2),
    "JPY": Currency("392", 0),
    "MOP": Currency("446", 2),
    "SGD": Currency("702", 2),
    "THB": Currency("764", 2),
    "USD": Currency("840", 2),
    "EUR": Currency("978", 2),
    "KWD": Currency("414", 3),
}
"""The currencies a Payport code can ask for."""

_BY_NUMERIC: Final = {currency.numeric: name for name, currency in CURRENCIES.items()}


def currency_named(numeric: str) -> str:
    """Return the alphabetic code of a numeric one; raises ``code_field_invalid``."""
    found = _BY_NUMERIC.get(numeric)
    if found is None:
        CODE_FIELD_INVALID.refuse(f"53: no currency {numeric} on this network")
    return found


def write_amount(amount_minor: int, asset: str) -> str:
    """Return minor units as decimal text."""
    exponent = CURRENCIES[asset].exponent
    if exponent == 0:
        return str(amount_minor)
    whole, rest = divmod(amount_minor, 10**exponent)
    return f"{whole}.{rest:0{exponent}}"


def read_amount(text: str, asset: str) -> int:
    """Return decimal text as minor units; raises ``code_field_invalid`` where it is finer than the currency."""
    exponent: int = CURRENCIES[asset].exponent
    whole, _, rest = text.partition(".")
    if not whole.isascii() or not whole.isdigit() or (rest and not (rest.isascii() and rest.isdigit())):
        CODE_FIELD_INVALID.refuse("54: not a decimal number")
    if len(rest.rstrip("0")) > exponent:
        CODE_FIELD_INVALID.refuse(f"54: {asset} has {exponent} digits after the point")
    amount_minor = int(whole) * int(10**exponent) + int(rest.rstrip("0").ljust(exponent, "0") or "0")
    if not 1 <= amount_minor <= MAX_AMOUNT_MINOR:
        CODE_FIELD_INVALID.refuse("54: outside 1 to 2^53-1 minor units")
    return amount_minor
