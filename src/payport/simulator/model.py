"""A second, tiny ledger in plain dictionaries: what every payment must have done, by other code than the ledger's.

It knows no signatures, blocks or proofs; whoever makes an attempt asks it what must come of it. Fees are computed in
fractions, so that a mistake in the ledger's integer arithmetic is not made twice.
"""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from payport.simulator.parties import CURRENCY, OPERATOR, REFUND_PERIOD_MS, SCHEDULES, UTC_OFFSET_SECONDS
from payport.values.money import PPM

if TYPE_CHECKING:
    from payport.simulator.parties import Key

COMMITTED = "committed"
"""What most attempts must come to."""

Entry = tuple[bytes, str]
"""Account and asset."""


class Shares(NamedTuple):
    """A fee and who has it."""

    total: int
    """What the merchant bears."""
    issuer: int
    """Share of the payer's bank."""
    network: int
    """Share of the operator."""

    @property
    def acquirer(self) -> int:
        """Share of the merchant's bank: the rest."""
        return self.total - self.issuer - self.network


def _half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def fee_shares(category: str, amount: int) -> Shares:
    """Return the fee of a purchase."""
    schedule = SCHEDULES.get(category, SCHEDULES["default"])
    fee = _half_up(Fraction(amount * schedule.rate_ppm, PPM))
    fee = min(max(fee, schedule.minimum_minor), schedule.cap_minor, amount)
    issuer = math.floor(Fraction(fee * schedule.issuer_share_ppm, PPM))
    network = math.floor(Fraction(fee * schedule.network_share_ppm, PPM))
    return Shares(fee, issuer, network)


def returned_shares(fee: Shares, amount: int, refunded: int) -> Shares:
    """Return what of a fee has been given back in all once ``refunded`` of ``amount`` is."""
    if fee.total == 0:
        return fee
    total = _half_up(Fraction(fee.total * refunded, amount))
    part = Fraction(total, fee.total)
    return Shares(total, math.floor(fee.issuer * part), math.floor(fee.network * part))


class Model:
    """Balances, positions, spending and refunds."""

    def __init__(self) -> None:
        """Start empty."""
        self.balances: dict[Entry, int] = defaultdict(int)
        self.owed: dict[tuple[str, str], int] = defaultdict(int)
        self.bank_of: dict[bytes, str] = {}
        self.category_of: dict[bytes, str] = {}
        self.fees_account: dict[str, bytes] = {}
        self._spent: dict[bytes, tuple[int, int, int]] = {}
        self._refunded: dict[bytes, int] = defaultdict(int)

    def held(self, account: bytes) -> int:
        """Return what an account holds of the usual currency."""
        return self.balances[account, CURRENCY]

    def issue(self, account: bytes, amount: int, asset: str = CURRENCY) -> str:
        """Credit an account."""
        self.balances[account, asset] += amount
        return COMMITTED

    def redeem(self, account: bytes, key: Key, amount: int, now_ms: int) -> str:
        """Debit an account."""
        code = self._allowed(account, key, amount, now_ms, static=False)
        if code == COMMITTED:
            self._spend(key, amount, now_ms, static=False)
            self.balances[account, CURRENCY] -= amount
        return code

    def transfer(self, payer: bytes, key: Key, payee: bytes, amount: int, now_ms: int) -> str:
        """Move an amount."""
        code = self._allowed(payer, key, amount, now_ms, static=False)
        if code == COMMITTED:
            self._spend(key, amount, now_ms, static=False)
            self._move(payer, payee, amount)
        return code

    def purchase(self, payer: bytes, key: Key, merchant: bytes, amount: int, now_ms: int, *, static: bool) -> str:
        """Pay a merchant, who bears the fee."""
        code = self._allowed(payer, key, amount, now_ms, static=static)
        if code == COMMITTED:
            self._spend(key, amount, now_ms, static=static)
            self._move(payer, merchant, amount)
            self._move_fee(payer, merchant, fee_shares(self.category_of[merchant], amount))
        return code

    def refund(
        self, sale: bytes, payer: bytes, merchant: bytes, paid: int, paid_ms: int, amount: int, now_ms: int
    ) -> str:
        """Give part of a purchase back, and the same part of its fee."""
        if now_ms > paid_ms + REFUND_PERIOD_MS:
            return "refund_period_over"
        before = self._refunded[sale]
        if before + amount > paid:
            return "refund_exceeds_purchase"
        fee = fee_shares(self.category_of[merchant], paid)
        early, late = returned_shares(fee, paid, before), returned_shares(fee, paid, before + amount)
        back = Shares(*(new - old for new, old in zip(late, early, strict=True)))
        if self.held(merchant) < amount - back.total:
            return "insufficient_balance"
        self._refunded[sale] += amount
        self._move(merchant, payer, amount)
        self._move_fee(payer, merchant, Shares(*(-share for share in back)))
        return COMMITTED

    def refundable(self, sale: bytes, paid: int) -> int:
        """Return what of a purchase has not been refunded."""
        return paid - self._refunded[sale]

    def _allowed(self, payer: bytes, key: Key, amount: int, now_ms: int, *, static: bool) -> str:
        if key.limits is not None:
            spent, static_spent = self._today(key, now_ms)
            if amount > key.limits.per_payment_minor:
                return "payment_limit"
            if spent + amount > key.limits.daily_minor:
                return "daily_limit"
            if static and static_spent + amount > key.limits.static_daily_minor:
                return "static_daily_limit"
        return COMMITTED if amount <= self.held(payer) else "insufficient_balance"

    def _today(self, key: Key, now_ms: int) -> tuple[int, int]:
        day, spent, static = self._spent.get(key.public_key, (0, 0, 0))
        return (spent, static) if day == _day(now_ms) else (0, 0)

    def _spend(self, key: Key, amount: int, now_ms: int, *, static: bool) -> None:
        spent, static_spent = self._today(key, now_ms)
        self._spent[key.public_key] = (_day(now_ms), spent + amount, static_spent + (amount if static else 0))

    def _move_fee(self, payer: bytes, merchant: bytes, fee: Shares) -> None:
        """Move each share from the merchant; of a refund the shares are negative."""
        for bank, share in (
            (self.bank_of[payer], fee.issuer),
            (OPERATOR, fee.network),
            (self.bank_of[merchant], fee.acquirer),
        ):
            if share:
                self._move(merchant, self.fees_account[bank], share)

    def _move(self, source: bytes, destination: bytes, amount: int) -> None:
        self.balances[source, CURRENCY] -= amount
        self.balances[destination, CURRENCY] += amount
        debtor, creditor = self.bank_of[source], self.bank_of[destination]
        if debtor != creditor:
            self.owed[debtor, creditor] += amount
            self.owed[creditor, debtor] -= amount


def _day(now_ms: int) -> int:
    return (now_ms // 1_000 + UTC_OFFSET_SECONDS) // 86_400
