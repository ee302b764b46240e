"""What node, history, gateway and desks write, whatever happens and however much they write, tells no secret."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from payport import bootstrap
from payport.institutions.sandbox.seed import card_number, phone_number
from payport.node import logs
from payport.node.frames import Request, frame
from payport.signers.key_files import read_seed
from payport.simulator.scenarios.city import build_city
from payport.values import codec, envelopes
from payport.wallet import pay_codes
from payport.wallet.keys import SigningKey
from tests.gateway.access.people import Member, challenge_of, fresh_key
from tests.gateway.card_holders import Cardholder, code_sent_to, next_count
from tests.gateway.secrets_told import Secrets, forms
from tests.gateway.test_aliases import register
from tests.gateway.test_pay_codes import deposit
from tests.gateway.town import PATIENCE_SECONDS, Town, sign
from tests.gateway.webhooks.receiver import Answer, Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BANK = "bank-west"
PROCESSES = ("node", "history", "gateway", "desk")


class Story:
    """One network, all who call it, and every secret they have."""

    def __init__(self, town: Town, secrets: Secrets, folder: Path) -> None:
        self.town, self.secrets, self.folder = town, secrets, folder
        self.receiver = Receiver()
        self.tokens: list[str] = []

    def keys_at_rest(self) -> None:
        """Take the keys that lie in files, and those of wallets."""
        for file in (self.folder / "desks").glob("*.key"):
            self.secrets.add("private key of an institution", read_seed(file))
        for file in (self.folder / "desks").glob("*.digest"):
            self.secrets.add("desk secret", read_seed(file))
        self.secrets.add("private key of the node", bytes.fromhex((self.folder / "node/operator.key").read_text()))
        self.secrets.add("the port's secret", (self.folder / "port.secret").read_bytes())
        for party in self.town.city.parties.values():
            self.secrets.add("private key", party.key.reveal_seed())
            self.secrets.add("view key", party.view_key)
            self.secrets.add("account", party.account)
        self.token("access token", self.town.token(self.town.lin))

    def token(self, kind: str, token: str) -> None:
        self.secrets.add(kind, token)
        self.tokens.append(token)

    def cardholder(self) -> None:
        """Sign up, bind a card, register an alias, deposit a pay code, share a receipt."""
        town, secrets, holder, count = self.town, self.secrets, Cardholder(self.town), next_count()
        self.token("session token", holder.token)
        secrets.add("private key", holder.key.reveal_seed())
        number = card_number(BANK, count).reveal()
        secrets.add("card number", number, " ".join(number[at : at + 4] for at in range(0, len(number), 4)))
        secrets.add("phone number", phone_number(count))
        begun = holder.begin(BANK, count).json()
        code, key = code_sent_to(town, BANK, phone_number(count)), SigningKey.generate()
        secrets.add_code(code)
        secrets.add("private key", key.reveal_seed())
        typed = holder.confirmation(BANK, begun, "9Zx-Qw71kLm-04vB", key)  # whatever was typed for the code
        assert holder.post("/v1/cards", typed).json()["code"] == "wrong_code"
        bound = holder.post("/v1/cards", {**typed, "code": code})
        assert bound.status_code == 201, bound.text
        secrets.add("view key", base64.b64decode(bound.json()["view_key"]))
        holder.bind(BANK)
        assert register(holder, "+99977001234").status_code == 201
        secrets.add_code(code_sent_to(town, BANK, "+99977001234"))
        shown = pay_codes.show(town.lin.own(town.chain_id), 500, by_digits=True)
        assert deposit(town, town.lin, shown).status_code == 200
        secrets.add("pay code", shown.digits or "", shown.authority)
        paid = town.pay(town.lin, town.chen)["id"]
        town.indexed()
        path = f"/v1/accounts/{town.lin.account.hex()}/receipts/{paid}/links"
        body = {"seconds": 3_600, "with_balance": True}
        link = town.post(path, json=body, headers={**town.bearer(town.lin), **fresh_key()})
        assert link.status_code == 201, link.text
        self.token("receipt link", link.json()["token"])
        assert town.get("/v1/shared/receipt/summary", params={"token": link.json()["token"]}).status_code == 200

    def staff(self) -> None:
        """Invite, register passkeys, sign in, make an API key, a webhook and a second secret of it; let it be told."""
        town, secrets, boss = self.town, self.secrets, Member(self.town, BANK, "administrator")
        invited = boss.post("/v1/staff", {"name": "Wang Fang of the back office", "role": "clerk"}).json()
        self.token("invitation", invited["invitation"])
        clerk = Member(town, BANK, "clerk", invited["invitation"])
        for member in (boss, clerk):
            self.token("session token", member.token)
            scalar = member.passkey.key.private_numbers().private_value
            secrets.add("private key of a passkey", scalar.to_bytes(32, "big"))
            secrets.add("passkey", member.passkey.id)
        shop = boss.make_key("accounts:read", "webhooks:write")
        self.token("API key", shop.token)
        url = f"{self.receiver.url}?token=kX83-secret-of-the-receiver-0b7d"
        asked = {"url": url, "label": "the shop's own till", "types": ["transaction.committed"]}
        made = shop.post("/v1/webhooks", asked)
        assert made.status_code == 201, made.text
        path = f"/v1/webhooks/{made.json()['id']}"
        rotated = shop.post(f"{path}/secret", {}).json()
        for secret in (made.json()["secret"], rotated["secret"]):
            secrets.add("webhook secret", secret, base64.b64decode(secret.removeprefix("whsec_")))
        assert shop.post(f"{path}/test", {}).status_code == 201
        for each in self.receiver.wait(1):
            secrets.add("webhook signature", each.headers["webhook-signature"])
        self.receiver.answer = lambda _: Answer(500)
        assert shop.post(f"{path}/test", {}).status_code == 201
        self.receiver.wait(2)
        self.receiver.close()
        assert shop.post(f"{path}/test", {}).status_code == 201  # and cannot be delivered

    def misused(self, envelope: bytes) -> None:
        """Show secrets where they are refused, and where nobody looks for them."""
        town, body = self.town, base64.b64encode(envelope).decode()
        account = f"/v1/accounts/{town.lin.account.hex()}"
        json_type = {"Content-Type": "application/json"}
        for secret in self.tokens:
            headers = {"Authorization": f"Bearer {secret}", "Cookie": secret, "Idempotency-Key": secret[:60]}
            for path in (
                account,
                f"{account}/statement?limit=x",
                f"{account}/events?after=x",
                "/v1/customers/me",
                "/v1/no",
            ):
                if "events" not in path:
                    town.client.get(path, headers=headers)
                town.client.post(path, headers=headers, json={"secret": secret})
            town.client.get(f"{account}/statement", params={"token": secret, "asset": secret})
            town.client.get("/v1/shared/receipt", params={"token": secret})
            town.client.get(f"/v1/transactions/{secret[:60]}")
            for path, content in (
                ("/v1/transactions", json.dumps({"envelopes": [secret], "more": secret})),
                ("/v1/transactions", body + secret),
                ("/v1/customers", json.dumps({"challenge": secret, "label": secret, "device": {"public_key": secret}})),
                ("/v1/sessions", json.dumps({"challenge": secret, "passkey": {"id": secret, "rawId": secret}})),
                ("/v1/staff/passkeys", json.dumps({"invitation": secret, "label": secret})),
            ):
                town.client.post(path, content=content, headers={**json_type, **fresh_key()})
            town.client.post("/v1/transactions", content=body + secret, headers={"Content-Type": "text/plain"})
            town.client.post("/v1/transactions/bulk", content=secret, headers={"Content-Type": "application/msgpack"})
            town.client.post("/v1/codes/resolve", json={"code": secret})

    def trouble_node(self, envelope: bytes) -> None:
        """Ask the node itself for what it does not know and cannot read."""
        for request in (
            Request(1, "no_such_" + envelope[:20].hex(), msgspec.Raw(codec.encode([envelope]))),
            Request(2, "submit", msgspec.Raw(codec.encode([[envelope + b"x"]]))),
            Request(3, "submit", msgspec.Raw(codec.encode(envelope))),
            Request(4, "block", msgspec.Raw(codec.encode([10**9]))),
        ):
            for path in (self.town.network.node.socket, str(self.town.network.desks[BANK])):
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.settimeout(PATIENCE_SECONDS)
                    connection.connect(path)
                    connection.sendall(frame(codec.encode(request)))
                    connection.recv(65_536)
                    connection.sendall(envelope)

    def pause_node(self, envelope: bytes) -> None:
        """Let a payment wait in the outbox."""
        town = self.town
        os.kill(town.network.node.process.pid, signal.SIGSTOP)
        try:
            assert town.submit(envelope).status_code == 202
            for _ in range(2):  # longer than the outbox waits for the node
                assert town.get(f"/v1/accounts/{town.lin.account.hex()}", town.lin).status_code == 503
        finally:
            os.kill(town.network.node.process.pid, signal.SIGCONT)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while httpx.get(f"{town.network.url}/v1/health").json()["outbox_items"]:
            assert time.monotonic() < deadline

    def break_databases(self) -> None:
        """Take tables away while they are used: what fails tells where, and nothing of what it was given."""
        town, holder, boss = self.town, Cardholder(self.town), Member(self.town, BANK, "administrator")
        for caller in (holder, boss):
            self.token("session token", caller.token)
        break_table(self.folder / f"desks/{BANK}.sqlite", "services_enrolments")
        assert holder.begin(BANK, next_count()).status_code == 503
        break_table(self.folder / "port.sqlite", "credentials")
        assert town.post("/v1/customers", json=holder.new_key(), headers=fresh_key()).status_code == 500
        challenge = base64.b64encode(challenge_of(town)).decode()
        answer = {"challenge": challenge, "passkey": boss.passkey.get(base64.b64decode(challenge))}
        assert town.post("/v1/sessions", json=answer, headers=fresh_key()).status_code == 500
        break_table(self.folder / "history.sqlite", "parties")
        town.pay(town.lin, town.chen)
        assert town.network.processes[1].wait(PATIENCE_SECONDS) == 1


def break_table(file: Path, name: str) -> None:
    with sqlite3.connect(file, timeout=PATIENCE_SECONDS) as connection:
        connection.execute(f"ALTER TABLE {name} RENAME TO {name}_gone")


def rest_of(process: subprocess.Popen[str]) -> bytes:
    """Return what a process wrote to its standard output after the ready line."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    try:
        return os.read(process.stdout.fileno(), 65_536)
    except BlockingIOError:
        return b""


def entries(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


@pytest.mark.slow
def test_nothing_secret_is_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(logs.VARIABLE, logs.Level.DEBUG.value)
    city, secrets = build_city(), Secrets()
    options = ["--node-timeout", "0.5", "--address-rate", "1000000", "--webhook-network", "127.0.0.0/8"]
    with bootstrap.running_network(city.genesis, tmp_path, hosted=city.hosted, gateway_options=options) as network:
        town = Town(city, network)
        secrets.watch(town.client)
        asyncio.run(town.seed_cores())
        town.open_everyone()
        envelope = sign(town.transfer(town.lin, town.chen), town.lin.key)
        signed = codec.decode(envelope, envelopes.Envelope)
        secrets.add("transaction", envelope, signed.body, signed.signatures[0].signature)
        story = Story(town, secrets, tmp_path)
        story.keys_at_rest()
        story.cardholder()
        story.staff()
        story.misused(envelope)
        story.trouble_node(envelope)
        story.pause_node(envelope)
        story.break_databases()
        town.client.close()
        written = b"".join(rest_of(process) for process in network.processes)
    text = "".join(capfd.readouterr())
    assert written == b"", "what is written to standard output is read by nobody"
    told = list(entries(text))
    for process in PROCESSES:
        levels = {each["level"] for each in told if each["process"] == process}
        assert "debug" in levels or process == "history", f"{process} wrote all it can"
        assert levels & {"info", "debug"}, f"{process} wrote all it can"
    events = {each["event"] for each in told}
    assert {"outbox waits", "operation failed", "request failed", "answered", "asked"} <= events, "it was looked at"
    kinds = {
        *("API key", "session token", "desk secret", "webhook secret", "passkey", "private key of a passkey"),
        *("invitation", "card number", "private key", "Idempotency-Key", "body", "field of a body"),
    }
    assert kinds <= secrets.found.keys()
    assert secrets.codes
    assert secrets.written_in(text) == []


def test_a_secret_is_found_in_every_form() -> None:
    secrets = Secrets()
    secrets.add("key", "pps_" + "a" * 40)
    secrets.add_code("123456")
    written = base64.b64encode(b"Authorization: Bearer pps_" + b"a" * 40 + b", and more").decode()
    for text in (f"x pps_{'a' * 40}", written, ("pps_" + "a" * 40).encode().hex(), "code 123456 of"):
        assert secrets.written_in(text), text
    assert secrets.written_in('{"timestamp": "2026-11-26T10:00:00.123456Z", "event": "answered"}') == []
    for data in (b"\x00\xff" * 9, b"a secret, in a text"):
        for before in (b"", b"1", b"22", b"333"):
            text = base64.urlsafe_b64encode(before + data + b"and what follows").decode()
            assert any(form in text for form in forms(data))


def test_a_level_nobody_knows_is_refused(tmp_path: Path) -> None:
    for module, arguments in (
        ("payport.node.process", ["--data", str(tmp_path)]),
        ("payport.services.process", ["--config", str(tmp_path / "none")]),
    ):
        ended = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, logs.VARIABLE: "loud"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 1
        assert "unknown_log_level" in ended.stderr
