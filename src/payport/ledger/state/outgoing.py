"""Outgoing payments: the one gate they all pass. No records of its own; the order of its rules is the specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state import accounts, balances, exposures, floors, institutions, restrictions
from payport.values.identifiers import is_currency

if TYPE_CHECKING:
    from payport.ledger.state.state import State
    from payport.ledger.transaction import Context

REFUSALS: Final = (
    accounts.ACCOUNT_CLOSED,
    restrictions.ACCOUNT_FROZEN,
    restrictions.RECOVERY_UNDER_WAY,
    restrictions.AMOUNT_FROZEN,
    institutions.INSTITUTION_SUSPENDED,
    balances.INSUFFICIENT_BALANCE,
    exposures.NET_DEBIT_CAP_EXCEEDED,
)
"""Refusals of :func:`require`, in order of precedence."""

WITHIN_REFUSALS: Final = REFUSALS[:-1]
"""Those that can happen where nothing leaves the institution."""

CREDIT_REFUSALS: Final = (restrictions.PAYEE_CLOSED, restrictions.PAYEE_FROZEN)
"""Refusals of :func:`require_credit`, in order of precedence."""

_OPEN: Final = accounts.Standing.OPEN
_CLOSED: Final = accounts.Standing.CLOSED


def require(
    state: State,
    context: Context,
    payer: bytes,
    payee_institution: str,
    asset: str,
    amount_minor: int,
) -> None:
    """Insist that ``amount_minor`` may leave ``payer`` for a customer of ``payee_institution``."""
    account = accounts.require(state, payer)
    if account.standing is not _OPEN:
        if account.standing is _CLOSED:
            accounts.ACCOUNT_CLOSED.refuse()
        restrictions.require_debit(state, payer, asset, amount_minor, context.time_ms)
    institution = account.institution
    institutions.require_active(state, institution, context.time_ms)
    floors.require_cover(state, payer, asset, amount_minor)
    if institution != payee_institution and is_currency(asset):
        exposures.require_headroom(state, institution, asset, amount_minor)


def require_credit(state: State, context: Context, payee: bytes) -> str:
    """Insist that ``payee`` may be credited and return its institution; see :data:`CREDIT_REFUSALS`.

    Raises ``unknown_account`` first.
    """
    account = accounts.require(state, payee)
    if account.standing is not _OPEN:
        restrictions.require_credit(state, payee, account, context.time_ms)
    return account.institution
