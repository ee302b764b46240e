"""Reading ahead: what a block will most probably look at, fetched from the checkpoint in a few calls.

It changes nothing but speed. Whoever's account is in memory has been looked at before, with all that belongs to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.ledger.state import accounts, balances, keys, usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.ledger.admission import Item
    from payport.ledger.state.state import State


def read_ahead(state: State, items: Sequence[Item]) -> None:
    """Fetch accounts, balances, keys and usage of everybody in ``items`` who is not known yet."""
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
    accounts.table(state).prefetch(strangers)
    balances.table(state).prefetch(held)
    keys.table(state).prefetch(signers)
    usage.table(state).prefetch(signers)
