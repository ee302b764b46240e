"""The demo as a newcomer runs it: real processes, real codes, receipts that verify and that notice a changed byte."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PAYPORT = [sys.executable, "-m", "payport.cli.main"]
TIMEOUT_SECONDS = 60


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [*PAYPORT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False, cwd=cwd)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    directory = tmp_path_factory.mktemp("demo")
    # The README names a folder beside the reader; every process must find what is in it.
    finished = run("demo", "--once", "--json", "--data", directory.name, cwd=directory.parent)
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
        ("transfer", "committed"),
        ("authorise", "committed"),
        ("capture", "committed"),
        ("charge", "committed"),
        ("offer", "committed"),
        ("take", "committed"),
    ]
    assert [step["outcome"] for step in result["refusals"]] == [
        "order_already_paid",
        "insufficient_deposit",
        "refund_exceeds_purchase",
        "unbound_key",
        "account_frozen",
    ]
    frozen = result["refusals"][-1]
    assert frozen["en"].startswith("The account is frozen")
    assert frozen["zh"].startswith("该账户已被冻结")
    assert result["receipts_verified"] == 13
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


def paste(line: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def receive_one(line: str, answer: str, port: str, folder: Path, pay: Callable[[], object]) -> str | None:
    """Start the example with the secret that was answered, pay, and return what it says; ``None`` without curl."""
    if not shutil.which("curl"):
        return None
    command = [*line.replace("whsec_...", json.loads(answer)["secret"]).split(), port, str(folder / "seen.sqlite")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as receiver:
        assert receiver.stdout is not None
        assert receiver.stdout.readline() == f"listening on {port}\n"
        pay()
        told = receiver.stdout.readline()
        receiver.terminate()
    return told.partition(" in ")[0]


@pytest.mark.slow
def test_what_next_works_and_interrupt_stops_every_child(tmp_path: Path) -> None:
    pasted: list[str] = []
    with subprocess.Popen([*PAYPORT, "demo", "--data", str(tmp_path)], stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if re.match(r"  (payport|curl|PAYPORT_|.*receive_webhooks)", line):
                pasted.append(line.strip())
            if "stays up" in line:
                break
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        *lines, receive = pasted
        with socket.create_server(("127.0.0.1", 0)) as free:
            receiver_port = str(free.getsockname()[1])
        lines = [line.replace("8090", receiver_port) for line in lines]
        results = [paste(line, environment) for line in lines]
        received = receive_one(
            receive, results[3].stdout, receiver_port, tmp_path, lambda: paste(lines[2], environment)
        )
        processes = json.loads((tmp_path / "processes.json").read_text())
        running.send_signal(signal.SIGINT)
        assert running.wait(TIMEOUT_SECONDS) == 0
    # curl is a tool of its own, and the one thing here that may be missing.
    needed = [at for at, line in enumerate(lines) if shutil.which("curl") or not line.startswith("curl")]
    assert [(results[at].returncode, results[at].stderr) for at in needed] == [(0, "")] * len(needed)
    assert len(pasted) == 5
    assert received in (None, "received 1250 minor units of CNY")
    assert processes["url"] in pasted[1]
    assert "paid UNIVERSITY CANTEEN 12.50 CNY" in results[2].stdout
    for name in ("node", "history", "gateway", "desk"):
        with pytest.raises(ProcessLookupError):
            os.kill(processes[name], 0)


@pytest.mark.slow
def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finished = run("demo", "--once", "--port", str(port), "--data", tmp_path)
    assert finished.returncode == 1
    assert "port_taken" in finished.stderr
    assert "Traceback" not in finished.stderr


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
