"""The guides about money that moved, run as they stand."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from payport.simulator.scenarios.city import City
from payport.wallet import flows
from payport.wallet.client import Client

if TYPE_CHECKING:
    from payport import bootstrap

GUIDES = Path(__file__).resolve().parents[2] / "docs/how-to"


def blocks(name: str, language: str = "python") -> list[str]:
    text = (GUIDES / f"{name}.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def names(city: City, port: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what a guide takes for granted: a buyer, a shop and a payment between them."""
    buyer, shop = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "market"))
    fields = {"merchant": shop.account, "asset": "CNY", "amount_minor": 2_450, "order": None}
    paid = port.run(flows.send(buyer, "purchase/1", **fields))
    port.receipt(shop, paid.id)
    now_ms = time.time_ns() // 1_000_000
    monkeypatch.chdir(tmp_path)
    return {
        "port": port,
        "buyer": buyer,
        "shop": shop,
        "payment_id": paid.id,
        "morning_ms": now_ms - 3_600_000,
        "in_ten_minutes_ms": now_ms + 600_000,
    }


def run(name: str, names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> str:
    for block in blocks(name):
        exec(block, names)
    return capsys.readouterr().out


def test_see_what_was_paid(names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    told = run("see-what-was-paid", names, capsys)
    assert "2450" in told
    left = names["port"].refundable(names["shop"], names["payment_id"])
    while left.refundable_minor:
        left = names["port"].refundable(names["shop"], names["payment_id"])
    assert names["left"].refundable_minor == 2_450


def test_follow_an_order(names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    before, after = blocks("follow-an-order")
    exec(before, names)
    fields = {"merchant": names["shop"].account, "asset": "CNY", "amount_minor": 2_450, "order": names["signed"]}
    paid = names["port"].run(flows.send(names["buyer"], "purchase/1", **fields))
    names["port"].receipt(names["shop"], paid.id)
    exec(after, names)
    assert capsys.readouterr().out.split() == ["open", paid.id, names["buyer"].account.hex()]


def test_hand_in_a_statement(
    names: dict[str, Any], network: bootstrap.RunningNetwork, capsys: pytest.CaptureFixture[str]
) -> None:
    run("hand-in-a-statement", names, capsys)
    assert Path("statement.csv").read_bytes().startswith(b"entry,time,")
    Path("trust.json").write_bytes(network.trust_file.read_bytes())
    (command,) = blocks("hand-in-a-statement", "sh")
    program, pattern, *rest = shlex.split(command)[0], shlex.split(command)[3], *shlex.split(command)[4:]
    assert program == "payport"
    files = sorted(map(str, Path().glob(pattern)))
    verify = [sys.executable, "-m", "payport.cli.main", "statement", "verify", *files, *rest]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert (done.returncode, "no line is missing" in done.stdout) == (0, True), done.stderr


def test_share_a_receipt(
    names: dict[str, Any], network: bootstrap.RunningNetwork, capsys: pytest.CaptureFixture[str]
) -> None:
    names["url"] = network.url
    assert network.url in run("share-a-receipt", names, capsys)
