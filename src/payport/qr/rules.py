"""The words in which the rules of a code are written down: characters, presence, one row a field, one table a level.

EMVCo's own fields and every scheme's sub-fields are such rows; checking runs over them and the reference page is made
from them.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payport.values.refusals import RefusalCode

_DIGITS: Final = re.compile(r"[0-9]*")
_COMMON: Final = re.compile(r"[ -~]*")
_UNICODE: Final = re.compile("[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*")


def is_digits(text: str) -> bool:
    """Tell whether every character is one of 0 to 9; the digits of other scripts are not."""
    return _DIGITS.fullmatch(text) is not None


def is_common(text: str) -> bool:
    """Tell whether every character is of the common character set (EMV Book 4, Annex B): printable ASCII."""
    return _COMMON.fullmatch(text) is not None


def is_precomposed(text: str) -> bool:
    """Tell whether the text is precomposed Unicode without control characters."""
    return _UNICODE.fullmatch(text) is not None and unicodedata.is_normalized("NFC", text)


class Form(NamedTuple):
    """Which characters a value may have."""

    letters: str
    """How the specification writes it."""
    accepts: Callable[[str], bool]
    """Whether every character is one of them."""


NUMERIC: Final = Form("N", is_digits)
"""Digits 0 to 9."""

COMMON: Final = Form("ans", is_common)
"""The common character set."""

TEXT: Final = Form("S", is_precomposed)
"""Any precomposed Unicode, without control characters."""


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
        if not self.form.accepts(value):
            return f"{self.name}: format {self.form.letters}"
        return None if self.accepts(value) else f"{self.name}: {self.says}"

    @property
    def lengths(self) -> str:
        """The lengths in words."""
        return str(self.maximum) if self.minimum == self.maximum else f"{self.minimum} to {self.maximum}"


class Table(NamedTuple):
    """The rules of one level."""

    rules: dict[str, Rule]
    """Rule by id."""
    mandatory: dict[str, Rule]
    """Those of fields that must be there."""
    checks: dict[str, Callable[[str], object]]
    """The rule of each id as one function, true where a value keeps it: what runs for every code that is read."""

    def wrong_with(self, field_id: str, value: str) -> str:
        """Return in words what is wrong with a field that has no rule or breaks it."""
        rule = self.rules.get(field_id)
        wrong = f"field {field_id} does not exist" if rule is None else rule.broken_by(value)
        assert wrong is not None
        return wrong

    def missing_from(self, present: Mapping[str, str]) -> Iterator[tuple[str, Rule]]:
        """Yield id and rule of each field that must be there and is not."""
        for field_id, rule in self.mandatory.items():
            if field_id not in present:
                yield field_id, rule


def table(*rows: Rule) -> Table:
    """Return the table of these rows; each id has one."""
    rules: dict[str, Rule] = {}
    checks: dict[str, Callable[[str], object]] = {}
    for row in rows:
        check = _check(row)
        for each in row.ids:
            assert each not in rules, f"two rules for {each}"
            rules[each] = row
            checks[each] = check
    return Table(rules, {each: rule for each, rule in rules.items() if rule.presence is Presence.MANDATORY}, checks)


_CHARACTERS: Final = {NUMERIC: "[0-9]", COMMON: "[ -~]"}


def _check(rule: Rule) -> Callable[[str], object]:
    """Return the rule as a function: one regular expression where form and length say all."""
    characters = _CHARACTERS.get(rule.form)
    if characters is None:
        printable = re.compile(f"[ -~]{{{rule.minimum},{rule.maximum}}}").fullmatch
        if rule.accepts is bool:
            return lambda value: printable(value) or rule.broken_by(value) is None
        return lambda value: rule.broken_by(value) is None
    matches = re.compile(f"{characters}{{{rule.minimum},{rule.maximum}}}").fullmatch
    accepts = rule.accepts
    return matches if accepts is bool else lambda value: matches(value) and accepts(value)


def span(first: int, last: int) -> tuple[str, ...]:
    """Return the ids from ``first`` to ``last``."""
    return tuple(f"{number:02}" for number in range(first, last + 1))


class Problem(NamedTuple):
    """One broken rule."""

    reason: RefusalCode
    """Which rule."""
    id: str
    """Where: a field id, or two joined by a hyphen; empty where it is the code as a whole."""
    message: str
    """What is wrong with it."""
