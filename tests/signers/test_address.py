"""Addresses of keys: read strictly, and never shown with what is secret."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from payport.signers.address import PinSource, read_address
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from tests.signers.tokens import Tokens

HOW = "?module-path=/usr/lib/module.so&pin-source=file:/etc/pin"


def test_every_attribute() -> None:
    read = read_address(
        "pkcs11:token=Bank%20East;serial=00e7;manufacturer=Some%20maker;model=M%2F1;object=key%3b1;id=%00%ffA;type=private"
        "?pin-source=file:///run/pins/east&module-path=/usr/lib/a%20module.so"
    )
    assert (read.token, read.serial, read.manufacturer, read.model) == ("Bank East", b"00e7", "Some maker", "M/1")
    assert (read.label, read.id) == ("key;1", b"\0\xffA")
    assert (read.module, read.pin.file) == (Path("/usr/lib/a module.so"), Path("/run/pins/east"))


def test_the_least() -> None:
    read = read_address("PKCS11:serial=1;id=%01?module-path=/m.so&pin-source=env:EAST_PIN")
    assert (read.token, read.label, read.pin) == (None, None, PinSource(None, "EAST_PIN"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("east.key", "pkcs11:"),
        ("pkcs11:" + HOW, "token and object"),
        ("pkcs11:token=a" + HOW, "token and object"),
        ("pkcs11:object=a" + HOW, "token and object"),
        ("pkcs11:token=a;object=b", "module-path"),
        ("pkcs11:token=a;object=b?module-path=relative.so&pin-source=file:/p", "module-path"),
        ("pkcs11:token=a;object=b?module-path=/m%00.so&pin-source=file:/p", "module-path"),
        ("pkcs11:token=a;object=b?module-path=/m.so", "pin-source"),
        ("pkcs11:token=a;object=b?module-path=/m.so&pin-source=/p", "pin-source"),
        ("pkcs11:token=a;object=b?module-path=/m.so&pin-source=file:p", "pin-source"),
        ("pkcs11:token=a;object=b?module-path=/m.so&pin-source=file://host/p", "pin-source"),
        ("pkcs11:token=a;object=b?module-path=/m.so&pin-source=env:1A", "pin-source"),
        ("pkcs11:token=a;object=b?module-path=/m.so&pin-source=%7Ccat%20/p", "pin-source"),
        ("pkcs11:token=a;object=b?module-path=/m.so&pin-value=7391", "pin-value"),
        ("pkcs11:token=a;token=a;object=b" + HOW, "token"),
        ("pkcs11:token=%zz;object=b" + HOW, "token"),
        ("pkcs11:token=%ff;object=b" + HOW, "token"),
        ("pkcs11:token=a b;object=b" + HOW, "token"),
        ("pkcs11:token=;object=b" + HOW, "token"),
        ("pkcs11:token=a;object=b;type=public" + HOW, "type"),
        ("pkcs11:token=a;object=b;slot-id=3" + HOW, "slot-id"),
        ("pkcs11:token=a;object=b;x-maker=3" + HOW, "x-maker"),
        ("pkcs11:token=a;object=b?module-path=/m.so&pin-source=file:/p&7391", ""),
    ],
)
def test_what_is_refused_names_the_attribute_and_never_shows_its_value(text: str, named: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_address(text)
    assert (refused.value.code, refused.value.detail) == ("malformed_signer", named)
    assert "7391" not in str(refused.value)


def test_a_pin_is_read_from_its_owners_file(tmp_path: Path) -> None:
    path = tmp_path / "pin"
    source = PinSource(path, "")

    def refused() -> str:
        with pytest.raises(Refusal) as raised:
            source.read()
        assert raised.value.detail == str(path)
        return raised.value.code

    assert refused() == "pin_missing"
    path.touch(0o600)
    assert refused() == "pin_missing"
    path.write_bytes("a pín 7391\n".encode())
    assert source.read() == "a pín 7391"
    path.chmod(0o640)
    assert refused() == "pin_exposed"
    path.chmod(0o600)
    for damaged in (b"\xff\n", b"1" * 256, b"1" * 10_000):
        path.write_bytes(damaged)
        assert refused() == "pin_missing"
    path.write_bytes(b"1" * 255)
    assert source.read() == "1" * 255


def test_a_pin_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    source = PinSource(None, "EAST_PIN")
    monkeypatch.delenv("EAST_PIN", raising=False)
    for _ in range(2):
        with pytest.raises(Refusal, match="pin_missing: EAST_PIN"):
            source.read()
        monkeypatch.setenv("EAST_PIN", "")
    monkeypatch.setenv("EAST_PIN", "7391")
    assert source.read() == "7391"


def test_the_addresses_of_the_tests_are_read(tokens: Tokens) -> None:
    read = read_address(tokens.address("a token", "key", more=";id=%01"))
    assert (read.token, read.label, read.id, read.module) == ("a token", "key", b"\1", tokens.module)
