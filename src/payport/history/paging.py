"""Pages of the index: how long they are, which part of time they are of, and how lists of several topics are merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import func, select, union_all

from payport.history.tables import BLOCKS, PARTIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement, Subquery

    from payport.history.topics import Topic

    _Bounds = Callable[[ColumnElement[int]], Sequence[ColumnElement[bool]]]

MAX_PAGE: Final = 200
"""Rows of one page, besides the one that tells whether another page follows."""


class Period(NamedTuple):
    """A part of time: from the first until before the second, in milliseconds of block time; ``None`` is no bound."""

    from_ms: int | None = None
    """First block time in it."""
    until_ms: int | None = None
    """First block time after it."""

    def bounds(self, sequence: ColumnElement[int]) -> list[ColumnElement[bool]]:
        """Return the conditions that keep ``sequence`` within it; block times are found once, by their own key."""
        found = []
        if self.from_ms is not None:
            found.append(sequence >= _first_sequence(self.from_ms))
        if self.until_ms is not None:
            found.append(sequence < _first_sequence(self.until_ms))
        return found


ALWAYS: Final = Period()
"""All of time."""

_BEYOND: Final = 2**62


def _first_sequence(time_ms: int) -> ColumnElement[int]:
    """Return the number of the first happening at or after a block time, or one beyond all."""
    query = select(BLOCKS.c.first_sequence).where(BLOCKS.c.time_ms >= time_ms).order_by(BLOCKS.c.time_ms).limit(1)
    return func.coalesce(query.scalar_subquery(), _BEYOND)


def of_topics(account: bytes, topics: Iterable[Topic], limit: int, bounds: _Bounds, *, ascending: bool) -> Subquery:
    """Return an account's rows of ``parties`` in some topics: one short walk of the key a topic, merged."""
    walks = []
    for topic in topics:
        key = (PARTIES.c.account == account, PARTIES.c.topic == int(topic))
        ordered = PARTIES.c.sequence if ascending else PARTIES.c.sequence.desc()
        walk = select(PARTIES).where(*key, *bounds(PARTIES.c.sequence)).order_by(ordered).limit(limit)
        walks.append(select(walk.subquery()))
    return union_all(*walks).subquery()
