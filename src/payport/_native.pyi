"""Bytes under Payport, in Rust: signature batches, hashes, the state digest, Merkle trees, the checkpoint."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

def verify_ed25519(items: Sequence[tuple[bytes, bytes, bytes]], threads: int = 1) -> bytes:
    """Verify (public key, message, signature) triples under ZIP-215; one byte each, 1 where it holds."""

def verify_ed25519_one(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Verify one signature alone, by the same rule."""

def bindable_ed25519(public_keys: Sequence[bytes]) -> bytes:
    """Tell of each key whether it is a canonical point not of small order; one byte each, 1 where it is."""

def sign_ed25519(seed: bytes, message: bytes) -> bytes:
    """Sign with the key of a 32-byte seed; ``ValueError`` on another length."""

def public_key_ed25519(seed: bytes) -> bytes:
    """Return the public key of a 32-byte seed; ``ValueError`` on another length."""

def verify_p256(public_key: bytes, digest: bytes, signature: bytes) -> bool:
    """Verify ``r || s`` over a 32-byte digest under a SEC1 public key."""

def lthash_update(state: bytes, added: Sequence[bytes], removed: Sequence[bytes]) -> bytes:
    """Add and remove elements of a 2,048-byte LtHash; ``ValueError`` on another length."""

def lthash_replace(
    state: bytes, head: bytes, keys: Sequence[bytes], before: Sequence[bytes | None], after: Sequence[bytes | None]
) -> bytes:
    """Replace elements of an LtHash: each is ``head``, then key and record as MessagePack byte strings."""

def hmac_sha256_many(tag: bytes, keys: Sequence[bytes], messages: Sequence[bytes]) -> list[bytes]:
    """Return HMAC-SHA-256 of ``tag`` and each message under its key; ``ValueError`` on a key over 64 bytes."""

def scan_envelope(data: bytes, body_tag: bytes, array_tag: bytes) -> tuple[bytes, bytes] | None:
    """Return the tagged SHA-256 of body and array of ``[body, array]``; ``None`` where it is not surely canonical."""

def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the RFC 6962 root over leaf data."""

def merkle_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the inclusion path of one leaf, sibling first; ``IndexError`` outside the tree."""

class Store:
    """An LMDB environment of named databases; a process opens a directory once. Failures are ``OSError``."""

    def __new__(cls, path: Path, map_bytes: int, max_databases: int) -> Self:
        """Open or make the environment in a directory."""

    def get_many(self, database: str, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the record of each key, or ``None``."""

    def counts(self) -> dict[str, int]:
        """Return the number of records of each database, without reading them."""

    def rows(self, database: str, prefix: bytes) -> Rows:
        """Begin to read, in key order, what starts with ``prefix``, as it is now."""

    def apply(self, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        """Apply changes per database, ``None`` deletes: after a crash all of them are there or none."""

class Rows:
    """Rows of one database as they were when reading began."""

    def next_rows(self, number: int) -> list[tuple[bytes, bytes]]:
        """Return up to ``number`` further rows; fewer than that at the end."""

    def next_packed(self, size: int) -> tuple[int, bytes]:
        """Return how many further rows have ``size`` bytes, and them as MessagePack pairs; 0 at the end."""
