"""Set an institution's net debit cap in a currency: how much it may owe all others together until it settles.

Effect: a payment that would take net position and reservations past the cap is refused from now on. What is owed
already stays owed, and holds already made can be captured.
Signed by the operator, by the policy ``authority/set_net_debit_cap``. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import assets, exposures, institutions
from payport.ledger.state.parameters import AuthorityPolicy
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import AssetId, InstitutionId
from payport.values.money import AmountOrZero


class SetNetDebitCap(InstitutionTransaction, frozen=True):
    """The operator caps what ``institution`` may owe."""

    institution: InstitutionId
    """The member."""
    asset: AssetId
    """Currency."""
    cap_minor: AmountOrZero | None
    """Cap in minor units, or nil for none."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.GOVERN})
POLICY: Final = AuthorityPolicy("operator", 0)
REFUSALS: Final = (assets.UNKNOWN_ASSET, assets.NOT_A_CURRENCY, institutions.UNKNOWN_INSTITUTION)


def check(transaction: SetNetDebitCap) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: SetNetDebitCap, state: State, context: Context) -> None:
    """Write the cap."""
    assets.require_currency(state, transaction.asset, context.height)
    institutions.require(state, transaction.institution)
    exposures.set_cap(state, transaction.institution, transaction.asset, transaction.cap_minor)


def event(transaction: SetNetDebitCap) -> Event:
    """No account is concerned."""
    del transaction
    return Event((), None, None)


def example() -> SetNetDebitCap:
    """Let a bank owe at most 5,000,000.00."""
    from payport.ledger.examples import common_institution_fields  # noqa: PLC0415 - examples need the verbs

    return SetNetDebitCap(
        **common_institution_fields("set_net_debit_cap/1", sender="operator"),
        institution="bank-east",
        asset="CNY",
        cap_minor=500_000_000,
    )
