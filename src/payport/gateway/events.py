"""Events: what happens to an account, as server-sent events that resume where the connection was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from payport.gateway.access import SECURITY, AccountPath, require_account
from payport.gateway.accounts import READS, Cursor, told
from payport.gateway.port import Port
from payport.gateway.problems import MALFORMED_REQUEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEARTBEAT_SECONDS: Final = 15.0
"""How long silence lasts at most, so that a dead connection is noticed."""

EVENTS_AT_ONCE: Final = 100
"""Events read from the index at once."""

RETRY_MS: Final = 1_000
"""When a client should connect again."""

_LAST_EVENT_ID: Final = "last-event-id"
_MAX_DIGITS: Final = 15


async def _events(port: Port, account: bytes, after: int) -> AsyncIterator[ServerSentEventMessage]:
    """Yield events after a sequence number, for ever; a comment where there are none."""
    yield ServerSentEventMessage(comment="connected", retry=RETRY_MS)
    while True:
        height = port.ticker.height
        rows = await port.index.transactions(account, EVENTS_AT_ONCE, after=after)
        for row in rows:
            data = msgspec.json.encode(told(row, account)).decode()
            yield ServerSentEventMessage(data=data, event="transaction", id=str(row.sequence))
            after = row.sequence
        if len(rows) < EVENTS_AT_ONCE:
            await port.ticker.wait(height, HEARTBEAT_SECONDS)
            if port.ticker.height == height:
                yield ServerSentEventMessage(comment="still here")


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
    security=SECURITY,
    media_type="text/event-stream",
    responses={
        **READS,
        200: ResponseSpec(
            str, generate_examples=False, description="Events named `transaction`.", media_type="text/event-stream"
        ),
    },
)
async def follow(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    after: Annotated[
        Cursor, Parameter(description="Begin after this event; by default with what happens next.")
    ] = None,
) -> ServerSentEvent:
    """Follow an account. `Last-Event-ID` resumes; each event's data is the transaction as the list shows it."""
    holder = await require_account(request, port, account)
    begin = _resume_from(request, after)
    if begin is None:
        begin = await port.index.newest_sequence(holder.account)
    return ServerSentEvent(_events(port, holder.account, begin))


ROUTES: Final = (follow,)
"""Routes of this resource."""
