"""Entry numbers have no gaps: every change of a balance is one numbered entry, and all of them are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.ledger.state import balances, counters

if TYPE_CHECKING:
    from payport.ledger.invariants.law import BlockView
    from payport.ledger.state.state import State


def check_block(view: BlockView) -> str | None:
    """Hold the block's leaves against the numbers before and after it, balance by balance."""
    changed = view.of(balances.FAMILY.name)
    newest: dict[bytes, int] = {}
    for leaf in view.entries:
        key = leaf.account + leaf.asset.encode()
        number = newest.get(key)
        if number is None:
            if key not in changed:
                return f"{key.hex()} has an entry and no change"
            old = changed[key][0]
            number = 0 if old is None else old.entries
        if leaf.entry != number + 1:
            return f"{key.hex()} went from entry {number} to {leaf.entry}"
        newest[key] = leaf.entry
    for key, (old, new) in changed.items():
        reached = None if new is None else new.entries
        # What only holds or frees part of a balance is no entry.
        if newest.get(key, None if old is None else old.entries) != reached:
            return f"{key.hex()} is at entry {reached}, its newest leaf is {newest.get(key)}"
    old_counter, new_counter = view.of(counters.FAMILY.name).get(counters.ENTRIES, (None, None))
    counted = (0 if new_counter is None else new_counter.value) - (0 if old_counter is None else old_counter.value)
    return None if counted == len(view.entries) else f"{len(view.entries)} entries, {counted} counted"


def check_state(state: State) -> str | None:
    """Hold the sum of all balances' entries against the counter."""
    summed = sum(balance.entries for _, balance in balances.table(state).items())
    counted = counters.entries(state)
    return None if summed == counted else f"{summed} entries, {counted} counted"
