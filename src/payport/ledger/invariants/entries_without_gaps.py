"""Entry numbers have no gaps: every change of a balance is one numbered entry, and all of them are counted."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from payport.ledger.state import balances, counters

if TYPE_CHECKING:
    from payport.ledger.invariants.law import BlockView
    from payport.ledger.state.state import State


def check_block(view: BlockView) -> str | None:
    """Hold the block's leaves against the numbers before and after it, balance by balance."""
    numbers: dict[bytes, list[int]] = defaultdict(list)
    for leaf in view.entries:
        numbers[balances.key(leaf.account, leaf.asset)].append(leaf.entry)
    changed = view.of(balances.FAMILY.name)
    for key, found in numbers.items():
        if key not in changed:
            return f"{key.hex()} has an entry and no change"
        old, new = changed[key]
        before = 0 if old is None else old.entries
        if found != list(range(before + 1, new.entries + 1)):
            return f"{key.hex()} went from entry {before} to {new.entries} by {found}"
    unentered = set(changed) - set(numbers)
    if unentered:
        return f"{min(unentered).hex()} changed without an entry"
    old_counter, new_counter = view.of(counters.FAMILY.name).get(counters.ENTRIES, (None, None))
    counted = (0 if new_counter is None else new_counter.value) - (0 if old_counter is None else old_counter.value)
    return None if counted == len(view.entries) else f"{len(view.entries)} entries, {counted} counted"


def check_state(state: State) -> str | None:
    """Hold the sum of all balances' entries against the counter."""
    summed = sum(balance.entries for _, balance in balances.table(state).items())
    counted = counters.entries(state)
    return None if summed == counted else f"{summed} entries, {counted} counted"
