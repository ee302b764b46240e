"""Writes the home directory of a CometBFT: its configuration, genesis and keys.

The settings are those of a few institutions that know each other and want finality in tenths of a second; each differs
from CometBFT's default for the reason beside it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payport import _native
from payport.proof.commitment import commitment_hash
from payport.values.limits import MAX_BLOCK_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ADDRESS_BYTES: Final = 20
"""Length of a validator's and of a node's address."""

MAX_BATCH_BYTES: Final = MAX_BLOCK_BYTES
"""Longest batch: what a block may hold."""

BLOCK_BYTES: Final = 2 * MAX_BLOCK_BYTES
"""Bytes of a block with its header, votes and evidence."""


_CONFIGURATION: Final = """# Written by Payport. CometBFT 0.40.
proxy_app = "unix://{application}"
moniker = "{moniker}"
log_level = "error"
# Results and events are the node's; a bus that nobody listens to must not slow consensus.
event_bus_buffer_capacity = 1000

[rpc]
# The node beside it asks, and members that begin from a snapshot, where they are let.
laddr = "{rpc}"
max_body_bytes = {body_bytes}

[p2p]
laddr = "tcp://{listen}"
persistent_peers = "{peers}"
unconditional_peer_ids = "{ids}"
# Members know each other by name, and may share an address while they are tried out.
pex = false
addr_book_strict = false
allow_duplicate_ip = true
# Votes are small and waited for.
flush_throttle_timeout = "1ms"
max_packet_msg_payload_size = 65536
send_rate = 209715200
recv_rate = 209715200

[mempool]
type = "flood"
# A batch that was well-formed stays so; what a block makes of it is the ledger's.
recheck = false
keep-invalid-txs-in-cache = true
size = 5000
max_tx_bytes = {batch_bytes}
max_txs_bytes = {pool_bytes}

[consensus]
timeout_propose = "500ms"
timeout_propose_delta = "100ms"
timeout_prevote = "100ms"
timeout_prevote_delta = "50ms"
timeout_precommit = "100ms"
timeout_precommit_delta = "50ms"
# A floor of a block's time, so that several nodes of one machine do more than agree.
timeout_commit = "20ms"
# An idle chain keeps time by one empty block a second.
create_empty_blocks = false
create_empty_blocks_interval = "1s"
# Shorter is no quicker where several nodes share a machine, and costs it more when nobody pays.
peer_gossip_sleep_duration = "10ms"
double_sign_check_height = 0

[statesync]
enable = {syncs}
rpc_servers = "{servers}"
trust_height = {trust_height}
trust_hash = "{trust_hash}"
trust_period = "336h0m0s"
discovery_time = "5s"
chunk_request_timeout = "30s"

[storage]
discard_abci_responses = true

[tx_index]
indexer = "null"

[instrumentation]
prometheus = {measured}
prometheus_listen_addr = "{metrics}"
"""


class Validator(NamedTuple):
    """One who votes, as genesis names it."""

    institution: str
    """Institution that runs it."""
    public_key: bytes
    """Its Ed25519 public key, 32 bytes."""
    power: int
    """Its voting power."""


class Peer(NamedTuple):
    """Another CometBFT."""

    node_key: bytes
    """Public key of its node key, 32 bytes."""
    address: str
    """Where it listens for peers: ``host:port``."""


class StateSync(NamedTuple):
    """How a new CometBFT begins from a snapshot of the others, not from the first block."""

    servers: tuple[str, ...]
    """RPCs of others, ``unix:///...`` or a URL each, at least two: of them it hears of headers and validators."""
    trust_height: int
    """Height of a header that is known to be the chain's."""
    trust_hash: bytes
    """Its hash."""


class Home(NamedTuple):
    """What one CometBFT is made of."""

    moniker: str
    """Name in logs and metrics."""
    application: Path
    """Socket on which the node serves ABCI."""
    rpc: Path
    """Socket on which CometBFT serves its RPC."""
    listen: str
    """Where it listens for peers: ``host:port``."""
    peers: tuple[Peer, ...]
    """The others."""
    validator_seed: bytes
    """Seed of the key it votes with, 32 bytes."""
    node_seed: bytes
    """Seed of the key that peers know it by, 32 bytes."""
    metrics: str = ""
    """Where it serves metrics for Prometheus: ``host:port``; nowhere where this is empty."""
    rpc_listen: str = ""
    """Where it serves its RPC to the other members, too: ``host:port``; nowhere where this is empty."""
    state_sync: StateSync | None = None
    """How it begins where it has nothing yet; at the first block where this is ``None``."""


def node_id(public_key: bytes) -> str:
    """Return what peers call a CometBFT."""
    return _address(public_key).hex()


def genesis_document(chain_id: str, time_ms: int, commitment: bytes, validators: Sequence[Validator]) -> dict[str, Any]:
    """Return CometBFT's genesis: the chain's id, its first validators, and the hash of the ledger's genesis."""
    time = datetime.fromtimestamp(time_ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "genesis_time": time,
        "chain_id": chain_id,
        "initial_height": "1",
        "consensus_params": {
            "block": {"max_bytes": str(BLOCK_BYTES), "max_gas": "-1"},
            "evidence": {
                "max_age_num_blocks": "1000000",
                "max_age_duration": str(48 * 3_600 * 1_000_000_000),
                "max_bytes": str(64 * 1_024),
            },
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": "0"},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": [
            {
                "address": _address(each.public_key).hex().upper(),
                "pub_key": _public(each.public_key),
                "power": str(each.power),
                "name": each.institution,
            }
            for each in validators
        ],
        "app_hash": commitment_hash(commitment).hex().upper(),
    }


def write_home(directory: Path, home: Home, genesis: dict[str, Any]) -> None:
    """Write everything CometBFT needs to start; keys only this user can read.

    The state of a validator, by which it never votes twice, is written where there is none and left alone otherwise.
    """
    config, data = directory / "config", directory / "data"
    for each in (directory, config, data):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    (config / "config.toml").write_text(configuration(home), encoding="utf-8")
    (config / "genesis.json").write_text(json.dumps(genesis, indent=2) + "\n", encoding="utf-8")
    public_key = _native.public_key_ed25519(home.validator_seed)
    _write_secret(
        config / "priv_validator_key.json",
        {
            "address": _address(public_key).hex().upper(),
            "pub_key": _public(public_key),
            "priv_key": _private(home.validator_seed),
        },
    )
    _write_secret(config / "node_key.json", {"priv_key": _private(home.node_seed)})
    state = data / "priv_validator_state.json"
    if not state.exists():
        _write_secret(state, {"height": "0", "round": 0, "step": 0})


def configuration(home: Home) -> str:
    """Return the configuration file."""
    sync = home.state_sync or StateSync((), 0, b"")
    return _CONFIGURATION.format(
        application=home.application,
        moniker=home.moniker,
        rpc=f"unix://{home.rpc}" + (f",tcp://{home.rpc_listen}" if home.rpc_listen else ""),
        body_bytes=2 * MAX_BATCH_BYTES,
        listen=home.listen,
        peers=",".join(f"{node_id(each.node_key)}@{each.address}" for each in home.peers),
        ids=",".join(node_id(each.node_key) for each in home.peers),
        batch_bytes=MAX_BATCH_BYTES,
        pool_bytes=64 * MAX_BATCH_BYTES,
        syncs="true" if home.state_sync else "false",
        servers=",".join(sync.servers),
        trust_height=sync.trust_height,
        trust_hash=sync.trust_hash.hex().upper(),
        measured="true" if home.metrics else "false",
        metrics=home.metrics,
    )


def _write_secret(path: Path, content: object) -> None:
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(content, file, indent=2)
    new.replace(path)


def _address(public_key: bytes) -> bytes:
    return hashlib.sha256(public_key).digest()[:ADDRESS_BYTES]


def _public(public_key: bytes) -> dict[str, str]:
    return {"type": "tendermint/PubKeyEd25519", "value": base64.b64encode(public_key).decode()}


def _private(seed: bytes) -> dict[str, str]:
    whole = seed + _native.public_key_ed25519(seed)
    return {"type": "tendermint/PrivKeyEd25519", "value": base64.b64encode(whole).decode()}
