"""Exposures: what an institution owes all others together, what it has reserved, and how far it may go.

Writers: :func:`owe`, :func:`reserve`, :func:`set_cap`. The multilateral net of a currency is kept beside the pairwise
positions, because every payment between banks asks for it; a law holds it against their sum.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.refusals import RefusalClass, RefusalCode

NET_DEBIT_CAP_EXCEEDED: Final = RefusalCode(
    "net_debit_cap_exceeded",
    RefusalClass.INSUFFICIENT,
    "The payer's bank has reached what it may owe the other banks until it settles.",
    "付款行已达到净借记限额，需先清算。",
)
"""Net position, reservations and the payment together would pass the institution's net debit cap."""


class Exposure(codec.Record, frozen=True):
    """One institution in one currency."""

    net_owed_minor: int = 0
    """What it owes all others, less what they owe it, in minor units."""
    reserved_minor: int = 0
    """What live holds between banks may yet add, in minor units."""
    cap_minor: int | None = None
    """Net debit cap in minor units, or nil for none."""


FAMILY: Final = Family("exposures", Exposure, resident=True)
"""Keyed by institution and currency, joined by NUL."""

NONE: Final = Exposure()
"""An institution that owes nothing and has no cap."""

table = reader(FAMILY)


@lru_cache(maxsize=4_096)
def key(institution: str, asset: str) -> bytes:
    """Return the key of an exposure."""
    return f"{institution}\0{asset}".encode()


def parts(place: bytes) -> tuple[str, str]:
    """Return institution and currency of a key."""
    institution, asset = place.decode().split("\0")
    return institution, asset


def of(state: State, institution: str, asset: str) -> Exposure:
    """Return the exposure, zero and without a cap where there is none."""
    return table(state).get(key(institution, asset)) or NONE


def has_headroom(state: State, institution: str, asset: str, amount_minor: int) -> bool:
    """Tell whether the institution may come to owe ``amount_minor`` more."""
    record = table(state).get(key(institution, asset))
    if record is None or record.cap_minor is None:
        return True
    return record.net_owed_minor + record.reserved_minor + amount_minor <= record.cap_minor


def require_headroom(state: State, institution: str, asset: str, amount_minor: int) -> None:
    """Refuse ``net_debit_cap_exceeded`` where the institution may not come to owe ``amount_minor`` more."""
    if not has_headroom(state, institution, asset, amount_minor):
        NET_DEBIT_CAP_EXCEEDED.refuse(f"{institution}: {asset}")


def owe(state: State, institution: str, asset: str, delta_minor: int) -> None:
    """Add to the net."""
    records, place = table(state), key(institution, asset)
    old = records.get(place) or NONE
    records.put(place, Exposure(old.net_owed_minor + delta_minor, old.reserved_minor, old.cap_minor))


def reserve(state: State, institution: str, asset: str, delta_minor: int) -> None:
    """Reserve headroom, or free it where negative."""
    records, place = table(state), key(institution, asset)
    old = records.get(place) or NONE
    assert old.reserved_minor + delta_minor >= 0, "what is freed was reserved"
    records.put(place, Exposure(old.net_owed_minor, old.reserved_minor + delta_minor, old.cap_minor))


def set_cap(state: State, institution: str, asset: str, cap_minor: int | None) -> None:
    """Write the net debit cap."""
    records, place = table(state), key(institution, asset)
    old = records.get(place) or NONE
    records.put(place, Exposure(old.net_owed_minor, old.reserved_minor, cap_minor))
