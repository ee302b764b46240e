"""Any scanned text: what kind of code it is, whose, whether it is valid, and what stands in it.

Two views: *valid* is what the issuing scheme publishes as valid (the objects parse, the checksum holds in either letter
case, the scheme's own required fields are there and right); *strict* is every "shall" of EMVCo's specification.
Nothing here raises for any text, fetches an address or pays.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payport.qr import cpm, digits, emvco, refusals, urls
from payport.qr.amounts import ALPHABETIC
from payport.qr.explanation import Explanation, explain_consumer, explain_merchant, explain_written
from payport.qr.limits import MAX_PAYLOAD_CHARACTERS
from payport.qr.rules import Problem
from payport.qr.scheme import GUID_ID, Found, Scheme, TemplatesById, templates_by_id, templates_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payport.qr.emvco import Payload

_MPM: Final = re.compile(r"000[0-9]0[0-9]|[0-9]{4}.*6304[0-9A-Fa-f]{4}\Z", re.DOTALL)
"""How an EMVCo merchant payload begins (00, in a wrong length too), or how one in wrong order begins and ends."""

_INITIATIONS: Final = {"11": "static", "12": "dynamic"}
_AMOUNT: Final = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")


class Error(NamedTuple):
    """One broken rule and the view it breaks."""

    problem: Problem
    """Which rule, where, and what is wrong."""
    strict_only: bool
    """True where the issuing scheme does not ask for it: the code is valid all the same."""


class Reading(NamedTuple):
    """What one text is."""

    kind: str
    """``mpm``, ``cpm``, ``c2b`` (a pay code of digits), ``url``, ``text`` (another written form) or ``unknown``."""
    scheme: str | None
    """Stable name of the scheme; ``None`` where nothing recognises it."""
    valid: bool
    """Whether the issuing scheme would say so."""
    strict_valid: bool | None
    """Whether every "shall" of EMVCo's specification holds; ``None`` for what is not merchant-presented."""
    crc: dict[str, str | None] | None
    """``given`` and ``computed`` checksum; ``None`` for codes without one."""
    fields: Mapping[str, Any]
    """The fields by id: text, or the objects of a template."""
    errors: tuple[Error, ...]
    """Every broken rule."""
    explain: Callable[[Reading], Explanation]
    """Makes the words: only when they are asked for."""
    facts: Mapping[str, Any]
    """What the fields mean: title of the scheme, static or dynamic, amount, currency, payee, expiry and so on."""

    def json(self) -> dict[str, Any]:
        """Return the answer as one JSON object."""
        return {
            "kind": self.kind,
            "scheme": self.scheme,
            "valid": self.valid,
            "strict_valid": self.strict_valid,
            "crc": self.crc,
            "fields": self.fields,
            "errors": [
                {
                    "code": problem.reason.code,
                    "id": problem.id,
                    "message": f"{problem.reason.en} ({problem.message})" if problem.message else problem.reason.en,
                    "breaks": "strict_valid" if strict_only else "valid",
                }
                for problem, strict_only in self.errors
            ],
            **self.facts,
            "explanation": self.explanation._asdict(),
        }

    @property
    def explanation(self) -> Explanation:
        """What the code is, in words."""
        return self.explain(self)


class Schemes(NamedTuple):
    """The schemes of merchant codes."""

    every: tuple[Scheme, ...]
    """All of them, by name."""
    by_guid: Mapping[tuple[str, str], Scheme]
    """Scheme by root id and identifier in upper case."""
    templates: Mapping[str, TemplatesById]
    """Templates by root id, by the scheme's name."""
    by_rule: tuple[Scheme, ...]
    """Those that are recognised by a function, the highest precedence first."""
    generic: Scheme
    """For a code no scheme recognises: plain EMVCo."""


@cache
def schemes() -> Schemes:
    """Return the schemes, found by their place."""
    package = importlib.import_module("payport.qr.templates")
    names = sorted(each.name for each in pkgutil.iter_modules(package.__path__))
    every: tuple[Scheme, ...] = tuple(importlib.import_module(f"{package.__name__}.{name}").SCHEME for name in names)
    by_guid: dict[tuple[str, str], Scheme] = {}
    for scheme in every:
        for template in scheme.templates:
            for key in [(root_id, guid) for guid in template.guids for root_id in template.ids]:
                assert key not in by_guid, f"{scheme.name} and {by_guid[key].name} share {key}"
                by_guid[key] = scheme
    by_rule = sorted((each for each in every if each.recognises is not None), key=lambda each: -each.precedence)
    generic = next(each for each in every if each.name == "emvco")
    templates = {each.name: templates_by_id(each) for each in every}
    return Schemes(every, by_guid, templates, tuple(by_rule), generic)


def identify(payload: Payload) -> tuple[Scheme, ...]:
    """Return the schemes whose identifiers stand in a merchant code, the one that names it first."""
    known = schemes()
    found: dict[str, Scheme] = {}
    for root_id, nested in payload.templates.items():
        scheme = known.by_guid.get((root_id, nested.get(GUID_ID, "").upper()))
        if scheme is not None:
            found[scheme.name] = scheme
    for scheme in known.by_rule:
        if scheme.name not in found and scheme.recognises is not None and scheme.recognises(payload):
            found[scheme.name] = scheme
    return tuple(sorted(found.values(), key=lambda each: -each.precedence)) or (known.generic,)


def decode(text: str) -> Reading:
    """Tell what ``text`` is; never raises."""
    if len(text) > MAX_PAYLOAD_CHARACTERS:
        return _unknown(Problem(refusals.CODE_TOO_LONG, "", f"{len(text)} characters"))
    if _MPM.match(text) and not digits.looks_like(text):
        return _merchant(text)
    if text.startswith(cpm.PREFIX):
        return _consumer(text)
    wallet = digits.wallet_of(text)
    if wallet is not None:
        return _pay_code(text, wallet)
    address = urls.read(text)
    if address is not None:
        return _written(address)
    return _unknown(Problem(refusals.CODE_NOT_RECOGNISED, "", ""))


def _consumer(text: str) -> Reading:
    """Read a code a phone shows."""
    code = cpm.read(text)
    named = next(filter(None, map(cpm.scheme_of, code.aids)), ("emvco", "EMVCo consumer code"))
    errors = tuple(Error(each, strict_only=False) for each in code.problems)
    label = code.find("50")
    facts = {
        "title": f"{named[1]} consumer code" if named[0] != "emvco" else named[1],
        "aids": code.aids,
        "label": None if label is None else label.decode("latin-1"),
        "card": cpm.masked_number(code),
        "tlv": cpm.tree(code.objects),
    }
    return Reading("cpm", named[0], not errors, None, None, cpm.fields(code), errors, explain_consumer, facts)


def _pay_code(text: str, wallet: digits.Wallet) -> Reading:
    """Read a pay code of digits."""
    facts: dict[str, Any] = {"title": wallet.title}
    fields: dict[str, str] = {"code": text}
    if wallet.scheme == "unionpay":
        fields = digits.read_pay_code(text)._asdict()
        facts |= {**fields, "iso8583_de59": digits.private_data(text), "de22": digits.ENTRY_MODE}
    return Reading("c2b", wallet.scheme, True, None, None, fields, (), explain_consumer, facts)


def _written(address: urls.Address) -> Reading:
    """Read an address or another written form."""
    problems = [Problem(refusals.CODE_FIELD_INVALID, "", address.wrong)] if address.wrong else []
    errors = tuple(Error(each, strict_only=False) for each in problems)
    facts = {"title": address.title, "pays": address.pays, **address.fields}
    fields = address.fields
    return Reading(address.kind, address.scheme, not errors, None, None, fields, errors, explain_written, facts)


def _unknown(problem: Problem) -> Reading:
    errors = (Error(problem, strict_only=False),)
    return Reading(
        "unknown", None, False, None, None, {}, errors, lambda _: Explanation(problem.reason.en, problem.reason.zh), {}
    )


def _merchant(text: str) -> Reading:
    scan = emvco.scan(text)
    payload = scan.payload
    present = payload.fields
    found = identify(payload)
    scheme = found[0]
    own = templates_in(schemes().templates[scheme.name], payload)
    breaks = [
        each
        for each in scan.problems
        if scheme.strict or each.reason is not refusals.CODE_FIELD_EMPTY or scheme is schemes().generic
    ]
    strict = emvco.check(payload)
    breaks += strict if scheme.strict else []
    breaks += _breaks(scheme, payload, own)
    errors: dict[tuple[str, str], Error] = {}
    for problem in breaks:
        errors.setdefault((problem.reason.code, problem.id), Error(problem, strict_only=False))
    for problem in (*scan.problems, *strict):
        errors.setdefault((problem.reason.code, problem.id), Error(problem, strict_only=True))
    facts: dict[str, Any] = {
        "title": scheme.title,
        "networks": [each.name for each in found],
        "initiation": _INITIATIONS.get(present.get("01", "")),
        "amount": present.get("54"),
        "currency": present.get("53"),
        "currency_code": ALPHABETIC.get(present.get("53", "")),
        "payee": _payee(scheme, payload, own),
        "expires": scheme.expires(payload, own),
    }
    fields = {field_id: payload.templates.get(field_id, value) for field_id, value in payload.fields.items()}
    crc = {"given": scan.crc_given, "computed": scan.crc_computed}
    strict_valid = not scan.problems and not strict
    return Reading(
        "mpm", scheme.name, not breaks, strict_valid, crc, fields, tuple(errors.values()), explain_merchant, facts
    )


def _payee(scheme: Scheme, payload: Payload, own: tuple[Found, ...]) -> dict[str, Any] | None:
    payee = scheme.payee(payload, own)
    return None if payee is None else {"kind": payee.kind.value, "id": payee.id, "institution": payee.institution}


def _breaks(scheme: Scheme, payload: Payload, own: tuple[Found, ...]) -> list[Problem]:
    """Return the rules of the scheme itself that a code breaks."""
    present = payload.fields
    problems = [
        Problem(refusals.CODE_FIELD_MISSING, field_id, emvco.ROOT.rules[field_id].name)
        for field_id in scheme.required
        if not present.get(field_id)
    ]
    for field_id, values in scheme.values.items():
        if field_id in present and present[field_id] not in values:
            wrong = f"{emvco.ROOT.rules[field_id].name}: {' or '.join(values)}"
            problems.append(Problem(refusals.CODE_FIELD_INVALID, field_id, wrong))
    if present.get("54") and not _AMOUNT.fullmatch(present["54"]):
        problems.append(Problem(refusals.CODE_FIELD_INVALID, "54", "an amount is digits with at most one point"))
    for found in own:
        if found.fields or found.template.guids:
            problems += emvco.check_nested(found.fields, found.template.table, found.id)
    problems += scheme.problems(payload, own)
    return problems
