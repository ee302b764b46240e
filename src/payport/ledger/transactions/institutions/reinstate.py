"""Reinstate a suspended institution.

Effect: it and its customers make payments again.
Signed by the operator, by the policy ``authority/reinstate``. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import institutions
from payport.ledger.state.parameters import AuthorityPolicy
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import InstitutionId
from payport.values.refusals import RefusalClass, RefusalCode


class Reinstate(InstitutionTransaction, frozen=True):
    """The operator reinstates ``institution``."""

    institution: InstitutionId
    """The member."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.ADMIT})
POLICY: Final = AuthorityPolicy("operator", 0)

NOT_SUSPENDED: Final = RefusalCode(
    "not_suspended", RefusalClass.CONFLICT, "The institution is not suspended.", "该机构未被暂停。"
)
"""There is nothing to change."""

REFUSALS: Final = (institutions.UNKNOWN_INSTITUTION, NOT_SUSPENDED)


def check(transaction: Reinstate) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Reinstate, state: State, context: Context) -> None:
    """End the suspension."""
    record = institutions.require(state, transaction.institution)
    if context.time_ms >= record.suspended_until_ms:
        NOT_SUSPENDED.refuse(transaction.institution)
    institutions.suspend(state, transaction.institution, 0)


def event(transaction: Reinstate) -> Event:
    """No account is concerned by itself."""
    del transaction
    return Event((), None, None)


def example() -> Reinstate:
    """Let a bank pay again."""
    from payport.ledger.examples import common_institution_fields  # noqa: PLC0415 - examples need the verbs

    return Reinstate(**common_institution_fields("reinstate/1", sender="operator"), institution="bank-east")
