"""Files of a network: keys for their owner alone, nothing overwritten, cards of several machines."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import msgspec
import pytest

from payport import _native
from payport.ledger.genesis import read_genesis
from payport.ledger.machine import Machine
from payport.ledger.state import validators
from payport.ledger.state.state import State
from payport.network import founding, processes
from payport.network.deciding import Voter
from payport.network.plan import Card, LocalSettings, NetworkFolder
from payport.node.data_directory import DataDirectory
from payport.proof.trust import decode_trust
from payport.signers.key_files import read_seed, write_seed
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = ("institution.key", "validator.key", "peer.key", "node/operator.key", "engine/config/priv_validator_key.json")


def member(network: NetworkFolder, institution: str, role: str = "bank") -> Card:
    settings = LocalSettings("127.0.0.1:26656")
    return founding.make_member(network, institution, institution.title(), role, "10.0.0.1:26656", settings)


def test_secrets_are_for_their_owner_alone_and_match_the_card(tmp_path: Path) -> None:
    network = NetworkFolder(tmp_path)
    card = member(network, "unity", "operator")
    founding.found(network, "test", [card])
    founding.prepare(network, network.read_plan(), "unity")
    folder = network.member("unity")
    for name in SECRETS:
        assert stat.S_IMODE((folder.path / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert _native.public_key_ed25519(read_seed(folder.institution_key)).hex() == card.institution_key
    assert DataDirectory(folder.node).read_signer().public_key.hex() == card.node_key
    told = (network.path / "network.json").read_text(encoding="utf-8")
    assert read_seed(folder.institution_key).hex() not in told


def test_cards_drawn_on_several_machines_make_one_network(tmp_path: Path) -> None:
    machines = [NetworkFolder(tmp_path / name) for name in ("one", "two", "three")]
    cards = [
        member(network, institution, "operator" if institution == "unity" else "bank")
        for network, institution in zip(machines, ("unity", "bank-east", "bank-west"), strict=True)
    ]
    plan = founding.found(machines[0], "test", cards)
    for other in machines[1:]:
        for name in ("genesis", "network.json", "trust.json"):
            (other.path / name).write_bytes((machines[0].path / name).read_bytes())
    for network, card in zip(machines, cards, strict=True):
        assert network.read_plan() == plan
        assert network.local(plan) == [card]
        founding.prepare(network, plan, card.institution)
    homes = [network.member(card.institution).engine for network, card in zip(machines, cards, strict=True)]
    assert len({(home / "config" / "genesis.json").read_bytes() for home in homes}) == 1, "all begin alike"
    genesis = read_genesis(machines[0].genesis.read_bytes())
    machine = Machine(genesis, State())
    voting = validators.in_force(machine.state, 1)
    assert {name: each.engine_key.hex() for name, each in voting.items()} == {
        card.institution: card.engine_key for card in cards
    }
    trusted = decode_trust(machines[0].trust.read_bytes()).validators[0]
    assert {each.public_key.hex() for each in trusted.members} == {card.engine_key for card in cards}


async def test_another_key_signs_where_the_settings_name_one(tmp_path: Path) -> None:
    network = NetworkFolder(tmp_path)
    card = member(network, "unity", "operator")
    founding.found(network, "test", [card])
    folder = network.member("unity")
    write_seed(tmp_path / "other.key", bytes([3]) * 32)
    own, other = Voter(network, card), bytes([3]) * 32
    settings = msgspec.structs.replace(
        folder.read_settings(), signer=str(tmp_path / "other.key"), node_signer="pkcs11:token=bank;object=node"
    )
    folder.settings.write_bytes(msgspec.json.encode(settings))
    named = Voter(network, card)
    assert [each.public_key.hex() for each in (*own._own.signers, *named._own.signers)] == [
        card.institution_key,
        _native.public_key_ed25519(other).hex(),
    ]
    command = processes.Commands(network, folder, "unity", "cometbft").of(processes.NODE)
    assert command[command.index("--signer") + 1] == "pkcs11:token=bank;object=node"
    await own.close()
    await named.close()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    network = NetworkFolder(tmp_path)
    card = member(network, "unity", "operator")
    with pytest.raises(Refusal, match="network_exists"):
        member(network, "unity")
    founding.found(network, "test", [card])
    with pytest.raises(Refusal, match="network_exists"):
        founding.found(network, "test", [card])


def test_what_is_no_network(tmp_path: Path) -> None:
    network = NetworkFolder(tmp_path)
    with pytest.raises(Refusal, match="no_network"):
        network.read_plan()
    network.plan.write_text('{"format": "payport-network/1"}', encoding="utf-8")
    with pytest.raises(Refusal, match="no_network"):
        network.read_plan()
    with pytest.raises(Refusal, match="path_too_long"):
        NetworkFolder(tmp_path / ("x" * 100)).require_short("unity")


def test_cards_that_make_no_network(tmp_path: Path) -> None:
    network = NetworkFolder(tmp_path)
    operator, bank = member(network, "unity", "operator"), member(network, "bank-east")
    for wrong in ([bank], [operator, operator], [operator, msgspec.structs.replace(bank, role="operator")]):
        with pytest.raises(Refusal, match="not_foundable"):
            founding.found(network, "test", wrong)
    plan = founding.found(network, "test", [operator, bank])
    with pytest.raises(Refusal, match="unknown_member"):
        plan.card("nobody")


def test_without_cometbft(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAYPORT_COMETBFT", raising=False)
    monkeypatch.setattr(processes.os, "access", lambda *_: False)
    with pytest.raises(Refusal, match="engine_missing"):
        processes.find_cometbft()
