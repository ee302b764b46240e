"""A snapshot: the state at one block and all blocks up to it, cut into chunks that are the same bytes on every node.

The manifest names every chunk by its hash. A chunk of the state holds records of one family in key order; a chunk of
the log holds whole blocks, and once it is full it is the same in every later snapshot. Digests of the state and the
machine's progress are not in it: whoever restores computes them, and compares them with the commitment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from payport.values import codec
from payport.values.hashing import Tag, tagged_hash
from payport.values.identifiers import Digest
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payport.ledger.store.block_log import BlockLog
    from payport.ledger.store.checkpoint import Checkpoint

SNAPSHOT_UNUSABLE: Final = RefusalCode(
    "snapshot_unusable",
    RefusalClass.CONFLICT,
    "The snapshot is not what its manifest or the chain's commitment says.",
    "快照与其清单或链上承诺不符。",
)
"""The detail names what is wrong; nothing of the snapshot is used."""

REFUSALS: Final = (SNAPSHOT_UNUSABLE,)
"""Refusals of this module."""

FORMAT: Final = 1
"""Number of this format."""

CHUNK_BYTES: Final = 4 * 1024 * 1024
"""Bytes of a chunk of the state, which its last record may go beyond, and of one of the log, unless it is a single
block. CometBFT carries 16 MB at most."""

MAX_CHUNKS: Final = 80_000
"""Chunks of a snapshot, at most: so many fit into the 4 MB that CometBFT carries of a manifest."""

Rows = list[tuple[bytes, bytes]]
"""Keys and encoded records."""

_PAIR: Final = b"\x92"
_FIX_ARRAY, _ARRAY_16, _ARRAY_32 = 0x90, b"\xdc", b"\xdd"
_FIX_LENGTH, _LENGTH_16 = 16, 1 << 16


class LogChunk(codec.Record, frozen=True):
    """One chunk of the log; it begins after the one before it."""

    last_height: Annotated[int, msgspec.Meta(ge=1)]
    """Its last block."""
    digest: Digest
    """Hash of its bytes."""


class Manifest(codec.Record, frozen=True):
    """What a snapshot consists of."""

    chain_id: str
    """The network's chain id."""
    height: Annotated[int, msgspec.Meta(ge=1)]
    """The ledger's last block in it."""
    engine_height: Annotated[int, msgspec.Meta(ge=1)]
    """The engine's block it was made after: at or above the one of the ledger's last block."""
    state: tuple[Digest, ...]
    """Hashes of the chunks of the state."""
    log: tuple[LogChunk, ...]
    """Chunks of the log, which come after those of the state."""

    @property
    def chunks(self) -> int:
        """Number of all chunks."""
        return len(self.state) + len(self.log)

    def digest_of(self, index: int) -> bytes:
        """Return the hash of a chunk."""
        return self.state[index] if index < len(self.state) else self.log[index - len(self.state)].digest

    def blocks_of(self, index: int) -> tuple[int, int]:
        """Return the first and the last block of a chunk of the log, by its index among all."""
        place = index - len(self.state)
        return (self.log[place - 1].last_height if place else 0) + 1, self.log[place].last_height


def hash_bytes(data: bytes) -> bytes:
    """Return the hash of an encoded manifest or of a chunk."""
    return tagged_hash(Tag.SNAPSHOT, data)


def read_manifest(data: bytes) -> Manifest:
    """Decode a manifest; raises ``malformed_bytes`` and ``snapshot_unusable``."""
    manifest = codec.decode_canonical(data, Manifest)
    ends = [each.last_height for each in manifest.log]
    if manifest.chunks > MAX_CHUNKS or ends != sorted(set(ends)) or ends[-1:] != [manifest.height]:
        SNAPSHOT_UNUSABLE.refuse("its manifest names too many chunks, or blocks out of order")
    return manifest


def state_chunks(checkpoint: Checkpoint, families: Sequence[str]) -> Iterator[bytes]:
    """Yield the chunks of the state: per family, in the order given, some of its records each."""
    for family in families:
        for number, rows in checkpoint.pack(family, CHUNK_BYTES):
            yield _PAIR + codec.encode(family) + _array_header(number) + rows


def read_state_chunk(data: bytes) -> tuple[str, Rows]:
    """Return the family of a chunk, and its records; raises ``malformed_bytes``."""
    return codec.decode(data, tuple[str, Rows])


def log_chunks(log: BlockLog, height: int, known: Sequence[LogChunk] = ()) -> tuple[LogChunk, ...]:
    """Return the chunks of the log up to a block; all but the last of an earlier snapshot need not be read again."""
    found = list(known[:-1])
    first = found[-1].last_height + 1 if found else 1
    while first <= height:
        payloads = [log.read(first)]
        size = len(payloads[0])
        for place in range(first + 1, height + 1):
            payload = log.read(place)
            size += len(payload)
            if size > CHUNK_BYTES:
                break
            payloads.append(payload)
        first += len(payloads)
        found.append(LogChunk(first - 1, hash_bytes(codec.encode(payloads))))
    return tuple(found)


def read_log_chunk(log: BlockLog, first: int, last: int) -> bytes:
    """Return the bytes of a chunk of the log, from its first block to its last."""
    return codec.encode([log.read(height) for height in range(first, last + 1)])


def read_blocks(data: bytes) -> list[bytes]:
    """Return the blocks of a chunk of the log, encoded; raises ``malformed_bytes``."""
    return codec.decode(data, list[bytes])


def _array_header(number: int) -> bytes:
    """Return MessagePack's shortest header of an array."""
    if number < _FIX_LENGTH:
        return bytes([_FIX_ARRAY | number])
    return _ARRAY_16 + number.to_bytes(2, "big") if number < _LENGTH_16 else _ARRAY_32 + number.to_bytes(4, "big")
