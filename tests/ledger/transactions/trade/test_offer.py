"""offer: what it reserves, its end, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import accounts, balances
from payport.ledger.transactions.trade import offer as verb
from payport.proof import leaves
from payport.values.limits import MAX_OFFER_MS
from payport.values.refusals import Refusal
from tests.ledger import gates
from tests.ledger.network import MINUTE_MS, Network, account


def offer(network: Network, give_minor: int = 500, **overrides: object) -> str:
    return network.offer("alice", ("CNY", give_minor), ("HKD", 550), **overrides).code


def test_what_is_given_is_reserved(network: Network) -> None:
    assert offer(network) == "committed"
    balance = balances.of(network.state, account("alice"), "CNY")
    assert (balance.amount_minor, balance.held_minor) == (100_000, 500)
    assert offer(network, 99_501) == "insufficient_balance"


def test_expiry_frees_it_and_tells_in_a_leaf(network: Network) -> None:
    made = network.offer("alice", ("CNY", 500), ("HKD", 550), expires_at_ms=network.now_ms + MINUTE_MS)
    executed = network.block(time_ms=network.now_ms + 2 * MINUTE_MS)
    assert leaves.decode_expiry(executed.leaves[0])[:5] == (
        "offers",
        made.transaction_id,
        account("alice"),
        "CNY",
        500,
    )
    assert balances.of(network.state, account("alice"), "CNY").held_minor == 0
    assert accounts.require(network.state, account("alice")).offers == 0


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"give_asset": "USD"}, "unknown_asset"),
        ({"want_asset": "east:NONE"}, "unknown_asset"),
        ({"taker": account("nobody")}, "unknown_account"),
    ],
)
def test_refused(network: Network, overrides: dict[str, object], code: str) -> None:
    assert offer(network, **overrides) == code


@pytest.mark.parametrize("later_ms", [0, MAX_OFFER_MS + 1])
def test_offer_expiry_invalid(network: Network, later_ms: int) -> None:
    assert offer(network, expires_at_ms=network.now_ms + later_ms) == "offer_expiry_invalid"


def test_too_many_offers(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "MAX_OFFERS_PER_ACCOUNT", 2)
    assert [offer(network, 1) for _ in range(3)] == ["committed", "committed", "too_many_offers"]


def test_same_asset(network: Network) -> None:
    with pytest.raises(Refusal, match="same_asset"):
        offer(network, want_asset="CNY")


def test_same_account(network: Network) -> None:
    with pytest.raises(Refusal, match="same_account"):
        offer(network, taker=account("alice"))


@pytest.mark.parametrize(("prepare", "code"), gates.WITHIN)
def test_gates_of_the_payer(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert offer(network) == code


@pytest.mark.parametrize(
    ("amounts", "overrides", "code"),
    [
        ([1], {"give_asset": "HKD", "want_asset": "CNY"}, "wrong_asset_for_key"),
        ([10_001], {}, "payment_limit"),
        ([10_000, 5_001], {}, "daily_limit"),
    ],
)
def test_limits_of_a_session_key(network: Network, amounts: list[int], overrides: dict[str, object], code: str) -> None:
    network.session_key("alice", "phone")
    codes = [offer(network, each, signer="phone", **overrides) for each in amounts]
    assert codes == ["committed"] * (len(amounts) - 1) + [code]
