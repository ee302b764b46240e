"""How a pilot with a single orderer becomes a consortium: a last block names the validators, and they go on from it."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Final

import msgspec

from payport import _native
from payport.consensus.application import Application
from payport.consensus.embedded import proven_block
from payport.institutions.own_institution import OwnInstitution
from payport.ledger.block import COMMITTED
from payport.ledger.state import accounts, institutions, parameters
from payport.ledger.store.files import write_file_durably
from payport.network import founding
from payport.network.plan import FORMAT, Card, Carried, LocalSettings, NetworkFolder, Plan
from payport.node.data_directory import DataDirectory
from payport.proof.finality import embedded
from payport.proof.trust import Trust, TrustedValidator, ValidatorSet, encode_trust
from payport.signers.key_files import FileSigner, read_seed, write_seed
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures.contract import WebAuthnPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from payport.ledger.genesis import Genesis
    from payport.ledger.store.stored_block import StoredBlock

PILOT_UNUSABLE: Final = RefusalCode(
    "pilot_unusable",
    RefusalClass.CONFLICT,
    "This network cannot become a consortium.",
    "该网络无法转为联盟网络。",
)
"""The detail says why; nothing of it was changed."""

REFUSALS: Final = (PILOT_UNUSABLE,)
"""Refusals of this module."""

VALID_MS: Final = 60_000
"""How long the transactions of the last block would count."""


def carry(
    network: NetworkFolder, pilot: Path, keys: Path, members: int, settings: Callable[[int], LocalSettings]
) -> Plan:
    """Write a network whose members are institutions of a pilot, and which goes on from the pilot's last block.

    ``pilot`` is the data directory of its node, which is copied and must not run; ``keys`` holds ``<id>.key`` of so
    many ``members``, the operator among them; ``settings`` tells what concerns the machine of each by its place. The
    last block, which the copy gets, names the validators and leaves to votes what the operator decided alone; operator
    and node sign it.

    Raises ``data_in_use``, ``not_initialised``, ``pilot_unusable``, and what a key file is refused for.
    """
    network.require_new()
    network.path.mkdir(parents=True, exist_ok=True)
    before = set(network.path.iterdir())
    try:
        return _carried(network, pilot, keys, members, settings)
    except BaseException:
        for each in set(network.path.iterdir()) - before:
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        raise


def _carried(
    network: NetworkFolder, pilot: Path, keys: Path, members: int, settings: Callable[[int], LocalSettings]
) -> Plan:
    copy = _copied(pilot, network)
    genesis = copy.initialise(None)
    application = Application(genesis, *copy.ledger.open())
    try:
        newest = application.newest_block()
        if newest is not None and newest.finality_tag != embedded.TAG:
            PILOT_UNUSABLE.refuse("its blocks are ordered by a consortium already")
        operator = parameters.require(application.state, "operator", application.height + 1, str)
        chosen = _chosen(keys, operator, members)
        cards = [_member(network, application, each, keys, settings(place)) for place, each in enumerate(chosen)]
        node = copy.read_signer()
        own = OwnInstitution(operator, _trust(genesis, node), (FileSigner(read_seed(keys / f"{operator}.key")),))
        last = _last_block(application, own, cards, node)
    finally:
        application.close()
    copy.key_path.unlink()  # members get the copy, and nobody needs to sign as the pilot again
    engine_keys = {each.institution: each.engine_key for each in cards}
    carried = Carried(last.height, last.block.time_ms, last.commitment_bytes.hex(), engine_keys)
    plan = Plan(FORMAT, genesis.chain_id, tuple(cards), carried)
    write_file_durably(network.genesis, genesis.encoded)
    write_file_durably(network.trust, encode_trust(_trust(genesis, node, cards, last.height)))
    network.write_plan(plan)
    for each in cards:
        founding.prepare(network, plan, each.institution)
    return plan


def _chosen(keys: Path, operator: str, members: int) -> list[str]:
    """Return the ids of so many institutions whose keys are there, the operator first."""
    found = sorted({each.stem for each in keys.glob("*.key")} - {operator})
    if not (keys / f"{operator}.key").exists() or len(found) + 1 < members:
        PILOT_UNUSABLE.refuse(
            f"{keys} does not hold the keys of {members} institutions, its operator {operator} among them"
        )
    return [operator, *found[: members - 1]]


def _copied(pilot: Path, network: NetworkFolder) -> DataDirectory:
    """Return a copy of a node's data directory, taken while nobody writes it."""
    source, copy = DataDirectory(pilot), DataDirectory(network.pilot)
    if not source.genesis_path.exists():
        source.initialise(None)
    lock = source.lock()
    try:
        copy.path.mkdir(mode=0o700)
        for each in (source.genesis_path, source.key_path):
            shutil.copy2(each, copy.path / each.name)
        for directory in (source.log_path, source.state_path):
            shutil.copytree(directory, copy.path / directory.name)
    finally:
        os.close(lock)
    return copy


def _member(
    network: NetworkFolder, application: Application, institution: str, keys: Path, settings: LocalSettings
) -> Card:
    """Make the folder of a member that keeps the key it signs with, and draw the others."""
    state = application.state
    record = institutions.table(state).get(institution.encode())
    if record is None:
        PILOT_UNUSABLE.refuse(f"it has no institution {institution}")
    seed = read_seed(keys / f"{institution}.key")
    public_key = _native.public_key_ed25519(seed)
    if record.threshold != 1 or public_key not in [each.public_key for each in record.keys]:
        PILOT_UNUSABLE.refuse(f"{institution}.key alone does not sign for {institution}")
    drawn = founding.make_member(network, institution, record.name, str(record.role), settings.listen, settings)
    card = msgspec.structs.replace(
        drawn,
        institution_key=public_key.hex(),
        fees_account=record.fees_account.hex(),
        unclaimed_account=record.unclaimed_account.hex(),
        view_key=accounts.require(state, record.fees_account).view_key.hex(),
    )
    folder = network.member(institution)
    folder.institution_key.unlink()
    write_seed(folder.institution_key, seed)
    write_file_durably(folder.path / "card.json", msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
    return card


def _last_block(application: Application, own: OwnInstitution, cards: list[Card], node: FileSigner) -> StoredBlock:
    """Execute the block that names the validators of the one after it, and make it durable."""
    machine, height = application.machine, application.height + 1
    now_ms = max(time.time_ns() // 1_000_000, machine.time_ms + 1)
    values = {
        **{f"validators/{each.institution}": founding.validator_of(each, founding.POWER) for each in cards},
        **{f"authority/{verb}": parameters.AuthorityPolicy("vote", 0) for verb in founding.VOTED},
    }
    items = []
    for name, value in sorted(values.items()):
        fields = {"name": name, "value": parameters.encode_value(name, value), "from_height": height + 1}
        transaction = own.build("set_parameter/1", now_ms, now_ms + VALID_MS, **fields)
        items.append(machine.read_item((own.seal(transaction),)))
    machine.read_ahead(items)
    executed = application.execute(height, now_ms, items)
    for (outcome,), name in zip(executed.outcomes, sorted(values), strict=True):
        if outcome.code != COMMITTED:
            PILOT_UNUSABLE.refuse(f"{name} cannot be set: {outcome.code}")
    stored = proven_block(executed, node)
    application.make_durable([stored])
    return stored


def _trust(genesis: Genesis, node: FileSigner, cards: list[Card] | None = None, height: int = 0) -> Trust:
    """Return what verifies the pilot's blocks, and those of its members after ``height``."""
    members = tuple(
        TrustedValidator(each.institution, bytes.fromhex(each.engine_key), founding.POWER) for each in cards or ()
    )
    sets = (ValidatorSet(1, members),) if members else ()
    policy = WebAuthnPolicy(genesis.rp_ids, genesis.origins)
    return Trust(genesis.chain_id, genesis.digest, (node.public_key,), policy, sets, height)
