"""The published vectors of what is signed, hashed and encoded, held against a second way to compute each."""

from __future__ import annotations

import base64
import hmac
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tools.regenerate import vector_files

from payport import _native
from payport.ledger.registry import verbs
from payport.proof import messagepack, transaction
from payport.qr import pay_code
from payport.values import access, authorities, bindings, codec, envelopes, orders
from payport.values.hashing import Tag
from payport.values.refusals import Refusal
from payport.values.sign_in import signing_bytes
from payport.values.signatures import pure
from payport.values.signatures.contract import Primitive, WebAuthnPolicy
from payport.values.signatures.table import SCHEMES
from tests.vectors.files import FILES, VECTORS, cases, data, read, refuses, seeded, sha256, tag, value_of


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_form_of_a_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)
    assert text == json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    assert list(document)[:3] == ["format", "subject", "about"]
    assert (document["format"], document["subject"]) == ("payport-vectors/1", path.stem)
    assert [number for number in integers(document) if abs(number) > 2**53 - 1] == []


def test_every_file_is_described_and_made() -> None:
    described = set(re.findall(r"`(\w+)\.json`", (VECTORS / "README.md").read_text(encoding="utf-8")))
    assert described == {path.stem for path in FILES} == {Path(name).stem for name in vector_files()}


def integers(value: Any) -> list[int]:
    if isinstance(value, dict | list):
        return [found for each in (value.values() if isinstance(value, dict) else value) for found in integers(each)]
    return [value] if isinstance(value, int) else []


@pytest.mark.parametrize("case", cases("codec", "valid"))
def test_codec(case: dict[str, Any]) -> None:
    value, encoded = value_of(case["value"]), data(case["encoded"])
    assert messagepack.encode(value) == codec.encode(value) == encoded
    assert codec.decode_canonical(encoded, Any) == value
    assert messagepack.encode(messagepack.decode(encoded)) == encoded


@pytest.mark.parametrize("case", cases("codec", "refused"))
def test_codec_refuses(case: dict[str, Any]) -> None:
    refuses(case["code"], messagepack.decode, data(case["encoded"]))


def test_hashing() -> None:
    listed = read("hashing")["tags"]
    assert {each["tag"]: data(each["prefix"]) for each in listed} == {each.name.lower(): each.value for each in Tag}
    for each in listed:
        for case in each["cases"]:
            assert sha256(data(each["prefix"]), data(case["data"])).hex() == case["hash"]


def check_envelope(case: dict[str, Any]) -> None:
    body, message = data(case["body"]), tag("transaction") + data(case["body"])
    assert data(case["signing_bytes"]) == message
    assert data(case["transaction_id"]) == sha256(message)
    signatures = sorted([key.public_key().public_bytes_raw(), key.sign(message)] for key in map(seeded, case["seeds"]))
    listed = [["ed25519", *each] for each in signatures]
    assert messagepack.encode([body, listed]) == data(case["envelope"])
    assert sha256(tag("signatures"), messagepack.encode(listed)) == data(case["signatures_hash"])
    elements = list(messagepack.decode(body))  # type: ignore[arg-type]
    elements[6] = None
    assert sha256(tag("transaction"), messagepack.encode(elements)) == data(case["ungrouped_id"])
    signed = transaction.read_transaction(data(case["envelope"]))
    transaction.check_signatures(signed, WebAuthnPolicy((), ()))
    assert transaction.transaction_id(signed) == data(case["transaction_id"])


@pytest.mark.parametrize("case", cases("envelopes", "single"))
def test_envelope(case: dict[str, Any]) -> None:
    check_envelope(case)
    assert case["ungrouped_id"] == case["transaction_id"]


def test_group() -> None:
    group = read("envelopes")["group"]
    for member in group["members"]:
        check_envelope(member)
        assert sha256(tag("transaction"), data(member["ungrouped_body"])) == data(member["ungrouped_id"])
        assert messagepack.decode(data(member["body"]))[6] == data(group["group_hash"])  # type: ignore[index]
    ids = [data(member["ungrouped_id"]) for member in group["members"]]
    assert sha256(tag("group"), *ids) == data(group["group_hash"])


@pytest.mark.parametrize("case", cases("envelopes", "refused"))
def test_envelope_refuses(case: dict[str, Any]) -> None:
    refuses(case["code"], envelopes.read_envelope, data(case["envelope"]))


@pytest.mark.parametrize("case", read("transactions")["transactions"], ids=lambda case: case["kind"])
def test_transaction(case: dict[str, Any]) -> None:
    verb, body = verbs()[case["kind"]], data(case["body"])
    elements = [value_of(each) for each in case["elements"]]
    assert messagepack.encode(elements) == body
    assert sha256(tag("transaction"), body) == data(case["transaction_id"])
    record = codec.decode(body, verb.record)
    assert list(case["fields"]) == list(record.__struct_fields__)
    assert codec.encode(record) == body
    verb.check(record)
    assert (case["roles"], case["confidential"]) == (sorted(verb.roles), verb.confidential)
    readable = msgspec.to_builtins(record, builtin_types=(bytes,))
    for name, element in zip(case["fields"], readable, strict=True):
        if isinstance(element, str | int | None):
            assert case["fields"][name] == element


def test_every_verb_has_a_vector() -> None:
    assert [each["kind"] for each in read("transactions")["transactions"]] == list(verbs())


@pytest.mark.parametrize("case", cases("orders", "valid"))
def test_order(case: dict[str, Any]) -> None:
    document, body = read("orders"), data(case["order"])
    fields = case["fields"]
    elements = [data(value) if name == "merchant" else value for name, value in fields.items()]
    assert messagepack.encode(elements) == body
    assert data(case["signing_bytes"]) == tag("order") + body
    key = seeded(document["seed"])
    assert key.sign(tag("order") + body) == data(case["signature"])
    signed = ["ed25519", data(document["public_key"]), data(case["signature"])]
    assert messagepack.encode([body, *signed]) == data(case["signed_order"])
    assert orders.read_order(body).order_id == fields["order_id"]


@pytest.mark.parametrize("case", cases("orders", "refused"))
def test_order_refuses(case: dict[str, Any]) -> None:
    refuses(case["code"], orders.read_order, data(case["order"]))


@pytest.mark.parametrize("case", cases("authorities", "valid"))
def test_authority(case: dict[str, Any]) -> None:
    document, body, key = read("authorities"), data(case["authority"]), seeded(read("authorities")["seed"])
    fields = case["fields"]
    account, digest = data(fields["account"]), fields["digits_digest"]
    elements = [
        *(fields["chain_id"], account, fields["asset"], fields["cap_minor"]),
        *(fields["issued_at_ms"], fields["expires_at_ms"], fields["counter"], digest and data(digest)),
    ]
    assert messagepack.encode(elements) == body
    assert data(case["signing_bytes"]) == tag("authority") + body
    assert data(case["authority_id"]) == sha256(tag("authority") + body)
    assert digest == (case["digits"] and sha256(tag("pay_code"), account, case["digits"].encode()).hex())
    assert key.sign(tag("authority") + body) == data(case["signature"])
    signed = messagepack.encode([body, "ed25519", data(document["public_key"]), data(case["signature"])])
    assert signed == data(case["signed_authority"])
    # Inside template 61, the authority is the last object: its own bytes end the code's.
    assert base64.b64decode(case["code"]).endswith(signed)
    assert pay_code.decode(case["code"]) == (case["token"], signed)


@pytest.mark.parametrize("case", cases("authorities", "refused"))
def test_authority_refuses(case: dict[str, Any]) -> None:
    refuses(case["code"], authorities.read_authority, data(case["authority"]))


@pytest.mark.parametrize("case", cases("bindings", "cases"))
def test_binding(case: dict[str, Any]) -> None:
    key, holder = seeded(case["seed"]), data(case["holder"])
    public_key = key.public_key().public_bytes_raw()
    message = tag("binding") + messagepack.encode([case["chain_id"], holder, public_key])
    assert (public_key, message) == (data(case["public_key"]), data(case["signing_bytes"]))
    assert key.sign(message) == data(case["proof"])
    new_key = codec.decode_canonical(data(case["new_key"]), bindings.NewKey)
    assert new_key == bindings.NewKey("ed25519", public_key, data(case["proof"]))


@pytest.mark.parametrize("case", cases("sign_in", "signed"))
def test_sign_in(case: dict[str, Any]) -> None:
    document, challenge = read("sign_in"), data(case["challenge"])
    key = seeded(document["seed"])
    assert key.public_key().public_bytes_raw() == data(document["public_key"])
    message = tag("sign_in") + messagepack.encode([document["chain_id"], challenge, data(document["public_key"])])
    assert message == data(case["message"]) == signing_bytes(document["chain_id"], challenge, message[-32:])
    assert key.sign(message) == data(case["signature"])


@pytest.mark.parametrize("case", cases("access", "valid"))
def test_access_token(case: dict[str, Any]) -> None:
    document = read("access")
    head = data(document["account"]) + case["expires_at_ms"].to_bytes(8, "big")
    message = tag("access") + document["chain_id"].encode() + b"\x00" + head
    made = head + hmac.digest(data(document["view_key"]), message, "sha256")
    assert base64.urlsafe_b64encode(made).rstrip(b"=").decode() == case["token"]
    token = access.read_token(case["token"], document["now_ms"])
    access.require_holder(token, document["chain_id"], data(document["view_key"]))


@pytest.mark.parametrize("case", cases("access", "refused"))
def test_access_token_refuses(case: dict[str, Any]) -> None:
    document = read("access")

    def accept() -> None:
        token = access.read_token(case["token"], document["now_ms"])
        access.require_holder(token, document["chain_id"], data(document["view_key"]))

    refuses(case["code"], accept)


@pytest.mark.parametrize("case", cases("ed25519", "cases"))
def test_ed25519(case: dict[str, Any]) -> None:
    parts = tuple(data(case[name]) for name in ("public_key", "message", "signature"))
    assert _native.verify_ed25519_one(*parts) == case["valid"]
    assert _native.verify_ed25519([parts]) == bytes([case["valid"]])
    assert pure.verify(Primitive("ed25519", *parts)) == case["valid"]


def test_ed25519_small_order() -> None:
    matrix = read("ed25519")["small_order"]
    encodings = [data(each) for each in matrix["encodings"]]
    assert len(set(encodings)) == 14
    message, scalar = data(matrix["message"]), data(matrix["s"])
    items = [(key, message, commitment + scalar) for key in encodings for commitment in encodings]
    assert _native.verify_ed25519(items) == bytes([matrix["valid"]]) * len(items)
    assert all(pure.verify(Primitive("ed25519", *item)) == matrix["valid"] for item in items)


@pytest.mark.parametrize(("subject", "scheme"), [("ed25519", "ed25519"), ("webauthn", "webauthn")])
def test_bindable(subject: str, scheme: str) -> None:
    listed = read(subject)["bindable"]
    assert {each["bindable"] for each in listed} == {True, False}
    for each in listed:
        assert SCHEMES[scheme].is_bindable(data(each["public_key"])) == each["bindable"], each["name"]


@pytest.mark.parametrize("case", cases("webauthn", "p256"))
def test_p256(case: dict[str, Any]) -> None:
    parts = tuple(data(case[name]) for name in ("public_key", "digest", "signature"))
    assert _native.verify_p256(*parts) == case["valid"]
    assert pure.verify(Primitive("p256", *parts)) == case["valid"]


@pytest.mark.parametrize("case", cases("webauthn", "assertions"))
def test_webauthn(case: dict[str, Any]) -> None:
    document = read("webauthn")
    policy = WebAuthnPolicy(tuple(document["policy"]["rp_ids"]), tuple(document["policy"]["origins"]))
    assert sha256(data(document["message"])) == data(document["challenge"])
    assertion = (data(document["public_key"]), data(document["message"]), data(case["signature"]), policy)
    try:
        primitive = SCHEMES["webauthn"].reduce(*assertion)
    except Refusal:
        assert not case["valid"]
    else:
        assert pure.verify(primitive) == _native.verify_p256(*primitive[1:]) == case["valid"]
