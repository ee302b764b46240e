"""Bytes under Payport, in Rust: signature batches, state digest, Merkle trees."""

from collections.abc import Sequence

def verify_ed25519(items: Sequence[tuple[bytes, bytes, bytes]], threads: int = 1) -> bytes:
    """Verify (public key, message, signature) triples under ZIP-215; one byte each, 1 where it holds."""

def verify_ed25519_one(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Verify one signature alone, by the same rule."""

def sign_ed25519(seed: bytes, message: bytes) -> bytes:
    """Sign with the key of a 32-byte seed; ``ValueError`` on another length."""

def public_key_ed25519(seed: bytes) -> bytes:
    """Return the public key of a 32-byte seed; ``ValueError`` on another length."""

def verify_p256(public_key: bytes, digest: bytes, signature: bytes) -> bool:
    """Verify ``r || s`` over a 32-byte digest under a SEC1 public key."""

def lthash_update(state: bytes, added: Sequence[bytes], removed: Sequence[bytes]) -> bytes:
    """Add and remove elements of a 2,048-byte LtHash; ``ValueError`` on another length."""

def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the RFC 6962 root over leaf data."""

def merkle_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the inclusion path of one leaf, sibling first; ``IndexError`` outside the tree."""
