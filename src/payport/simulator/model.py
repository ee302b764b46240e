"""A second, tiny ledger in plain dictionaries: what every payment must have done, by other code than the ledger's.

It knows no signatures, blocks or proofs; whoever makes an attempt asks it what must come of it. Fees are computed in
fractions, so that a mistake in the ledger's integer arithmetic is not made twice.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from payport.simulator.parties import (
    CURRENCY,
    LIMIT_RAISE_DELAY_MS,
    OPERATOR,
    REFUND_PERIOD_MS,
    SCHEDULES,
    UTC_OFFSET_SECONDS,
)
from payport.values.money import PPM

if TYPE_CHECKING:
    from payport.ledger.state.keys import Limits
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


@dataclass
class Hold:
    """Money reserved for a merchant."""

    payer: bytes
    merchant: bytes
    remaining: int
    expires_ms: int


@dataclass
class Offer:
    """One asset for another."""

    maker: bytes
    give: Entry
    want: Entry
    give_minor: int
    want_minor: int
    remaining: int
    expires_ms: int

    def price(self, take: int) -> int:
        """Return what a part costs: its share of the whole, rounded up."""
        return math.ceil(Fraction(take * self.want_minor, self.give_minor))


@dataclass
class Freeze:
    """A freeze in force until its end."""

    mode: str
    amount: int
    until_ms: int
    by: tuple[str, ...]


class Model:
    """Balances, positions, spending, refunds, and what is reserved, offered, frozen and capped."""

    def __init__(self) -> None:
        """Start empty."""
        self.balances: dict[Entry, int] = defaultdict(int)
        self.owed: dict[tuple[str, str], int] = defaultdict(int)
        self.bank_of: dict[bytes, str] = {}
        self.category_of: dict[bytes, str] = {}
        self.fees_account: dict[str, bytes] = {}
        self._spent: dict[bytes, tuple[int, int, int]] = {}
        self._refunded: dict[bytes, int] = defaultdict(int)
        self.reserved: dict[Entry, int] = defaultdict(int)
        self.holds: dict[bytes, Hold] = {}
        self.offers: dict[bytes, Offer] = {}
        self.freezes: dict[bytes, dict[bytes, Freeze]] = defaultdict(dict)
        self.recovering: set[bytes] = set()
        self.closed: set[bytes] = set()
        self.unclaimed: dict[str, bytes] = {}
        self.suspended_until: dict[str, int] = defaultdict(int)
        self.caps: dict[str, int] = {}
        self._limits: dict[bytes, tuple[Limits, Limits | None, int]] = {}

    def held(self, account: bytes, asset: str = CURRENCY) -> int:
        """Return what an account holds and may spend: what holds and offers reserve is taken off."""
        return self.balances[account, asset] - self.reserved[account, asset]

    def advance(self, now_ms: int) -> None:
        """End what is past its time: the next block frees it before anything else."""
        for hold_id in [each for each, hold in self.holds.items() if hold.expires_ms < now_ms]:
            self._free_hold(hold_id)
        for offer_id in [each for each, offer in self.offers.items() if offer.expires_ms < now_ms]:
            self._free_offer(offer_id)
        for freezes in self.freezes.values():
            for freeze_id in [each for each, freeze in freezes.items() if freeze.until_ms < now_ms]:
                del freezes[freeze_id]

    def issue(self, account: bytes, amount: int, asset: str = CURRENCY) -> str:
        """Credit an account."""
        self.balances[account, asset] += amount
        return COMMITTED

    def redeem(self, account: bytes, key: Key, amount: int, now_ms: int) -> str:
        """Debit an account."""
        code = self._allowed(account, key, amount, now_ms, static=False, payee=account)
        if code == COMMITTED:
            self._spend(key, amount, now_ms, static=False)
            self.balances[account, CURRENCY] -= amount
        return code

    def authorise(
        self, hold_id: bytes, payer: bytes, key: Key, merchant: bytes, amount: int, expires_ms: int, now_ms: int
    ) -> str:
        """Reserve an amount without an order."""
        code = self._allowed(payer, key, amount, now_ms, static=True, payee=merchant)
        if code == COMMITTED:
            self._spend(key, amount, now_ms, static=True)
            self.holds[hold_id] = Hold(payer, merchant, amount, expires_ms)
            self.reserved[payer, CURRENCY] += amount
        return code

    def capture(self, hold_id: bytes, merchant: bytes, amount: int, *, final: bool) -> str:
        """Take part of what is reserved."""
        hold = self.holds.get(hold_id)
        if hold is None:
            return "no_live_hold"
        if hold.merchant != merchant:
            return "hold_mismatch"
        if amount > hold.remaining:
            return "capture_exceeds_hold"
        hold.remaining -= amount
        self.reserved[hold.payer, CURRENCY] -= amount
        if final or not hold.remaining:
            self._free_hold(hold_id)
        self._move(hold.payer, merchant, amount)
        self._move_fee(hold.payer, merchant, fee_shares(self.category_of[merchant], amount))
        return COMMITTED

    def release(self, hold_id: bytes, merchant: bytes) -> str:
        """Free what is reserved."""
        hold = self.holds.get(hold_id)
        if hold is None:
            return "no_live_hold"
        if hold.merchant != merchant:
            return "not_your_hold"
        self._free_hold(hold_id)
        return COMMITTED

    def offer(self, offer_id: bytes, offer: Offer) -> str:
        """Reserve what an owner's key offers."""
        if offer.give_minor > self.held(*offer.give):
            return "insufficient_balance"
        self.offers[offer_id] = offer
        self.reserved[offer.give] += offer.give_minor
        return COMMITTED

    def take(self, offer_id: bytes, taker: bytes, amount: int) -> str:
        """Take part of an offer, paid by an owner's key of a taker nothing restricts."""
        offer = self.offers.get(offer_id)
        if offer is None:
            return "no_live_offer"
        if amount > offer.remaining:
            return "take_exceeds_offer"
        price = offer.price(amount)
        if price > self.held(taker, offer.want[1]):
            return "insufficient_balance"
        offer.remaining -= amount
        self.reserved[offer.give] -= amount
        if not offer.remaining:
            self._free_offer(offer_id)
        self._move(offer.maker, taker, amount, offer.give[1])
        self._move(taker, offer.maker, price, offer.want[1])
        return COMMITTED

    def cancel(self, offer_id: bytes, account: bytes) -> str:
        """Free what an offer reserves."""
        offer = self.offers.get(offer_id)
        if offer is None:
            return "no_live_offer"
        if offer.maker != account:
            return "not_your_offer"
        self._free_offer(offer_id)
        return COMMITTED

    def set_limits(self, key: Key, limits: Limits, now_ms: int) -> None:
        """Lower at once, raise after the delay."""
        old = self.limits_of(key, now_ms)
        assert old is not None
        lower = type(limits)(limits.asset, *map(min, _amounts(old), _amounts(limits)))
        self._limits[key.public_key] = lower, limits, now_ms + LIMIT_RAISE_DELAY_MS

    def limits_of(self, key: Key, now_ms: int) -> Limits | None:
        """Return the limits of a key in force."""
        if key.public_key not in self._limits:
            return key.limits
        lower, later, from_ms = self._limits[key.public_key]
        return later if later is not None and now_ms >= from_ms else lower

    def left_today(self, key: Key, now_ms: int) -> int:
        """Return how much more a phone's key may spend today."""
        limits = self.limits_of(key, now_ms)
        return 0 if limits is None else limits.daily_minor - self._today(key, now_ms)[0]

    def settle(self, debtor: str, creditor: str, amount: int) -> str:
        """Take off what one bank owes another."""
        if amount > self.owed[debtor, creditor]:
            return "settles_too_much"
        self.owed[debtor, creditor] -= amount
        self.owed[creditor, debtor] += amount
        return COMMITTED

    def headroom(self, bank: str) -> int | None:
        """Return how much more a bank may come to owe, ``None`` without a cap."""
        return self.caps[bank] - self.exposure(bank) if bank in self.caps else None

    def exposure(self, bank: str) -> int:
        """Return what a bank owes all others together, less what they owe it, and what holds may add to that."""
        net = sum(owed for (debtor, _), owed in self.owed.items() if debtor == bank)
        held = sum(
            hold.remaining
            for hold in self.holds.values()
            if self.bank_of[hold.payer] == bank != self.bank_of[hold.merchant]
        )
        return net + held

    def transfer(self, payer: bytes, key: Key, payee: bytes, amount: int, now_ms: int) -> str:
        """Move an amount."""
        code = self._creditable(payee, now_ms) or self._allowed(payer, key, amount, now_ms, static=False, payee=payee)
        if code == COMMITTED:
            self._spend(key, amount, now_ms, static=False)
            self._move(payer, payee, amount)
        return code

    def purchase(self, payer: bytes, key: Key, merchant: bytes, amount: int, now_ms: int, *, static: bool) -> str:
        """Pay a merchant, who bears the fee."""
        code = self._allowed(payer, key, amount, now_ms, static=static, payee=merchant)
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
        if payer not in self.closed and self._creditable(payer, now_ms):
            return "payee_frozen"
        fee = fee_shares(self.category_of[merchant], paid)
        early, late = returned_shares(fee, paid, before), returned_shares(fee, paid, before + amount)
        back = Shares(*(new - old for new, old in zip(late, early, strict=True)))
        if self.held(merchant) < amount - back.total:
            return "insufficient_balance"
        self._refunded[sale] += amount
        taker = self.unclaimed[self.bank_of[payer]] if payer in self.closed else payer
        self._move(merchant, taker, amount)
        self._move_fee(payer, merchant, Shares(*(-share for share in back)))
        return COMMITTED

    def refundable(self, sale: bytes, paid: int) -> int:
        """Return what of a purchase has not been refunded."""
        return paid - self._refunded[sale]

    def _creditable(self, payee: bytes, now_ms: int) -> str:
        """Return why an account cannot be credited, or nothing."""
        if payee in self.closed:
            return "payee_closed"
        frozen = any(each.mode == "all" and now_ms <= each.until_ms for each in self.freezes[payee].values())
        return "payee_frozen" if frozen else ""

    def _allowed(self, payer: bytes, key: Key, amount: int, now_ms: int, *, static: bool, payee: bytes) -> str:
        limits = self.limits_of(key, now_ms)
        if limits is not None:
            spent, static_spent = self._today(key, now_ms)
            if amount > limits.per_payment_minor:
                return "payment_limit"
            if spent + amount > limits.daily_minor:
                return "daily_limit"
            if static and static_spent + amount > limits.static_daily_minor:
                return "static_daily_limit"
        freezes = [each for each in self.freezes[payer].values() if now_ms <= each.until_ms]
        if any(each.mode != "amount" for each in freezes):
            return "account_frozen"
        if payer in self.recovering:
            return "recovery_under_way"
        if freezes and self.held(payer) - amount < sum(each.amount for each in freezes):
            return "amount_frozen"
        bank = self.bank_of[payer]
        if now_ms < self.suspended_until[bank]:
            return "institution_suspended"
        if amount > self.held(payer):
            return "insufficient_balance"
        headroom = self.headroom(bank) if bank in self.caps and bank != self.bank_of[payee] else None
        return COMMITTED if headroom is None or amount <= headroom else "net_debit_cap_exceeded"

    def _free_hold(self, hold_id: bytes) -> None:
        hold = self.holds.pop(hold_id)
        self.reserved[hold.payer, CURRENCY] -= hold.remaining

    def _free_offer(self, offer_id: bytes) -> None:
        offer = self.offers.pop(offer_id)
        self.reserved[offer.give] -= offer.remaining

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

    def _move(self, source: bytes, destination: bytes, amount: int, asset: str = CURRENCY) -> None:
        self.balances[source, asset] -= amount
        self.balances[destination, asset] += amount
        debtor, creditor = self.bank_of[source], self.bank_of[destination]
        if debtor != creditor and asset == CURRENCY:
            self.owed[debtor, creditor] += amount
            self.owed[creditor, debtor] -= amount


def _day(now_ms: int) -> int:
    return (now_ms // 1_000 + UTC_OFFSET_SECONDS) // 86_400


def _amounts(limits: Limits) -> tuple[int, int, int]:
    return limits.per_payment_minor, limits.daily_minor, limits.static_daily_minor
