"""WebAuthn assertions on P-256: what a passkey or a phone's secure element signs.

A signature is written as a 2-byte big-endian length and the authenticatorData, a 2-byte length and the
clientDataJSON, and 64 bytes r||s; nothing may follow. The challenge is the SHA-256 of the message, which for a
transaction is its id. Checked are: the type, the challenge and the origin in clientDataJSON, the relying party's hash
and the flags "user present" and "user verified" in authenticatorData. The sign count is ignored, because synchronised
passkeys keep it at zero; replay is what transaction ids are for.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

from payport.values.limits import MAX_SIGNATURE_BYTES
from payport.values.signatures import client_data, p256_curve
from payport.values.signatures.contract import INVALID_SIGNATURE, P256, PRIMITIVE_SIGNATURE_BYTES, Primitive

if TYPE_CHECKING:
    from payport.values.signatures.contract import WebAuthnPolicy

NAME: Final = "webauthn"
"""Name on the wire."""

MIN_AUTHENTICATOR_DATA_BYTES: Final = 37
"""Hash of the relying party id (32), flags (1), sign count (4)."""

USER_PRESENT: Final = 0x01
"""Flag: somebody touched the authenticator."""

USER_VERIFIED: Final = 0x04
"""Flag: the authenticator checked who it was (finger, face, PIN)."""

_WITH_MORE: Final = 0x40 | 0x80
"""Flags: attested credential data, or extension data, follows the 37 bytes."""

_RP_ID_HASH_BYTES: Final = 32
_LENGTH_BYTES: Final = 2


def is_bindable(public_key: bytes) -> bool:
    """Tell whether the key is an uncompressed point of P-256."""
    return p256_curve.read_public_key(public_key) is not None


def reduce(public_key: bytes, message: bytes, signature: bytes, policy: WebAuthnPolicy) -> Primitive:
    """Check the assertion and reduce it to ECDSA over its digest; raises ``invalid_signature``."""
    if len(public_key) != p256_curve.PUBLIC_KEY_BYTES:
        INVALID_SIGNATURE.refuse(f"a public key of {len(public_key)} bytes")
    authenticator_data, client_data_json, primitive_signature = _split(signature)
    _check_authenticator_data(authenticator_data, policy)
    challenge = base64.urlsafe_b64encode(_sha256(message)).rstrip(b"=")
    client_data.check(client_data_json, challenge, policy.origins)
    digest = _sha256(authenticator_data + _sha256(client_data_json))
    return Primitive(P256, public_key, digest, primitive_signature)


def encode_signature(authenticator_data: bytes, client_data_json: bytes, primitive_signature: bytes) -> bytes:
    """Write an assertion as it travels; ``primitive_signature`` is r||s, not the DER an authenticator returns."""
    assert len(primitive_signature) == PRIMITIVE_SIGNATURE_BYTES, "r||s has 64 bytes"
    parts = (authenticator_data, client_data_json)
    return b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts) + primitive_signature


def _split(signature: bytes) -> tuple[bytes, bytes, bytes]:
    """Cut a signature into authenticatorData, clientDataJSON and r||s."""
    if len(signature) > MAX_SIGNATURE_BYTES:
        INVALID_SIGNATURE.refuse(f"an assertion of {len(signature)} bytes, at most {MAX_SIGNATURE_BYTES}")
    parts: list[bytes] = []
    at = 0
    for _ in range(2):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(signature[at:start], "big")
        parts.append(signature[start:at])
    # Slices of a short input are short too, so this one comparison covers every length.
    if len(signature) != at + PRIMITIVE_SIGNATURE_BYTES:
        INVALID_SIGNATURE.refuse("the parts of the assertion do not add up to its length")
    return parts[0], parts[1], signature[at:]


def _check_authenticator_data(data: bytes, policy: WebAuthnPolicy) -> None:
    if len(data) < MIN_AUTHENTICATOR_DATA_BYTES:
        INVALID_SIGNATURE.refuse(f"authenticatorData of {len(data)} bytes")
    flags = data[_RP_ID_HASH_BYTES]
    if bool(flags & _WITH_MORE) != (len(data) > MIN_AUTHENTICATOR_DATA_BYTES):
        INVALID_SIGNATURE.refuse("the flags of authenticatorData contradict its length")
    if data[:_RP_ID_HASH_BYTES] not in [_sha256(rp_id.encode()) for rp_id in policy.rp_ids]:
        INVALID_SIGNATURE.refuse("the assertion is for another relying party")
    if not flags & USER_PRESENT:
        INVALID_SIGNATURE.refuse("the user was not present")
    if not flags & USER_VERIFIED:
        INVALID_SIGNATURE.refuse("the user was not verified")


def _sha256(data: bytes) -> bytes:
    # WebAuthn fixes SHA-256, whatever hash suite a network uses.
    return hashlib.sha256(data).digest()
