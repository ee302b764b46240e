"""Suspend an institution at once, for a time that lapses by itself.

Effect: as suspend, for the delay ``emergency_suspension_ms``; meanwhile the members decide whether to make it last.
An emergency suspension cannot follow upon another within the same time, so it cannot be prolonged by repeating it.
Signed by the operator, by the policy ``authority/emergency_suspend``, which may ask for fewer keys than suspend.
Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import institutions, parameters
from payport.ledger.state.parameters import AuthorityPolicy
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import InstitutionId
from payport.values.refusals import RefusalClass, RefusalCode


class EmergencySuspend(InstitutionTransaction, frozen=True):
    """The operator suspends ``institution`` for a time."""

    institution: InstitutionId
    """The member."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.ADMIT})
POLICY: Final = AuthorityPolicy("operator", 1)

OPERATOR_HAS_NO_EMERGENCY: Final = RefusalCode(
    "operator_has_no_emergency",
    RefusalClass.CONFLICT,
    "The operator cannot be suspended.",
    "不能紧急暂停网络运营方。",
)
"""Nobody could reinstate it."""

EMERGENCY_USED: Final = RefusalCode(
    "emergency_used",
    RefusalClass.CONFLICT,
    "The institution is suspended, or an emergency suspension of it lapsed a short time ago; let the members decide.",
    "该机构正被暂停，或其紧急暂停刚刚失效；请由成员表决。",
)
"""An emergency lasts once; after it lapsed, as long again must pass."""

REFUSALS: Final = (institutions.UNKNOWN_INSTITUTION, OPERATOR_HAS_NO_EMERGENCY, EMERGENCY_USED)


def check(transaction: EmergencySuspend) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: EmergencySuspend, state: State, context: Context) -> None:
    """Write the suspension with its end."""
    record = institutions.require(state, transaction.institution)
    if transaction.institution == parameters.operator(state):
        OPERATOR_HAS_NO_EMERGENCY.refuse()
    lasts_ms = parameters.delay_ms(state, "emergency_suspension_ms", context.height)
    if context.time_ms < record.suspended_until_ms + (lasts_ms if record.suspended_until_ms else 0):
        EMERGENCY_USED.refuse(transaction.institution)
    institutions.suspend(state, transaction.institution, context.time_ms + lasts_ms)


def event(transaction: EmergencySuspend) -> Event:
    """No account is concerned by itself."""
    del transaction
    return Event((), None, None)


def example() -> EmergencySuspend:
    """Stop a bank whose keys were stolen."""
    from payport.ledger.examples import common_institution_fields  # noqa: PLC0415 - examples need the verbs

    fields = common_institution_fields("emergency_suspend/1", sender="operator")
    return EmergencySuspend(**fields, institution="bank-east")
