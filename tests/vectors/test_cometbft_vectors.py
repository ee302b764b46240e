"""The published vectors of ``cometbft/1``: read back from the file alone, and signed bytes built by other means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from payport.proof.command import verdict_json
from payport.proof.finality import cometbft
from payport.proof.light_block import BlockId, decode_light_block, header_hash, sign_bytes, validators_hash
from payport.proof.trust import decode_trust, encode_trust
from payport.proof.verify import verify_receipt
from tests.vectors.files import cases, data, read, refuses

VECTORS = read("cometbft")
TRUST = {name: decode_trust(text.encode()) for name, text in VECTORS["trust"].items()}
REFUSED = {each.code for each in cometbft.REFUSALS} | {"malformed_receipt", "wrong_chain", "finality_invalid"}
CANONICAL = {
    "PartSetHeader": (("total", 1, "UINT32", ""), ("hash", 2, "BYTES", "")),
    "BlockID": (("hash", 1, "BYTES", ""), ("part_set_header", 2, "MESSAGE", "PartSetHeader")),
    "Timestamp": (("seconds", 1, "INT64", ""), ("nanos", 2, "INT32", "")),
    "Vote": (
        ("type", 1, "INT32", ""),
        ("height", 2, "SFIXED64", ""),
        ("round", 3, "SFIXED64", ""),
        ("block_id", 4, "MESSAGE", "BlockID"),
        ("timestamp", 5, "MESSAGE", "Timestamp"),
        ("chain_id", 6, "STRING", ""),
    ),
}
"""CometBFT's ``types/v1/canonical.proto``, by message: name, number, type and message of each field."""
PRECOMMIT = 2


def canonical(name: str) -> Any:
    """Return a class of Google's library for a canonical message."""
    file = FileDescriptorProto(name="canonical.proto", package="canonical", syntax="proto3")
    for message, fields in CANONICAL.items():
        made = file.message_type.add(name=message)
        for field, number, kind, of in fields:
            made.field.add(
                name=field,
                number=number,
                label=FieldDescriptorProto.LABEL_OPTIONAL,
                type=FieldDescriptorProto.Type.Value(f"TYPE_{kind}"),
                **({"type_name": f".canonical.{of}"} if of else {}),
            )
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(f"canonical.{name}"))


@pytest.mark.parametrize("case", cases("cometbft", "sign_bytes"))
def test_sign_bytes(case: dict[str, Any]) -> None:
    seconds, nanos = divmod(int(case["time_ns"]), 10**9)
    vote = canonical("Vote")(
        type=PRECOMMIT,
        height=case["height"],
        round=case["round"],
        timestamp={"seconds": seconds, "nanos": nanos},
        chain_id=case["chain_id"],
    )
    block_id = None
    if (told := case["block_id"]) is not None:
        block_id = BlockId(data(told["block_hash"]), told["part_count"], data(told["parts_hash"]))
        vote.block_id.hash, vote.block_id.part_set_header.hash = block_id.block_hash, block_id.parts_hash
        vote.block_id.part_set_header.total = block_id.part_count
    encoded = vote.SerializeToString(deterministic=True)
    length = len(encoded)
    assert length < 2**14, "a length of two bytes at most"
    prefix = bytes([length]) if length < 2**7 else bytes([length & 0x7F | 0x80, length >> 7])
    assert data(case["bytes"]) == prefix + encoded
    found = sign_bytes(case["chain_id"], case["height"], case["round"], block_id, int(case["time_ns"]))
    assert found == data(case["bytes"])


@pytest.mark.parametrize("case", cases("cometbft", "proofs"))
def test_proof(case: dict[str, Any]) -> None:
    payload, commitment = data(case["payload"]), data(VECTORS["commitments"][case["commitment"]])
    block = decode_light_block(payload)
    assert header_hash(block.header) == data(case["header_hash"])
    assert validators_hash(block.validators) == data(case["validators_hash"]) == block.header.validators_hash
    found = cometbft.verify(payload, commitment, TRUST[case["trust"]])
    assert (list(found.institutions), found.historical) == (case["institutions"], case["historical"])


@pytest.mark.parametrize("case", cases("cometbft", "proofs_refused"))
def test_proof_refused(case: dict[str, Any]) -> None:
    commitment = data(VECTORS["commitments"][case["commitment"]])
    refuses(case["code"], cometbft.verify, data(case["payload"]), commitment, TRUST[case["trust"]])


def test_recorded_signatures_verify_by_another_library() -> None:
    for case in VECTORS["proofs"]:
        header, commit, validators = decode_light_block(data(case["payload"]))
        block_id = BlockId(data(case["header_hash"]), commit.part_count, commit.parts_hash)
        for (key, _), vote in zip(validators, commit.votes, strict=True):
            if vote is None:
                continue
            for named, holds in ((block_id, vote.for_block), (None, not vote.for_block)):
                signed = sign_bytes(header.chain_id, header.height, commit.round, named, vote.time_ns)
                try:
                    Ed25519PublicKey.from_public_bytes(key).verify(vote.signature, signed)
                except InvalidSignature:
                    assert not holds
                else:
                    assert holds


@pytest.mark.parametrize("case", cases("cometbft", "receipts"))
def test_receipt(case: dict[str, Any]) -> None:
    verdict = json.loads(verdict_json(verify_receipt(data(case["receipt"]), TRUST[case["trust"]])))
    for balance in verdict["balances"]:
        balance |= {name: str(balance[name]) for name in ("delta_minor", "balance_minor", "fee_minor")}
    assert verdict == case["verdict"]


@pytest.mark.parametrize("case", cases("cometbft", "receipts_refused"))
def test_receipt_refused(case: dict[str, Any]) -> None:
    refuses(case["code"], verify_receipt, data(case["receipt"]), TRUST[case["trust"]])


@pytest.mark.parametrize("case", cases("cometbft", "forward"))
def test_forward(case: dict[str, Any]) -> None:
    names = {data(key): name for key, name in case["institutions"].items()}
    after = cometbft.brought_forward(TRUST[case["trust"]], data(case["payload"]), names)
    assert encode_trust(after).decode() == case["after"]
    assert decode_trust(case["after"].encode()) == after


@pytest.mark.parametrize("case", cases("cometbft", "forward_refused"))
def test_forward_refused(case: dict[str, Any]) -> None:
    refuses(case["code"], cometbft.brought_forward, TRUST[case["trust"]], data(case["payload"]))


@pytest.mark.parametrize("case", cases("cometbft", "trust_refused"))
def test_trust_refused(case: dict[str, Any]) -> None:
    refuses(case["code"], decode_trust, case["trust"].encode())


def test_they_provoke_every_refusal() -> None:
    assert {case["code"] for case in VECTORS["proofs_refused"]} == REFUSED
    assert {case["code"] for case in VECTORS["forward_refused"]} == REFUSED
    assert {case["code"] for case in VECTORS["receipts_refused"]} >= {each.code for each in cometbft.REFUSALS}
