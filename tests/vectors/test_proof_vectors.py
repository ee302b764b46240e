"""The published vectors of trees, digests, leaves, commitments, receipts and codes."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import blake3
import pytest

from payport import _native
from payport.proof import commitment, leaves, merkle, messagepack
from payport.proof.command import verdict_json
from payport.proof.finality import embedded
from payport.proof.trust import Trust, decode_trust
from payport.proof.verify import verify_receipt
from payport.qr import codes
from payport.values import codec
from payport.values.signatures.contract import WebAuthnPolicy
from tests.vectors.files import cases, data, read, refuses, seeded, sha256, tag


def rfc_6962(hashes: list[bytes]) -> bytes:
    """Root by the recursion of RFC 6962, section 2.1."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else sha256()
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01", rfc_6962(hashes[:split]), rfc_6962(hashes[split:]))


@pytest.mark.parametrize("tree", read("merkle")["trees"], ids=lambda tree: str(tree["size"]))
def test_merkle(tree: dict[str, Any]) -> None:
    size = tree["size"]
    found = [index.to_bytes(2, "big") for index in range(size)]
    hashes = [sha256(b"\x00", leaf) for leaf in found]
    assert rfc_6962(hashes) == merkle.root(found) == _native.merkle_root(found) == data(tree["root"])
    for case in tree["paths"]:
        path = [data(each) for each in case["path"]]
        assert merkle.root_from_path(hashes[case["index"]], case["index"], size, path) == data(tree["root"])
        assert _native.merkle_path(found, case["index"]) == path


@pytest.mark.parametrize("case", cases("merkle", "refused"))
def test_merkle_refuses(case: dict[str, Any]) -> None:
    path = [data(each) for each in case["path"]]
    refuses(case["code"], merkle.root_from_path, data(case["leaf_hash"]), case["index"], case["size"], path)


def lanes_of(added: list[bytes], removed: list[bytes]) -> list[int]:
    """Sum expanded elements lane by lane."""
    lanes = [0] * 1_024
    for sign, elements in ((1, added), (-1, removed)):
        for element in elements:
            expanded = blake3.blake3(element).digest(2_048)
            for at in range(1_024):
                other = int.from_bytes(expanded[2 * at : 2 * at + 2], "little")
                lanes[at] = (lanes[at] + sign * other) % 2**16
    return lanes


def lanes_bytes(lanes: list[int]) -> bytes:
    return b"".join(lane.to_bytes(2, "little") for lane in lanes)


@pytest.mark.parametrize("case", cases("state_digest", "lthash"))
def test_lthash(case: dict[str, Any]) -> None:
    added, removed = ([data(each) for each in case[name]] for name in ("added", "removed"))
    lanes = lanes_bytes(lanes_of(added, removed))
    assert lanes == _native.lthash_update(bytes(2_048), added, removed)
    assert (lanes[:16].hex(), hashlib.sha256(lanes).hexdigest()) == (case["first_lanes"], case["lanes_sha256"])


def test_state_digest() -> None:
    elements: dict[tuple[str, int], tuple[list[bytes], list[bytes]]] = {}
    for block in read("state_digest")["digest"]:
        for change in block["changes"]:
            key, family = data(change["key"]), change["family"]
            place = (family, int.from_bytes(key[:8], "big") if family == "ids" else -1)
            for side, name in enumerate(("after", "before")):
                if change[name] is not None:
                    element = messagepack.encode([family, key, data(change[name])])
                    elements.setdefault(place, ([], []))[side].append(element)
        summed = {place: lanes_bytes(lanes_of(*sides)) for place, sides in sorted(elements.items())}
        listed = [[*place, sha256(lanes)] for place, lanes in summed.items() if any(lanes)]
        assert sha256(tag("state"), messagepack.encode(listed)) == data(block["state_digest"])


@pytest.mark.parametrize("case", cases("leaves", "salts"))
def test_salt(case: dict[str, Any]) -> None:
    made = hmac.digest(data(case["view_key"]), tag("view") + data(case["transaction_id"]), "sha256")
    assert made == data(case["salt"])


@pytest.mark.parametrize("case", cases("leaves", "outcomes"))
def test_outcome_leaf(case: dict[str, Any]) -> None:
    found = leaves.decode_outcome(data(case["leaf"]))
    signers = [(data(each["public_key"]), each["role"]) for each in case["signers"]]
    assert found == (data(case["transaction_id"]), case["outcome"], data(case["signatures_hash"]), tuple(signers))
    assert codec.encode(["outcome/1", *found]) == data(case["leaf"])


@pytest.mark.parametrize("case", cases("leaves", "balances"))
def test_balance_leaf(case: dict[str, Any]) -> None:
    found = leaves.decode_balance(data(case["leaf"]))
    for name, value in found._asdict().items():
        assert case[name] == (value.hex() if isinstance(value, bytes) else type(case[name])(value))
    assert codec.encode(["balance/1", *found]) == data(case["leaf"])


@pytest.mark.parametrize("case", cases("leaves", "refused"))
def test_leaf_refuses(case: dict[str, Any]) -> None:
    refuses(case["code"], leaves.decode_balance, data(case["balance"]))


@pytest.mark.parametrize("case", cases("commitments", "valid"))
def test_commitment(case: dict[str, Any]) -> None:
    encoded = data(case["commitment"])
    found = commitment.decode_commitment(encoded)
    for name, value in found._asdict().items():
        assert case["fields"][name] == (value.hex() if isinstance(value, bytes) else value)
    assert codec.encode(list(found)) == encoded
    assert sha256(tag("commitment"), encoded) == data(case["hash"])


@pytest.mark.parametrize("case", cases("commitments", "refused"))
def test_commitment_refuses(case: dict[str, Any]) -> None:
    refuses(case["code"], commitment.decode_commitment, data(case["commitment"]))


def test_embedded_finality() -> None:
    case = read("commitments")["embedded/1"]
    encoded, key = data(case["commitment"]), seeded(case["seed"])
    trust = Trust("example-00112233aabbccdd", bytes(32), (data(case["trusted_key"]),), WebAuthnPolicy((), ()))
    assert data(case["signing_bytes"]) == tag("commitment") + encoded
    assert data(case["payload"]) == key.public_key().public_bytes_raw() + key.sign(tag("commitment") + encoded)
    embedded.verify(data(case["payload"]), encoded, trust)
    for refused in case["refused"]:
        refuses(refused["code"], embedded.verify, data(refused["payload"]), encoded, trust)
    for bound in case["embedded_until"]:
        bounded = trust._replace(embedded_until=bound["until"])
        if bound["code"]:
            refuses(bound["code"], embedded.verify, data(case["payload"]), encoded, bounded)
        else:
            embedded.verify(data(case["payload"]), encoded, bounded)


@pytest.mark.parametrize("case", cases("receipts", "accepted"))
def test_receipt(case: dict[str, Any]) -> None:
    verdict = json.loads(verdict_json(verify_receipt(data(case["receipt"]), decode_trust(trust_file()))))
    for balance in verdict["balances"]:
        balance |= {name: str(balance[name]) for name in ("delta_minor", "balance_minor", "fee_minor")}
    assert verdict == case["verdict"]


def trust_file() -> bytes:
    text: str = read("receipts")["trust"]
    return text.encode()


@pytest.mark.parametrize("case", cases("receipts", "refused"))
def test_receipt_refuses(case: dict[str, Any]) -> None:
    refuses(case["code"], verify_receipt, data(case["receipt"]), decode_trust(trust_file()))


def test_receipts_provoke_every_refusal_of_the_verifier() -> None:
    from payport.proof import verify
    from payport.proof.finality import contract

    wanted = {reason.code for reason in (*verify.REFUSALS, *contract.REFUSALS)}
    wanted |= {"malformed_receipt", "invalid_signature", "unknown_scheme", "wrong_chain"}
    assert {case["code"] for case in read("receipts")["refused"]} == wanted


@pytest.mark.parametrize("case", cases("codes", "valid"))
def test_code(case: dict[str, Any]) -> None:
    found = codes.read(case["payload"])
    for name, value in found._asdict().items():
        assert case["fields"][name] == (value.hex() if isinstance(value, bytes) else value)


@pytest.mark.parametrize("case", cases("codes", "refused"))
def test_code_refuses(case: dict[str, Any]) -> None:
    refuses(case["code"], codes.read, case["payload"])
