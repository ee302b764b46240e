"""Institutions: the members of the network. Writer: :func:`admit`."""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec

from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.identifiers import AccountId, PublicKey, SchemeName
from payport.values.limits import MAX_INSTITUTION_KEYS
from payport.values.refusals import RefusalClass, RefusalCode

UNKNOWN_INSTITUTION: Final = RefusalCode(
    "unknown_institution", RefusalClass.NOT_FOUND, "No such institution is a member.", "该机构不是网络成员。"
)
"""Raised where an institution is named that is not a member."""

MAX_UTC_OFFSET_SECONDS: Final = 14 * 3_600
"""The easternmost zone; the westernmost is 12 hours behind UTC."""


class InstitutionRole(enum.StrEnum):
    """What a member is."""

    OPERATOR = "operator"
    """The scheme operator."""
    BANK = "bank"
    """A member bank: holds accounts, issues, redeems."""
    REGULATOR = "regulator"
    """Reads and verifies; holds no accounts."""


class InstitutionKey(codec.Record, frozen=True):
    """One of an institution's keys."""

    scheme: SchemeName
    """Signature scheme."""
    public_key: PublicKey
    """The key."""


class Institution(codec.Record, frozen=True):
    """One member."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """Name people read."""
    role: InstitutionRole
    """What it is."""
    keys: Annotated[tuple[InstitutionKey, ...], msgspec.Meta(min_length=1, max_length=MAX_INSTITUTION_KEYS)]
    """Its keys, ascending."""
    threshold: Annotated[int, msgspec.Meta(ge=1, le=MAX_INSTITUTION_KEYS)]
    """How many of them it takes where a policy asks for the institution's own threshold."""
    utc_offset_seconds: Annotated[int, msgspec.Meta(ge=-12 * 3_600, le=MAX_UTC_OFFSET_SECONDS)]
    """Fixed offset by which its customers' days are counted."""
    fees_account: AccountId
    """Account its shares of fees are credited to."""
    unclaimed_account: AccountId
    """Account that receives what a closed account can no longer take."""
    admitted_height: int
    """Block of its admission."""


FAMILY: Final = Family("institutions", Institution)
"""Keyed by the institution's id in ASCII."""

table = reader(FAMILY)


def find(state: State, institution: str) -> Institution | None:
    """Return the institution, or ``None``."""
    return table(state).get(institution.encode())


def require(state: State, institution: str) -> Institution:
    """Return the institution; raises ``unknown_institution``."""
    found = find(state, institution)
    if found is None:
        UNKNOWN_INSTITUTION.refuse(institution)
    return found


def admit(state: State, institution: str, record: Institution) -> None:
    """Write a new member."""
    assert find(state, institution) is None
    table(state).put(institution.encode(), record)
