"""EMVCo QR, Merchant-Presented Mode: the field rules as tables, and reading, checking and writing of payloads.

A row of a table says what a field's value must be on its own; :func:`check` adds what holds between fields (order,
conditions, at least one account). The reference page of the fields is made from the tables.

Reading takes what parses and keeps its checksum; checking reports every broken rule of the specification. They are
apart because schemes exist that break some rules by design: such a code is read, and what it breaks is named.
"""

from __future__ import annotations

import binascii
import enum
import re
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.qr import refusals, tlv
from payport.qr.amounts import NUMERIC_CODES
from payport.qr.limits import MAX_PAYLOAD_CHARACTERS
from payport.values.refusals import Refusal, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

CRC_ID: Final = "63"
"""The checksum's id; its object is the last."""

_CRC_HEAD: Final = "6304"
_CRC_CHARACTERS: Final = 8
_ADDITIONAL_ID: Final = "62"
_FEES: Final = (("02", "56"), ("03", "57"))
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


class Form(NamedTuple):
    """Which characters a value may have."""

    letters: str
    """How the specification writes it."""
    accepts: Callable[[str], bool]
    """Whether every character is one of them."""


NUMERIC: Final = Form("N", _is_digits)
"""Digits 0 to 9."""

COMMON: Final = Form("ans", is_common)
"""The common character set."""

TEXT: Final = Form("S", _is_precomposed)
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


def span(first: int, last: int) -> tuple[str, ...]:
    """Return the ids from ``first`` to ``last``."""
    return tuple(f"{number:02}" for number in range(first, last + 1))


class Table(NamedTuple):
    """The rules of one level."""

    rules: dict[str, Rule]
    """Rule by id."""
    mandatory: dict[str, Rule]
    """Those of fields that must be there."""


def _table(*rows: Rule) -> Table:
    rules: dict[str, Rule] = {}
    for row in rows:
        for each in row.ids:
            assert each not in rules, f"two rules for {each}"
            rules[each] = row
    return Table(rules, {each: rule for each, rule in rules.items() if rule.presence is Presence.MANDATORY})


_N, _ANS, _S = NUMERIC, COMMON, TEXT
_M, _C, _O = Presence.MANDATORY, Presence.CONDITIONAL, Presence.OPTIONAL

_COUNTRY_CODES: Final = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""

_COUNTRIES: Final = frozenset(_COUNTRY_CODES.split())
"""ISO 3166-1 alpha-2, officially assigned."""

_AMOUNT: Final = re.compile(r"(?=.*[1-9])[0-9]+(?:\.[0-9]*)?")
_AMOUNT_SAYS: Final = "digits with at most one point, not zero"
_PERCENTAGE: Final = re.compile(r"(?=.*[1-9])[0-9]{1,2}(?:\.[0-9]{0,2})?")
_REQUESTS: Final = re.compile(r"(?!.*(.).*\1)[AME]+")

ACCOUNT_IDS: Final = frozenset(span(2, 51))
"""At least one of these stands in every payload."""

GUID_MAXIMUM: Final = 32
"""Characters of a globally unique identifier: an AID, a UUID without hyphens, or a reverse domain name."""

ROOT: Final = _table(
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
    Rule(("58",), "Country Code", _ANS, 2, 2, _M, "a code of ISO 3166-1", _COUNTRIES.__contains__),
    Rule(("59",), "Merchant Name", _ANS, 1, 25, _M),
    Rule(("60",), "Merchant City", _ANS, 1, 15, _M),
    Rule(("61",), "Postal Code", _ANS, 1, 10, _O),
    Rule(("62",), "Additional Data Template", _S, 1, 99, _O),
    Rule(("63",), "CRC", _ANS, 4, 4, _M, "four hexadecimal digits", re.compile("[0-9A-Fa-f]{4}").fullmatch),
    Rule(("64",), "Merchant Information, Language Template", _S, 1, 99, _O),
    Rule(span(65, 79), "Reserved for EMVCo", _S, 1, 99, _O),
    Rule(span(80, 99), "Unreserved Template", _S, 1, 99, _O),
)
"""The root level."""

ADDITIONAL: Final = _table(
    Rule(("01",), "Bill Number", _ANS, 1, 25, _O),
    Rule(("02",), "Mobile Number", _ANS, 1, 25, _O),
    Rule(("03",), "Store Label", _ANS, 1, 25, _O),
    Rule(("04",), "Loyalty Number", _ANS, 1, 25, _O),
    Rule(("05",), "Reference Label", _ANS, 1, 25, _O),
    Rule(("06",), "Customer Label", _ANS, 1, 25, _O),
    Rule(("07",), "Terminal Label", _ANS, 1, 25, _O),
    Rule(("08",), "Purpose of Transaction", _ANS, 1, 25, _O),
    Rule(("09",), "Consumer Data Request", _ANS, 1, 3, _O, "of A, M and E, each at most once", _REQUESTS.fullmatch),
    Rule(("10",), "Merchant Tax ID", _ANS, 1, 20, _O),
    Rule(("11",), "Merchant Channel", _ANS, 3, 3, _O),
    Rule(span(12, 49), "Reserved for EMVCo", _S, 1, 99, _O),
    Rule(span(50, 99), "Payment System Template", _S, 1, 99, _O),
)
"""Inside template 62."""

LANGUAGE: Final = _table(
    Rule(("00",), "Language Preference", _ANS, 2, 2, _M, "two letters of ISO 639", re.compile("[A-Za-z]+").fullmatch),
    Rule(("01",), "Merchant Name, alternate", _S, 1, 25, _M),
    Rule(("02",), "Merchant City, alternate", _S, 1, 15, _O),
    Rule(span(3, 99), "Reserved for EMVCo", _S, 1, 99, _O),
)
"""Inside template 64."""


def _identified(form: Form) -> Table:
    return _table(
        Rule(("00",), "Globally Unique Identifier", _ANS, 1, GUID_MAXIMUM, _M),
        Rule(span(1, 99), "Of the template's owner", form, 1, 99, _O),
    )


_ACCOUNT: Final = _identified(_ANS)
_UNRESERVED: Final = _identified(_S)

NESTED: Final[dict[str, Table]] = {
    **dict.fromkeys(span(26, 51), _ACCOUNT),
    "62": ADDITIONAL,
    "64": LANGUAGE,
    **dict.fromkeys(span(80, 99), _UNRESERVED),
}
"""The rules inside each template of the root level; every other field is plain text."""

NESTED_ADDITIONAL: Final[dict[str, Table]] = dict.fromkeys(span(50, 99), _UNRESERVED)
"""The rules inside the payment systems' templates of template 62."""


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
    templates: dict[str, tuple[tlv.Field, ...]]
    """Objects inside each template that parses, one level deep, by the template's id."""

    def value(self, field_id: str) -> str | None:
        """Return the text of a root field, or ``None``."""
        return next((field.value for field in self.fields if field.id == field_id), None)

    def template(self, field_id: str) -> dict[str, str]:
        """Return the objects inside a template; empty where it is missing or does not parse."""
        return dict(self.templates.get(field_id, ()))


def checksum(text: str) -> str:
    """Return the four upper-case hexadecimal digits over ``text``, which ends in ``6304``.

    The CRC runs over UTF-8, while lengths count characters. Half a surrogate pair has no UTF-8; it is given the bytes
    it would have, so that the answer is "checksum wrong" and not a failure.
    """
    return f"{binascii.crc_hqx(text.encode('utf-8', 'surrogatepass'), 0xFFFF):04X}"


def parse(text: str) -> Payload:
    """Read a payload; raises ``code_too_long``, ``code_crc_missing``, ``code_crc_wrong`` and those of :mod:`tlv`."""
    if len(text) > MAX_PAYLOAD_CHARACTERS:
        refusals.CODE_TOO_LONG.refuse(f"{len(text)} characters")
    fields = tlv.parse(text)
    if not fields or fields[-1].id != CRC_ID or text[-_CRC_CHARACTERS:-4] != _CRC_HEAD:
        refusals.CODE_CRC_MISSING.refuse()
    if text[-4:].upper() != checksum(text[:-4]):
        refusals.CODE_CRC_WRONG.refuse(f"given {text[-4:]!a}, computed {checksum(text[:-4])}")
    return Payload(text, fields, _nested(fields))


def _nested(fields: tuple[tlv.Field, ...]) -> dict[str, tuple[tlv.Field, ...]]:
    templates = {}
    for field in fields:
        if field.id in NESTED:
            with suppress(Refusal):  # what does not parse stays text, and check() says so
                templates[field.id] = tlv.parse(field.value)
    return templates


def check(payload: Payload) -> list[Problem]:
    """Return every broken rule of the specification: missing fields, order and conditions, then field by field."""
    present = dict(payload.fields)
    problems = _missing(present, ROOT, "")
    if ACCOUNT_IDS.isdisjoint(present):
        problems.append(Problem(refusals.CODE_FIELD_MISSING, "02", "at least one merchant account (02 to 51)"))
    if payload.fields[0].id != "00":
        problems.append(Problem(refusals.CODE_FIELD_INVALID, "00", "the format indicator comes first"))
    for indicator, fee in _FEES:
        if (present.get("55") == indicator) != (fee in present):
            problems.append(Problem(refusals.CODE_FIELD_INVALID, fee, f"goes only and always with 55={indicator}"))
    for field in payload.fields:
        problems += _broken(field, ROOT, "")
        if field.id in NESTED:
            problems += _check_template(field, payload.templates.get(field.id))
    return problems


def _missing(present: Mapping[str, str], table: Table, prefix: str) -> list[Problem]:
    return [
        Problem(refusals.CODE_FIELD_MISSING, prefix + field_id, rule.name)
        for field_id, rule in table.mandatory.items()
        if field_id not in present
    ]


def _broken(field: tlv.Field, table: Table, prefix: str) -> list[Problem]:
    rule = table.rules.get(field.id)
    wrong = f"field {field.id} does not exist" if rule is None else rule.broken_by(field.value)
    return [] if wrong is None else [Problem(refusals.CODE_FIELD_INVALID, prefix + field.id, wrong)]


def _check_template(template: tlv.Field, nested: tuple[tlv.Field, ...] | None) -> list[Problem]:
    """Check what stands inside a template, and inside the payment systems' templates of template 62."""
    if nested is None:
        return _unparsed(template.value, template.id)
    problems = _check_nested(nested, NESTED[template.id], template.id)
    if template.id != _ADDITIONAL_ID:
        return problems
    for each in nested:
        if each.id in NESTED_ADDITIONAL:
            where = f"{template.id}-{each.id}"
            unparsed = _unparsed(each.value, where)
            problems += unparsed or _check_nested(tlv.parse(each.value), NESTED_ADDITIONAL[each.id], where)
    return problems


def _unparsed(value: str, where: str) -> list[Problem]:
    """Return why a template's value does not parse; nothing where it does."""
    try:
        tlv.parse(value)
    except Refusal as refusal:
        return [Problem(refusal.reason, where, refusal.detail)]
    return []


def _check_nested(nested: tuple[tlv.Field, ...], table: Table, where: str) -> list[Problem]:
    problems = _missing(dict(nested), table, f"{where}-")
    for field in nested:
        problems += _broken(field, table, f"{where}-")
    return problems


def encode(fields: Iterable[tlv.Field]) -> str:
    """Write a payload from its objects without the checksum, which is added; raises ``code_field_invalid``."""
    objects = tuple(fields)
    assert all(field.id != CRC_ID for field in objects)
    text = tlv.encode(objects) + _CRC_HEAD
    return text + checksum(text)
