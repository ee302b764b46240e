"""Long ids: how many ids one sender has had remembered for longer than phones' payments are. Writer: :func:`count`.

Every node keeps remembered ids in memory until their time is over: minutes for what phones sign, up to a day for owners
and institutions. The latter are bounded per sender and hour.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.limits import (
    MAX_LONG_IDS_PER_ACCOUNT,
    MAX_LONG_IDS_PER_INSTITUTION,
    MAX_VALIDITY_SHORT_MS,
)
from payport.values.refusals import RefusalClass, RefusalCode

TOO_MANY_LONG_IDS: Final = RefusalCode(
    "too_many_long_ids",
    RefusalClass.LIMIT,
    "The sender has sent too many transactions of long validity this hour; use a validity of at most 10 minutes.",
    "发起方本小时内长有效期交易过多，请将有效期缩短至10分钟以内。",
)
"""Not final: nothing of the transaction is remembered."""

_HOUR_MS: Final = 3_600_000


class LongIds(codec.Record, frozen=True):
    """What one sender had remembered in the last hour it sent anything of long validity."""

    hour: int
    """Hours since 1970 by block time."""
    count: int
    """Ids of that hour."""


FAMILY: Final = Family("long_ids", LongIds)
"""Keyed by account id, or institution id in ASCII."""

table = reader(FAMILY)


def is_long(valid_until_ms: int, time_ms: int) -> bool:
    """Tell whether an id would be remembered for longer than those of phones' payments."""
    return valid_until_ms - time_ms > MAX_VALIDITY_SHORT_MS


def require_room(state: State, sender: bytes | str, time_ms: int) -> None:
    """Refuse ``too_many_long_ids`` where the sender has used up its hour."""
    largest = MAX_LONG_IDS_PER_INSTITUTION if isinstance(sender, str) else MAX_LONG_IDS_PER_ACCOUNT
    if _of(state, sender, time_ms).count >= largest:
        TOO_MANY_LONG_IDS.refuse(f"{largest} an hour")


def count(state: State, sender: bytes | str, time_ms: int) -> None:
    """Count one more."""
    old = _of(state, sender, time_ms)
    table(state).put(_key(sender), LongIds(old.hour, old.count + 1))


def _of(state: State, sender: bytes | str, time_ms: int) -> LongIds:
    hour = time_ms // _HOUR_MS
    found = table(state).get(_key(sender))
    return found if found is not None and found.hour == hour else LongIds(hour, 0)


def _key(sender: bytes | str) -> bytes:
    return sender.encode() if isinstance(sender, str) else sender
