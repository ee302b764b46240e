"""A small builder of receipts: one purchase with two balance leaves, in a block among others, signed two ways."""

import base64
import hashlib
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from payport.proof import leaves, merkle, messagepack
from payport.proof.commitment import Commitment, commitment_hash, encode_commitment
from payport.proof.finality import embedded
from payport.proof.leaves import BalanceLeaf, OutcomeLeaf
from payport.proof.receipt import Anchor, Finality, ProvenLeaf, Receipt
from payport.proof.trust import Trust
from payport.values.hashing import Tag, tagged_hash
from payport.values.signatures import webauthn
from payport.values.signatures.contract import WebAuthnPolicy

GENESIS_HASH = hashlib.sha256(b"genesis").digest()
CHAIN_ID = f"testnet-{GENESIS_HASH[:8].hex()}"
POLICY = WebAuthnPolicy(("pay.example",), ("https://pay.example",))
NODE_KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
PAYER_KEY = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"\x03" * 32)
PASSKEY = ec.derive_private_key(4, ec.SECP256R1())
HEIGHT = 5
TRUST = Trust(CHAIN_ID, GENESIS_HASH, (NODE_KEY.public_key().public_bytes_raw(),), POLICY)


def passkey_public(key: ec.EllipticCurvePrivateKey = PASSKEY) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def authenticator_data(rp_id: str = "pay.example", flags: int = 0x05, more: bytes = b"") -> bytes:
    return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + b"\x00\x00\x00\x00" + more


def client_data(message: bytes, origin: str = "https://pay.example", rest: str = ',"crossOrigin":false}') -> bytes:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(message).digest()).rstrip(b"=").decode()
    return f'{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}"{rest}'.encode()


def p256_sign(key: ec.EllipticCurvePrivateKey, signed: bytes) -> bytes:
    # Deterministic (RFC 6979), because the published vectors are made with it too.
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def assertion(auth: bytes, client: bytes, key: ec.EllipticCurvePrivateKey = PASSKEY) -> bytes:
    return webauthn.encode_signature(auth, client, p256_sign(key, auth + hashlib.sha256(client).digest()))


def body(**changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "chain_id": CHAIN_ID,
        "kind": "transfer/1",
        "sender": b"\x0a" * 16,
        "nonce": b"\x0b" * 16,
        "valid_from": 1_700_000_000_000,
        "valid_until": 1_700_000_600_000,
        "group": None,
        "attachment": None,
        "to": b"\x0c" * 16,
        "amount_minor": 1250,
        "asset": "CNY",
    } | changes
    return messagepack.encode(tuple(fields.values()))


def signatures(body_bytes: bytes) -> list[tuple[str, bytes, bytes]]:
    message = Tag.TRANSACTION.value + body_bytes
    entries = [
        ("ed25519", PAYER_KEY.public_key().public_bytes_raw(), PAYER_KEY.sign(message)),
        ("webauthn", passkey_public(), assertion(authenticator_data(), client_data(message))),
    ]
    return sorted(entries, key=lambda entry: entry[1])


def finality(commitment: bytes, key: Ed25519PrivateKey = NODE_KEY) -> Finality:
    signature = key.sign(embedded.signing_bytes(commitment))
    return Finality(embedded.TAG, embedded.encode_payload(key.public_key().public_bytes_raw(), signature))


def commitment(height: int, block: list[bytes], history: list[bytes], **changes: Any) -> bytes:
    value = Commitment(
        chain_id=CHAIN_ID,
        height=height,
        time_ms=1_700_000_000_000 + height,
        protocol=b"\x11" * 32,
        leaf_count=len(block),
        receipts_root=merkle.root(block),
        state_digest=b"\x12" * 32,
        history_root=merkle.root(history),
    )
    return encode_commitment(value._replace(**changes))


class Built(NamedTuple):
    """Everything a test may want to change before it puts a receipt together again."""

    body: bytes
    signatures: list[tuple[str, bytes, bytes]]
    outcome: OutcomeLeaf
    balances: list[BalanceLeaf]


def built(body_bytes: bytes | None = None, outcome: str = "committed") -> Built:
    signed = body() if body_bytes is None else body_bytes
    entries = signatures(signed)
    identifier = tagged_hash(Tag.TRANSACTION, signed)
    roles = {"ed25519": "session", "webauthn": "owner"}
    leaf = OutcomeLeaf(
        transaction_id=identifier,
        outcome=outcome,
        signatures_hash=tagged_hash(Tag.SIGNATURES, messagepack.encode(entries)),
        signers=tuple((key, roles[scheme]) for scheme, key, _ in entries),
    )
    balances = [
        BalanceLeaf(b"\x0a" * 16, "CNY", 7, identifier, -1250, 98_750, 0, leaves.salt(b"view a", identifier)),
        BalanceLeaf(b"\x0c" * 16, "CNY", 300, identifier, 1245, 1245, 5, leaves.salt(b"view c", identifier)),
    ]
    return Built(signed, entries, leaf, balances)


def receipt_of(parts: Built, *, anchored: bool = False, withheld: bool = False) -> Receipt:
    """Put the parts in a block of eight leaves, indices 2, 3 and 5, at height 5 of a chain of 9."""
    block = [bytes([number]) * 40 for number in range(8)]
    block[2] = leaves.encode_outcome(parts.outcome)
    places = [3, 5][: len(parts.balances)]
    for place, balance in zip(places, parts.balances, strict=True):
        block[place] = leaves.encode_balance(balance)
    chain = [hashlib.sha256(bytes([height])).digest() for height in range(HEIGHT)]
    own = commitment(HEIGHT, block, chain)
    chain += [commitment_hash(own), *(hashlib.sha256(bytes([height])).digest() for height in (6, 7, 8))]
    later = commitment(9, [], chain)
    return Receipt(
        transaction_id=parts.outcome.transaction_id,
        envelope=None if withheld else messagepack.encode([parts.body, parts.signatures]),
        outcome=ProvenLeaf(block[2], 2, merkle.path(block, 2)),
        balances=tuple(ProvenLeaf(block[place], place, merkle.path(block, place)) for place in places),
        commitment=own,
        anchor=Anchor(later, merkle.path(chain, HEIGHT)) if anchored else None,
        finality=finality(later if anchored else own),
    )
