"""EMVCo QR, Consumer-Presented Mode: what a phone shows and a till scans. BER-TLV in base64.

``85`` comes first and says ``CPV01``; then one application template ``61``, or two of them and perhaps the common
template ``62``. Templates ``63`` and ``64`` inside are for the issuer; the till passes them on. An object the rules do
not name is kept and no matter.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payport.qr import ber
from payport.qr.refusals import CODE_FIELD_INVALID, CODE_FIELD_MISSING, CODE_MALFORMED, CODE_REPEATED_FIELD
from payport.qr.rules import Presence, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PREFIX: Final = "hQVDUFY"
"""How every payload begins: 85, its length and ``CPV`` in base64."""

READER_BYTES: Final = 512
"""Characters a reader has to take (EMVCo CPM 3.2); longer payloads are read here and noted."""

PAYLOAD_FORMAT: Final = "85"
APPLICATION: Final = "61"
COMMON: Final = "62"
APPLICATION_TRANSPARENT: Final = "63"
COMMON_TRANSPARENT: Final = "64"
MAX_APPLICATIONS: Final = 2
"""Application templates of one payload."""

_VERSION: Final = b"CPV01"


class DataRule(NamedTuple):
    """What one data object must be."""

    tag: str
    """Tag, hexadecimal."""
    name: str
    """Name in the specification."""
    form: str
    """How the specification writes its characters: b, n, cn, an, ans."""
    minimum: int
    """Fewest bytes."""
    maximum: int
    """Most bytes."""
    presence: Presence
    """Presence in an application template."""
    says: str = ""
    """Further rule in words."""
    accepts: Callable[[bytes], object] = lambda _: True
    """The further rule as a function."""


_M, _C, _O = Presence.MANDATORY, Presence.CONDITIONAL, Presence.OPTIONAL
_TRACK_2: Final = re.compile(r"([0-9]{1,19})D([0-9]{4})([0-9]{3})?([0-9]*)F?")
_CARD_NUMBER: Final = re.compile(r"([0-9]{8,19})F*")
_TEXT: Final = re.compile(rb"[ -~]*")
_DIGITS: Final = re.compile(r"[0-9]*")


def _is_track_2(value: bytes) -> object:
    return _TRACK_2.fullmatch(value.hex().upper())


def _is_card_number(value: bytes) -> object:
    return _CARD_NUMBER.fullmatch(value.hex().upper())


def _is_text(value: bytes) -> object:
    return _TEXT.fullmatch(value)


def _is_digits(value: bytes) -> object:
    return _DIGITS.fullmatch(value.hex())


def _is_address(value: bytes) -> object:
    return value.startswith((b"tel:", b"mailto:"))


RULES: Final = {
    rule.tag: rule
    for rule in (
        DataRule("4F", "Application Definition File (ADF) Name", "b", 5, 16, _M),
        DataRule("50", "Application Label", "ans", 1, 16, _O, "printable", _is_text),
        DataRule("57", "Track 2 Equivalent Data", "b", 1, 19, _C, "number, D, expiry, service, data", _is_track_2),
        DataRule("5A", "Application PAN", "cn", 1, 10, _C, "digits, filled with F", _is_card_number),
        DataRule("5F20", "Cardholder Name", "ans", 2, 26, _O, "printable", _is_text),
        DataRule("5F2D", "Language Preference", "an", 2, 8, _O, "printable", _is_text),
        DataRule("5F50", "Issuer URL", "ans", 1, 255, _O, "tel: or mailto:", _is_address),
        DataRule("9F08", "Application Version Number", "b", 2, 2, _O),
        DataRule("9F19", "Token Requestor ID", "n", 6, 6, _O, "digits", _is_digits),
        DataRule("9F24", "Payment Account Reference", "an", 29, 29, _O, "printable", _is_text),
        DataRule("9F25", "Last 4 Digits of PAN", "n", 2, 2, _O, "digits", _is_digits),
    )
}
"""Rules of the data objects a till looks at."""

ISSUER_OBJECTS: Final = {
    "82": "Application Interchange Profile",
    "5F34": "Application PAN Sequence Number",
    "9F10": "Issuer Application Data",
    "9F26": "Application Cryptogram",
    "9F27": "Cryptogram Information Data",
    "9F36": "Application Transaction Counter",
    "9F37": "Unpredictable Number",
}
"""Names of the data objects the issuer looks at."""

AIDS: Final = {
    "A000000333": ("unionpay", "UnionPay"),
    "A000000003": ("visa", "Visa"),
    "A000000004": ("mastercard", "Mastercard"),
    "A000000065": ("jcb", "JCB"),
    "A000000025": ("amex", "American Express"),
    "A000000152": ("discover", "Discover"),
    "A000000524": ("rupay", "RuPay"),
    "A000000602": ("qris", "QRIS"),
    "A000000658": ("mir", "Mir"),
    "A000000672": ("troy", "Troy"),
    "A000000228": ("mada", "mada"),
    "A000000277": ("interac", "Interac"),
    "F0504159504F5254": ("payport", "Payport"),
}
"""Scheme by how an AID begins: five registered bytes, or this network's own unregistered eight (``F0`` ``PAYPORT``)."""


class Code(NamedTuple):
    """What a consumer's code says."""

    objects: tuple[ber.Object, ...]
    """The objects that could be cut."""
    problems: list[Problem]
    """Every broken rule."""

    @property
    def applications(self) -> tuple[ber.Object, ...]:
        """The application templates."""
        return tuple(each for each in self.objects if each.tag == APPLICATION)

    @property
    def aids(self) -> list[str]:
        """The application identifiers, hexadecimal."""
        return [each.value.hex().upper() for template in self.applications for each in _objects(template, "4F")]

    def find(self, tag: str) -> bytes | None:
        """Return the first value of a tag, wherever it stands."""
        return next((each.value for each in walk(self.objects) if each.tag == tag and each.objects is None), None)


def walk(objects: tuple[ber.Object, ...]) -> Iterator[ber.Object]:
    """Yield every object, each template before what stands in it."""
    for each in objects:
        yield each
        yield from walk(each.objects or ())


def _objects(template: ber.Object, tag: str) -> tuple[ber.Object, ...]:
    return tuple(each for each in template.objects or () if each.tag == tag)


def read(text: str) -> Code:
    """Read a payload; never raises."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return Code((), [Problem(CODE_MALFORMED, "", "not base64 (RFC 4648, with its padding)")])
    objects, problem = ber.parse(data)
    problems = [] if problem is None else [problem]
    return Code(objects, [*problems, *_check(objects)])


def _check(objects: tuple[ber.Object, ...]) -> Iterator[Problem]:
    first = objects[0] if objects else None
    if first is None or first.tag != PAYLOAD_FORMAT or first.value != _VERSION:
        yield Problem(CODE_FIELD_INVALID, PAYLOAD_FORMAT, "the payload format indicator comes first and is CPV01")
    tags = [each.tag for each in objects]
    applications, commons = tags.count(APPLICATION), tags.count(COMMON)
    if not 1 <= applications <= MAX_APPLICATIONS:
        problem = CODE_FIELD_INVALID if applications else CODE_FIELD_MISSING
        yield Problem(problem, APPLICATION, f"one application template or two, not {applications}")
    if tags.count(PAYLOAD_FORMAT) > 1 or commons > 1:
        yield Problem(CODE_REPEATED_FIELD, COMMON if commons > 1 else PAYLOAD_FORMAT, "stands twice")
    if APPLICATION in tags and tags[1] != APPLICATION:
        yield Problem(CODE_FIELD_INVALID, APPLICATION, "the application template follows the format indicator")
    if commons and APPLICATION in tags[tags.index(COMMON) :]:
        yield Problem(CODE_FIELD_INVALID, COMMON, "the common template follows the application templates")
    common = next((each for each in objects if each.tag == COMMON), None)
    if common is not None:
        yield from _check_values(common)
    for template in objects:
        if template.tag == APPLICATION:
            yield from _check_values(template)
            yield from _check_application(template, common)


def _check_application(template: ber.Object, common: ber.Object | None) -> Iterator[Problem]:
    """Check what an application template and the common one give together."""
    own = {each.tag for each in template.objects or ()}
    shared = {each.tag for each in (common.objects or () if common is not None else ())}
    if "4F" not in own:
        yield Problem(CODE_FIELD_MISSING, f"{APPLICATION}-4F", RULES["4F"].name)
    if not {"57", "5A"} & (own | shared):
        yield Problem(CODE_FIELD_MISSING, f"{APPLICATION}-57", "track 2 (57) or the card number (5A)")
    for tag in sorted(own & shared & RULES.keys()):
        yield Problem(CODE_REPEATED_FIELD, f"{COMMON}-{tag}", "in the application template and in the common one")


def _check_values(template: ber.Object) -> Iterator[Problem]:
    seen: set[str] = set()
    for each in template.objects or ():
        where = f"{template.tag}-{each.tag}"
        if each.tag in seen and each.objects is None:
            yield Problem(CODE_REPEATED_FIELD, where, "stands twice")
        seen.add(each.tag)
        rule = RULES.get(each.tag)
        if rule is None:
            continue
        if not rule.minimum <= len(each.value) <= rule.maximum:
            lengths = f"{rule.minimum} to {rule.maximum}" if rule.minimum != rule.maximum else rule.minimum
            yield Problem(CODE_FIELD_INVALID, where, f"{rule.name}: {lengths} bytes, not {len(each.value)}")
        elif not rule.accepts(each.value):
            yield Problem(CODE_FIELD_INVALID, where, f"{rule.name}: {rule.says}")


def scheme_of(aid: str) -> tuple[str, str] | None:
    """Return the scheme's stable name and title by how an AID begins."""
    return AIDS.get(aid[:10]) or AIDS.get(aid[:16])


def fields(code: Code) -> dict[str, str | dict[str, str]]:
    """Return values by tag, hexadecimal, one level deep; a second application template is ``61#2``."""
    found: dict[str, str | dict[str, str]] = {}
    for each in code.objects:
        name = each.tag if each.tag not in found else f"{each.tag}#{sum(key[:2] == each.tag for key in found) + 1}"
        inside = each.objects
        found[name] = (
            each.value.hex().upper() if inside is None else {one.tag: one.value.hex().upper() for one in inside}
        )
    return found


def tree(objects: tuple[ber.Object, ...]) -> list[dict[str, Any]]:
    """Return the objects as JSON tells them: tag, and hexadecimal or the objects inside."""
    return [
        {"tag": each.tag, "hex": each.value.hex().upper()}
        if each.objects is None
        else {"tag": each.tag, "value": tree(each.objects)}
        for each in objects
    ]


def masked_number(code: Code) -> str | None:
    """Return the card or token number with all but its ends hidden, for people to see; ``None`` where there is none."""
    track, number = code.find("57"), code.find("5A")
    found = None if track is None else _TRACK_2.fullmatch(track.hex().upper())
    if found is None and number is not None:
        found = _CARD_NUMBER.fullmatch(number.hex().upper())
    if found is None:
        return None
    digits: str = found[1]
    return f"{digits[:6]}{'*' * max(len(digits) - 10, 0)}{digits[-4:]}" if len(digits) > 10 else "*" * len(digits)  # noqa: PLR2004 - six and four stay


class Application(NamedTuple):
    """What one application of a new code says."""

    aid: bytes
    """Application identifier, 5 to 16 bytes."""
    objects: tuple[ber.Object, ...]
    """Its other objects, in order."""


def encode(applications: tuple[Application, ...], common: tuple[ber.Object, ...] = ()) -> str:
    """Write a payload; raises ``code_field_invalid`` and others where a rule is broken."""
    written = [ber.Object(PAYLOAD_FORMAT, _VERSION)]
    written += [ber.Object(APPLICATION, b"", (ber.Object("4F", each.aid), *each.objects)) for each in applications]
    if common:
        written.append(ber.Object(COMMON, b"", common))
    text = base64.b64encode(ber.encode(written)).decode()
    for problem in read(text).problems:
        problem.reason.refuse(f"{problem.id}: {problem.message}")
    return text
