"""Whole blocks for auditors, and a chain executed again from nothing but the port, a genesis document and trust."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from payport.gateway.blocks import MAX_BLOCKS
from payport.ledger.store.stored_block import NOT_PROVEN, read_stored_block
from payport.values import codec
from payport.wallet.keys import SigningKey
from tests.gateway.access.people import Caller, Member

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gateway.town import Town

BANK = "bank-east"


@pytest.fixture(scope="module")
def auditor(town: Town) -> Caller:
    return Member(town, BANK, "administrator").make_key("blocks:read")


def page(auditor: Caller, after: int, **params: Any) -> dict[str, Any]:
    answer = auditor.get("/v1/blocks", params={"after": after, **params})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def heights(told: dict[str, Any]) -> list[int]:
    return [read_stored_block(base64.b64decode(each)).height for each in told["blocks"]]


def test_blocks_follow_each_other_to_the_last(town: Town, auditor: Caller) -> None:
    town.pay(town.lin, town.chen, 1)
    last = town.get("/v1/network").json()["height"]
    told = page(auditor, 0, limit=3)
    assert (heights(told), told["height"] >= last) == ([1, 2, 3], True)
    assert heights(page(auditor, 0)) == list(range(1, min(MAX_BLOCKS, last) + 1))
    assert heights(page(auditor, last - 1))[0] == last
    assert heights(page(auditor, 2**53 - 1)) == []
    inspector = Member(town, BANK, "auditor")
    assert inspector.get("/v1/blocks", params={"after": 0}).json()["blocks"] == page(auditor, 0)["blocks"]


@pytest.mark.parametrize("query", ["", "after=-1", "after=0&limit=0", f"after=0&limit={MAX_BLOCKS + 1}", "after=x"])
def test_other_pages_are_malformed(auditor: Caller, query: str) -> None:
    assert auditor.get(f"/v1/blocks?{query}").json()["code"] == "malformed_request"


def test_no_key_is_for_blocks_and_for_some_accounts_alone(town: Town) -> None:
    boss = Member(town, BANK, "administrator")
    body = {"label": "audit", "scopes": ["blocks:read"], "accounts": [town.chen.account.hex()]}
    answer = boss.post("/v1/api-keys", {**body, "expires_at_ms": time.time_ns() // 1_000_000 + 60_000})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


def audit(town: Town, key: str | None, *arguments: str, url: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PAYPORT_API_KEY"}
    environment |= {} if key is None else {"PAYPORT_API_KEY": key}
    command = [sys.executable, "-m", "payport.cli.main", "audit", url or town.network.url, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)


@pytest.mark.slow
def test_a_chain_is_executed_again_from_a_port(town: Town, auditor: Caller, tmp_path: Path) -> None:
    folder = town.network.trust_file.parent
    known = ["--genesis", str(folder / "node" / "genesis"), "--trust", str(town.network.trust_file)]
    last = town.get("/v1/network").json()["height"]
    done = audit(town, auditor.token, *known, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["height"] == told["proven"] >= last
    assert auditor.token not in done.stdout + done.stderr

    for key, arguments, code in (
        (town.token(town.lin), known, "access_denied"),
        (None, known, "PAYPORT_API_KEY"),
        ("钥匙", known, "PAYPORT_API_KEY"),
        (auditor.token, known[:2], "--trust"),
    ):
        done = audit(town, key, *arguments)
        assert done.returncode != 0
        assert code in done.stderr
    trust = json.loads(town.network.trust_file.read_text(encoding="utf-8"))
    stranger = tmp_path / "trust.json"
    trust["embedded_keys"] = [SigningKey.generate().public_key.hex()]
    stranger.write_text(json.dumps(trust), encoding="utf-8")
    done = audit(town, auditor.token, *known[:2], "--trust", str(stranger))
    assert (done.returncode, "audit_failed" in done.stderr) == (1, True), done.stderr


class Liar(BaseHTTPRequestHandler):
    """A port that says it has one block, and shows what it likes."""

    blocks: tuple[bytes, ...] = ()

    def do_GET(self) -> None:
        told: dict[str, Any] = {"chain_id": "", "height": 1, "time_ms": 0}
        if self.path.startswith("/v1/blocks"):
            told = {"height": 1, "blocks": [base64.b64encode(each).decode() for each in self.blocks]}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.slow
def test_a_port_that_lies(town: Town, auditor: Caller) -> None:
    folder = town.network.trust_file.parent
    known = ["--genesis", str(folder / "node" / "genesis"), "--trust", str(town.network.trust_file)]
    first, second = (base64.b64decode(each) for each in page(auditor, 0, limit=2)["blocks"])
    unproven = msgspec.structs.replace(read_stored_block(first), finality_tag=NOT_PROVEN, finality_payload=b"")
    cases = {
        (): "gives none after 0",
        (b"no block",): "after block 0",
        (second,): "stands in the place of block 1",
        (codec.encode(unproven),): "no proof of block 1",
    }
    for shown, what in cases.items():
        handler = type("Handler", (Liar,), {"blocks": shown})
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            done = audit(town, "x", *known, url=f"http://127.0.0.1:{server.server_port}")
            server.shutdown()
        told = " ".join(done.stderr.split())
        assert (done.returncode, "audit_failed" in told, what in told) == (1, True, True), told
