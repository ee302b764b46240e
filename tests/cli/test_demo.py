"""The demo as a newcomer runs it: real processes, real codes, receipts that verify and that notice a changed byte."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PAYPORT = [sys.executable, "-m", "payport.cli.main"]
TIMEOUT_SECONDS = 60


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PAYPORT, *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    directory = tmp_path_factory.mktemp("demo")
    finished = run("demo", "--once", "--json", "--data", directory)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("\n") == 1
    return directory, json.loads(finished.stdout)


def test_payments_and_refusals(played: tuple[Path, dict[str, object]]) -> None:
    _, result = played
    assert [(step["kind"], step["outcome"]) for step in result["payments"]] == [
        ("purchase", "committed"),
        ("transfer", "committed"),
        ("refund", "committed"),
        ("purchase", "committed"),
        ("purchase", "committed"),
        ("purchase", "committed"),
    ]
    assert [step["outcome"] for step in result["refusals"]] == [
        "order_already_paid",
        "insufficient_balance",
        "refund_exceeds_purchase",
        "unbound_key",
    ]
    assert result["receipts_verified"] == 7
    assert "money_conserved" in result["laws_checked"]


def test_receipts_verify_and_a_changed_byte_fails(played: tuple[Path, dict[str, object]]) -> None:
    directory, _ = played
    receipt = min(directory.glob("receipt-*"))
    trust = directory / "trust.json"
    good = run("receipt", "verify", receipt, "--trust", trust)
    assert (good.returncode, "operator only" in good.stdout) == (0, True)
    changed = bytearray(receipt.read_bytes())
    changed[len(changed) // 2] ^= 1
    bad_file = directory / "changed"
    bad_file.write_bytes(changed)
    bad = run("receipt", "verify", bad_file, "--trust", trust, "--json")
    assert bad.returncode == 1
    assert run("receipt", "verify", receipt).returncode == 2


def test_a_receipt_shows_nothing_of_the_other_side(played: tuple[Path, dict[str, object]]) -> None:
    directory, _ = played
    for receipt in directory.glob("receipt-*"):
        shown = run("receipt", "verify", receipt, "--trust", directory / "trust.json", "--json")
        verdict = json.loads(shown.stdout)
        assert len({balance["account"] for balance in verdict["balances"]}) == 1


def test_interrupt_stops_every_child(tmp_path: Path) -> None:
    with subprocess.Popen([*PAYPORT, "demo", "--data", str(tmp_path)], stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if "stays up" in line:
                break
        node = int((tmp_path / "node.pid").read_text())
        running.send_signal(signal.SIGINT)
        assert running.wait(TIMEOUT_SECONDS) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(node, 0)


@pytest.mark.parametrize("arguments", [("--help",), ("demo", "--help"), ("receipt", "verify", "--help")])
def test_help(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).returncode == 0


def test_wrong_usage_is_status_2() -> None:
    assert run("demo", "--no-such-option").returncode == 2


def test_assertions_cannot_be_turned_off() -> None:
    finished = subprocess.run(
        [sys.executable, "-O", *PAYPORT[1:], "--help"], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert "-O" in finished.stderr
