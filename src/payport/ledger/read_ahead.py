"""Reading ahead: what a block will most probably look at, fetched from the checkpoint in a few calls.

It changes nothing but speed. Whoever's account is in memory has been looked at before, with all that belongs to it.
Fetching may happen in another thread, while earlier blocks execute: a record that is still unknown when it is taken in
has not been touched since, and one that is known by then is left as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payport.ledger.state import accounts, balances, keys, usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.ledger.admission import Item
    from payport.ledger.state.state import State, Table

Fetched = list[tuple["Table[Any]", dict[bytes, Any]]]
"""Per table, decoded records by key; ``None`` where there is none."""


def fetch(state: State, items: Sequence[Item]) -> Fetched:
    """Read accounts, balances, keys and usage of everybody in ``items`` who is not known yet."""
    known = accounts.table(state).knows
    strangers: list[bytes] = []
    held: list[bytes] = []
    signers: list[bytes] = []
    for item in items:
        for member in item.members:
            event = member.verb.event(member.transaction)
            for account in event.accounts:
                if not known(account):
                    strangers.append(account)
                    if event.asset is not None:
                        held.append(account + event.asset.encode())
            if not known(member.transaction.sender):
                signers += [signature.public_key for signature in member.envelope.signatures]
    wanted = (
        (accounts.table(state), strangers),
        (balances.table(state), held),
        (keys.table(state), signers),
        (usage.table(state), signers),
    )
    return [(table, table.fetch(places)) for table, places in wanted if places]


def take_in(fetched: Fetched) -> None:
    """Take fetched records into memory; in the thread that executes, before the block they were fetched for."""
    for table, records in fetched:
        table.take_in(records)
