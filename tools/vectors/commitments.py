"""Commitments, and the finality proof of a network with a single orderer."""

from __future__ import annotations

from tools.vector_form import code_of

from payport.ledger import examples
from payport.proof.commitment import Commitment, commitment_hash, decode_commitment, encode_commitment
from payport.proof.finality import embedded
from payport.proof.finality.contract import UNTRUSTED_KEY
from payport.proof.trust import Trust
from payport.values.signatures.contract import WebAuthnPolicy
from payport.wallet.keys import SigningKey

ABOUT = "hash = tagged hash (commitment) of the encoded array; an embedded/1 payload is public key || signature."

_NODE, _STRANGER = 9, 8


def make() -> dict[str, object]:
    """Return the vectors."""
    first = Commitment(
        examples.CHAIN_ID, 1, examples.TIME_MS, b"\x01" * 32, 3, b"\x02" * 32, b"\x03" * 32, b"\x04" * 32
    )
    large = first._replace(height=2**53 - 1, time_ms=2**53 - 1, leaf_count=2**53 - 1)
    encoded = encode_commitment(first)
    refused = {
        "an element too few": b"\x97" + encoded[1:-34],
        "a height beyond 2^53-1": encode_commitment(first._replace(height=2**53)),
        "a root of 31 bytes": encode_commitment(first._replace(receipts_root=bytes(31))),
        "a chain id that is not printable": encode_commitment(first._replace(chain_id="a\nb")),
    }
    return {
        "valid": [_valid(first), _valid(first._replace(height=0, leaf_count=0)), _valid(large)],
        "refused": [
            {"name": name, "commitment": data.hex(), "code": code_of(decode_commitment, data)}
            for name, data in refused.items()
        ],
        "embedded/1": _finality(encode_commitment(first._replace(height=9)), encode_commitment(large)),
    }


def _valid(commitment: Commitment) -> dict[str, object]:
    encoded = encode_commitment(commitment)
    fields = {name: value.hex() if isinstance(value, bytes) else value for name, value in commitment._asdict().items()}
    return {"fields": fields, "commitment": encoded.hex(), "hash": commitment_hash(encoded).hex()}


def _payload(number: int, commitment: bytes) -> bytes:
    key = SigningKey(examples.seed(number))
    return embedded.encode_payload(key.public_key, key.sign(embedded.signing_bytes(commitment)))


def _finality(commitment: bytes, other: bytes) -> dict[str, object]:
    trusted = examples.public_key(_NODE)
    trust = Trust(examples.CHAIN_ID, bytes(32), (trusted,), WebAuthnPolicy((), ()))
    payload = _payload(_NODE, commitment)
    refused = {
        "over another commitment": _payload(_NODE, other),
        "by a key that is not trusted": _payload(_STRANGER, commitment),
        "a byte too many": payload + b"\x00",
        "a changed signature": payload[:-1] + bytes([payload[-1] ^ 1]),
    }
    embedded.verify(payload, commitment, trust)
    until = {0: "", 8: UNTRUSTED_KEY.code, 9: "", 10: ""}
    return {
        "seed": examples.seed(_NODE).hex(),
        "trusted_key": trusted.hex(),
        "commitment": commitment.hex(),
        "signing_bytes": embedded.signing_bytes(commitment).hex(),
        "payload": payload.hex(),
        "embedded_until": [{"until": last, "code": code} for last, code in until.items()],
        "refused": [
            {"name": name, "payload": data.hex(), "code": code_of(embedded.verify, data, commitment, trust)}
            for name, data in refused.items()
        ],
    }
