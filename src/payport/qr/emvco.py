"""EMVCo QR, Merchant-Presented Mode: the field rules as tables, and reading, checking and writing of payloads.

A row of a table says what a field's value must be on its own; :func:`check` adds what holds between fields (order,
conditions, at least one account). The reference page of the fields is made from the tables.

Reading takes what parses and keeps its checksum; checking reports every broken rule of the specification. They are
apart because schemes exist that break some rules by design: such a code is read, and what it breaks is named.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.qr import refusals, tlv
from payport.qr.amounts import NUMERIC_CODES
from payport.qr.limits import MAX_PAYLOAD_CHARACTERS
from payport.qr.rules import COMMON, NUMERIC, TEXT, Form, Presence, Problem, Rule, Table, span, table

if TYPE_CHECKING:
    from collections.abc import Mapping

CRC_ID: Final = "63"
"""The checksum's id; its object is the last."""

_CRC_HEAD: Final = "6304"
_CRC_CHARACTERS: Final = 8
_ADDITIONAL_ID: Final = "62"
_FEES: Final = (("02", "56"), ("03", "57"))
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

COUNTRIES: Final = frozenset(_COUNTRY_CODES.split())
"""ISO 3166-1 alpha-2, officially assigned."""

_AMOUNT: Final = re.compile(r"(?=.*[1-9])[0-9]+(?:\.[0-9]*)?")
_AMOUNT_SAYS: Final = "digits with at most one point, not zero"
_PERCENTAGE: Final = re.compile(r"(?=.*[1-9])[0-9]{1,2}(?:\.[0-9]{0,2})?")
_REQUESTS: Final = re.compile(r"(?!.*(.).*\1)[AME]+")

ACCOUNT_IDS: Final = frozenset(span(2, 51))
"""At least one of these stands in every payload."""

GUID_MAXIMUM: Final = 32
"""Characters of a globally unique identifier: an AID, a UUID without hyphens, or a reverse domain name."""

ROOT: Final = table(
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
"""The root level."""

ADDITIONAL: Final = table(
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

LANGUAGE: Final = table(
    Rule(("00",), "Language Preference", _ANS, 2, 2, _M, "two letters of ISO 639", re.compile("[A-Za-z]+").fullmatch),
    Rule(("01",), "Merchant Name, alternate", _S, 1, 25, _M),
    Rule(("02",), "Merchant City, alternate", _S, 1, 15, _O),
    Rule(span(3, 99), "Reserved for EMVCo", _S, 1, 99, _O),
)
"""Inside template 64."""


def _identified(form: Form) -> Table:
    return table(
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


class Payload(NamedTuple):
    """A payload cut into its objects."""

    text: str
    """The text as scanned."""
    fields: dict[str, str]
    """Text of each object of the root level by its id, in their order, the checksum last."""
    templates: dict[str, dict[str, str]]
    """Objects inside each template that parses, one level deep, by the template's id and their own."""

    def template(self, field_id: str) -> dict[str, str]:
        """Return the objects inside a template; empty where it is missing or does not parse."""
        return self.templates.get(field_id, {})


class Scan(NamedTuple):
    """What could be read of a text, and what could not."""

    payload: Payload
    """The objects that could be cut."""
    problems: list[Problem]
    """Why not all of them, or why the checksum does not hold; empty for a sound payload."""
    crc_given: str | None
    """The four characters where the checksum stands; ``None`` where the text does not end with one."""
    crc_computed: str | None
    """The checksum over what stands before."""


def checksum(text: str) -> str:
    """Return the four upper-case hexadecimal digits over ``text``, which ends in ``6304``.

    The CRC runs over UTF-8, while lengths count characters. Half a surrogate pair has no UTF-8; it is given the bytes
    it would have, so that the answer is "checksum wrong" and not a failure.
    """
    return f"{binascii.crc_hqx(text.encode('utf-8', 'surrogatepass'), 0xFFFF):04X}"


def scan(text: str) -> Scan:
    """Read as much of a payload as can be read; never raises. ``text`` has at most ``MAX_PAYLOAD_CHARACTERS``."""
    assert len(text) <= MAX_PAYLOAD_CHARACTERS
    fields, problems = tlv.scan(text)
    given = computed = None
    if text[-_CRC_CHARACTERS:-4] == _CRC_HEAD:
        given, computed = text[-4:], checksum(text[:-4])
    if given is None or next(reversed(fields), None) != CRC_ID:
        problems.append(Problem(refusals.CODE_CRC_MISSING, CRC_ID, "the last field is 63 with four characters"))
    elif given.upper() != computed:
        problems.append(Problem(refusals.CODE_CRC_WRONG, CRC_ID, f"given {given!a}, computed {computed}"))
    templates = {}
    for field_id, value in fields.items():
        if field_id in NESTED:
            nested, wrong = tlv.scan(value)
            # What does not parse stays text, and check() says so.
            if all(each.reason is refusals.CODE_FIELD_EMPTY for each in wrong):
                templates[field_id] = nested
    return Scan(Payload(text, fields, templates), problems, given, computed)


def parse(text: str) -> Payload:
    """Read a sound payload; raises ``code_too_long``, ``code_crc_missing``, ``code_crc_wrong``, those of :mod:`tlv`."""
    if len(text) > MAX_PAYLOAD_CHARACTERS:
        refusals.CODE_TOO_LONG.refuse(f"{len(text)} characters")
    scanned = scan(text)
    for reason, where, message in scanned.problems:
        reason.refuse(f"{where}: {message}" if where else message)
    return scanned.payload


def check(payload: Payload) -> list[Problem]:
    """Return every broken rule of the specification: missing fields, order and conditions, then field by field."""
    present = payload.fields
    problems = [_missing(field_id, rule) for field_id, rule in ROOT.missing_from(present)]
    problems += check_conditions(present)
    if next(iter(present), "00") != "00":
        problems.append(Problem(refusals.CODE_FIELD_INVALID, "00", "the format indicator comes first"))
    checks = ROOT.checks
    for field_id, value in present.items():
        if field_id not in checks or not checks[field_id](value):
            problems.append(Problem(refusals.CODE_FIELD_INVALID, field_id, ROOT.wrong_with(field_id, value)))
        if field_id in NESTED:
            problems += _check_template(field_id, value, payload.templates.get(field_id))
    return problems


def check_conditions(fields: Mapping[str, str]) -> list[Problem]:
    """Return the broken rules between fields: an account is there, and a fee goes with its indicator."""
    problems = []
    if ACCOUNT_IDS.isdisjoint(fields):
        problems.append(Problem(refusals.CODE_FIELD_MISSING, "02", "at least one merchant account (02 to 51)"))
    for indicator, fee in _FEES:
        if (fields.get("55") == indicator) != (fee in fields):
            problems.append(Problem(refusals.CODE_FIELD_INVALID, fee, f"goes only and always with 55={indicator}"))
    return problems


def check_nested(nested: Mapping[str, str], rules: Table, where: str) -> list[Problem]:
    """Return every rule the objects of the template ``where`` break; ids without a rule are no matter."""
    problems = []
    if not nested.keys() >= rules.mandatory.keys():
        problems = [_missing(f"{where}-{field_id}", rule) for field_id, rule in rules.missing_from(nested)]
    checks = rules.checks
    for field_id, value in nested.items():
        if field_id in checks and not checks[field_id](value):
            wrong = rules.wrong_with(field_id, value)
            problems.append(Problem(refusals.CODE_FIELD_INVALID, f"{where}-{field_id}", wrong))
    return problems


def _missing(where: str, rule: Rule) -> Problem:
    return Problem(refusals.CODE_FIELD_MISSING, where, rule.name)


def _check_template(template: str, value: str, nested: Mapping[str, str] | None) -> list[Problem]:
    """Check what stands inside a template, and inside the payment systems' templates of template 62."""
    if nested is None:
        return [each._replace(id=template) for each in tlv.scan(value)[1]]
    problems = check_nested(nested, NESTED[template], template)
    if template == _ADDITIONAL_ID:
        if "00" in nested:
            problems.append(Problem(refusals.CODE_FIELD_INVALID, "62-00", "field 00 does not exist"))
        if nested.keys().isdisjoint(NESTED_ADDITIONAL):
            return problems
        for each in [each for each in nested if each in NESTED_ADDITIONAL]:
            where = f"{template}-{each}"
            fields, unparsed = tlv.scan(nested[each])
            problems += [problem._replace(id=where) for problem in unparsed]
            problems += [] if unparsed else check_nested(fields, NESTED_ADDITIONAL[each], where)
    return problems


def encode(fields: Mapping[str, str]) -> str:
    """Write a payload from its objects, the checksum made anew; raises ``code_field_invalid``."""
    text = tlv.encode({field_id: value for field_id, value in fields.items() if field_id != CRC_ID}) + _CRC_HEAD
    return text + checksum(text)
