"""Usage: what a limited key has spent on the institution's day, against a plain sum."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from payport.ledger.state import accounts, keys, usage
from payport.ledger.transaction import Context, Role
from payport.values.block_time import day_number
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account

LIMITS = keys.Limits("CNY", 60, 100, 40)
KEY = keys.Key("ed25519", account("alice"), Role.SESSION, (), LIMITS, 2**53 - 1, revoked=False)
HOUR_MS = 3_600_000
OFFSET_SECONDS = 28_800

payments = st.lists(
    st.tuples(st.integers(1, 70), st.booleans(), st.sampled_from([0, HOUR_MS, 13 * HOUR_MS])), max_size=15
)


def expected(amount: int, spent: int, static_spent: int, *, static: bool) -> str:
    """Return the outcome by the limits' own words, in order of precedence."""
    if amount > LIMITS.per_payment_minor:
        return "payment_limit"
    if spent + amount > LIMITS.daily_minor:
        return "daily_limit"
    if static and static_spent + amount > LIMITS.static_daily_minor:
        return "static_daily_limit"
    return "committed"


def test_spending_is_summed_by_the_day() -> None:
    network = Network()
    network.open("alice", "east")
    start_ms = network.machine.time_ms

    @settings(deadline=None)
    @given(payments)
    def holds(drawn: list[tuple[int, bool, int]]) -> None:
        usage.table(network.state).put(b"k" * 32, None)
        sums: dict[int, tuple[int, int]] = {}
        now = start_ms
        for amount, static, later_ms in drawn:
            now += later_ms
            day = day_number(now, OFFSET_SECONDS)
            spent, static_spent = sums.get(day, (0, 0))
            code = expected(amount, spent, static_spent, static=static)
            assert pay(network, now, amount, static=static) == code
            if code == "committed":
                sums[day] = (spent + amount, static_spent + (amount if static else 0))

    holds()


def pay(network: Network, now: int, amount: int, *, static: bool) -> str:
    context = Context(1, now, 0, bytes(32), KEY, b"k" * 32, accounts.require(network.state, account("alice")))
    try:
        after = usage.require_allowance(network.state, context, "CNY", amount, static=static)
    except Refusal as refusal:
        return refusal.code
    usage.spend(network.state, context, after)
    return "committed"


def test_an_owners_key_has_no_usage() -> None:
    network = Network()
    owner = keys.Key("ed25519", account("alice"), Role.OWNER, (), None, None, revoked=False)
    context = Context(1, 1, 0, bytes(32), owner, b"k" * 32, None)
    after = usage.require_allowance(network.state, context, "CNY", 10**9, static=True)
    usage.spend(network.state, context, after)
    assert (after, list(usage.table(network.state).items())) == (None, [])
