"""What the lists of an account have in common: their pages, their filters, who may read them, and what they refuse."""

from __future__ import annotations

from typing import Annotated, Final

from litestar.params import Parameter

from payport.gateway.access.callers import Role, Scope
from payport.gateway.access.grants import CUSTOMER, HOLDER, open_to, partner, staff
from payport.gateway.access.paths import ACCOUNT_BYTES
from payport.gateway.accounts import READ
from payport.gateway.problems import refuses
from payport.history.paging import Period
from payport.values.identifiers import parse_hex
from payport.values.refusals import RefusalClass, RefusalCode

NONE_OF_THIS_ID: Final = RefusalCode(
    "none_of_this_id",
    RefusalClass.NOT_FOUND,
    "The account has none of this id.",
    "该账户没有此编号的记录。",
)
"""It does not exist, is of another kind, or concerns other accounts: all look the same from outside."""

REFUSALS: Final = (NONE_OF_THIS_ID,)
"""Refusals of this module."""

READERS: Final = open_to(HOLDER, CUSTOMER, partner(Scope.PAYMENTS_READ), staff(Role.CLERK))
"""Who may read what happened to an account, as every route of such a list declares it."""

LISTS: Final = refuses(*READ)
"""Refusals of a list of an account."""

SINGLE: Final = refuses(*READ, NONE_OF_THIS_ID)
"""Refusals of one of an account's."""

_LARGEST: Final = 2**53 - 1

FromTime = Annotated[
    int | None,
    Parameter(ge=0, le=_LARGEST, description="First block time that is told, in milliseconds since the Unix epoch."),
]
"""Where a period begins."""

UntilTime = Annotated[
    int | None,
    Parameter(ge=0, le=_LARGEST, description="First block time that is not told any more, in milliseconds."),
]
"""Where a period ends."""

Counterparty = Annotated[
    str | None, Parameter(pattern="^[0-9a-f]{32}$", description="Only with this account at the other end.")
]
"""Who is at the other end."""

AssetFilter = Annotated[
    str | None,
    Parameter(
        pattern="^([A-Z]{3}|[a-z][a-z0-9-]{1,15}:[A-Z0-9]{1,12})$",
        description="Only of this asset: ISO 4217 code, or `issuer:CODE`.",
    ),
]
"""Of which asset."""

OutcomeFilter = Annotated[
    bool | None,
    Parameter(description="`true`: only what was committed; `false`: only what was refused to this account."),
]
"""What became of it."""


def period(from_ms: int | None, until_ms: int | None) -> Period:
    """Return the period a list is asked for."""
    return Period(from_ms, until_ms)


def account_or_none(text: str | None) -> bytes | None:
    """Return an account of a query."""
    return None if text is None else parse_hex(text, ACCOUNT_BYTES)


def hex_or_none(data: bytes | None) -> str | None:
    """Return an id as it is told."""
    return None if data is None else data.hex()
