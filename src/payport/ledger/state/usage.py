"""Usage: what a limited key has spent today. Writer: :func:`spend`. Limits count at execution, in block order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.ledger.state import institutions, keys
from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.block_time import day_number
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.ledger.transaction import Context

WRONG_ASSET_FOR_KEY: Final = RefusalCode(
    "wrong_asset_for_key", RefusalClass.LIMIT, "This key may not spend this asset.", "该密钥不能支付此资产。"
)
"""A limited key spends the asset of its limits only."""

PAYMENT_LIMIT: Final = RefusalCode(
    "payment_limit", RefusalClass.LIMIT, "The amount exceeds the key's limit per payment.", "金额超过单笔限额。"
)
"""A single payment is too large for the key."""

DAILY_LIMIT: Final = RefusalCode(
    "daily_limit", RefusalClass.LIMIT, "The day's limit of the key would be exceeded.", "将超过当日限额。"
)
"""The day's sum would be too large for the key."""

STATIC_DAILY_LIMIT: Final = RefusalCode(
    "static_daily_limit",
    RefusalClass.LIMIT,
    "The day's limit for payments by static code would be exceeded.",
    "将超过静态码当日限额。",
)
"""The day's sum of payments without an order would be too large for the key."""


REFUSALS: Final = (WRONG_ASSET_FOR_KEY, PAYMENT_LIMIT, DAILY_LIMIT, STATIC_DAILY_LIMIT)
"""Refusals of :func:`require_allowance`, in order of precedence."""


class Usage(codec.Record, frozen=True):
    """A key's spending on the last day it spent anything."""

    day: int
    """Day number by the institution's offset."""
    spent_minor: int
    """Sum of the day, in minor units."""
    static_minor: int
    """Part of it paid without an order."""


FAMILY: Final = Family("usage", Usage)
"""Keyed by public key."""

table = reader(FAMILY)


def _today(state: State, context: Context) -> Usage:
    """Return the day's usage before this payment."""
    sender = context.sending_account
    assert sender is not None, "a key with limits signs for an account"
    day = day_number(context.time_ms, institutions.require(state, sender.institution).utc_offset_seconds)
    old = table(state).get(context.signing_public_key)
    return old if old is not None and old.day == day else Usage(day, 0, 0)


def require_allowance(state: State, context: Context, asset: str, amount_minor: int, *, static: bool) -> Usage | None:
    """Return the usage after this payment, to hand to :func:`spend`; ``None`` for a key without limits.

    Refusals in order: ``wrong_asset_for_key``, ``payment_limit``, ``daily_limit``, ``static_daily_limit``.
    """
    key = context.signing_key
    if key is None or key.limits is None:
        return None
    limits = key.limits if key.raised is None else keys.limits_at(key, context.time_ms)
    assert limits is not None
    if asset != limits.asset:
        WRONG_ASSET_FOR_KEY.refuse(asset)
    if amount_minor > limits.per_payment_minor:
        PAYMENT_LIMIT.refuse(f"{amount_minor} of {limits.per_payment_minor}")
    today = _today(state, context)
    spent = today.spent_minor + amount_minor
    if spent > limits.daily_minor:
        DAILY_LIMIT.refuse(f"{spent} of {limits.daily_minor}")
    static_spent = today.static_minor + (amount_minor if static else 0)
    if static and static_spent > limits.static_daily_minor:
        STATIC_DAILY_LIMIT.refuse(f"{static_spent} of {limits.static_daily_minor}")
    return Usage(today.day, spent, static_spent)


def spend(state: State, context: Context, after: Usage | None) -> None:
    """Write the usage :func:`require_allowance` returned."""
    if after is not None:
        table(state).put(context.signing_public_key, after)
