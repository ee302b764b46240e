"""The key file: its owner's alone, of one passphrase, and no byte of it can be changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from payport.values.refusals import Refusal
from payport.wallet import key_file
from payport.wallet.keys import SigningKey
from payport.wallet.own_account import OwnAccount

OWN = OwnAccount("demo-0123456789abcdef", bytes(range(16)), bytes([7]) * 32, SigningKey(bytes([3]) * 32))
PASSPHRASE = "correct horse"
QUICK = 2**14


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lin.key"
    key_file.save(path, OWN, PASSPHRASE, QUICK)
    return path


def refused(code: str, path: Path, passphrase: str = PASSPHRASE) -> None:
    with pytest.raises(Refusal) as caught:
        key_file.load(path, passphrase)
    assert caught.value.code == code


def test_round_trip(file: Path) -> None:
    loaded = key_file.load(file, PASSPHRASE)
    assert (loaded.chain_id, loaded.account, loaded.reveal_view_key()) == (OWN.chain_id, OWN.account, bytes([7]) * 32)
    assert loaded.key.reveal_seed() == bytes([3]) * 32
    assert file.stat().st_mode & 0o777 == 0o600


def test_secrets_are_in_neither_file_nor_repr(file: Path) -> None:
    shown = repr(OWN) + repr(OWN.key) + file.read_text()
    for secret in (bytes([3]) * 32, bytes([7]) * 32):
        assert secret.hex() not in shown


def test_the_default_cost_is_that_of_a_person_waiting(tmp_path: Path) -> None:
    key_file.save(tmp_path / "k", OWN, PASSPHRASE)
    assert json.loads((tmp_path / "k").read_text())["kdf"]["n"] == 2**17


def test_wrong_passphrase(file: Path) -> None:
    refused("wrong_passphrase", file, "correct house")


@pytest.mark.parametrize("member", ["chain_id", "account", "public_key", "salt", "nonce", "sealed", "n"])
def test_every_member_is_authenticated(file: Path, member: str) -> None:
    document = json.loads(file.read_text())
    holder = next(each for each in (document, document["kdf"], document["cipher"]) if member in each)
    value = holder[member]
    holder[member] = value * 2 if isinstance(value, int) else value[:-1] + ("0" if value[-1] != "0" else "1")
    file.write_text(json.dumps(document))
    refused("wrong_passphrase", file)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "payport-key/2"},
        {"more": 1},
        {"account": "00"},
        {"kdf": {"name": "scrypt", "n": 2**30, "r": 8, "p": 1, "salt": "00" * 16}},
        {"kdf": {"name": "scrypt", "n": 2**14 + 2, "r": 8, "p": 1, "salt": "00" * 16}},
        {"cipher": {"name": "none", "nonce": "00" * 12}},
    ],
)
def test_what_is_no_key_file(file: Path, change: dict[str, object]) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    refused("malformed_key_file", file)


@pytest.mark.parametrize("data", [b"", b"\xff", b"[" * 5_000, b"[" * 3_000, b"{}"])
def test_what_is_no_json(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    refused("malformed_key_file", file)


def test_others_may_not_read_it(file: Path) -> None:
    file.chmod(0o640)
    refused("key_file_exposed", file)


def test_a_key_is_never_overwritten(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(Refusal, match="key_file_exists"):
        key_file.save(file, OWN, PASSPHRASE, QUICK)
    assert file.read_bytes() == before


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="weak_passphrase"):
        key_file.save(tmp_path / "k", OWN, "short", QUICK)
    assert not (tmp_path / "k").exists()
