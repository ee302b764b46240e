"""From what happened to deliveries: each endpoint's place in the order of the ledger, and its events, move as one.

The index is the queue. An endpoint whose deliveries wait in numbers is not given more until some have ended; where its
place stands still, nothing is lost, because the index keeps everything.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from prometheus_client import Counter
from sqlalchemy import update

from payport.gateway.webhooks import deliveries
from payport.gateway.webhooks.endpoints import accounts_of, types_of
from payport.gateway.webhooks.event_types import EventType, event_of, type_of
from payport.gateway.webhooks.tables import WEBHOOKS
from payport.history.index import MAX_RANGE
from payport.ledger.state.accounts import Account
from payport.values import codec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Row

    from payport.gateway.database import Database
    from payport.gateway.webhooks.deliveries import Live
    from payport.gateway.webhooks.event_types import Event
    from payport.history.index import HistoryIndex
    from payport.node.client import NodeClient

MAX_EVENTS: Final = 2_000
"""Deliveries kept in one transaction, so that nobody else's write waits long for it."""

MAX_SKIPPED: Final = 10_000
"""Transactions that concern none of an endpoint's accounts after which its place is written all the same: what a worker
that takes over looks at a second time."""

MAX_ACCOUNTS_KNOWN: Final = 100_000
"""Accounts whose institution is remembered; those not seen for longest are asked for anew."""

_KEPT: Final = Counter("payport_webhook_events_total", "Events kept for endpoints", ("type",))


_Told: TypeAlias = "tuple[Row[Any], frozenset[EventType]]"


class Dispatcher:
    """Keeps deliveries for what happened."""

    def __init__(self, database: Database, index: HistoryIndex, node: NodeClient, clock_ms: Callable[[], int]) -> None:
        """Read ``index``, ask ``node`` whose an account is, keep in ``database``."""
        self._database = database
        self._index = index
        self._node = node
        self._clock_ms = clock_ms
        self._institutions: OrderedDict[bytes, str] = OrderedDict()
        self._seen: dict[bytes, int] = {}

    async def dispatch(self, endpoints: Sequence[Live]) -> tuple[set[bytes], bool]:
        """Keep the next events of every endpoint; return which have new ones, and whether there is more to read."""
        self._seen = {each.row.id: max(self._seen.get(each.row.id, 0), each.row.cursor) for each in endpoints}
        together: defaultdict[int, list[Live]] = defaultdict(list)
        for each in endpoints:
            if not each.full:
                together[self._seen[each.row.id]].append(each)
        reach = await self._index.reach() if together else 0
        found: set[bytes] = set()
        more = False
        for place, group in together.items():
            if place < reach:
                upto, told = await self._advance(place, min(place + MAX_RANGE, reach), group)
                found |= told
                more = more or upto < reach
        return found, more

    async def _advance(self, place: int, upto: int, group: Sequence[Live]) -> tuple[int, set[bytes]]:
        """Bring endpoints that stand at one place further, at most to ``upto``; return how far, and whom that told."""
        happened = await self._index.happenings(place, upto - place)
        by_account, by_institution = _whom_to_tell(group)
        if by_institution:
            await self._learn({account for account, _ in happened})
        events: list[tuple[bytes, Event]] = []
        last = place
        for account, transaction in happened:
            if transaction.sequence != last and len(events) >= MAX_EVENTS:
                upto = last
                break
            last, kind = transaction.sequence, type_of(transaction)
            told = by_account.get(account, []) + by_institution.get(self._institutions.get(account, ""), [])
            events += [(row.id, event_of(row.id, account, transaction)) for row, types in told if kind in types]
        return upto, await self._keep(upto, group, events)

    async def _keep(self, upto: int, group: Sequence[Live], events: list[tuple[bytes, Event]]) -> set[bytes]:
        """Write places and deliveries in one transaction; return the endpoints that have new ones.

        An endpoint that was deleted meanwhile, or moved on by a worker that holds the lease now, is left alone.
        """
        told = {webhook for webhook, _ in events}
        moved = [each.row for each in group if each.row.id in told or upto - each.row.cursor >= MAX_SKIPPED]
        left = set()
        if moved:
            async with self._database.writing() as connection:
                for row in moved:
                    mine = (WEBHOOKS.c.id == row.id) & (WEBHOOKS.c.cursor == row.cursor)
                    stepped = await connection.execute(update(WEBHOOKS).where(mine).values(cursor=upto))
                    if stepped.rowcount == 0:
                        left.add(row.id)
                kept = [(webhook, event) for webhook, event in events if webhook not in left]
                if kept:
                    await deliveries.keep(connection, kept, self._clock_ms())
            for _, event in kept:
                _KEPT.labels(event.type).inc()
        for each in group:
            if each.row.id not in left:
                self._seen[each.row.id] = upto
        return told - left

    async def _learn(self, accounts: set[bytes]) -> None:
        """Ask whose the accounts are that are not known yet; an account stays with its institution for ever."""
        for account in accounts & self._institutions.keys():
            self._institutions.move_to_end(account)
        missing = list(accounts - self._institutions.keys())
        records = await asyncio.gather(*(self._node.read("accounts", account) for account in missing))
        for account, encoded in zip(missing, records, strict=True):
            if encoded is not None:
                self._institutions[account] = codec.decode(encoded, Account).institution
        while len(self._institutions) > MAX_ACCOUNTS_KNOWN:
            self._institutions.popitem(last=False)


def _whom_to_tell(group: Sequence[Live]) -> tuple[dict[bytes, list[_Told]], dict[str, list[_Told]]]:
    """Return endpoints by the accounts they name, and those of all accounts by institution."""
    by_account: defaultdict[bytes, list[_Told]] = defaultdict(list)
    by_institution: defaultdict[str, list[_Told]] = defaultdict(list)
    for each in group:
        told = (each.row, types_of(each.row))
        accounts = accounts_of(each.row)
        for account in accounts:
            by_account[account].append(told)
        if not accounts:
            by_institution[each.row.institution].append(told)
    return by_account, by_institution
