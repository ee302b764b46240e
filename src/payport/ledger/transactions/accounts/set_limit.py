"""Set the limits of a session or device key: lower at once, higher after a delay.

Effect: each limit that falls is in force at once; where any rises, the whole of the new limits follows after the delay
``limit_raise_delay_ms``. A later change takes the place of one that waits.
Signed by an owner key of the account. Moves nothing. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, keys, parameters
from payport.ledger.state.state import State
from payport.ledger.transaction import OWNER_ONLY, AccountTransaction, Context, Event, Power
from payport.values.identifiers import PublicKey
from payport.values.refusals import RefusalClass, RefusalCode


class SetLimit(AccountTransaction, frozen=True):
    """An owner sets the limits of a key."""

    public_key: PublicKey
    """The key."""
    limits: keys.Limits
    """Its limits from now on, or after the delay."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = OWNER_ONLY
POWERS: Final = frozenset({Power.BIND})

NOT_A_LIMITED_KEY: Final = RefusalCode(
    "not_a_limited_key",
    RefusalClass.NOT_FOUND,
    "The account has no live session or device key of this value.",
    "该账户没有此会话或设备密钥。",
)
"""The key is another's, was revoked, or is an owner's, which has no limits."""

LIMIT_ASSET_FIXED: Final = RefusalCode(
    "limit_asset_fixed",
    RefusalClass.MALFORMED,
    "A key keeps the asset it was bound for; bind another key.",
    "密钥的限额币种不可更改，请绑定新密钥。",
)
"""The limits are in another asset."""

REFUSALS: Final = (NOT_A_LIMITED_KEY, LIMIT_ASSET_FIXED)


def check(transaction: SetLimit) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: SetLimit, state: State, context: Context) -> None:
    """Write the lower of old and new, and what follows."""
    key = keys.find(state, transaction.public_key)
    epoch = accounts.require(state, transaction.sender).key_epoch
    if key is None or not keys.is_live(key, transaction.sender, epoch, key.scheme, context.time_ms):
        NOT_A_LIMITED_KEY.refuse()
    old, new = keys.limits_at(key, context.time_ms), transaction.limits
    if old is None:
        NOT_A_LIMITED_KEY.refuse()
    if new.asset != old.asset:
        LIMIT_ASSET_FIXED.refuse(old.asset)
    at_once = keys.Limits(
        new.asset,
        min(old.per_payment_minor, new.per_payment_minor),
        min(old.daily_minor, new.daily_minor),
        min(old.static_daily_minor, new.static_daily_minor),
    )
    delay = parameters.delay_ms(state, "limit_raise_delay_ms", context.height)
    raised = None if at_once == new else keys.Raise(new, context.time_ms + delay)
    keys.set_limits(state, transaction.public_key, at_once, raised)


def event(transaction: SetLimit) -> Event:
    """Tell followers whose key changed."""
    return Event((transaction.sender,), None, None, (transaction.public_key,))


def example() -> SetLimit:
    """Let a phone spend 1,000.00 a payment from tomorrow on."""
    from payport.ledger.examples import common_account_fields, public_key  # noqa: PLC0415 - examples need the verbs

    return SetLimit(
        **common_account_fields("set_limit/1"),
        public_key=public_key(3),
        limits=keys.Limits("CNY", 100_000, 300_000, 50_000),
    )
