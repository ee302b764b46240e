"""What CometBFT is told at its start."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

from payport import _native
from payport.consensus.cometbft.home import Home, Peer, Validator, genesis_document, node_id, write_home
from payport.consensus.cometbft.proofs import nanoseconds
from payport.proof.commitment import commitment_hash
from tests.consensus.small_network import GENESIS

if TYPE_CHECKING:
    from pathlib import Path

SEED, NODE_SEED, PEER_KEY = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32


def test_home(tmp_path: Path) -> None:
    key = _native.public_key_ed25519(SEED)
    genesis = genesis_document(GENESIS.chain_id, GENESIS.time_ms, b"commitment", [Validator("bank-east", key, 7)])
    assert genesis["app_hash"] == commitment_hash(b"commitment").hex().upper()
    assert nanoseconds(genesis["genesis_time"]) == GENESIS.time_ms * 1_000_000
    assert (genesis["chain_id"], genesis["validators"][0]["power"]) == (GENESIS.chain_id, "7")
    home = Home(
        "bank-east", tmp_path / "abci", tmp_path / "rpc", "127.0.0.1:1", (Peer(PEER_KEY, "host:2"),), SEED, NODE_SEED
    )
    write_home(tmp_path / "home", home, genesis)
    written = tomllib.loads((tmp_path / "home/config/config.toml").read_text(encoding="utf-8"))
    assert written["p2p"]["persistent_peers"] == f"{node_id(PEER_KEY)}@host:2"
    assert (written["consensus"]["create_empty_blocks"], written["mempool"]["recheck"]) == (False, False)
    state = tmp_path / "home/data/priv_validator_state.json"
    for secret in ("config/priv_validator_key.json", "config/node_key.json", "data/priv_validator_state.json"):
        assert (tmp_path / "home" / secret).stat().st_mode & 0o777 == 0o600
    state.write_text(json.dumps({"height": "9", "round": 0, "step": 3}), encoding="ascii")
    write_home(tmp_path / "home", home, genesis)
    assert json.loads(state.read_text(encoding="ascii"))["height"] == "9", "or it could vote twice"


def test_times_as_cometbft_tells_them() -> None:
    assert nanoseconds("1970-01-01T00:00:01Z") == 10**9
    assert nanoseconds("2026-11-26T11:45:06.7857Z") % 10**9 == 785_700_000
