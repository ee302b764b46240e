"""Institutions: the members of the network.

Writers: :func:`admit`, :func:`suspend`, :func:`set_keys`, :func:`count`.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, Final

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

INSTITUTION_SUSPENDED: Final = RefusalCode(
    "institution_suspended",
    RefusalClass.CONFLICT,
    "The payer's institution is suspended and makes no new payments.",
    "付款方所属机构已被暂停，不能发起新的付款。",
)
"""A suspended institution and its customers make no new outgoing payments."""

UNTIL_REINSTATED: Final = 2**53 - 1
"""Suspended without an end."""

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
    suspended_until_ms: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Block time until which it is suspended: 0 where it is active, :data:`UNTIL_REINSTATED` without an end."""
    proposals: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Its proposals that are open."""
    assets: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Assets it registered."""


FAMILY: Final = Family("institutions", Institution, resident=True)
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


def require_active(state: State, institution: str, time_ms: int) -> None:
    """Refuse ``institution_suspended`` while the institution is suspended."""
    if time_ms < require(state, institution).suspended_until_ms:
        INSTITUTION_SUSPENDED.refuse(institution)


def active(state: State, time_ms: int) -> int:
    """Return how many members are not suspended."""
    return sum(1 for record in table(state).values() if time_ms >= record.suspended_until_ms)


def suspend(state: State, institution: str, until_ms: int) -> None:
    """Write until when the institution is suspended; 0 reinstates it."""
    _replace(state, institution, suspended_until_ms=until_ms)


def set_keys(state: State, institution: str, new_keys: tuple[InstitutionKey, ...], threshold: int) -> None:
    """Write its keys and threshold."""
    _replace(state, institution, keys=new_keys, threshold=threshold)


def count(state: State, institution: str, *, proposals: int = 0, assets: int = 0) -> None:
    """Add to what the institution counts of itself."""
    old = require(state, institution)
    _replace(state, institution, proposals=old.proposals + proposals, assets=old.assets + assets)


def _replace(state: State, institution: str, **fields: Any) -> None:  # noqa: ANN401 - fields of the record, checked by it
    old = require(state, institution)
    table(state).replace(institution.encode(), old, msgspec.structs.replace(old, **fields))
