"""sweep: accepted cases, one per refusal."""

from __future__ import annotations

import pytest

from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import Refusal
from payport.wallet import sign
from payport.wallet.keys import SigningKey
from tests.ledger.network import Network, account, seed


def sweep(network: Network, sender: str = "bob", into: str = "market", asset: str = "CNY") -> str:
    return network.do("sweep/1", account(sender), sender, into=account(into), asset=asset).code


def test_everything_moves(network: Network) -> None:
    assert sweep(network) == "committed"
    assert (network.balance("bob"), network.balance("market")) == (0, 100_000)
    assert sweep(network) == "nothing_to_sweep"


def test_the_sdk_builds_and_signs_it(network: Network) -> None:
    window = {"valid_from_ms": network.machine.time_ms, "valid_until_ms": network.machine.time_ms + 60_000}
    fields = {"into": account("metro"), "asset": "CNY", **window}
    built = sign.build(network.machine.chain_id, "sweep/1", account("bob"), nonce=bytes(16), **fields)
    assert network.run(sign.sign(built, SigningKey(seed("bob")))).code == "committed"


def test_only_an_owner(network: Network) -> None:
    network.session_key("bob", "phone")
    given = {"into": account("market"), "asset": "CNY"}
    assert network.do("sweep/1", account("bob"), "phone", **given).code == "out_of_scope"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"asset": "USD"}, "unknown_asset"),
        ({"into": "nobody"}, "unknown_account"),
        ({"into": "alice"}, "not_your_customer"),
    ],
)
def test_refused(network: Network, changes: dict[str, str], code: str) -> None:
    assert sweep(network, **changes) == code


def test_same_account(network: Network) -> None:
    with pytest.raises(Refusal, match="same_account"):
        sweep(network, into="bob")


def test_amount_overflow(network: Network) -> None:
    network.do("issue/1", "west", "west", account=account("market"), asset="CNY", amount_minor=MAX_AMOUNT_MINOR)
    assert sweep(network) == "amount_overflow"
