"""Holds: money an account has reserved for merchants, or that is reserved for it; and sending what makes and ends them.

A till learns the payer of a hold here, and how much of it is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from litestar import Request, get
from litestar.params import Parameter

from payport.gateway import pages, typed_submissions
from payport.gateway.access.accounts import require_account
from payport.gateway.access.paths import TRANSACTION_BYTES, AccountPath, TransactionPath
from payport.gateway.accounts import DEFAULT_PAGE, Cursor, PageLimit
from payport.gateway.port import Port, clock_ms
from payport.history.holds import Side, WantedHolds
from payport.history.topics import Topic
from payport.values.identifiers import parse_hex

if TYPE_CHECKING:
    from payport.history.holds import Hold

KINDS: Final = ("authorise/1", "capture/1", "release/1")
"""Kinds that are sent here."""

State = Literal["open", "due", "captured", "released", "expired"]
"""What became of a hold. ``due``: nobody can capture it any more, and one of the next blocks frees the money."""


class HoldView(msgspec.Struct, frozen=True):
    """A hold, as one of its two parties sees it."""

    sequence: int
    """Its number in the order of the ledger."""
    id: str
    """Id of the authorisation; a capture and a release name it."""
    side: Literal["payer", "merchant"]
    """On which side of it the account is."""
    payer: str
    """Whose money it reserves; a capture and a release name it."""
    merchant: str
    """Who may capture it."""
    state: State
    """What became of it."""
    asset: str
    """Currency."""
    amount_minor: int
    """What was authorised, in minor units."""
    captured_minor: int
    """What was captured so far, in minor units."""
    remaining_minor: int
    """What may still be captured, in minor units."""
    expires_at_ms: int
    """Last block time at which it may be captured."""
    order_id: str | None
    """Number of the order it was made for."""
    time_ms: int
    """Block time of the authorisation."""
    ended_at_ms: int | None
    """Block time at which it ended."""


class HoldPage(msgspec.Struct, frozen=True):
    """A page of holds, newest first."""

    holds: list[HoldView]
    """Holds."""
    next: int | None
    """Cursor of the next page; ``None`` on the last."""


class CaptureOfHold(msgspec.Struct, frozen=True):
    """A capture of one hold: a payment."""

    id: str
    """Transaction id."""
    amount_minor: int
    """What was captured, in minor units."""
    height: int
    """Block."""
    time_ms: int
    """Block time."""


class HoldWithCaptures(msgspec.Struct, frozen=True):
    """A hold and what was captured of it."""

    hold: HoldView
    """The hold."""
    captures: list[CaptureOfHold]
    """Its captures, oldest first; at most 200."""


def _told(found: Hold, account: bytes, now_ms: int) -> HoldView:
    state: Any = found.state_at(now_ms)
    return HoldView(
        sequence=found.sequence,
        id=found.id.hex(),
        side="payer" if found.payer == account else "merchant",
        payer=found.payer.hex(),
        merchant=found.merchant.hex(),
        state=state,
        asset=found.asset,
        amount_minor=found.amount_minor,
        captured_minor=found.captured_minor,
        remaining_minor=found.remaining_minor(now_ms),
        expires_at_ms=found.expires_at_ms,
        order_id=found.order_id,
        time_ms=found.time_ms,
        ended_at_ms=found.ended_at_ms,
    )


@get("/accounts/{account:str}/holds", **pages.READERS, responses=pages.LISTS)
async def list_holds(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    side: Annotated[
        Literal["payer", "merchant"],
        Parameter(description="`payer`: what this account reserved; `merchant`: what is reserved for it."),
    ] = "payer",
    limit: PageLimit = DEFAULT_PAGE,
    before: Cursor = None,
    in_state: Annotated[State | None, Parameter(query="state", description="Only of this state.")] = None,
    from_ms: pages.FromTime = None,
    until_ms: pages.UntilTime = None,
    due_before_ms: Annotated[
        int | None,
        Parameter(ge=0, le=2**53 - 1, description="Only those that expire before this time, in milliseconds."),
    ] = None,
    counterparty: pages.Counterparty = None,
) -> HoldPage:
    """List an account's holds on one side, newest first."""
    readable = await require_account(request, port, account)
    now_ms = clock_ms()
    wanted = WantedHolds(
        now_ms=now_ms,
        state=in_state,
        counterparty=pages.account_or_none(counterparty),
        period=pages.period(from_ms, until_ms),
        due_before_ms=due_before_ms,
    )
    rows = await port.index.holds.page(readable.account, Side(side), limit + 1, wanted, before)
    found = [_told(row, readable.account, now_ms) for row in rows[:limit]]
    return HoldPage(found, found[-1].sequence if len(rows) > limit else None)


@get("/accounts/{account:str}/holds/{transaction_id:str}", **pages.READERS, responses=pages.SINGLE)
async def show(
    request: Request[Any, Any, Any], account: AccountPath, transaction_id: TransactionPath, port: Port
) -> HoldWithCaptures:
    """Show one hold of an account, with its captures."""
    readable = await require_account(request, port, account)
    found = await port.index.holds.one(parse_hex(transaction_id, TRANSACTION_BYTES))
    if found is None or readable.account not in {found.payer, found.merchant}:
        pages.NONE_OF_THIS_ID.refuse()
    rows = await port.index.movements.following(readable.account, Topic.PAYMENT, found.id)
    captures = [CaptureOfHold(row.id.hex(), row.amount_minor, row.height, row.time_ms) for row in rows]
    return HoldWithCaptures(_told(found, readable.account, clock_ms()), captures)


send = typed_submissions.route(
    "/holds", KINDS, "Send a signed authorisation, capture or release; the same as `POST /v1/transactions`."
)

ROUTES: Final = (list_holds, show, send)
"""Routes of this resource."""
