"""`payport key` as whoever keeps an institution's keys runs it, in files and in tokens."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from payport.proof.trust import encode_trust
from payport.signers.key_files import write_seed
from tests.institutions.rig import GENESIS, trust
from tests.ledger.network import seed
from tests.node.node_process import NodeProcess
from tests.signers.tokens import PIN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.signers.tokens import Tokens

PAYPORT = [sys.executable, "-m", "payport.cli.main", "key"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run([*PAYPORT, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    assert PIN not in finished.stdout + finished.stderr
    return finished


def told(*arguments: str | Path) -> dict[str, Any]:
    finished = run(*arguments, "--json")
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


def address_of(tokens: Tokens, token: str, key: str, **more: str) -> str:
    return tokens.address(token, key, module=tokens.softhsm, **more)


def test_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "east.key"
    made = told("make", path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert told("show", path) == made
    assert run("show", path).stdout == f"{made['public_key']}\n"
    again = run("make", path)
    assert (again.returncode, "key_file_exists" in again.stderr) == (1, True)
    assert told("show", path) == made
    away = run("show", tmp_path / "nothing.key")
    assert (away.returncode, "Invalid value" in away.stderr) == (2, True)


def test_in_a_token(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.make()
    address = address_of(tokens, token, "east")
    made = told("make", address)
    assert told("show", address) == made
    again = run("make", address)
    assert (again.returncode, "signing_key_exists" in again.stderr) == (1, True)
    monkeypatch.setenv("EAST_PIN", PIN)
    by_variable = address_of(tokens, token, "east", pin="env:EAST_PIN")
    assert told("show", by_variable) == made
    monkeypatch.setenv("EAST_PIN", "wrong")
    wrong = run("show", by_variable)
    assert (wrong.returncode, "pin_wrong" in wrong.stderr) == (1, True)
    measured = told("measure", address, "--seconds", "0.2")
    assert measured["signatures"] > 0
    assert "signatures a second" in run("measure", address, "--seconds", "0.1").stdout


def test_an_institution_moves_its_key_into_a_token(tokens: Tokens, tmp_path: Path) -> None:
    address, file = address_of(tokens, tokens.make(), "east"), tmp_path / "east.key"
    write_seed(file, seed("east"))
    in_token, in_file = told("make", address)["public_key"], told("show", file)["public_key"]
    (tmp_path / "genesis").write_bytes(GENESIS.encoded)
    node = NodeProcess(tmp_path / "data", "--genesis", str(tmp_path / "genesis"))
    try:
        trusted = trust(bytes.fromhex(node.ready()["public_key"]))
        (tmp_path / "trust.json").write_bytes(encode_trust(trusted))
        where = ("rotate", "--institution", "east", "--node", tmp_path / "data" / "node.sock")
        where += ("--trust", tmp_path / "trust.json")
        both = told(*where, "--old", file, "--new", file, "--new", address)
        expected = {"institution": "east", "keys": sorted((in_file, in_token)), "threshold": 1}
        assert both == {**expected, "changed": True}
        assert told(*where, "--old", file, "--new", file, "--new", address) == {**expected, "changed": False}
        one = run(*where, "--old", address, "--new", address)
        assert one.stdout == f"east signs from now on with: {in_token}\n"
        refused = run(*where, "--old", address, "--new", file)
        assert (refused.returncode, "rotation_refused: " in refused.stderr) == (1, True)
        assert "key_already_bound" in refused.stderr
    finally:
        node.stop()


@pytest.mark.parametrize("command", [(), ("make",), ("show",), ("measure",), ("rotate",)])
def test_help(command: tuple[str, ...]) -> None:
    assert run(*command, "--help").returncode == 0
