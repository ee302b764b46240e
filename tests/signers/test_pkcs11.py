"""Signing inside tokens of SoftHSM, which fail where a test asks for it as SoftHSM never does."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism

from payport import _native
from payport.signers import pkcs11 as tokens_module
from payport.signers.address import read_address
from payport.signers.opening import make_key, open_signer
from payport.signers.pkcs11 import RECONNECT_SECONDS, Pkcs11Signer
from payport.values.refusals import Refusal
from tests.signers.tokens import PIN, Seconds, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.signers.tokens import Faults

MESSAGE = b"to be signed"
DEVICE_REMOVED, PIN_INCORRECT, PIN_EXPIRED, PIN_LOCKED_ANSWER = 0x32, 0xA0, 0xA3, 0xA4
FINAL_TRY, LOCKED = 0x20000, 0x40000


def code_of(call: Callable[..., object], *arguments: object) -> str:
    """Return what a call is refused for."""
    with pytest.raises(Refusal) as refused:
        call(*arguments)
    assert PIN not in str(refused.value)
    return refused.value.code


def verifies(signer: Any, signature: bytes, message: bytes = MESSAGE) -> bool:
    return _native.verify_ed25519_one(signer.public_key, message, signature)


@pytest.fixture
def token(tokens: Tokens) -> str:
    made = tokens.make()
    _restart(tokens)
    return made


def test_a_key_is_drawn_in_the_token_and_signs(tokens: Tokens, token: str) -> None:
    address = tokens.address(token, "east", more=";id=%01%02")
    public_key = make_key(address)
    for named in (address, tokens.address(token, "east"), address.replace("object=east;", "")):
        signer = open_signer(named)
        assert signer.public_key == public_key
        for message in (b"", MESSAGE, bytes(100_000)):
            assert verifies(signer, signer.sign(message), message)
    assert _native.bindable_ed25519([public_key]) == b"\1"


def test_a_key_never_leaves_the_token(tokens: Tokens, token: str) -> None:
    make_key(tokens.address(token, "east"))
    session = _session(tokens, token)
    private = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label="east")
    for attribute, is_set in (("PRIVATE", True), ("SENSITIVE", True), ("EXTRACTABLE", False), ("TOKEN", True)):
        assert private[Attribute[attribute]] is is_set
    with pytest.raises(pkcs11.AttributeSensitive):
        private[Attribute.VALUE]


def test_a_key_is_never_replaced(tokens: Tokens, token: str) -> None:
    first = make_key(tokens.address(token, "east", more=";id=%01"))
    for named in (tokens.address(token, "east"), tokens.address(token, "other", more=";id=%01")):
        assert code_of(make_key, named) == "signing_key_exists"
    unnamed = tokens.address(token, "east", more=";id=%02").replace("object=east;", "")
    assert code_of(make_key, unnamed) == "malformed_signer"
    assert open_signer(tokens.address(token, "east")).public_key == first


def test_two_keys_of_one_name_are_told_apart_by_id(tokens: Tokens, token: str) -> None:
    session = _session(tokens, token, rw=True)
    for identity in (b"\1", b"\2"):
        _draw(session, "edwards25519", "east", identity)
    session.close()
    assert code_of(open_signer, tokens.address(token, "east")) == "ambiguous_signer"
    first, second = (open_signer(tokens.address(token, "east", more=f";id=%0{place}")) for place in (1, 2))
    assert first.public_key != second.public_key


def test_two_tokens_of_one_name_are_told_apart_by_serial(tokens: Tokens) -> None:
    name = tokens.make("twins")
    tokens.make("twins")
    _restart(tokens)
    address = tokens.address(name, "east")
    assert code_of(make_key, address) == "ambiguous_signer"
    serials = [each.serial.decode() for each in _library(tokens).get_tokens(token_label=name)]
    made = [make_key(address.replace("token=twins", f"token=twins;serial={each}")) for each in serials]
    assert len(set(made)) == 2
    named = "manufacturer=SoftHSM%20project;model=SoftHSM%20v2"
    assert open_signer(address.replace("token=twins", f"{named};serial={serials[1]}")).public_key == made[1]
    other = address.replace("token=twins", f"token=twins;serial={serials[1]};model=another")
    assert code_of(open_signer, other) == "token_not_found"


def test_what_is_not_there(tokens: Tokens, token: str, tmp_path: Path) -> None:
    address = tokens.address(token, "east")
    assert code_of(open_signer, address) == "signing_key_not_found"
    make_key(address)
    assert code_of(open_signer, tokens.address("nobody's", "east")) == "token_not_found"
    assert code_of(open_signer, tokens.address(token, "east", pin="env:NO_SUCH_PIN")) == "pin_missing"
    (tmp_path / "no-module.so").write_text("not a library")
    for module in (tmp_path / "nothing.so", tmp_path / "no-module.so"):
        assert code_of(open_signer, tokens.address(token, "east", module=module)) == "signer_module_missing"


def test_without_the_extra_there_is_no_module() -> None:
    program = "import sys; sys.modules['pkcs11'] = None\nfrom payport.signers.opening import open_signer\nopen_signer("
    program += "'pkcs11:token=a;object=b?module-path=/m.so&pin-source=env:PIN')"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "signer_module_missing: install payport[hsm]" in finished.stderr


@pytest.mark.parametrize("kind", ["edwards448", "rsa", "mute"])
def test_only_ed25519_signs(tokens: Tokens, token: str, kind: str) -> None:
    session = _session(tokens, token, rw=True)
    if kind == "rsa":
        session.generate_keypair(KeyType.RSA, 1_024, label="east", id=b"\1", store=True)
    elif kind == "edwards448":
        _draw(session, kind, "east", b"\1")
    else:
        _draw(session, "edwards25519", "east", b"\1", private_template={Attribute.SIGN: False})
    session.close()
    assert code_of(open_signer, tokens.address(token, "east")) == "signing_key_not_ed25519"


def test_the_public_part_must_be_its_own(tokens: Tokens, token: str) -> None:
    session = _session(tokens, token, rw=True)
    (first, _), _ = (_draw(session, "edwards25519", f"key{each}", bytes([each])) for each in (1, 2))
    address = tokens.address(token, "key1")
    other = open_signer(tokens.address(token, "key2")).public_key
    assert open_signer(address).public_key != other
    first.destroy()
    session.close()
    assert code_of(open_signer, address) == "signing_key_not_found"
    session = _session(tokens, token, rw=True)
    session.get_key(pkcs11.ObjectClass.PUBLIC_KEY, label="key2")[Attribute.ID] = b"\1"
    session.close()
    assert code_of(open_signer, address) == "signing_key_not_ed25519"


@pytest.mark.parametrize("wrapped", [False, True])
def test_points_are_read_with_and_without_der(wrapped: bool) -> None:
    point = bytes(range(32))
    for curve in tokens_module.CURVES:
        given: Any = {Attribute.EC_PARAMS: curve, Attribute.EC_POINT: b"\x04\x20" * wrapped + point}
        assert tokens_module._point(given) == point


def test_a_wrong_pin_is_shown_to_the_token_once(tokens: Tokens, token: str, faults: Faults) -> None:
    pin = tokens.write_pin("changing", PIN)
    address = tokens.address(token, "east", pin=f"file:{pin}")
    make_key(address)
    clock = Seconds()
    signer = Pkcs11Signer(read_address(address), clock)
    tokens.write_pin("changing", "another pin")
    assert verifies(signer, signer.sign(MESSAGE))
    _restart(tokens)
    before = faults.calls("C_Login")
    for _ in range(5):
        with pytest.raises(Refusal, match="signer_unavailable: pin_wrong"):
            signer.sign(MESSAGE)
        clock.now += RECONNECT_SECONDS
    assert faults.calls("C_Login") == before + 1
    tokens.write_pin("changing", PIN)
    assert verifies(signer, signer.sign(MESSAGE))
    tokens.write_pin("changing", "another pin")
    _restart(tokens)
    assert code_of(open_signer, address) == "pin_wrong"


def test_a_locked_pin_is_a_persons_to_unlock(tokens: Tokens, token: str, faults: Faults) -> None:
    address = tokens.address(token, "east")
    make_key(address)
    _restart(tokens)
    for answer in (PIN_LOCKED_ANSWER, PIN_EXPIRED):
        faults.answer("C_Login", answer, 1)
        assert code_of(open_signer, address) == "pin_locked"
    faults.answer("C_Login", PIN_INCORRECT, 1)
    assert code_of(open_signer, address) == "pin_wrong"
    before = faults.calls("C_Login")
    for flag in (FINAL_TRY, LOCKED):
        faults.flag(flag)
        for call in (open_signer, make_key):
            assert code_of(call, address) == "pin_locked"
    assert faults.calls("C_Login") == before
    faults.none()
    signer = open_signer(address)
    assert verifies(signer, signer.sign(MESSAGE))


def test_a_token_that_was_taken_out_for_a_moment_is_not_noticed(tokens: Tokens, token: str, faults: Faults) -> None:
    address = tokens.address(token, "east")
    make_key(address)
    signer, neighbour = open_signer(address), open_signer(address)
    for times in (1, 2):
        # The first answer ends the session; the second is met by the new one, which starts the module anew.
        faults.answer("C_Sign", DEVICE_REMOVED, times)
        assert verifies(signer, signer.sign(MESSAGE))
        assert verifies(neighbour, neighbour.sign(MESSAGE))


def test_while_a_token_is_away_it_is_asked_for_now_and_then(tokens: Tokens, token: str, faults: Faults) -> None:
    address = tokens.address(token, "east")
    make_key(address)
    clock = Seconds()
    signer = Pkcs11Signer(read_address(address), clock)
    faults.answer("C_Sign", DEVICE_REMOVED, -1)
    with pytest.raises(Refusal, match="signer_unavailable: DeviceRemoved"):
        signer.sign(MESSAGE)
    logins = faults.calls("C_Login")
    for _ in range(20):
        with pytest.raises(Refusal, match="signer_unavailable: DeviceRemoved"):
            signer.sign(MESSAGE)
    assert faults.calls("C_Login") == logins
    faults.none()
    with pytest.raises(Refusal, match="signer_unavailable"):
        signer.sign(MESSAGE)
    clock.now += RECONNECT_SECONDS
    assert verifies(signer, signer.sign(MESSAGE))


def test_a_token_that_is_gone_and_comes_back(tokens: Tokens, token: str) -> None:
    address = tokens.address(token, "east")
    make_key(address)
    clock = Seconds()
    signer = Pkcs11Signer(read_address(address), clock)
    away = tokens.store.rename(tokens.folder / "away")
    tokens.store.mkdir()
    try:
        _restart(tokens)
        with pytest.raises(Refusal, match="signer_unavailable: token_not_found"):
            signer.sign(MESSAGE)
        tokens.store.rmdir()
        clock.now += RECONNECT_SECONDS
        # Without the folder the module does not even start.
        with pytest.raises(Refusal, match="signer_unavailable: GeneralError"):
            signer.sign(MESSAGE)
        assert code_of(open_signer, tokens.address("other", "east")) == "signer_unavailable"
    finally:
        shutil.rmtree(tokens.store, ignore_errors=True)
        away.rename(tokens.store)
    clock.now += RECONNECT_SECONDS
    assert verifies(signer, signer.sign(MESSAGE))


def test_another_key_in_its_place_is_not_signed_with(tokens: Tokens, token: str) -> None:
    address = tokens.address(token, "east")
    first = make_key(address)
    signer = open_signer(address)
    session = _session(tokens, token, rw=True)
    for each in list(session.get_objects({Attribute.LABEL: "east"})):
        each.destroy()
    session.close()
    second = make_key(address)
    assert first != second
    with pytest.raises(Refusal, match="signer_unavailable: signing_key_not_found"):
        signer.sign(MESSAGE)
    assert signer.public_key == first
    assert open_signer(address).public_key == second


def test_a_signature_that_does_not_verify_stays_inside(tokens: Tokens, token: str, faults: Faults) -> None:
    address = tokens.address(token, "east")
    make_key(address)
    faults.spoil(2)
    assert code_of(open_signer, address) == "signing_key_not_ed25519"
    faults.none()
    signer = open_signer(address)
    faults.spoil(1)
    with pytest.raises(Refusal, match="signer_unavailable: the signature does not verify"):
        signer.sign(MESSAGE)
    assert verifies(signer, signer.sign(MESSAGE))


def test_many_threads_sign_with_several_keys(tokens: Tokens, token: str) -> None:
    names = [f"key{number}" for number in range(3)]
    for name in names:
        make_key(tokens.address(token, name))
    signers = [open_signer(tokens.address(token, name)) for name in names]
    wrong: list[bytes] = []

    def sign(place: int) -> None:
        for number in range(50):
            signer, message = signers[(place + number) % 3], bytes([place, number])
            if not verifies(signer, signer.sign(message), message):
                wrong.append(message)
            if number == 25:
                _restart(tokens)

    threads = [threading.Thread(target=sign, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.fixture
def faults(tokens: Tokens) -> Iterator[Faults]:
    made = tokens.faults
    made.none()
    yield made
    made.none()


def _library(tokens: Tokens) -> Any:
    return tokens_module._module(tokens.module).library()


def _restart(tokens: Tokens) -> None:
    module = tokens_module._module(tokens.module)
    with module.lock:
        module.restart()


def _session(tokens: Tokens, token: str, *, rw: bool = False) -> pkcs11.Session:
    """Return a session of the test's own."""
    _restart(tokens)
    opened: pkcs11.Session = _library(tokens).get_token(token_label=token).open(rw=rw, user_pin=PIN)
    return opened


def _draw(session: pkcs11.Session, curve: str, label: str, identity: bytes, **more: Any) -> tuple[Any, Any]:
    params = b"\x13" + bytes([len(curve)]) + curve.encode()
    made = session.create_domain_parameters(KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: params}, local=True)
    named = {"label": label, "id": identity, "store": True}
    return made.generate_keypair(mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, **named, **more)
