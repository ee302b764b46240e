"""Offers: the public board of a pair of assets, one's own, and sending what makes and ends them.

A taker learns the terms of an offer here, and how much of it is left.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from litestar import Request, get
from litestar.params import Parameter

from payport.gateway import pages, typed_submissions
from payport.gateway.access.accounts import require_account
from payport.gateway.access.grants import ANYBODY, open_to
from payport.gateway.access.paths import TRANSACTION_BYTES, AccountPath, TransactionPath
from payport.gateway.accounts import DEFAULT_PAGE, Cursor, PageLimit
from payport.gateway.port import Port, clock_ms
from payport.gateway.problems import MALFORMED_REQUEST, refuses
from payport.history.offers import Place, Standing
from payport.history.reservations import OfferState
from payport.values.identifiers import parse_hex
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.history.offers import Offer

KINDS: Final = ("offer/1", "take/1", "cancel/1")
"""Kinds that are sent here."""

NO_SUCH_OFFER: Final = RefusalCode(
    "no_such_offer",
    RefusalClass.NOT_FOUND,
    "There is no public offer of this id.",
    "没有此编号的公开挂单。",
)
"""It does not exist, or is made to one account, which sees it among its own."""

REFUSALS: Final = (NO_SUCH_OFFER,)
"""Refusals of this module."""

State = Literal["open", "taken", "cancelled", "expired"]
"""What became of an offer."""

_PLACE: Final = re.compile(r"([0-9a-f]{40})-([0-9]{1,16})")

PairAsset = Annotated[
    str,
    Parameter(
        pattern="^([A-Z]{3}|[a-z][a-z0-9-]{1,15}:[A-Z0-9]{1,12})$", description="ISO 4217 code, or `issuer:CODE`."
    ),
]
"""One asset of a pair."""


class OfferView(msgspec.Struct, frozen=True):
    """An offer. A part costs ``want_minor / give_minor`` of what is taken, rounded up."""

    sequence: int
    """Its number in the order of the ledger."""
    id: str
    """Id of the offer; a take names it."""
    maker: str
    """Account that offers; a take names it."""
    give_asset: str
    """What the maker gives."""
    give_minor: int
    """How much of it at first, in minor units."""
    want_asset: str
    """What the maker wants."""
    want_minor: int
    """How much of it for the whole, in minor units."""
    remaining_minor: int
    """How much can still be taken, in minor units; 0 once it has ended."""
    remaining_price_minor: int
    """What all of that costs, in minor units of ``want_asset``."""
    taker: str | None
    """Only account that may take it; ``None`` for anyone."""
    state: State
    """What became of it."""
    expires_at_ms: int
    """Last block time at which it may be taken."""
    time_ms: int
    """Block time at which it was made."""
    ended_at_ms: int | None
    """Block time at which it ended."""


class Board(msgspec.Struct, frozen=True):
    """A page of the board, the best price first; of one price, the earlier offer."""

    offers: list[OfferView]
    """Offers anyone may take."""
    next: str | None
    """``after`` of the next page; ``None`` on the last."""


class OfferPage(msgspec.Struct, frozen=True):
    """A page of offers, newest first."""

    offers: list[OfferView]
    """Offers."""
    next: int | None
    """Cursor of the next page; ``None`` on the last."""


def _told(found: Offer, now_ms: int) -> OfferView:
    state: Any = found.state_at(now_ms)
    remaining_minor = found.remaining_minor if state == OfferState.OPEN.value else 0
    return OfferView(
        sequence=found.sequence,
        id=found.id.hex(),
        maker=found.maker.hex(),
        give_asset=found.give_asset,
        give_minor=found.give_minor,
        want_asset=found.want_asset,
        want_minor=found.want_minor,
        remaining_minor=remaining_minor,
        remaining_price_minor=-(-remaining_minor * found.want_minor // found.give_minor),
        taker=pages.hex_or_none(found.taker),
        state=state,
        expires_at_ms=found.expires_at_ms,
        time_ms=found.time_ms,
        ended_at_ms=found.ended_at_ms,
    )


def _place(text: str | None) -> Place | None:
    """Return where a page of the board begins; raises ``malformed_request``."""
    if text is None:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        MALFORMED_REQUEST.refuse("after is not the next of a page")
    return Place(bytes.fromhex(found[1]), int(found[2]))


@get("/offers", **open_to(ANYBODY), responses=refuses())
async def board(
    port: Port,
    give_asset: PairAsset,
    want_asset: PairAsset,
    limit: PageLimit = DEFAULT_PAGE,
    after: Annotated[
        str | None, Parameter(pattern="^[0-9a-f]{40}-[0-9]{1,16}$", description="The `next` of the page before.")
    ] = None,
) -> Board:
    """List the offers of a pair of assets that anyone may take now, the cheapest for the taker first."""
    now_ms = clock_ms()
    rows = await port.index.offers.board(give_asset, want_asset, limit + 1, now_ms, _place(after))
    last = rows[limit - 1] if len(rows) > limit else None
    return Board(
        [_told(row, now_ms) for row in rows[:limit]],
        None if last is None else f"{last.price.hex()}-{last.sequence}",
    )


@get("/offers/{transaction_id:str}", **open_to(ANYBODY), responses=refuses(NO_SUCH_OFFER))
async def show(transaction_id: TransactionPath, port: Port) -> OfferView:
    """Show one offer that anyone may take, or might have."""
    found = await port.index.offers.one(parse_hex(transaction_id, TRANSACTION_BYTES))
    if found is None or found.taker is not None:
        NO_SUCH_OFFER.refuse()
    return _told(found, clock_ms())


@get("/accounts/{account:str}/offers", **pages.READERS, responses=pages.LISTS)
async def list_own(
    request: Request[Any, Any, Any],
    account: AccountPath,
    port: Port,
    standing: Annotated[
        Literal["maker", "taker"],
        Parameter(description="`maker`: offers it made; `taker`: offers made to it alone."),
    ] = "maker",
    limit: PageLimit = DEFAULT_PAGE,
    before: Cursor = None,
    in_state: Annotated[State | None, Parameter(query="state", description="Only of this state.")] = None,
    from_ms: pages.FromTime = None,
    until_ms: pages.UntilTime = None,
) -> OfferPage:
    """List the offers an account made, or that are made to it alone, newest first."""
    readable = await require_account(request, port, account)
    now_ms = clock_ms()
    rows = await port.index.offers.page(
        readable.account,
        Standing(standing),
        limit + 1,
        now_ms,
        state=None if in_state is None else OfferState(in_state),
        before=before,
        period=pages.period(from_ms, until_ms),
    )
    found = [_told(row, now_ms) for row in rows[:limit]]
    return OfferPage(found, found[-1].sequence if len(rows) > limit else None)


@get("/accounts/{account:str}/offers/{transaction_id:str}", **pages.READERS, responses=pages.SINGLE)
async def show_own(
    request: Request[Any, Any, Any], account: AccountPath, transaction_id: TransactionPath, port: Port
) -> OfferView:
    """Show one offer an account made, or that is made to it."""
    readable = await require_account(request, port, account)
    found = await port.index.offers.one(parse_hex(transaction_id, TRANSACTION_BYTES))
    if found is None or readable.account not in {found.maker, found.taker}:
        pages.NONE_OF_THIS_ID.refuse()
    return _told(found, clock_ms())


send = typed_submissions.route(
    "/offers", KINDS, "Send a signed offer, take or cancellation; the same as `POST /v1/transactions`."
)

ROUTES: Final = (board, show, list_own, show_own, send)
"""Routes of this resource."""
