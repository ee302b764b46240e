"""Cancel an offer of one's own.

Effect: what is left of it is free again. Nothing moves.
Signed by a key of the account that made it. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import offers
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power
from payport.values.identifiers import TransactionId
from payport.values.refusals import RefusalClass, RefusalCode


class Cancel(AccountTransaction, frozen=True):
    """The sender takes back an offer."""

    offer: TransactionId
    """Id of the offer."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.RESERVE})

NOT_YOUR_OFFER: Final = RefusalCode(
    "not_your_offer",
    RefusalClass.UNAUTHORISED,
    "Only the account that made an offer cancels it.",
    "只有挂单人可以撤销挂单。",
)
"""Another account made it."""

REFUSALS: Final = (offers.NO_LIVE_OFFER, NOT_YOUR_OFFER)


def check(transaction: Cancel) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Cancel, state: State, context: Context) -> None:
    """Free what is left."""
    if offers.require_live(state, transaction.offer, context.time_ms).maker != transaction.sender:
        NOT_YOUR_OFFER.refuse(transaction.offer.hex())
    offers.use(state, transaction.offer, 0, end=True)


def event(transaction: Cancel) -> Event:
    """Tell followers who cancelled."""
    return Event((transaction.sender,), None, None)


def example() -> Cancel:
    """Nobody wanted the points."""
    from payport.ledger.examples import common_account_fields  # noqa: PLC0415 - examples need the verbs

    return Cancel(**common_account_fields("cancel/1"), offer=bytes.fromhex("0f" * 32))
