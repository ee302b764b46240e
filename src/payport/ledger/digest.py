"""The state digest: one LtHash per record family, and per bucket where a family has them.

LtHash adds and subtracts a hash of each record, so a block costs what it changes, whatever the number of accounts; the
lanes are hashed together, with the name of family and bucket, into the 32 bytes a commitment carries.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from payport import _native
from payport.ledger.state.state import BUCKET_BYTES, State
from payport.values import codec
from payport.values.hashing import Tag, tagged_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.ledger.state.state import Changes

LANES_BYTES: Final = 2_048
"""Bytes of one LtHash: 1,024 lanes of 16 bits."""

META: Final = "meta"
"""Family of a checkpoint in which digests and machine progress are kept; not itself part of the digest."""

_EMPTY: Final = bytes(LANES_BYTES)
_NO_BUCKET: Final = -1
_PREFIX: Final = b"digest/"
_ELEMENT: Final = b"\x93"


class StateDigest:
    """The LtHash of each family and bucket, kept up to date block by block."""

    def __init__(self, state: State) -> None:
        """Continue from what the checkpoint under ``state`` keeps."""
        self._state = state
        self._lanes: dict[tuple[str, int], bytes] = {}
        self._short: dict[tuple[str, int], bytes] = {}
        self._bucketed = {table.family.name for table in state.tables() if table.family.bucketed}
        for key, lanes in state.base.scan(META):
            if key.startswith(_PREFIX):
                family, bucket = key[len(_PREFIX) :].decode().split("/")
                self._set((family, int(bucket)), lanes)

    def _set(self, place: tuple[str, int], lanes: bytes) -> None:
        if lanes == _EMPTY:
            self._lanes.pop(place, None)
            self._short.pop(place, None)
            return
        self._lanes[place] = lanes
        self._short[place] = hashlib.sha256(lanes).digest()

    def update(self, changes: Changes) -> None:
        """Take in what a block changed, and hand the encoded records to the state for its next checkpoint."""
        encode = codec.encode
        for family, pairs in changes.items():
            keys = list(pairs)
            before = [None if old is None else encode(old) for old, _ in pairs.values()]
            after = [None if new is None else encode(new) for _, new in pairs.values()]
            self._state.note_all_pending(family, dict(zip(keys, after, strict=True)))
            self._update(family, keys, before, after)

    def take_in(self, family: str, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Take in encoded records, with their keys, of which none was there before."""
        self._update(family, [key for key, _ in rows], [None] * len(rows), [record for _, record in rows])

    def _update(
        self, family: str, keys: Sequence[bytes], before: Sequence[bytes | None], after: Sequence[bytes | None]
    ) -> None:
        if family not in self._bucketed:
            self._replace((family, _NO_BUCKET), keys, before, after)
            return
        parts: dict[bytes, list[int]] = {}
        for place, key in enumerate(keys):
            parts.setdefault(key[:BUCKET_BYTES], []).append(place)
        for bucket, places in parts.items():
            self._replace(
                (family, int.from_bytes(bucket, "big")),
                [keys[place] for place in places],
                [before[place] for place in places],
                [after[place] for place in places],
            )

    def _replace(
        self,
        place: tuple[str, int],
        keys: Sequence[bytes],
        before: Sequence[bytes | None],
        after: Sequence[bytes | None],
    ) -> None:
        """Take the old records out of one LtHash and the new ones in; an element is ``[family, key, record]``."""
        head = _ELEMENT + codec.encode(place[0])
        lanes = _native.lthash_replace(self._lanes.get(place, _EMPTY), head, keys, before, after)
        self._set(place, lanes)
        self._state.note_pending(META, _meta_key(place), None if lanes == _EMPTY else lanes)

    def drop_bucket(self, family: str, bucket: int) -> None:
        """Forget a bucket that was dropped whole."""
        if self._lanes.pop((family, bucket), None) is not None:
            del self._short[family, bucket]
            self._state.note_pending(META, _meta_key((family, bucket)), None)

    def value(self) -> bytes:
        """Return the 32-byte state digest."""
        listed = [(family, bucket, self._short[family, bucket]) for family, bucket in sorted(self._short)]
        return tagged_hash(Tag.STATE, codec.encode(listed))


def _meta_key(place: tuple[str, int]) -> bytes:
    return _PREFIX + f"{place[0]}/{place[1]}".encode()


def digest_of_whole_state(state: State) -> bytes:
    """Compute the state digest from every record afresh: what audits and tests hold against the running one."""
    fresh = StateDigest(State())
    for table in state.tables():
        fresh.update({table.family.name: {key: (None, record) for key, record in table.items()}})
    return fresh.value()
