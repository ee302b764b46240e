"""Suspend an institution until it is reinstated.

Effect: it and its customers make no new outgoing payments; credits to them, and captures of earlier holds, pass.
Signed by the operator, by the policy ``authority/suspend``. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import institutions, parameters
from payport.ledger.state.parameters import AuthorityPolicy
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import InstitutionId
from payport.values.refusals import RefusalClass, RefusalCode


class Suspend(InstitutionTransaction, frozen=True):
    """The operator suspends ``institution``."""

    institution: InstitutionId
    """The member."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.ADMIT})
POLICY: Final = AuthorityPolicy("operator", 0)

OPERATOR_CANNOT_BE_SUSPENDED: Final = RefusalCode(
    "operator_cannot_be_suspended",
    RefusalClass.CONFLICT,
    "The operator cannot be suspended.",
    "不能暂停网络运营方。",
)
"""Nobody could reinstate it."""

ALREADY_SUSPENDED: Final = RefusalCode(
    "already_suspended", RefusalClass.CONFLICT, "The institution is suspended already.", "该机构已被暂停。"
)
"""There is nothing to change."""

REFUSALS: Final = (institutions.UNKNOWN_INSTITUTION, OPERATOR_CANNOT_BE_SUSPENDED, ALREADY_SUSPENDED)


def check(transaction: Suspend) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Suspend, state: State, context: Context) -> None:
    """Write the suspension; an emergency suspension becomes one without an end."""
    del context
    record = institutions.require(state, transaction.institution)
    if transaction.institution == parameters.operator(state):
        OPERATOR_CANNOT_BE_SUSPENDED.refuse()
    if record.suspended_until_ms == institutions.UNTIL_REINSTATED:
        ALREADY_SUSPENDED.refuse(transaction.institution)
    institutions.suspend(state, transaction.institution, institutions.UNTIL_REINSTATED)


def event(transaction: Suspend) -> Event:
    """No account is concerned by itself."""
    del transaction
    return Event((), None, None)


def example() -> Suspend:
    """Suspend a bank."""
    from payport.ledger.examples import common_institution_fields  # noqa: PLC0415 - examples need the verbs

    return Suspend(**common_institution_fields("suspend/1", sender="operator"), institution="bank-east")
