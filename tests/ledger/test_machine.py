"""The machine: exactly once, final and not final, groups, commitment."""

from __future__ import annotations

import pytest

from payport.ledger.block import Outcome
from payport.ledger.digest import digest_of_whole_state
from payport.ledger.state import ids, long_ids, positions
from payport.proof import merkle
from payport.proof.commitment import commitment_hash, decode_commitment
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from tests.ledger.network import MINUTE_MS, Network, account


def transfer(network: Network, amount: int = 1_000, **fields: object) -> object:
    given = {"payee": account("bob"), "asset": "CNY", "amount_minor": amount, **fields}
    return network.build("transfer/1", account("alice"), **given)


def test_transfer_across_banks_moves_money_and_position(network: Network) -> None:
    outcome = network.run(network.sign(transfer(network), "alice"))
    assert outcome.code == "committed"
    assert (network.balance("alice"), network.balance("bob")) == (99_000, 101_000)
    assert positions.of(network.state, "east", "west", "CNY") == 1_000
    assert positions.of(network.state, "west", "east", "CNY") == -1_000


def test_repeat_returns_original_outcome(network: Network) -> None:
    signed = network.sign(transfer(network), "alice")
    first = network.run(signed)
    again = network.run(signed)
    assert again.repeated
    assert (again.code, again.height, again.leaf_index) == ("committed", first.height, first.leaf_index)
    assert network.balance("bob") == 101_000


def test_repeat_within_one_block_has_one_effect(network: Network) -> None:
    item = network.read(network.sign(transfer(network), "alice"))
    executed = network.block(item, item)
    assert [each[0].repeated for each in executed.outcomes] == [False, True]
    assert network.balance("bob") == 101_000


def test_final_refusal_stays_refused_when_money_arrives(network: Network) -> None:
    signed = network.sign(transfer(network, 200_000), "alice")
    refused = network.run(signed)
    assert (refused.code, refused.final) == ("insufficient_balance", True)
    network.do("issue/1", "east", "east", account=account("alice"), asset="CNY", amount_minor=200_000)
    again = network.run(signed)
    assert (again.code, again.repeated) == ("insufficient_balance", True)


def test_expired_and_not_yet_valid(network: Network) -> None:
    early = transfer(network, valid_from_ms=network.now_ms + MINUTE_MS)
    signed = network.sign(early, "alice")
    outcome = network.run(signed)
    assert (outcome.code, outcome.final) == ("not_yet_valid", False)
    assert network.run(signed, time_ms=network.now_ms + MINUTE_MS).code == "committed"
    late = network.sign(transfer(network), "alice")
    outcome = network.run(late, time_ms=network.now_ms + 3 * MINUTE_MS)
    assert (outcome.code, outcome.final) == ("expired", True)
    with pytest.raises(Refusal, match="expired"):
        network.machine.admit(network.read(late), network.now_ms)


def test_strangers_signature_burns_no_id(network: Network) -> None:
    body = codec.encode(transfer(network))
    stolen = network.run(network.sign_body(body, "bob"))
    assert (stolen.code, stolen.final) == ("unbound_key", False)
    assert network.run(network.sign_body(body, "alice")).code == "committed"


def group_of(network: Network, *parts: tuple[object, str]) -> list[bytes]:
    """Bind the parts into a group and sign each."""
    named = envelopes.group_hash([codec.encode(each) for each, _ in parts])
    fields = [{name: getattr(each, name) for name in each.__struct_fields__} for each, _ in parts]
    made = [type(each)(**{**known, "group": named}) for (each, _), known in zip(parts, fields, strict=True)]
    return [network.sign(each, name) for each, (_, name) in zip(made, parts, strict=True)]


def just_in_time(network: Network, amount: int) -> list[bytes]:
    issue = network.build("issue/1", "east", account=account("alice"), asset="CNY", amount_minor=50_000)
    return group_of(network, (issue, "east"), (transfer(network, amount), "alice"))


def test_group_executes_in_order(network: Network) -> None:
    outcomes = network.block(network.read(*just_in_time(network, 140_000))).outcomes[0]
    assert [each.code for each in outcomes] == ["committed", "committed"]
    assert network.balance("alice") == 10_000


def test_refused_group_leaves_no_trace(network: Network) -> None:
    members = just_in_time(network, 160_000)
    before = digest_of_whole_state(network.state)
    outcomes = network.block(network.read(*members)).outcomes[0]
    assert [each.code for each in outcomes] == ["group_refused", "insufficient_balance"]
    assert network.balance("alice") == 100_000
    assert before != digest_of_whole_state(network.state), "ids are remembered"
    assert network.run(*members).repeated


@pytest.mark.parametrize("kept", [0, 1])
def test_stripping_a_member_is_refused(network: Network, kept: int) -> None:
    members = just_in_time(network, 140_000)
    with pytest.raises(Refusal, match="group_incomplete"):
        network.read(members[kept])


def test_reordered_or_enlarged_group_is_refused(network: Network) -> None:
    members = just_in_time(network, 140_000)
    with pytest.raises(Refusal, match="group_incomplete"):
        network.read(*reversed(members))
    with pytest.raises(Refusal, match="group_incomplete"):
        network.read(*members, network.sign(transfer(network), "alice"))
    with pytest.raises(Refusal, match="group_repeats_member"):
        network.read(members[0], members[0])
    with pytest.raises(Refusal, match="group_unbound"):
        network.read(network.sign(transfer(network), "alice"), network.sign(transfer(network), "alice"))


def test_free_member_of_refused_group_may_still_execute_alone(network: Network) -> None:
    free = transfer(network)
    free_signed = network.sign(free, "alice")
    bad = network.build("transfer/1", account("bob"), payee=account("alice"), asset="CNY", amount_minor=10**9)
    named = envelopes.group_hash([codec.encode(free), codec.encode(bad)])
    bad = type(bad)(**{**{n: getattr(bad, n) for n in bad.__struct_fields__}, "group": named})
    outcomes = network.block(network.read(free_signed, network.sign(bad, "bob"))).outcomes[0]
    assert [(each.code, each.final) for each in outcomes] == [("group_refused", False), ("insufficient_balance", True)]
    assert network.run(free_signed).code == "committed"


def test_member_executed_before_refuses_the_group(network: Network) -> None:
    free = transfer(network)
    assert network.run(network.sign(free, "alice")).code == "committed"
    issue = network.build("issue/1", "east", account=account("alice"), asset="CNY", amount_minor=1)
    named = envelopes.group_hash([codec.encode(issue), codec.encode(free)])
    issue = type(issue)(**{**{n: getattr(issue, n) for n in issue.__struct_fields__}, "group": named})
    outcomes = network.block(network.read(network.sign(issue, "east"), network.sign(free, "alice"))).outcomes[0]
    assert outcomes[1].code in {"group_refused", "member_already_executed"}
    assert network.balance("alice") == 99_000


def test_commitments_chain_and_digest_matches_whole_state(network: Network) -> None:
    network.run(network.sign(transfer(network), "alice"))
    log: list[bytes] = []
    for executed in network.blocks:
        block = decode_commitment(executed.commitment_bytes)
        assert block.receipts_root == merkle.root(executed.leaves)
        if block.height > 1:
            assert block.history_root == merkle.root([genesis_hash(network), *log])
        log.append(commitment_hash(executed.commitment_bytes))
    assert decode_commitment(network.machine.commitment_bytes).state_digest == digest_of_whole_state(network.state)


def genesis_hash(network: Network) -> bytes:
    return commitment_hash(Network(network.genesis).machine.commitment_bytes)


def test_past_ids_are_dropped_whole(network: Network) -> None:
    network.run(network.sign(transfer(network), "alice"))
    assert len(list(ids.table(network.state).items())) > 0
    network.block(time_ms=network.now_ms + 24 * 60 * MINUTE_MS)
    assert list(ids.table(network.state).items()) == []
    assert decode_commitment(network.machine.commitment_bytes).state_digest == digest_of_whole_state(network.state)


def test_long_ids_of_one_sender_are_bounded_by_the_hour(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_ids, "MAX_LONG_IDS_PER_ACCOUNT", 2)
    network.block(time_ms=network.now_ms - network.now_ms % 3_600_000 + 3_600_000)

    def send(minutes: int) -> Outcome:
        return network.run(
            network.sign(transfer(network, valid_until_ms=network.now_ms + minutes * MINUTE_MS), "alice")
        )

    assert [send(20).code for _ in range(3)] == ["committed", "committed", "too_many_long_ids"]
    refused = send(20)
    assert (refused.code, refused.final) == ("too_many_long_ids", False)
    assert send(5).code == "committed"
    network.later(60 * MINUTE_MS)
    assert send(20).code == "committed"
