"""EMVCo QR, Merchant-Presented Mode: the field rules as a table, reading, checking and writing of payloads."""

from __future__ import annotations

import binascii
import re
from typing import Final, NamedTuple

from payport.qr import refusals, tlv
from payport.qr.limits import MAX_PAYLOAD_CHARACTERS
from payport.values.refusals import Refusal, RefusalCode

CRC_ID: Final = "63"
"""The checksum's id; its object is the last."""

_CRC_HEAD: Final = "6304"
_CRC_CHARACTERS: Final = 8
_COMMON: Final = r"[ -~]"
"""The common character set of EMV Book 4, as far as it is printable."""


class Rule(NamedTuple):
    """What a field must be."""

    name: str
    """Name in the specification."""
    pattern: re.Pattern[str]
    """Whole value."""
    required: bool
    """Presence M."""
    section: str
    """Where the specification says so."""


def _rule(name: str, pattern: str, *, required: bool = False, section: str = "4") -> Rule:
    return Rule(name, re.compile(pattern, re.DOTALL), required, f"EMVCo MPM {section}")


AMOUNT: Final = r"(?=.{1,13}$)(?=.*[1-9])[0-9]+(?:\.[0-9]*)?"
"""Digits with at most one point, not zero (EMVCo MPM 4.7.6)."""

RULES: Final[dict[str, Rule]] = {
    "00": _rule("Payload Format Indicator", "01", required=True, section="4.7.1"),
    "01": _rule("Point of Initiation Method", "[0-9]{2}", section="4.7.2"),
    **{f"{number:02}": _rule("Merchant Account (primitive)", f"{_COMMON}{{1,99}}") for number in range(2, 26)},
    **{f"{number:02}": _rule("Merchant Account Template", f"{_COMMON}{{1,99}}") for number in range(26, 52)},
    "52": _rule("Merchant Category Code", "[0-9]{4}", required=True),
    "53": _rule("Transaction Currency", "[0-9]{3}", required=True),
    "54": _rule("Transaction Amount", AMOUNT),
    "55": _rule("Tip or Convenience Indicator", "0[123]"),
    "56": _rule("Convenience Fee, fixed", AMOUNT),
    "57": _rule("Convenience Fee, percentage", r"(?=.{1,5}$)(?=.*[1-9])[0-9]{1,2}(?:\.[0-9]{0,2})?"),
    "58": _rule("Country Code", "[A-Z]{2}", required=True),
    "59": _rule("Merchant Name", f"{_COMMON}{{1,25}}", required=True),
    "60": _rule("Merchant City", f"{_COMMON}{{1,15}}", required=True),
    "61": _rule("Postal Code", f"{_COMMON}{{1,10}}"),
    "62": _rule("Additional Data", ".{1,99}"),
    "63": _rule("CRC", "[0-9A-Fa-f]{4}", required=True),
    "64": _rule("Merchant Information, Language Template", ".{1,99}"),
    **{f"{number:02}": _rule("RFU for EMVCo", ".{1,99}") for number in range(65, 80)},
    **{f"{number:02}": _rule("Unreserved Template", ".{1,99}") for number in range(80, 100)},
}
"""Rules of the root level by id."""

ADDITIONAL_RULES: Final[dict[str, Rule]] = {
    "01": _rule("Bill Number", f"{_COMMON}{{1,25}}", section="4.8"),
    "02": _rule("Mobile Number", f"{_COMMON}{{1,25}}", section="4.8"),
    "03": _rule("Store Label", f"{_COMMON}{{1,25}}", section="4.8"),
    "04": _rule("Loyalty Number", f"{_COMMON}{{1,25}}", section="4.8"),
    "05": _rule("Reference Label", f"{_COMMON}{{1,25}}", section="4.8"),
    "06": _rule("Customer Label", f"{_COMMON}{{1,25}}", section="4.8"),
    "07": _rule("Terminal Label", f"{_COMMON}{{1,25}}", section="4.8"),
    "08": _rule("Purpose of Transaction", f"{_COMMON}{{1,25}}", section="4.8"),
    "09": _rule("Consumer Data Request", "(?!.*(.).*\\1)[AME]{1,3}", section="4.8"),
    "10": _rule("Merchant Tax ID", f"{_COMMON}{{1,20}}", section="4.8 (v1.1)"),
    "11": _rule("Merchant Channel", f"{_COMMON}{{3}}", section="4.8 (v1.1)"),
}
"""Rules of template 62 by id; the rest is reserved or a payment system's."""

LANGUAGE_RULES: Final[dict[str, Rule]] = {
    "00": _rule("Language Preference", "[A-Za-z]{2}", required=True, section="4.9"),
    "01": _rule("Merchant Name, alternate", ".{1,25}", required=True, section="4.9"),
    "02": _rule("Merchant City, alternate", ".{1,15}", section="4.9"),
}
"""Rules of template 64 by id."""

_TEMPLATES: Final = frozenset(f"{number:02}" for number in (*range(26, 52), 62, 64, *range(80, 100)))
_NESTED_RULES: Final = {"62": ADDITIONAL_RULES, "64": LANGUAGE_RULES}


class Problem(NamedTuple):
    """One broken rule."""

    reason: RefusalCode
    """Which rule."""
    id: str
    """Where: a field id, or two joined by a hyphen."""
    message: str
    """What is wrong with it."""


class Payload(NamedTuple):
    """A payload whose objects parse and whose checksum holds."""

    text: str
    """The text as scanned."""
    fields: tuple[tlv.Field, ...]
    """Objects of the root level in their order, the checksum last."""

    def value(self, field_id: str) -> str | None:
        """Return the text of a root field, or ``None``."""
        return dict(self.fields).get(field_id)

    def template(self, field_id: str) -> dict[str, str]:
        """Return the objects inside a template; empty where it is missing or does not parse."""
        value = self.value(field_id)
        if value is None or field_id not in _TEMPLATES:
            return {}
        try:
            return dict(tlv.parse(value))
        except Refusal:
            return {}


def checksum(text: str) -> str:
    """Return the four upper-case hexadecimal digits over ``text``, which ends in ``6304``; UTF-8 is what counts."""
    return f"{binascii.crc_hqx(text.encode('utf-8', 'surrogatepass'), 0xFFFF):04X}"


def parse(text: str) -> Payload:
    """Read a payload; raises ``code_too_long``, ``code_crc_missing``, ``code_crc_wrong`` and those of :mod:`tlv`."""
    if len(text) > MAX_PAYLOAD_CHARACTERS:
        refusals.CODE_TOO_LONG.refuse(f"{len(text)} characters")
    fields = tlv.parse(text)
    if not fields or fields[-1].id != CRC_ID or text[-_CRC_CHARACTERS:-4] != _CRC_HEAD:
        refusals.CODE_CRC_MISSING.refuse()
    if text[-4:].upper() != checksum(text[:-4]):
        refusals.CODE_CRC_WRONG.refuse(f"given {text[-4:]}, computed {checksum(text[:-4])}")
    return Payload(text, fields)


def check(payload: Payload) -> list[Problem]:
    """Return every broken rule of the specification, in order of appearance, missing fields first."""
    present = dict(payload.fields)
    problems = [
        Problem(refusals.CODE_FIELD_MISSING, field_id, f"{rule.name} ({rule.section})")
        for field_id, rule in RULES.items()
        if rule.required and field_id not in present
    ]
    if not any("02" <= field_id <= "51" for field_id in present):
        problems.append(Problem(refusals.CODE_FIELD_MISSING, "02", "at least one merchant account (02 to 51)"))
    if payload.fields[0].id != "00":
        problems.append(Problem(refusals.CODE_FIELD_INVALID, "00", "the format indicator comes first"))
    for field in payload.fields:
        problems += _broken(field.id, field, RULES)
        if field.id in _TEMPLATES:
            problems += _check_template(field)
    for indicator, fee in (("02", "56"), ("03", "57")):
        if (present.get("55") == indicator) != (fee in present):
            problems.append(Problem(refusals.CODE_FIELD_INVALID, fee, f"goes only and always with 55={indicator}"))
    return problems


def _broken(where: str, field: tlv.Field, rules: dict[str, Rule]) -> list[Problem]:
    rule = rules.get(field.id)
    if rule is None or rule.pattern.fullmatch(field.value):
        return []
    return [Problem(refusals.CODE_FIELD_INVALID, where, f"{rule.name} ({rule.section})")]


def _check_template(field: tlv.Field) -> list[Problem]:
    """Check what stands inside a template: it parses, has its first sub-field, and keeps the sub-fields' rules."""
    try:
        nested = tlv.parse(field.value)
    except Refusal as refusal:
        return [Problem(refusal.reason, field.id, refusal.detail)]
    rules = _NESTED_RULES.get(field.id)
    if rules is None:
        has_name = nested[0].id == "00" and len(nested[0].value) <= 32  # noqa: PLR2004 - EMVCo MPM 4.10: GUID of 1 to 32
        return (
            [] if has_name else [Problem(refusals.CODE_FIELD_INVALID, f"{field.id}-00", "Globally Unique Identifier")]
        )
    present = {each.id for each in nested}
    problems = [
        Problem(refusals.CODE_FIELD_MISSING, f"{field.id}-{each}", rule.name)
        for each, rule in rules.items()
        if rule.required and each not in present
    ]
    for each in nested:
        problems += _broken(f"{field.id}-{each.id}", each, rules)
    return problems


def encode(fields: tuple[tlv.Field, ...]) -> str:
    """Write a payload from its objects without the checksum, which is added."""
    assert all(field.id != CRC_ID for field in fields)
    text = tlv.encode(fields) + _CRC_HEAD
    return text + checksum(text)
