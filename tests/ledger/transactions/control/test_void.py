"""void: one accepted case, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import long_ids
from payport.values import codec
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account


def unsent(network: Network, sender: str = "alice") -> bytes:
    given = {"payee": account("metro"), "asset": "CNY", "amount_minor": 1}
    return codec.encode(network.build("transfer/1", account(sender), **given))


def test_voided_id_is_used_up(network: Network) -> None:
    body = unsent(network)
    assert network.do("void/1", account("alice"), "alice", body=body).code == "committed"
    outcome = network.run(network.sign_body(body, "alice"))
    assert (outcome.code, outcome.repeated) == ("voided", True)
    assert network.balance("metro") == 0


def test_institution_voids_its_own(network: Network) -> None:
    body = codec.encode(network.build("issue/1", "east", account=account("alice"), asset="CNY", amount_minor=1))
    assert network.do("void/1", "east", "east", body=body).code == "committed"
    assert network.run(network.sign_body(body, "east")).code == "voided"


def test_not_yours_to_void(network: Network) -> None:
    with pytest.raises(Refusal, match="not_yours_to_void"):
        network.do("void/1", account("bob"), "bob", body=unsent(network))


def test_void_too_late(network: Network) -> None:
    body = unsent(network)
    assert network.run(network.sign_body(body, "alice")).code == "committed"
    assert network.do("void/1", account("alice"), "alice", body=body).code == "void_too_late"


@pytest.mark.parametrize("body", [b"\x90", b"\xff", codec.encode([1, 2, 3])])
def test_malformed_body(network: Network, body: bytes) -> None:
    with pytest.raises(Refusal, match="malformed_bytes"):
        network.do("void/1", account("alice"), "alice", body=body)


def test_sender_is_account_or_institution(network: Network) -> None:
    with pytest.raises(Refusal, match="malformed_bytes"):
        network.do("void/1", 7, "alice", body=unsent(network))  # type: ignore[arg-type]


def test_void_too_early(network: Network) -> None:
    given = {"payee": account("metro"), "asset": "CNY", "amount_minor": 1}
    later = network.now_ms + 2 * 86_400_000
    times = {"valid_from_ms": later, "valid_until_ms": later + 1_000}
    body = codec.encode(network.build("transfer/1", account("alice"), **given, **times))
    assert network.do("void/1", account("alice"), "alice", body=body).code == "void_too_early"


def test_too_many_long_ids(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Voiding what would live for hours counts like sending it."""
    monkeypatch.setattr(long_ids, "MAX_LONG_IDS_PER_ACCOUNT", 1)
    given = {"payee": account("metro"), "asset": "CNY", "amount_minor": 1}
    codes = []
    for _ in range(2):
        times = {"valid_from_ms": network.now_ms, "valid_until_ms": network.now_ms + 7_200_000}
        body = codec.encode(network.build("transfer/1", account("alice"), **given, **times))
        codes.append(network.do("void/1", account("alice"), "alice", body=body).code)
    assert codes == ["committed", "too_many_long_ids"]
