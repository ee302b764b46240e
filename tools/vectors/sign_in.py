"""Signing in: what a device key signs over a port's challenge."""

from __future__ import annotations

from payport.ledger import examples
from payport.values.sign_in import CHALLENGE_BYTES, signing_bytes
from payport.wallet.keys import SigningKey

ABOUT = (
    "message = tag (sign-in) || array of chain id, challenge (40 bytes), public key; signature is the key's over it."
)

_SEED = b"s" * 32


def make() -> dict[str, object]:
    """Return the vectors."""
    key = SigningKey(_SEED)
    return {
        "chain_id": examples.CHAIN_ID,
        "seed": _SEED.hex(),
        "public_key": key.public_key.hex(),
        "signed": [_signed(key, bytes([first]) + bytes(range(1, CHALLENGE_BYTES))) for first in (0, 128, 255)],
    }


def _signed(key: SigningKey, challenge: bytes) -> dict[str, str]:
    message = signing_bytes(examples.CHAIN_ID, challenge, key.public_key)
    return {"challenge": challenge.hex(), "message": message.hex(), "signature": key.sign(message).hex()}
