"""Offers of one asset for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.bench.author import Party, Signed, holder, institution, phone
from payport.bench.bulk_base import BANKS, CURRENCY, customer_account
from payport.ledger.state.assets import AssetClass

if TYPE_CHECKING:
    from payport.bench.author import Author
    from payport.bench.mix import Item, Mix, Steps

POINTS: Final = f"{BANKS[0]}:POINTS"
"""The asset that is not a currency."""

AMOUNT_MINOR: Final = 100
"""Amount of either asset."""

_OFFER_MS: Final = 3_600_000


def _registration(author: Author) -> Item:
    return author.alone(
        institution(BANKS[0]),
        "register_asset/1",
        asset=POINTS,
        asset_class=AssetClass.POINTS,
        name="Points",
        decimals=0,
    )


def _offer(author: Author, maker: Party, give: str, want: str) -> Signed:
    return author.write(
        maker,
        "offer/1",
        give_asset=give,
        give_minor=AMOUNT_MINOR,
        want_asset=want,
        want_minor=AMOUNT_MINOR,
        taker=None,
        expires_at_ms=author.start_ms + _OFFER_MS,
    )


def offer(author: Author, count: int) -> Steps:
    """Offers of money for points, in turn by every account."""
    yield [_registration(author)]
    return [(_offer(author, phone(maker), CURRENCY, POINTS).envelope,) for maker, _ in author.turns(count)]


def cancel(author: Author, count: int) -> Steps:
    """Offers taken back by their makers; they exist."""
    made = [(maker, _offer(author, phone(maker), CURRENCY, POINTS)) for maker, _ in author.turns(count)]
    yield [_registration(author), *((signed.envelope,) for _, signed in made)]
    return [
        author.alone(phone(maker), "cancel/1", offer=signed.transaction_id)
        for maker, signed in author.shown(made, count)
    ]


def take(author: Author, count: int) -> Steps:
    """Whole offers of points, taken for money by customers of other banks; points and offers exist."""
    issuer = institution(BANKS[0])
    before, made = [_registration(author)], []
    for maker, taker in author.turns(count):
        points = {"account": customer_account(maker), "asset": POINTS, "amount_minor": AMOUNT_MINOR}
        offered = _offer(author, holder(maker), POINTS, CURRENCY)
        before += [author.alone(issuer, "issue/1", **points), (offered.envelope,)]
        made.append((maker, taker, offered.transaction_id))
    yield before
    return [
        author.alone(
            phone(taker),
            "take/1",
            maker=customer_account(maker),
            take_asset=POINTS,
            take_minor=AMOUNT_MINOR,
            pay_asset=CURRENCY,
            pay_minor=AMOUNT_MINOR,
            offer=offer_id,
        )
        for maker, taker, offer_id in author.shown(made, count)
    ]


MIXES: Final[tuple[Mix, ...]] = (offer, take, cancel)
