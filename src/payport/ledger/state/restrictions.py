"""Restrictions: freezes of an account, and a recovery under way.

Writers: :func:`freeze`, :func:`unfreeze`, :func:`forget`, :func:`begin_recovery`, :func:`end_recovery`.

An account without a record here is open; its own record says so, so a payment from it looks no further.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from payport.ledger.state import accounts, balances, dues
from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.identifiers import AssetId, Digest, InstitutionId, PublicKey, SchemeName
from payport.values.money import Amount
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.ledger.state.dues import Expiry

ACCOUNT_FROZEN: Final = RefusalCode(
    "account_frozen",
    RefusalClass.CONFLICT,
    "The account is frozen: no payments leave it. Its bank can say why and until when.",
    "该账户已被冻结，暂时不能付款。请联系开户行了解原因和期限。",
)
"""A freeze of mode debit or all is in force."""

AMOUNT_FROZEN: Final = RefusalCode(
    "amount_frozen",
    RefusalClass.INSUFFICIENT,
    "Part of the balance is frozen, and the rest does not cover the amount.",
    "账户部分余额已被冻结，可用余额不足。",
)
"""A freeze of mode amount must stay covered."""

RECOVERY_UNDER_WAY: Final = RefusalCode(
    "recovery_under_way",
    RefusalClass.CONFLICT,
    "The account's keys are being replaced; until that has ended or was vetoed no payments leave it.",
    "该账户正在恢复密钥，完成或被否决之前不能付款。",
)
"""Outgoing payments rest while a recovery waits for its delay."""

PAYEE_FROZEN: Final = RefusalCode(
    "payee_frozen", RefusalClass.CONFLICT, "The payee's account cannot be credited.", "收款账户已被冻结，不能入账。"
)
"""A freeze of mode all is in force on the account to be credited."""

PAYEE_CLOSED: Final = RefusalCode(
    "payee_closed", RefusalClass.CONFLICT, "The payee's account is closed.", "收款账户已销户。"
)
"""Nothing is credited to a closed account."""


class FreezeMode(enum.StrEnum):
    """What a freeze stops."""

    DEBIT = "debit"
    """New payments; credits, refunds and captures of earlier holds pass."""
    ALL = "all"
    """New payments and credits; captures of earlier holds pass."""
    AMOUNT = "amount"
    """Payments that would leave less than the amount."""


class FreezeReason(enum.StrEnum):
    """Why an account is frozen."""

    FRAUD = "fraud"
    """Suspicion of fraud."""
    COURT_ORDER = "court_order"
    """Order of a court."""
    SANCTIONS = "sanctions"
    """A sanctions list."""
    LOST_DEVICE = "lost_device"
    """The holder lost the phone."""
    HOLDER = "holder"
    """The holder asked for it."""


class Freeze(codec.Record, frozen=True):
    """One freeze in force."""

    freeze_id: Digest
    """Id of the transaction that ordered it."""
    mode: FreezeMode
    """What it stops."""
    asset: AssetId | None
    """Asset of the amount, in mode amount."""
    amount_minor: Amount | None
    """Amount that must stay, in mode amount, in minor units."""
    reason: FreezeReason
    """Why."""
    institutions: tuple[InstitutionId, ...]
    """Who ordered it: the account's own institution, or two others."""
    expires_at_ms: Milliseconds
    """Last block time at which it is in force."""


class RecoveryKey(codec.Record, frozen=True):
    """An owner key that a recovery will bind."""

    scheme: SchemeName
    """Signature scheme."""
    public_key: PublicKey
    """The key."""


class Recovery(codec.Record, frozen=True):
    """A recovery that waits."""

    recovery_id: Digest
    """Id of the transaction that began it."""
    key: RecoveryKey
    """The new owner key."""
    effective_at_ms: Milliseconds
    """First block time at which it may be finished."""


class Restriction(codec.Record, frozen=True):
    """What restricts one account."""

    freezes: tuple[Freeze, ...]
    """Freezes, in the order they were ordered."""
    recovery: Recovery | None
    """Recovery under way, or nil."""


FAMILY: Final = Family("restrictions", Restriction)
"""Keyed by account id."""

NONE: Final = Restriction((), None)
"""What an account without a record has."""

table = reader(FAMILY)

_STOPS_DEBITS: Final = frozenset({FreezeMode.DEBIT, FreezeMode.ALL})


def of(state: State, account: bytes) -> Restriction:
    """Return what restricts an account, past freezes included."""
    return table(state).get(account) or NONE


def in_force(state: State, account: bytes, time_ms: int) -> tuple[Freeze, ...]:
    """Return the freezes in force; one past its expiry is not, whether swept or not."""
    return tuple(each for each in of(state, account).freezes if time_ms <= each.expires_at_ms)


def is_restricted(state: State, account: bytes, record: accounts.Account, time_ms: int) -> bool:
    """Tell whether anything restricts what an account may pay."""
    if record.standing is accounts.Standing.OPEN:
        return False
    return bool(in_force(state, account, time_ms)) or of(state, account).recovery is not None


def require_debit(state: State, account: bytes, asset: str, amount_minor: int, time_ms: int) -> None:
    """Insist that a restricted account may pay.

    Refusals in order: ``account_frozen``, ``recovery_under_way``, ``amount_frozen``.
    """
    freezes = in_force(state, account, time_ms)
    for each in freezes:
        if each.mode in _STOPS_DEBITS:
            ACCOUNT_FROZEN.refuse(_described(each))
    if of(state, account).recovery is not None:
        RECOVERY_UNDER_WAY.refuse()
    frozen = sum(each.amount_minor or 0 for each in freezes if each.asset == asset)
    balance = balances.of(state, account, asset)
    if frozen and balance.amount_minor - balance.held_minor - amount_minor < frozen:
        AMOUNT_FROZEN.refuse(f"{frozen} minor units of {asset}")


def require_credit(state: State, account: bytes, record: accounts.Account, time_ms: int) -> None:
    """Insist that an account may be credited; refuses ``payee_closed`` or ``payee_frozen``."""
    if record.standing is accounts.Standing.OPEN:
        return
    if record.standing is accounts.Standing.CLOSED:
        PAYEE_CLOSED.refuse()
    if any(each.mode is FreezeMode.ALL for each in in_force(state, account, time_ms)):
        PAYEE_FROZEN.refuse()


def freeze(state: State, account: bytes, record: Freeze) -> None:
    """Write a freeze."""
    old = of(state, account)
    dues.add(state, record.expires_at_ms, FAMILY.name, account + record.freeze_id)
    _write(state, account, Restriction((*old.freezes, record), old.recovery))


def unfreeze(state: State, account: bytes, record: Freeze) -> None:
    """Take a freeze back before its time."""
    dues.drop(state, record.expires_at_ms, FAMILY.name, account + record.freeze_id)
    _without(state, account, record.freeze_id)


def expire(state: State, place: bytes) -> Expiry | None:
    """End a freeze whose time is over; it frees nothing of a balance, so no leaf tells of it."""
    _without(state, place[: balances.ACCOUNT_ID_BYTES], place[balances.ACCOUNT_ID_BYTES :])
    return None


def begin_recovery(state: State, account: bytes, recovery: Recovery) -> None:
    """Write a recovery that waits."""
    old = of(state, account)
    assert old.recovery is None
    _write(state, account, Restriction(old.freezes, recovery))


def end_recovery(state: State, account: bytes) -> None:
    """Forget the recovery: it was finished or vetoed."""
    old = of(state, account)
    assert old.recovery is not None
    _write(state, account, Restriction(old.freezes, None))


def forget(state: State, account: bytes) -> None:
    """Take back what is past its expiry and not swept yet, so that the account can close."""
    for each in of(state, account).freezes:
        unfreeze(state, account, each)


def _without(state: State, account: bytes, freeze_id: bytes) -> None:
    old = of(state, account)
    left = tuple(each for each in old.freezes if each.freeze_id != freeze_id)
    assert len(left) == len(old.freezes) - 1
    _write(state, account, Restriction(left, old.recovery))


def _write(state: State, account: bytes, record: Restriction) -> None:
    """Write what restricts an account, and its standing with it."""
    table(state).put(account, None if record == NONE else record)
    standing = accounts.Standing.OPEN if record == NONE else accounts.Standing.RESTRICTED
    if accounts.require(state, account).standing is not standing:
        accounts.stand(state, account, standing)


def _described(record: Freeze) -> str:
    return f"{record.reason.value} until {record.expires_at_ms}"
