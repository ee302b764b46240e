"""How a network begins: each member draws its keys and tells its card, and all cards together make genesis."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Final

import msgspec

from payport import _native
from payport.consensus.cometbft.home import Home, Peer, StateSync, genesis_document, write_home
from payport.consensus.cometbft.home import Validator as EngineValidator
from payport.ledger.genesis import FORMAT as GENESIS_FORMAT
from payport.ledger.genesis import Genesis, Member, Setting, read_genesis
from payport.ledger.machine import Machine
from payport.ledger.protocol import PROTOCOL_VERSION
from payport.ledger.registry import verbs
from payport.ledger.state import institutions, parameters
from payport.ledger.state.state import State
from payport.ledger.store.files import write_file_durably
from payport.network.plan import FORMAT, NETWORK_EXISTS, Card, LocalSettings, NetworkFolder, Plan
from payport.node.data_directory import DataDirectory
from payport.proof.trust import Trust, TrustedValidator, ValidatorSet, encode_trust
from payport.signers.key_files import SEED_BYTES, read_seed, write_seed
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures.contract import WebAuthnPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOT_FOUNDABLE: Final = RefusalCode(
    "not_foundable",
    RefusalClass.MALFORMED,
    "These cards make no network: exactly one is the operator's, and each institution has one.",
    "这些成员卡无法组成网络：须恰有一个运营方，且每个机构一张。",
)
"""Raised before anything is written."""

REFUSALS: Final = (NOT_FOUNDABLE,)
"""Refusals of this module."""

POWER: Final = 1
"""Voting power of each founding member: all are equal."""

CHINA_SECONDS: Final = 8 * 3_600
"""Offset from UTC by which customers' days are counted, in seconds."""

VOTED: Final = ("admit_institution", "reinstate", "set_net_debit_cap", "set_parameter", "suspend")
"""What nobody decides alone: more than two thirds of the members."""

_FEES: Final = parameters.FeeSchedule(3_800, 1, 2_600, 700_000, 100_000)
_TRANSPORT_FREE: Final = parameters.FeeSchedule(0, 0, 0, 0, 0)


def make_member(
    network: NetworkFolder, institution: str, name: str, role: str, address: str, settings: LocalSettings
) -> Card:
    """Draw a member's keys, write its folder, and return its card; raises ``network_exists`` and ``path_too_long``."""
    folder = network.member(institution)
    network.require_short(institution)
    if folder.settings.exists():
        NETWORK_EXISTS.refuse(f"{folder.path} holds the keys of a member")
    for each in (folder.path, folder.logs, folder.node):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    card = Card(
        institution=institution,
        name=name,
        role=role,
        address=address,
        institution_key=_drawn(folder.institution_key),
        engine_key=_drawn(folder.engine_seed),
        node_key=_drawn(DataDirectory(folder.node).key_path),
        peer_key=_drawn(folder.peer_seed),
        fees_account=os.urandom(16).hex(),
        unclaimed_account=os.urandom(16).hex(),
        view_key=os.urandom(32).hex(),
    )
    write_file_durably(folder.path / "card.json", msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
    write_file_durably(folder.settings, msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n")
    return card


def found(network: NetworkFolder, name: str, cards: Sequence[Card]) -> Plan:
    """Write genesis, plan and trust file of a network of these members; raises ``not_foundable``."""
    network.require_new()
    if len({each.institution for each in cards}) < len(cards) or [each.role for each in cards].count("operator") != 1:
        NOT_FOUNDABLE.refuse(", ".join(f"{each.institution} ({each.role})" for each in cards))
    return begin(network, genesis_of(name, cards), cards)


def begin(network: NetworkFolder, genesis: Genesis, cards: Sequence[Card]) -> Plan:
    """Write genesis, plan and trust file."""
    plan = Plan(FORMAT, genesis.chain_id, tuple(cards))
    network.path.mkdir(parents=True, exist_ok=True)
    write_file_durably(network.genesis, genesis.encoded)
    write_file_durably(network.trust, encode_trust(trust_of(genesis)))
    network.write_plan(plan)
    return plan


def genesis_of(name: str, cards: Sequence[Card]) -> Genesis:
    """Return the document of a network whose members decide together."""
    operator = next(each for each in cards if each.role == "operator")
    known = {verb.kind.split("/")[0] for verb in verbs().values()}
    assert set(VOTED) <= known, "what is voted on exists"
    settings: dict[str, object] = {
        "currencies": ("CNY",),
        "fees/4111": _TRANSPORT_FREE,
        "fees/default": _FEES,
        "fees_account_floor_minor": -10_000_000,
        "operator": operator.institution,
        "protocol_version": PROTOCOL_VERSION,
        "refund_period_ms": 180 * 86_400_000,
        **{f"authority/{verb}": parameters.AuthorityPolicy("vote", 0) for verb in VOTED},
        **{f"validators/{each.institution}": validator_of(each, POWER) for each in cards},
    }
    genesis = Genesis(
        format=GENESIS_FORMAT,
        name=name,
        suite="sha256",
        time_ms=time.time_ns() // 1_000_000,
        members=tuple(_member(each) for each in sorted(cards, key=lambda card: card.institution)),
        parameters=tuple(Setting(key, parameters.encode_value(key, value)) for key, value in sorted(settings.items())),
        rp_ids=("localhost",),
        origins=("http://localhost",),
    )
    return read_genesis(genesis.encoded)


def validator_of(card: Card, power: int) -> parameters.Validator:
    """Return what the ledger keeps of a member as a validator."""
    return parameters.Validator(bytes.fromhex(card.engine_key), bytes.fromhex(card.node_key), power)


def trust_of(genesis: Genesis) -> Trust:
    """Return what a verifier trusts of a network: its founding validators."""
    members = tuple(TrustedValidator(*each) for each in _founders(genesis))
    policy = WebAuthnPolicy(genesis.rp_ids, genesis.origins)
    return Trust(genesis.chain_id, genesis.digest, (), policy, (ValidatorSet(1, members),))


def prepare(network: NetworkFolder, plan: Plan, institution: str, commitment: bytes | None = None) -> None:
    """Write what a member's processes need to start: the home of its CometBFT, and its node's genesis.

    ``commitment`` is that of height 0, where its state holds more than genesis does.
    """
    folder, settings = network.member(institution), network.member(institution).read_settings()
    encoded = network.genesis.read_bytes()
    genesis = read_genesis(encoded)
    node = DataDirectory(folder.node)
    node.initialise(encoded)
    begins = plan.carried
    if begins is not None and not any(node.log_path.iterdir()):
        carried = DataDirectory(network.pilot)
        for there, here in ((carried.log_path, node.log_path), (carried.state_path, node.state_path)):
            shutil.copytree(there, here, dirs_exist_ok=True)
    peers = tuple(
        Peer(bytes.fromhex(each.peer_key), each.address) for each in plan.members if each.institution != institution
    )
    seeds = read_seed(folder.engine_seed), read_seed(folder.peer_seed)
    sync = folder.read_state_sync()
    home = Home(
        institution,
        folder.abci,
        folder.rpc,
        settings.listen,
        peers,
        *seeds,
        settings.metrics,
        settings.rpc_listen,
        None if sync is None else StateSync(sync.servers, sync.trust_height, bytes.fromhex(sync.trust_hash)),
    )
    if begins is None:
        first = commitment or Machine(genesis, State()).commitment_bytes
        document = genesis_document(genesis.chain_id, genesis.time_ms, first, _founders(genesis))
    else:
        founders = [EngineValidator(name, bytes.fromhex(key), POWER) for name, key in sorted(begins.founders.items())]
        document = genesis_document(genesis.chain_id, begins.time_ms, bytes.fromhex(begins.commitment), founders)
    write_home(folder.engine, home, document)
    network.write_targets(plan)


def _founders(genesis: Genesis) -> list[EngineValidator]:
    prefix = "validators/"
    found = []
    for each in genesis.parameters:
        if each.name.startswith(prefix):
            validator = msgspec.msgpack.decode(each.value, type=parameters.Validator)
            found.append(EngineValidator(each.name.removeprefix(prefix), validator.engine_key, validator.power))
    return found


def _member(card: Card) -> Member:
    record = institutions.Institution(
        name=card.name,
        role=institutions.InstitutionRole(card.role),
        keys=(institutions.InstitutionKey("ed25519", bytes.fromhex(card.institution_key)),),
        threshold=1,
        utc_offset_seconds=CHINA_SECONDS,
        fees_account=bytes.fromhex(card.fees_account),
        unclaimed_account=bytes.fromhex(card.unclaimed_account),
        admitted_height=0,
    )
    return Member(card.institution, record, bytes.fromhex(card.view_key))


def _drawn(path: Path) -> str:
    """Draw a key, keep its seed in a file, and return the public key in hexadecimal."""
    seed = os.urandom(SEED_BYTES)
    write_seed(path, seed)
    return _native.public_key_ed25519(seed).hex()
