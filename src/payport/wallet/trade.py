"""Trade: offer one asset for another, take what others offer, cancel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.wallet import flows

if TYPE_CHECKING:
    from payport.wallet import activity_records, records
    from payport.wallet.flows import Flow
    from payport.wallet.own_account import OwnAccount

OFFER_SECONDS: Final = 86_400
"""How long an offer stands, unless told otherwise."""


class Terms(NamedTuple):
    """What an offer gives for what."""

    give_asset: str
    """What is given."""
    give_minor: int
    """How much of it, in minor units."""
    want_asset: str
    """What is wanted."""
    want_minor: int
    """How much of it for the whole, in minor units."""

    def price_minor(self, take_minor: int) -> int:
        """Return what taking ``take_minor`` costs: in proportion to the whole, rounded up against the taker."""
        return -(-take_minor * self.want_minor // self.give_minor)


def offer(
    own: OwnAccount, terms: Terms, taker: bytes | None = None, seconds: int = OFFER_SECONDS
) -> Flow[records.Executed]:
    """Offer; the id of what is returned names the offer."""
    expires_at_ms = time.time_ns() // 1_000_000 + 1_000 * seconds
    return (yield from flows.send(own, "offer/1", **terms._asdict(), taker=taker, expires_at_ms=expires_at_ms))


def take(own: OwnAccount, offer_id: str, maker: bytes, terms: Terms, take_minor: int) -> Flow[records.Executed]:
    """Take ``take_minor`` of an offer, at exactly its price."""
    return (
        yield from flows.send(
            own,
            "take/1",
            maker=maker,
            take_asset=terms.give_asset,
            take_minor=take_minor,
            pay_asset=terms.want_asset,
            pay_minor=terms.price_minor(take_minor),
            offer=bytes.fromhex(offer_id),
        )
    )


def take_offer(own: OwnAccount, offered: activity_records.Offer, take_minor: int) -> Flow[records.Executed]:
    """Take ``take_minor`` of an offer as the port tells it, at exactly its price."""
    terms = Terms(offered.give_asset, offered.give_minor, offered.want_asset, offered.want_minor)
    return (yield from take(own, offered.id, bytes.fromhex(offered.maker), terms, take_minor))


def cancel(own: OwnAccount, offer_id: str) -> Flow[records.Executed]:
    """Take an offer back."""
    return (yield from flows.send(own, "cancel/1", offer=bytes.fromhex(offer_id)))
