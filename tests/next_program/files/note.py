"""Note a digest, so that anybody can show later that it was known by then.

Effect: the digest is kept with the height of the block.
Signed by the institution. Moves nothing. Since protocol version 2.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import notes
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import Digest
from payport.values.refusals import RefusalClass, RefusalCode


class Note(InstitutionTransaction, frozen=True):
    """An institution notes ``digest``."""

    digest: Digest
    """What is noted."""


VERSION: Final = 1
SINCE: Final = 2
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.GOVERN})

NOTED_BEFORE: Final = RefusalCode("noted_before", RefusalClass.CONFLICT, "It was noted before.", "该摘要已登记。")
"""Each digest is noted once."""

REFUSALS: Final = (NOTED_BEFORE,)


def check(transaction: Note) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Note, state: State, context: Context) -> None:
    """Keep the digest."""
    if notes.table(state).get(transaction.digest) is not None:
        NOTED_BEFORE.refuse(transaction.digest.hex())
    notes.keep(state, transaction.digest, context.height)


def event(transaction: Note) -> Event:
    """No account is concerned."""
    del transaction
    return Event((), None, None)


def example() -> Note:
    """Note a digest."""
    from payport.ledger.examples import common_institution_fields

    return Note(**common_institution_fields("note/1", sender="bank-east"), digest=bytes(32))
