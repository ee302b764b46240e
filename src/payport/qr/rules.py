"""The field rules of EMVCo QR, Merchant-Presented Mode, as tables; the reference page is made from them.

A row says what a field's value must be on its own. Rules between fields (order, conditions, at least one account)
are in :mod:`payport.qr.emvco`.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.qr.countries import COUNTRIES
from payport.qr.currencies import NUMERIC_CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_DIGITS: Final = re.compile(r"[0-9]*")
_COMMON: Final = re.compile(r"[ -~]*")
_UNICODE: Final = re.compile("[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*")


def is_common(text: str) -> bool:
    """Tell whether every character is of the common character set (EMV Book 4, Annex B): printable ASCII."""
    return _COMMON.fullmatch(text) is not None


def _is_digits(text: str) -> bool:
    return _DIGITS.fullmatch(text) is not None


def _is_precomposed(text: str) -> bool:
    return _UNICODE.fullmatch(text) is not None and unicodedata.is_normalized("NFC", text)


class Form(enum.StrEnum):
    """Which characters a value may have."""

    NUMERIC = "N"
    """Digits 0 to 9."""
    COMMON = "ans"
    """The common character set."""
    TEXT = "S"
    """Any precomposed Unicode, without control characters."""


_ACCEPTS: Final[dict[Form, Callable[[str], bool]]] = {
    Form.NUMERIC: _is_digits,
    Form.COMMON: is_common,
    Form.TEXT: _is_precomposed,
}


class Presence(enum.StrEnum):
    """Whether a field must be there."""

    MANDATORY = "M"
    """Always."""
    CONDITIONAL = "C"
    """As another field says, or as the merchant wants."""
    OPTIONAL = "O"
    """As the merchant wants."""


class Rule(NamedTuple):
    """One row: what the fields of these ids must be."""

    ids: tuple[str, ...]
    """Ids it speaks of."""
    name: str
    """Name in the specification."""
    form: Form
    """Characters."""
    minimum: int
    """Fewest characters."""
    maximum: int
    """Most characters."""
    presence: Presence
    """Presence at its level."""
    says: str = ""
    """Further rule in words; empty where form and length say all."""
    accepts: Callable[[str], object] = bool
    """The further rule as a function: true where a value of the right form and length keeps it."""

    def broken_by(self, value: str) -> str | None:
        """Return what is wrong with ``value``, or ``None``."""
        if not self.minimum <= len(value) <= self.maximum:
            return f"{self.name}: {self.lengths} characters, not {len(value)}"
        if not _ACCEPTS[self.form](value):
            return f"{self.name}: format {self.form}"
        return None if self.accepts(value) else f"{self.name}: {self.says}"

    @property
    def lengths(self) -> str:
        """The lengths in words."""
        return str(self.maximum) if self.minimum == self.maximum else f"{self.minimum} to {self.maximum}"


def span(first: int, last: int) -> tuple[str, ...]:
    """Return the ids from ``first`` to ``last``."""
    return tuple(f"{number:02}" for number in range(first, last + 1))


def _by_id(rows: Iterable[Rule]) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for row in rows:
        for each in row.ids:
            assert each not in found, f"two rules for {each}"
            found[each] = row
    return found


_N, _ANS, _S = Form.NUMERIC, Form.COMMON, Form.TEXT
_M, _C, _O = Presence.MANDATORY, Presence.CONDITIONAL, Presence.OPTIONAL

_AMOUNT: Final = re.compile(r"(?=.*[1-9])[0-9]+(?:\.[0-9]*)?")
_AMOUNT_SAYS: Final = "digits with at most one point, not zero"
_PERCENTAGE: Final = re.compile(r"(?=.*[1-9])[0-9]{1,2}(?:\.[0-9]{0,2})?")
_REQUESTS: Final = re.compile(r"(?!.*(.).*\1)[AME]+")

ACCOUNT_IDS: Final = frozenset(span(2, 51))
"""At least one of these stands in every payload."""

GUID_MAXIMUM: Final = 32
"""Characters of a globally unique identifier: an AID, a UUID without hyphens, or a reverse domain name."""

ROOT: Final = _by_id(
    (
        Rule(("00",), "Payload Format Indicator", _N, 2, 2, _M, "is 01", {"01"}.__contains__),
        Rule(("01",), "Point of Initiation Method", _N, 2, 2, _O, "11 static or 12 dynamic", {"11", "12"}.__contains__),
        Rule(span(2, 3), "Merchant Account: Visa", _ANS, 1, 99, _C),
        Rule(span(4, 5), "Merchant Account: Mastercard", _ANS, 1, 99, _C),
        Rule(span(6, 8), "Merchant Account: EMVCo", _ANS, 1, 99, _C),
        Rule(span(9, 10), "Merchant Account: Discover", _ANS, 1, 99, _C),
        Rule(span(11, 12), "Merchant Account: American Express", _ANS, 1, 99, _C),
        Rule(span(13, 14), "Merchant Account: JCB", _ANS, 1, 99, _C),
        Rule(span(15, 16), "Merchant Account: UnionPay", _ANS, 1, 99, _C),
        Rule(span(17, 25), "Merchant Account: EMVCo", _ANS, 1, 99, _C),
        Rule(span(26, 51), "Merchant Account Template", _ANS, 1, 99, _C),
        Rule(("52",), "Merchant Category Code", _N, 4, 4, _M),
        Rule(("53",), "Transaction Currency", _N, 3, 3, _M, "a code of ISO 4217", NUMERIC_CODES.__contains__),
        Rule(("54",), "Transaction Amount", _ANS, 1, 13, _C, _AMOUNT_SAYS, _AMOUNT.fullmatch),
        Rule(("55",), "Tip or Convenience Indicator", _N, 2, 2, _O, "01, 02 or 03", {"01", "02", "03"}.__contains__),
        Rule(("56",), "Convenience Fee, fixed", _ANS, 1, 13, _C, _AMOUNT_SAYS, _AMOUNT.fullmatch),
        Rule(("57",), "Convenience Fee, percentage", _ANS, 1, 5, _C, "00.01 to 99.99", _PERCENTAGE.fullmatch),
        Rule(("58",), "Country Code", _ANS, 2, 2, _M, "a code of ISO 3166-1", COUNTRIES.__contains__),
        Rule(("59",), "Merchant Name", _ANS, 1, 25, _M),
        Rule(("60",), "Merchant City", _ANS, 1, 15, _M),
        Rule(("61",), "Postal Code", _ANS, 1, 10, _O),
        Rule(("62",), "Additional Data Template", _S, 1, 99, _O),
        Rule(("63",), "CRC", _ANS, 4, 4, _M, "four hexadecimal digits", re.compile("[0-9A-Fa-f]{4}").fullmatch),
        Rule(("64",), "Merchant Information, Language Template", _S, 1, 99, _O),
        Rule(span(65, 79), "Reserved for EMVCo", _S, 1, 99, _O),
        Rule(span(80, 99), "Unreserved Template", _S, 1, 99, _O),
    )
)
"""The root level."""

ADDITIONAL: Final = _by_id(
    (
        Rule(("01",), "Bill Number", _ANS, 1, 25, _O),
        Rule(("02",), "Mobile Number", _ANS, 1, 25, _O),
        Rule(("03",), "Store Label", _ANS, 1, 25, _O),
        Rule(("04",), "Loyalty Number", _ANS, 1, 25, _O),
        Rule(("05",), "Reference Label", _ANS, 1, 25, _O),
        Rule(("06",), "Customer Label", _ANS, 1, 25, _O),
        Rule(("07",), "Terminal Label", _ANS, 1, 25, _O),
        Rule(("08",), "Purpose of Transaction", _ANS, 1, 25, _O),
        Rule(
            ("09",), "Consumer Data Request", _ANS, 1, 3, _O, "of A, M and E, each at most once", _REQUESTS.fullmatch
        ),
        Rule(("10",), "Merchant Tax ID", _ANS, 1, 20, _O),
        Rule(("11",), "Merchant Channel", _ANS, 3, 3, _O),
        Rule(span(12, 49), "Reserved for EMVCo", _S, 1, 99, _O),
        Rule(span(50, 99), "Payment System Template", _S, 1, 99, _O),
    )
)
"""Inside template 62."""

LANGUAGE: Final = _by_id(
    (
        Rule(
            ("00",), "Language Preference", _ANS, 2, 2, _M, "two letters of ISO 639", re.compile("[A-Za-z]+").fullmatch
        ),
        Rule(("01",), "Merchant Name, alternate", _S, 1, 25, _M),
        Rule(("02",), "Merchant City, alternate", _S, 1, 15, _O),
        Rule(span(3, 99), "Reserved for EMVCo", _S, 1, 99, _O),
    )
)
"""Inside template 64."""


def _identified(form: Form) -> dict[str, Rule]:
    return _by_id(
        (
            Rule(("00",), "Globally Unique Identifier", _ANS, 1, GUID_MAXIMUM, _M),
            Rule(span(1, 99), "Of the template's owner", form, 1, 99, _O),
        )
    )


_ACCOUNT: Final = _identified(_ANS)
_UNRESERVED: Final = _identified(_S)

NESTED: Final[dict[str, dict[str, Rule]]] = {
    **dict.fromkeys(span(26, 51), _ACCOUNT),
    "62": ADDITIONAL,
    "64": LANGUAGE,
    **dict.fromkeys(span(80, 99), _UNRESERVED),
}
"""The rules inside each template of the root level; every other field is plain text."""

NESTED_ADDITIONAL: Final[dict[str, dict[str, Rule]]] = dict.fromkeys(span(50, 99), _UNRESERVED)
"""The rules inside the payment systems' templates of template 62."""
