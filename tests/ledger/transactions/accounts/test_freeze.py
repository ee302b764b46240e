"""freeze: by one's own bank, by two others, its end, one case per refusal."""

from __future__ import annotations

from typing import Any

import pytest

from payport.ledger.state import accounts, restrictions
from payport.ledger.transactions.accounts import freeze as verb
from payport.values.limits import MAX_FREEZE_MS
from payport.values.refusals import Refusal
from payport.wallet.sign import bind_group
from tests.ledger.network import DAY_MS, Network, account


def terms(network: Network, **overrides: Any) -> dict[str, Any]:
    fields = {
        "account": account("alice"),
        "mode": restrictions.FreezeMode.DEBIT,
        "asset": None,
        "amount_minor": None,
        "reason": restrictions.FreezeReason.COURT_ORDER,
        "expires_at_ms": network.now_ms + DAY_MS,
        "second": None,
    }
    return {**fields, **overrides}


def by_two(network: Network, *signers: str, sender: str = "west", second: str | None = "operator") -> str:
    fields = terms(network, second=second)
    return network.do("freeze/1", sender, signers or ("operator", "west"), **fields).code


def standing(network: Network) -> accounts.Standing:
    return accounts.require(network.state, account("alice")).standing


def test_own_bank_freezes_and_time_lifts_it(network: Network) -> None:
    frozen = network.freeze("alice", "east", expires_at_ms=network.now_ms + 5_000)
    assert frozen.code == "committed"
    made = restrictions.of(network.state, account("alice")).freezes[0]
    assert (made.freeze_id, made.institutions, made.reason) == (frozen.transaction_id, ("east",), "fraud")
    assert standing(network) is accounts.Standing.RESTRICTED
    network.later(10_000)
    assert standing(network) is accounts.Standing.OPEN
    assert restrictions.table(network.state).get(account("alice")) is None


def test_two_others_together(network: Network) -> None:
    assert by_two(network) == "committed"
    assert restrictions.of(network.state, account("alice")).freezes[0].institutions == ("west", "operator")


@pytest.mark.parametrize("signer", ["west", "operator"])
def test_one_of_two_signatures_is_too_few(network: Network, signer: str) -> None:
    assert by_two(network, signer) == "too_few_signatures"


def test_a_third_partys_signature_is_not_taken(network: Network) -> None:
    assert by_two(network, "operator", "west", "alice") == "unbound_key"


@pytest.mark.parametrize(("sender", "second"), [("west", None), ("east", "operator"), ("operator", "east")])
def test_second_institution_needed(network: Network, sender: str, second: str | None) -> None:
    signers = (sender,) if second is None else (sender, second)
    assert by_two(network, *signers, sender=sender, second=second) == "second_institution_needed"


def test_a_suspended_institution_freezes_no_others_customer(network: Network) -> None:
    network.must("suspend/1", "operator", "operator", institution="west")
    assert by_two(network) == "institution_suspended"


@pytest.mark.parametrize(
    "overrides",
    [
        {"asset": "CNY"},
        {"mode": restrictions.FreezeMode.AMOUNT},
        {"mode": restrictions.FreezeMode.AMOUNT, "asset": "CNY"},
        {"second": "east"},
    ],
)
def test_freeze_terms_invalid(network: Network, overrides: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="freeze_terms_invalid"):
        network.do("freeze/1", "east", "east", **terms(network, **overrides))


@pytest.mark.parametrize("later_ms", [0, MAX_FREEZE_MS + 1])
def test_freeze_expiry_invalid(network: Network, later_ms: int) -> None:
    assert network.freeze("alice", "east", expires_at_ms=network.now_ms + later_ms).code == "freeze_expiry_invalid"


def test_refused(network: Network) -> None:
    assert network.freeze("nobody", "east").code == "unknown_account"
    assert network.freeze("alice", "east", "amount", asset="USD", amount_minor=1).code == "unknown_asset"
    network.close("alice")
    assert network.freeze("alice", "east").code == "account_closed"


def test_too_many_freezes(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "MAX_FREEZES_PER_ACCOUNT", 1)
    assert [network.freeze("alice", "east").code for _ in range(2)] == ["committed", "too_many_freezes"]


@pytest.mark.parametrize(("mode", "credited"), [("debit", "committed"), ("all", "payee_frozen")])
def test_modes(network: Network, mode: str, credited: str) -> None:
    network.freeze("alice", "east", mode)
    fields = {"asset": "CNY", "amount_minor": 10}
    credit = network.do("transfer/1", account("bob"), "bob", payee=account("alice"), **fields).code
    debit = network.do("transfer/1", account("alice"), "alice", payee=account("bob"), **fields).code
    assert (credit, debit) == (credited, "account_frozen")


def test_a_freeze_in_the_middle_of_a_group_undoes_it(network: Network) -> None:
    named = bind_group(
        [
            network.build("issue/1", "east", account=account("alice"), asset="CNY", amount_minor=5),
            network.build("freeze/1", "east", **terms(network)),
            network.build("transfer/1", account("alice"), payee=account("bob"), asset="CNY", amount_minor=5),
        ]
    )
    sent = [network.sign(each, name) for each, name in zip(named, ("east", "east", "alice"), strict=True)]
    codes = [each.code for each in network.block(network.read(*sent)).outcomes[0]]
    assert codes == ["group_refused", "group_refused", "account_frozen"]
    assert (standing(network), network.balance("alice")) == (accounts.Standing.OPEN, 100_000)
