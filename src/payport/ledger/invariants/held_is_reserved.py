"""What is held of a balance is what live holds and offers reserve of it, no more and no less."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from payport.ledger.state import balances, holds, offers

if TYPE_CHECKING:
    from payport.ledger.invariants.law import BlockView
    from payport.ledger.state.state import State


def check_block(view: BlockView) -> str | None:
    """Compare the growth of what is held with the growth of holds and offers."""
    held: dict[bytes, int] = defaultdict(int)
    for key, (old, new) in view.of(balances.FAMILY.name).items():
        before, after = 0 if old is None else old.held_minor, 0 if new is None else new.held_minor
        if before != after:
            held[key] += after - before
    for old, new in view.of(holds.FAMILY.name).values():
        _take_hold(held, old, 1)
        _take_hold(held, new, -1)
    for old, new in view.of(offers.FAMILY.name).values():
        _take_offer(held, old, 1)
        _take_offer(held, new, -1)
    return _first_difference(held)


def check_state(state: State) -> str | None:
    """Compare all that is held with all holds and offers."""
    held: dict[bytes, int] = defaultdict(int)
    for key, balance in balances.table(state).items():
        held[key] += balance.held_minor
    for hold in holds.table(state).values():
        _take_hold(held, hold, -1)
    for offer in offers.table(state).values():
        _take_offer(held, offer, -1)
    return _first_difference(held)


def _take_hold(held: dict[bytes, int], hold: holds.Hold | None, sign: int) -> None:
    if hold is not None:
        held[balances.key(hold.payer, hold.asset)] += sign * hold.remaining_minor


def _take_offer(held: dict[bytes, int], offer: offers.Offer | None, sign: int) -> None:
    if offer is not None:
        held[balances.key(offer.maker, offer.give_asset)] += sign * offer.remaining_minor


def _first_difference(held: dict[bytes, int]) -> str | None:
    for key, difference in sorted(held.items()):
        if difference:
            return f"{difference} minor units of {key.hex()} are held for nothing"
    return None
