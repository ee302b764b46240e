"""What a scheme of EMVCo merchant codes declares about itself.

Each file of ``payport.qr.templates`` declares one ``SCHEME``, found by being there. The declaration says by what its
codes are recognised, which fields they must have (often fewer than EMVCo asks), what stands in the scheme's own
templates, and who is paid. Everything is a table, so that checking runs over it and the reference page is made of it;
only what no table says is a function.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.qr.emvco import check_conditions
from payport.qr.rules import Problem, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from payport.qr.emvco import Payload


class PayeeKind(enum.StrEnum):
    """What the identifier of the one who is paid is."""

    MERCHANT = "merchant"
    """A merchant's number at its acquirer or scheme."""
    ACCOUNT = "account"
    """An account at a bank."""
    WALLET = "wallet"
    """A wallet's number."""
    CARD = "card"
    """A card number or its token."""
    PHONE = "phone"
    """A telephone number."""
    EMAIL = "email"
    """An e-mail address."""
    NATIONAL_ID = "national_id"
    """A person's identity or tax number."""
    BUSINESS_ID = "business_id"
    """A company's registration or tax number."""
    BILLER = "biller"
    """A biller's number."""
    ALIAS = "alias"
    """Another name which the scheme's directory resolves."""
    URL = "url"
    """An address at which the payer's bank asks for the rest."""


class Payee(NamedTuple):
    """Who is paid."""

    kind: PayeeKind
    """What the identifier is."""
    id: str
    """The identifier as the code writes it."""
    institution: str | None = None
    """Bank or provider where it is held, as the code writes it; ``None`` where it does not say."""


class Template(NamedTuple):
    """Fields of the root level in which a scheme writes its own data."""

    name: str
    """What it is for, in words."""
    ids: tuple[str, ...]
    """Root ids it may stand in."""
    guids: tuple[str, ...]
    """Globally unique identifiers (00) that mark it, in upper case; compared without regard to letter case. Empty
    where the root id alone marks it."""
    table: Table
    """What stands inside; sub-ids without a row are no matter."""


class Found(NamedTuple):
    """One of a scheme's templates as it stands in a code."""

    template: Template
    """Which template."""
    id: str
    """Root id it stands in."""
    fields: Mapping[str, str]
    """Objects inside, by id; empty where the root field is plain text."""


def _conditions(payload: Payload, _found: tuple[Found, ...]) -> Iterable[Problem]:
    return check_conditions(payload.fields)


def _no_payee(_payload: Payload, _found: tuple[Found, ...]) -> Payee | None:
    return None


def _no_expiry(_payload: Payload, _found: tuple[Found, ...]) -> str | None:
    return None


class Scheme(NamedTuple):
    """One scheme of merchant codes."""

    name: str
    """Stable name in answers: lower-case letters and digits; the file is named so too."""
    title: str
    """Name as its users write it."""
    operator: str
    """Who publishes its rules."""
    source: str
    """The document the rules are from, with its version or date."""
    templates: tuple[Template, ...]
    """Templates of its own. A code is of this scheme where it carries at least one of them that has identifiers."""
    required: tuple[str, ...] = ()
    """Root ids every code of the scheme has, besides 63. Those of EMVCo it leaves out are not listed."""
    values: Mapping[str, tuple[str, ...]] = {}
    """For a root id, the values it may have where it is there."""
    strict: bool = False
    """Whether its codes keep every rule of EMVCo, so that the two views are one."""
    bends: str = ""
    """In words: where its published codes deviate from EMVCo."""
    precedence: int = 0
    """Which of several schemes in one code names it: the highest. A national code that holds others' templates has 1,
    this network 2, a card network's plain account number -1."""
    recognises: Callable[[Payload], bool] | None = None
    """For a scheme without identifiers: whether a code is of it. Asked only where no identifier decided."""
    problems: Callable[[Payload, tuple[Found, ...]], Iterable[Problem]] = _conditions
    """Rules between fields that no table says; unless told otherwise EMVCo's: an account is there, a fee goes with its
    indicator. Given those of the scheme's templates that stand in the code."""
    payee: Callable[[Payload, tuple[Found, ...]], Payee | None] = _no_payee
    """Who is paid; ``None`` where the code does not say. Must not raise for a code that breaks rules."""
    expires: Callable[[Payload, tuple[Found, ...]], str | None] = _no_expiry
    """When the code ends to be valid, as ISO 8601 text; ``None`` where it does not say. Must not raise."""


GUID_ID: Final = "00"
"""The object of a template that names its owner."""


TemplatesById = Mapping[str, tuple[Template, ...]]
"""A scheme's templates by the root ids they may stand in."""


def templates_by_id(scheme: Scheme) -> TemplatesById:
    """Arrange a scheme's templates so that a code's fields find them."""
    found: dict[str, list[Template]] = {}
    for template in scheme.templates:
        for root_id in template.ids:
            found.setdefault(root_id, []).append(template)
    return {root_id: tuple(templates) for root_id, templates in found.items()}


def templates_in(templates: TemplatesById, payload: Payload) -> tuple[Found, ...]:
    """Return those templates that stand in the code, in the order of the code."""
    found = []
    for root_id in payload.fields:
        if root_id not in templates:
            continue
        fields = payload.templates.get(root_id, {})
        guid = fields.get(GUID_ID, "").upper()
        candidates = templates[root_id]
        found += [Found(each, root_id, fields) for each in candidates if not each.guids or guid in each.guids]
    return tuple(found)
