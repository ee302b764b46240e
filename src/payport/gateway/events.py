"""Events: what happens to an account or a whole customer, as server-sent events that resume where they were lost.

Every event has a number in the order of the ledger, the same whichever account it concerns, so one number tells how far
a stream of many accounts was read.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import msgspec
from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from payport.gateway.access import links, sessions
from payport.gateway.access.accounts import require_account
from payport.gateway.access.authentication import read_bearer
from payport.gateway.access.callers import Scope
from payport.gateway.access.grants import CUSTOMER, HOLDER, customer_of, open_to, partner
from payport.gateway.access.paths import AccountPath
from payport.gateway.accounts import READ, told
from payport.gateway.customers import DENIALS, LinkView
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import MALFORMED_REQUEST, refuses
from payport.history.topics import EXPIRIES
from payport.values.access import ACCESS_DENIED
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from payport.gateway.access.accounts import Readable
    from payport.gateway.access.callers import Customer
    from payport.history.index import Transaction

TOO_MANY_FOLLOWERS: Final = RefusalCode(
    "too_many_followers",
    RefusalClass.LIMIT,
    "More connections follow events than the account or this port allows; close one first.",
    "事件订阅连接数已达上限，请先关闭其他连接。",
)
"""Each follower holds a connection; without a limit one account could take all of them."""

REFUSALS: Final = (TOO_MANY_FOLLOWERS,)
"""Refusals of this module."""

MAX_FOLLOWERS_PER_ACCOUNT: Final = 16
"""Phones, tills and back offices of one account; devices of one customer."""

MAX_FOLLOWERS: Final = 4_096
"""Followers of one worker: half of its connections."""

HEARTBEAT_SECONDS: Final = 15.0
"""How long silence lasts at most, so that a dead connection is noticed."""

EVENTS_AT_ONCE: Final = 100
"""Events read from the index at once."""

RETRY_MS: Final = 1_000
"""When a client should connect again."""

TRANSACTION: Final = "transaction"
"""Name of the event that a transaction was executed."""

EXPIRY: Final = "expiry"
"""Name of the event that a hold or offer expired."""

ACCOUNTS: Final = "accounts"
"""Name of the event that tells which accounts a customer's stream covers from here on."""

AfterEvent = Annotated[
    int | None,
    Parameter(ge=0, le=2**53 - 1, description="Begin after this event; by default with what happens next."),
]
"""Where a stream begins."""

_LAST_EVENT_ID: Final = "last-event-id"
_MAX_DIGITS: Final = 15


async def _events(port: Port, holder: Readable, after: int) -> AsyncIterator[ServerSentEventMessage]:
    """Yield events after a sequence number until the token expires or the port stops; a comment in a long silence."""
    port.followers[holder.account] += 1
    try:
        yield ServerSentEventMessage(data=None, comment="connected", retry=RETRY_MS)
        while not port.ticker.stopping and (left_ms := holder.expires_at_ms - clock_ms()) > 0:
            height = port.ticker.height
            rows = await port.index.transactions(holder.account, EVENTS_AT_ONCE, after=after)
            for row in rows:
                data = msgspec.json.encode(told(row, holder.account)).decode()
                yield ServerSentEventMessage(data=data, event=_name_of(row), id=str(row.sequence))
                after = row.sequence
            if len(rows) < EVENTS_AT_ONCE:
                await port.ticker.wait(height, min(HEARTBEAT_SECONDS, left_ms / 1_000))
                if port.ticker.height == height and not port.ticker.stopping:
                    yield ServerSentEventMessage(data=None, comment="still here")
    finally:
        port.followers[holder.account] -= 1
        port.followers += Counter()  # drops what is zero


class FollowedAccounts(msgspec.Struct, frozen=True):
    """What a customer's stream covers from here on: the accounts linked to him, at all banks."""

    accounts: list[LinkView]
    """Accounts, in the order they were linked; the history of one that is new is in its list."""


class _Merged(NamedTuple):
    """The next happenings of several accounts."""

    rows: list[tuple[int, bytes, Transaction]]
    """Sequence number, account and happening, in the order of the ledger."""
    upto: int
    """Everything up to here is among them."""
    more: bool
    """Whether there is more to be read above."""


async def _merged(port: Port, accounts: Collection[bytes], after: int, upto: int) -> _Merged:
    """Read the next happenings of some accounts, whole sequence numbers only."""
    rows: list[tuple[int, bytes, Transaction]] = []
    more = False
    for account in await port.index.touched(accounts, after, upto):
        found = await port.index.transactions(account, EVENTS_AT_ONCE, after=after, before=upto + 1)
        rows += [(row.sequence, account, row) for row in found]
        if len(found) == EVENTS_AT_ONCE:
            # Of the others nothing is told beyond it yet, so that the order holds.
            upto, more = found[-1].sequence, True
    return _Merged(sorted(row for row in rows if row[0] <= upto), upto, more)


async def _covered(port: Port, token: str) -> list[LinkView] | None:
    """Return the accounts linked to the customer whose session it is; ``None`` where the session has ended."""
    async with port.database.reading() as connection:
        try:
            caller = await sessions.find(connection, token, clock_ms())
        except Refusal as refusal:
            if refusal.code != ACCESS_DENIED.code:
                raise
            return None
        linked = await links.list_of(connection, caller.id)
    return [LinkView(row.account.hex(), row.institution, row.linked_at_ms) for row in linked]


def _event(account: bytes, row: Transaction, number: int) -> ServerSentEventMessage:
    data = msgspec.json.encode({"account": account.hex(), **msgspec.to_builtins(told(row, account))})
    return ServerSentEventMessage(data=data.decode(), event=_name_of(row), id=str(number))


async def _events_of_all(port: Port, caller: Customer, token: str, after: int) -> AsyncIterator[ServerSentEventMessage]:
    """Yield events of all the customer's accounts until his session ends or the port stops."""
    port.followers[caller.id] += 1
    try:
        yield ServerSentEventMessage(data=None, comment="connected", retry=RETRY_MS)
        known: list[LinkView] | None = None
        while not port.ticker.stopping and (left_ms := caller.expires_at_ms - clock_ms()) > 0:
            height, reach = port.ticker.height, await port.index.reach()
            # Asked after the reach, so that up to there nothing is passed over that happened to a linked account.
            if (covered := await _covered(port, token)) is None:
                return
            if covered != known:
                data = msgspec.json.encode(FollowedAccounts(covered)).decode()
                yield ServerSentEventMessage(data=data, event=ACCOUNTS, id=str(after))
                known = covered
            found = await _merged(port, [bytes.fromhex(each.account) for each in covered], after, reach)
            for place, (sequence, account, row) in enumerate(found.rows, start=1):
                last = place == len(found.rows) or found.rows[place][0] > sequence
                # Where one happening concerns two accounts, the first event moves nobody on: both come again.
                yield _event(account, row, sequence if last else after)
                after = sequence if last else after
            after = max(after, found.upto)
            if not found.more:
                await port.ticker.wait(height, min(HEARTBEAT_SECONDS, left_ms / 1_000))
                if port.ticker.height == height and not port.ticker.stopping:
                    yield ServerSentEventMessage(data=None, comment="still here")
    finally:
        port.followers[caller.id] -= 1
        port.followers += Counter()  # drops what is zero


def _name_of(row: Transaction) -> str:
    return EXPIRY if row.kind in EXPIRIES.values() else TRANSACTION


def _require_room(port: Port, follower: bytes) -> None:
    """Refuse ``too_many_followers`` where an account or customer has as many as one may, or this worker."""
    if port.followers[follower] >= MAX_FOLLOWERS_PER_ACCOUNT or port.followers.total() >= MAX_FOLLOWERS:
        TOO_MANY_FOLLOWERS.refuse()


def _resume_from(request: Request[Any, Any, Any], after: int | None) -> int | None:
    """Return where to resume: what the browser remembers, else what the query says."""
    header = request.headers.get(_LAST_EVENT_ID)
    if header is None:
        return after
    if not (header.isascii() and header.isdigit() and len(header) <= _MAX_DIGITS):
        MALFORMED_REQUEST.refuse("Last-Event-ID is not the id of an event")
    return int(header)


class ServerEvent(msgspec.Struct, frozen=True):
    """One event of a stream, by the names of its fields."""

    id: str
    """Its number; resume after it."""
    event: str
    """Its kind."""
    data: str
    """A JSON object."""


@get(
    "/accounts/{account:str}/events",
    **open_to(HOLDER, CUSTOMER, partner(Scope.PAYMENTS_READ)),
    media_type="text/event-stream",
    responses={
        **refuses(*READ, TOO_MANY_FOLLOWERS),
        200: ResponseSpec(
            ServerEvent,
            generate_examples=False,
            description="Events named `transaction` or `expiry`.",
            media_type="text/event-stream",
        ),
    },
)
async def follow(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    after: AfterEvent = None,
) -> ServerSentEvent:
    """Follow an account until the token expires. `Last-Event-ID` resumes; an event's data is as the list shows it."""
    holder = await require_account(request, port, account)
    _require_room(port, holder.account)
    begin = _resume_from(request, after)
    if begin is None:
        begin = await port.index.newest_sequence(holder.account)
    return ServerSentEvent(_events(port, holder, begin))


@get(
    "/events",
    **open_to(CUSTOMER),
    media_type="text/event-stream",
    responses={
        **refuses(*DENIALS, TOO_MANY_FOLLOWERS),
        200: ResponseSpec(
            ServerEvent,
            generate_examples=False,
            description="Events named `transaction`, `expiry` or `accounts`.",
            media_type="text/event-stream",
        ),
    },
)
async def follow_all(request: Request[Any, Any, Any], port: Port, after: AfterEvent = None) -> ServerSentEvent:
    """Follow all accounts of a customer, at all banks, until the session ends. `Last-Event-ID` resumes.

    `accounts` comes first, and whenever an account was opened, linked or removed: it names the accounts that are told
    of from here on. The data of the others is as the list of an account shows it, with the `account`. What concerns two
    of them is told of both; such a pair may come again where the connection was lost between.
    """
    caller = customer_of(request)
    _require_room(port, caller.id)
    begin = _resume_from(request, after)
    if begin is None:
        begin = await port.index.reach()
    return ServerSentEvent(_events_of_all(port, caller, read_bearer(request.headers["authorization"]), begin))


ROUTES: Final = (follow, follow_all)
"""Routes of this resource."""
