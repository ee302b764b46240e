"""take: whole and in parts, both legs across banks, one case per refusal.

Bob, a customer of west, offers points; Alice, of east, pays for them.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.state import balances, keys, offers, positions
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import Refusal
from payport.wallet.sign import bind_group
from tests.ledger import gates
from tests.ledger.network import MINUTE_MS, Network, account

POINTS = "east:POINTS"


@pytest.fixture
def offer(network: Network) -> bytes:
    network.points("bob", 1_000)
    return network.offer("bob", (POINTS, 1_000), ("CNY", 333)).transaction_id


def take(network: Network, offer: bytes, take_minor: int, pay_minor: int, sender: str = "alice", **more: object) -> str:
    signer = more.pop("signer", sender)
    assert isinstance(signer, str)
    fields = {
        "maker": account("bob"),
        "take_asset": POINTS,
        "take_minor": take_minor,
        "pay_asset": "CNY",
        "pay_minor": pay_minor,
        "offer": offer,
    }
    return network.do("take/1", account(sender), signer, **{**fields, **more}).code


def test_whole(network: Network, offer: bytes) -> None:
    assert take(network, offer, 1_000, 333) == "committed"
    assert (network.balance("alice", POINTS), network.balance("bob", POINTS)) == (1_000, 0)
    assert (network.balance("alice"), network.balance("bob")) == (99_667, 100_333)
    assert positions.of(network.state, "east", "west", "CNY") == 333
    assert take(network, offer, 1, 1) == "no_live_offer"


def test_parts_round_against_the_taker(network: Network, offer: bytes) -> None:
    assert [take(network, offer, 1, 1), take(network, offer, 500, 166)] == ["committed", "offer_mismatch"]
    assert take(network, offer, 500, 167) == "committed"
    assert take(network, offer, 500, 167) == "take_exceeds_offer"
    assert take(network, offer, 499, 167) == "committed"
    assert network.balance("bob") == 100_000 + 1 + 167 + 167


@given(st.integers(1, MAX_AMOUNT_MINOR), st.integers(1, MAX_AMOUNT_MINOR), st.lists(st.integers(1, 2**40), max_size=8))
def test_no_way_of_taking_pays_the_maker_less(give: int, want: int, parts: list[int]) -> None:
    record = offers.Offer(b"m" * 16, "CNY", give, "HKD", want, give, None, 0)
    left, paid = give, 0
    for part in [*parts, give]:
        taken = min(part, left)
        left -= taken
        paid += offers.price_minor(record, taken)
    assert left == 0
    assert paid >= want


def test_payment_versus_payment_between_two_banks(network: Network) -> None:
    network.must("issue/1", "west", "west", account=account("bob"), asset="HKD", amount_minor=5_000)
    offer = network.offer("bob", ("HKD", 5_000), ("CNY", 4_500)).transaction_id
    assert take(network, offer, 5_000, 4_500, take_asset="HKD") == "committed"
    assert (network.balance("alice", "HKD"), network.balance("bob")) == (5_000, 104_500)
    assert positions.of(network.state, "west", "east", "HKD") == 5_000
    assert positions.of(network.state, "east", "west", "CNY") == 4_500


def test_maker_keeps_what_was_not_taken(network: Network, offer: bytes) -> None:
    take(network, offer, 100, 34)
    assert balances.of(network.state, account("bob"), POINTS).held_minor == 900


@pytest.mark.parametrize("changes", [{"maker": account("market")}, {"take_asset": "HKD"}, {"pay_asset": "HKD"}])
def test_offer_mismatch(network: Network, offer: bytes, changes: dict[str, object]) -> None:
    assert take(network, offer, 1_000, 333, **changes) == "offer_mismatch"


def test_not_for_you(network: Network) -> None:
    network.points("bob", 10)
    offer = network.offer("bob", (POINTS, 10), ("CNY", 10), taker=account("market")).transaction_id
    assert take(network, offer, 10, 10) == "not_for_you"


def test_same_account(network: Network, offer: bytes) -> None:
    with pytest.raises(Refusal, match="same_account"):
        take(network, offer, 1, 1, "bob")


def test_expired_offer_is_gone_whether_swept_or_not(
    network: Network, offer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payport.ledger.state.dues.MAX_SWEEP_PER_BLOCK", 0)
    network.later(61 * MINUTE_MS)
    assert take(network, offer, 1_000, 333) == "no_live_offer"


def test_maker_cannot_pay(network: Network, offer: bytes) -> None:
    frozen = network.freeze("bob", "west").transaction_id
    assert take(network, offer, 1_000, 333) == "maker_cannot_pay"
    network.must("unfreeze/1", "west", "west", account=account("bob"), freeze=frozen)
    network.must("suspend/1", "operator", "operator", institution="west")
    assert take(network, offer, 1_000, 333) == "maker_cannot_pay"


def test_makers_bank_at_its_cap(network: Network) -> None:
    network.must("issue/1", "west", "west", account=account("bob"), asset="HKD", amount_minor=5_000)
    offer = network.offer("bob", ("HKD", 5_000), ("CNY", 4_500)).transaction_id
    network.cap("west", 4_999, "HKD")
    assert take(network, offer, 5_000, 4_500, take_asset="HKD") == "maker_cannot_pay"


@pytest.mark.parametrize(("prepare", "code"), gates.ACROSS)
def test_gates_of_the_payer(network: Network, offer: bytes, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert take(network, offer, 1_000, 333) == code


def test_taker_cannot_be_credited(network: Network, offer: bytes) -> None:
    network.freeze("alice", "east", "all")
    assert take(network, offer, 1_000, 333) == "payee_frozen"


def test_amount_overflow(network: Network, offer: bytes) -> None:
    gates.fill(network, "bob", "west")
    assert take(network, offer, 1_000, 333) == "amount_overflow"


@pytest.mark.parametrize(
    ("limits_asset", "want_minor", "times", "code"),
    [("HKD", 10, 1, "wrong_asset_for_key"), ("CNY", 10_001, 1, "payment_limit"), ("CNY", 8_000, 2, "daily_limit")],
)
def test_limits_of_a_session_key(network: Network, limits_asset: str, want_minor: int, times: int, code: str) -> None:
    network.points("bob", 1_000)
    network.session_key("alice", "phone", limits=keys.Limits(limits_asset, 10_000, 15_000, 5_000))
    made = [network.offer("bob", (POINTS, 100), ("CNY", want_minor)).transaction_id for _ in range(times)]
    codes = [take(network, each, 100, want_minor, signer="phone") for each in made]
    assert codes == ["committed"] * (times - 1) + [code]


def test_delivery_versus_payment_as_a_group_between_banks(network: Network) -> None:
    """Two cross deliveries of two banks' customers that happen together or not at all."""
    points = network.points("alice", 50)
    members = [
        network.build("transfer/1", account("alice"), payee=account("bob"), asset=points, amount_minor=50),
        network.build("transfer/1", account("bob"), payee=account("alice"), asset="CNY", amount_minor=100_001),
    ]
    named = bind_group(members)
    sent = [network.sign(each, name) for each, name in zip(named, ("alice", "bob"), strict=True)]
    codes = [each.code for each in network.block(network.read(*sent)).outcomes[0]]
    assert codes == ["group_refused", "insufficient_balance"]
    assert network.balance("alice", points) == 50
