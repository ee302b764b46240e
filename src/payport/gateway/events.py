"""Events: what happens to an account, as server-sent events that resume where the connection was lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from payport.gateway.access.accounts import require_account
from payport.gateway.access.callers import Scope
from payport.gateway.access.grants import CUSTOMER, HOLDER, open_to, partner
from payport.gateway.access.paths import AccountPath
from payport.gateway.accounts import READ, told
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import MALFORMED_REQUEST, refuses
from payport.history.topics import EXPIRIES
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from payport.gateway.access.accounts import Readable

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
"""Phones, tills and back offices of one account."""

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
                event = EXPIRY if row.kind in EXPIRIES.values() else TRANSACTION
                yield ServerSentEventMessage(data=data, event=event, id=str(row.sequence))
                after = row.sequence
            if len(rows) < EVENTS_AT_ONCE:
                await port.ticker.wait(height, min(HEARTBEAT_SECONDS, left_ms / 1_000))
                if port.ticker.height == height and not port.ticker.stopping:
                    yield ServerSentEventMessage(data=None, comment="still here")
    finally:
        port.followers[holder.account] -= 1
        port.followers += Counter()  # drops what is zero


def _resume_from(request: Request[Any, Any, Any], after: int | None) -> int | None:
    """Return where to resume: what the browser remembers, else what the query says."""
    header = request.headers.get(_LAST_EVENT_ID)
    if header is None:
        return after
    if not (header.isascii() and header.isdigit() and len(header) <= _MAX_DIGITS):
        MALFORMED_REQUEST.refuse("Last-Event-ID is not the id of an event")
    return int(header)


@get(
    "/accounts/{account:str}/events",
    **open_to(HOLDER, CUSTOMER, partner(Scope.PAYMENTS_READ)),
    media_type="text/event-stream",
    responses={
        **refuses(*READ, TOO_MANY_FOLLOWERS),
        200: ResponseSpec(
            str,
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
    after: Annotated[
        int | None,
        Parameter(ge=0, le=2**53 - 1, description="Begin after this event; by default with what happens next."),
    ] = None,
) -> ServerSentEvent:
    """Follow an account until the token expires. `Last-Event-ID` resumes; an event's data is as the list shows it."""
    holder = await require_account(request, port, account)
    if port.followers[holder.account] >= MAX_FOLLOWERS_PER_ACCOUNT or port.followers.total() >= MAX_FOLLOWERS:
        TOO_MANY_FOLLOWERS.refuse()
    begin = _resume_from(request, after)
    if begin is None:
        begin = await port.index.newest_sequence(holder.account)
    return ServerSentEvent(_events(port, holder, begin))


ROUTES: Final = (follow,)
"""Routes of this resource."""
