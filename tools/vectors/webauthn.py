"""P-256 signatures and WebAuthn assertions: what verifies, what does not, and which keys may be bound."""

from __future__ import annotations

import hashlib
from typing import Final

from payport import _native
from payport.ledger.registry import verbs
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from payport.values.signatures import pure, webauthn
from payport.values.signatures.contract import P256, Primitive
from payport.values.signatures.p256_curve import GROUP_ORDER, PRIME
from tests.proof.build import PASSKEY as KEY
from tests.proof.build import (
    POLICY,
    assertion,
    authenticator_data,
    client_data,
    p256_sign,
    passkey_public,
)

ABOUT = (
    "P-256: r || s over a 32-byte digest; both s and n - s verify. WebAuthn: a 2-byte length and authenticatorData, a "
    "2-byte length and clientDataJSON, then r || s; the challenge is the SHA-256 of the message."
)

_BODY: Final = codec.encode(verbs()["transfer/1"].example())
_MESSAGE: Final = envelopes.signing_bytes(_BODY)
_CLIENT: Final = client_data(_MESSAGE)
_AUTH: Final = authenticator_data()


def make() -> dict[str, object]:
    """Return the vectors."""
    return {
        "private_key": KEY.private_numbers().private_value.to_bytes(32, "big").hex(),
        "public_key": passkey_public().hex(),
        "p256": [_primitive(*case) for case in _primitives()],
        "bindable": [
            {"name": name, "public_key": key.hex(), "bindable": webauthn.is_bindable(key)} for name, key in _keys()
        ],
        "policy": {"rp_ids": list(POLICY.rp_ids), "origins": list(POLICY.origins)},
        "message": _MESSAGE.hex(),
        "challenge": envelopes.transaction_id(_BODY).hex(),
        "assertions": [_assertion(name, signature) for name, signature in _assertions().items()],
    }


def _primitives() -> list[tuple[str, bytes, bytes, bytes]]:
    key, digest = passkey_public(), hashlib.sha256(b"payport").digest()
    signature = p256_sign(KEY, b"payport")
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    order, zero = GROUP_ORDER.to_bytes(32, "big"), bytes(32)
    x = int.from_bytes(key[1:33], "big")
    return [
        ("an ordinary signature", key, digest, signature),
        ("n - s instead of s", key, digest, r + (GROUP_ORDER - s).to_bytes(32, "big")),
        ("another digest", key, hashlib.sha256(b"another").digest(), signature),
        ("r = 0", key, digest, zero + signature[32:]),
        ("s = 0", key, digest, r + zero),
        ("r = n", key, digest, order + signature[32:]),
        ("s = n", key, digest, r + order),
        ("s = n + 1", key, digest, r + (GROUP_ORDER + 1).to_bytes(32, "big")),
        ("r and s exchanged", key, digest, signature[32:] + r),
        ("a key off the curve", b"\x04" + b"\x01" * 64, digest, signature),
        ("x at or above the field", b"\x04" + (PRIME + x % 2**64).to_bytes(32, "big") + key[33:], digest, signature),
    ]


def _primitive(name: str, key: bytes, digest: bytes, signature: bytes) -> dict[str, object]:
    valid = pure.verify(Primitive(P256, key, digest, signature))
    assert _native.verify_p256(key, digest, signature) == valid, name
    return {
        "name": name,
        "public_key": key.hex(),
        "digest": digest.hex(),
        "signature": signature.hex(),
        "valid": valid,
    }


def _keys() -> list[tuple[str, bytes]]:
    key = passkey_public()
    y = int.from_bytes(key[33:], "big")
    return [
        ("an uncompressed point", key),
        ("the same, its sign changed", key[:33] + (PRIME - y).to_bytes(32, "big")),
        ("compressed", bytes([2 + (y & 1)]) + key[1:33]),
        ("hybrid", bytes([6 + (y & 1)]) + key[1:]),
        ("off the curve", b"\x04" + b"\x01" * 64),
        ("the point at infinity", b"\x00"),
        ("y at or above the field", key[:33] + (PRIME + 1).to_bytes(32, "big")),
    ]


def _assertions() -> dict[str, bytes]:
    """Return assertions by name; which of them count is what the vectors say."""
    whole = assertion(_AUTH, _CLIENT)
    clients = {
        "no later member": client_data(_MESSAGE, rest="}"),
        "a member of a later version": client_data(_MESSAGE, rest=',"crossOrigin":false,"later":{"a":[1,"\\u0041"]}}'),
        "another origin": client_data(_MESSAGE, origin="https://pay.example.evil"),
        "another message": client_data(_MESSAGE + b"!"),
        "another type": _CLIENT.replace(b"webauthn.get", b"webauthn.create"),
        "inside a page of another origin": client_data(_MESSAGE, rest=',"crossOrigin":true}'),
        "an origin on top": client_data(_MESSAGE, rest=',"crossOrigin":false,"topOrigin":"https://evil.example"}'),
        "white space": _CLIENT.replace(b'{"type"', b'{ "type"'),
        "a member twice": client_data(_MESSAGE, rest=',"crossOrigin":false,"crossOrigin":false}'),
        "a member before the type": b'{"a":1,' + _CLIENT[1:],
        "not JSON": client_data(_MESSAGE, rest=',"a":01}'),
        "nested too deeply": client_data(_MESSAGE, rest=',"a":[[[[[1]]]]]}'),
    }
    auths = {
        "extension data": authenticator_data(flags=0x85, more=b"\xa0"),
        "a high sign count": _AUTH[:33] + b"\xff" * 4,
        "another relying party": authenticator_data(rp_id="evil.example"),
        "the user not present": authenticator_data(flags=0x04),
        "the user not verified": authenticator_data(flags=0x01),
        "36 bytes of authenticatorData": _AUTH[:36],
        "extension data without its flag": _AUTH + b"\xa0",
    }
    return {
        "an ordinary assertion": whole,
        **{name: assertion(_AUTH, client) for name, client in clients.items()},
        **{name: assertion(auth, _CLIENT) for name, auth in auths.items()},
        "a changed signature": whole[:-1] + bytes([whole[-1] ^ 1]),
        "a byte too many": whole + b"\x00",
        "a byte too few": whole[:-1],
        "a signature alone": whole[-64:],
    }


def _assertion(name: str, signature: bytes) -> dict[str, object]:
    return {"name": name, "signature": signature.hex(), "valid": _counts(signature)}


def _counts(signature: bytes) -> bool:
    try:
        primitive = webauthn.reduce(passkey_public(), _MESSAGE, signature, POLICY)
    except Refusal:
        return False
    valid = pure.verify(primitive)
    assert _native.verify_p256(primitive.public_key, primitive.message, primitive.signature) == valid
    return valid
