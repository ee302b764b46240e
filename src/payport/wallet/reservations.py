"""Reserve and capture: a cardholder authorises a payment, the merchant captures or releases it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from payport.wallet import flows

if TYPE_CHECKING:
    from payport.wallet import activity_records, records
    from payport.wallet.flows import Flow
    from payport.wallet.own_account import OwnAccount

HOLD_SECONDS: Final = 3_600
"""How long a hold lasts, unless told otherwise: enough for a tank of fuel, not for a hotel."""


def authorise(
    own: OwnAccount,
    merchant: bytes,
    amount_minor: int,
    asset: str = "CNY",
    seconds: int = HOLD_SECONDS,
    order: bytes | None = None,
) -> Flow[records.Executed]:
    """Reserve at most ``amount_minor`` for a merchant; the id of what is returned names the hold.

    ``order`` is the merchant's signed order, where its code showed one for exactly this amount. Raises what the network
    refuses, such as ``insufficient_balance``.
    """
    return (
        yield from flows.send(
            own,
            "authorise/1",
            merchant=merchant,
            asset=asset,
            amount_minor=amount_minor,
            order=order,
            expires_at_ms=time.time_ns() // 1_000_000 + 1_000 * seconds,
        )
    )


def capture(
    own: OwnAccount, hold: str, payer: bytes, amount_minor: int, asset: str = "CNY", *, final: bool = True
) -> Flow[records.Executed]:
    """Take ``amount_minor`` of a hold; the rest is freed unless ``final`` is false.

    Raises ``no_live_hold``, ``hold_mismatch`` or ``capture_exceeds_hold``.
    """
    return (
        yield from flows.send(
            own,
            "capture/1",
            payer=payer,
            asset=asset,
            amount_minor=amount_minor,
            hold=bytes.fromhex(hold),
            final=final,
        )
    )


def capture_hold(
    own: OwnAccount, hold: activity_records.Hold, amount_minor: int, *, final: bool = True
) -> Flow[records.Executed]:
    """Take ``amount_minor`` of a hold as the port tells it, so that a till need not know its payer."""
    return (yield from capture(own, hold.id, bytes.fromhex(hold.payer), amount_minor, hold.asset, final=final))


def release(own: OwnAccount, hold: str, payer: bytes) -> Flow[records.Executed]:
    """Free all that a hold still reserves; raises ``no_live_hold`` or ``not_your_hold``."""
    return (yield from flows.send(own, "release/1", payer=payer, hold=bytes.fromhex(hold)))


def release_hold(own: OwnAccount, hold: activity_records.Hold) -> Flow[records.Executed]:
    """Free all of a hold as the port tells it."""
    return (yield from release(own, hold.id, bytes.fromhex(hold.payer)))
