"""Every example, as a reader runs it, against a real network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from payport import bootstrap
from payport.gateway.webhooks import signing
from payport.ledger.state.assets import AssetClass
from payport.qr import images
from payport.qr.templates.payport import MerchantCode
from payport.qr.templates.payport import encode as encode_code
from payport.simulator.scenarios.city import OPERATOR, City
from payport.values import codec
from payport.wallet import key_file
from payport.wallet.client import Client

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PASSPHRASE = "passphrase of the examples"
TRIED: set[str] = set()


@pytest.fixture(scope="module")
def files(city: City, network: bootstrap.RunningNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with key files, a merchant's code and a bank's seed; chen holds points."""
    directory, chain_id = tmp_path_factory.mktemp("files"), city.genesis.chain_id
    for name in ("lin", "chen", "fuel", "bakery"):
        key_file.save(directory / f"{name}.key", city.parties[name].own(chain_id), PASSPHRASE, 2**14)
    shop = city.parties["canteen"]
    code = MerchantCode(shop.account, shop.category, "CNY", None, "CN", shop.name, "BEIJING")
    (directory / "code.png").write_bytes(images.make_png(encode_code(code)))
    key_file.save(directory / "savings.key", city.parties["lin-savings"].own(chain_id), PASSPHRASE, 2**14)
    (directory / "south.seed").write_text(city.keys["bank-south"].reveal_seed().hex(), encoding="ascii")
    (directory / "bank.seed").write_text(city.keys["bank-east"].reveal_seed().hex(), encoding="ascii")
    with Client(network.url, network.trust) as port:
        for kind, fields in (
            (
                "register_asset/1",
                {"asset": "bank-east:STAMPS", "asset_class": AssetClass.VOUCHER, "name": "Stamps", "decimals": 0},
            ),
            (
                "issue/1",
                {"account": city.parties["chen"].account, "asset": "bank-east:STAMPS", "amount_minor": 100},
            ),
        ):
            port.send_as("bank-east", chain_id, [city.keys["bank-east"]], kind, **fields)
    return directory


def run(name: str, network: bootstrap.RunningNetwork, *arguments: Path | str) -> tuple[int, str]:
    TRIED.add(name)
    finished = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", network.url, network.trust_file, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PAYPORT_PASSPHRASE": PASSPHRASE},
        check=False,
    )
    assert not finished.stderr, finished.stderr
    return finished.returncode, finished.stdout


@pytest.mark.parametrize(
    ("amount", "status", "words"),
    [
        ("12.50", 0, "12.50 CNY in block"),
        ("", 1, "no_amount"),
        ("99999999", 1, "balance"),
        ("0.019", 1, "malformed_amount"),
    ],
)
def test_pay_by_code(files: Path, network: bootstrap.RunningNetwork, amount: str, status: int, words: str) -> None:
    code, told = run("pay_by_code", network, files / "lin.key", files / "code.png", amount)
    assert (code, words in told) == (status, True), told


@pytest.mark.parametrize(
    ("used", "status", "words"), [("212.40", 0, "captured 212.40"), ("300.01", 1, "capture_exceeds_hold")]
)
def test_authorise_and_capture(
    files: Path, network: bootstrap.RunningNetwork, used: str, status: int, words: str
) -> None:
    keys = files / "lin.key", files / "fuel.key"
    code, told = run("authorise_and_capture", network, *keys, "300", used)
    assert (code, words in told) == (status, True), told


def test_pay_code_offline(files: Path, network: bootstrap.RunningNetwork) -> None:
    code, told = run("pay_code_offline", network, files / "chen.key", files / "bakery.key", "18.50")
    assert code == 0
    assert "paid 18.50" in told
    assert "authority_used" in told


def test_trade_points(files: Path, network: bootstrap.RunningNetwork) -> None:
    keys = files / "chen.key", files / "lin.key"
    code, told = run("trade_points", network, *keys, "bank-east:STAMPS", "100", "33", "50")
    assert code == 0
    assert "took 50 bank-east:STAMPS for 16.50 CNY" in told
    assert "holds 50" in told


def test_freeze_account(city: City, files: Path, network: bootstrap.RunningNetwork) -> None:
    account = city.parties["chen"].account.hex()
    code, told = run("freeze_account", network, "bank-east", files / "bank.seed", account)
    assert (code, told.splitlines()[-1]) == (0, "lifted")
    code, told = run("freeze_account", network, "bank-west", files / "bank.seed", account)
    assert (code, "unbound_key" in told) == (1, True)


def test_deliver_for_payment(files: Path, network: bootstrap.RunningNetwork) -> None:
    bank = "bank-east", files / "bank.seed"
    arguments = files / "chen.key", files / "lin.key", *bank, "bank-east:STAMPS", "30", "9.90"
    code, told = run("deliver_for_payment", network, *arguments)
    assert code == 0, told
    traded, failed, nothing = told.splitlines()
    height = traded.rsplit(maxsplit=1)[1]
    assert traded == f"30 bank-east:STAMPS for 9.90 CNY, both in block {height} and {height}"
    assert "insufficient_balance" in failed
    assert nothing == "nobody paid and nobody delivered"


def test_limit_a_phone(city: City, files: Path, network: bootstrap.RunningNetwork) -> None:
    code, told = run("limit_a_phone", network, files / "lin.key", city.parties["chen"].account.hex())
    assert code == 0, told
    words = ["(payment_limit)", "paid in block", "(daily_limit)", "(payment_limit)", "(payment_limit)", "(revoked_key)"]
    lines = told.splitlines()
    assert len(lines) == len(words)
    assert all(word in line for word, line in zip(words, lines, strict=True)), told


def test_recover_account(city: City, files: Path, network: bootstrap.RunningNetwork) -> None:
    """The network's delay is a second here."""
    chain_id, payee = city.genesis.chain_id, city.parties["chen"].account.hex()
    with Client(network.url, network.trust) as port:
        delay = {"name": "recovery_delay_ms", "value": codec.encode(1_000), "from_height": port.network().height + 2}
        port.send_as(OPERATOR, chain_id, [city.keys[OPERATOR]], "set_parameter/1", **delay)
        port.transfer(city.parties["lin"].own(chain_id), bytes.fromhex(payee), 1)
    bank = "bank-south", files / "south.seed"
    code, told = run("recover_account", network, *bank, files / "savings.key", files / "new.key", payee)
    assert code == 0, told
    begun, vetoed, finished = told.splitlines()
    assert "(recovery_under_way)" in begun
    assert vetoed == "vetoed by the owner, who pays again"
    assert finished.endswith("(revoked_key)")
    assert key_file.load(files / "new.key", PASSPHRASE).account == city.parties["lin-savings"].account
    lone = run("recover_account", network, "bank-east", files / "bank.seed", files / "savings.key", files / "x", payee)
    assert (lone[0], "not_your_customer" in lone[1]) == (1, True)


def test_receive_webhooks(tmp_path: Path) -> None:
    TRIED.add("receive_webhooks")
    old, new = signing.new_secret(), signing.new_secret()
    command = [sys.executable, EXAMPLES / "receive_webhooks.py", f"{signing.shown(old)},{signing.shown(new)}", "0"]
    process = subprocess.Popen([*command, tmp_path / "seen"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url = f"http://127.0.0.1:{process.stdout.readline().split()[-1]}/hook"
    payment = {"sent": False, "asset": "CNY", "amount_minor": 5, "id": "ab" * 32}
    body = json.dumps({"type": "transaction.committed", "data": payment}).encode()
    now_ms = time.time_ns() // 1_000_000

    def post(secrets: list[bytes], name: bytes, at_ms: int = now_ms) -> int:
        return httpx.post(url, content=body, headers=signing.headers(secrets, name, at_ms, body)).status_code

    told = [post([new, old], bytes(16)), post([old], bytes(16)), post([bytes(32)], bytes(16))]
    told += [post([new], b"other".ljust(16)), post([new], bytes(16), now_ms - 600_000)]
    process.terminate()
    said = process.communicate(timeout=30)[0]
    assert told == [204, 204, 400, 204, 400]
    assert said.count("received 5 minor units of CNY") == 2, "once for each id"


def test_every_example_is_tried() -> None:
    assert {each.stem for each in EXAMPLES.glob("*.py")} == TRIED
