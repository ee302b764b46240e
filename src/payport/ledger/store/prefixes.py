"""Which of the gathered keys begin with a prefix: indexed when first asked, so that writing costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Prefixes:
    """An index over keys that only grow in number; those of one length of prefix are found without a walk."""

    def __init__(self) -> None:
        """Start without keys."""
        self._new: list[Iterable[bytes]] = []
        self._all: list[Iterable[bytes]] = []
        self._by_length: dict[int, dict[bytes, list[bytes]]] = {}

    def add(self, keys: Iterable[bytes]) -> None:
        """Take in keys; nothing is looked at before it is asked for, so they may still grow until then."""
        self._new.append(keys)

    def find(self, prefix: bytes) -> list[bytes]:
        """Return the keys that begin with ``prefix``; one may come several times."""
        for known in self._by_length:
            self._index(known, self._new)
        self._all += self._new
        self._new.clear()
        if len(prefix) not in self._by_length:
            self._by_length[len(prefix)] = {}
            self._index(len(prefix), self._all)
        return self._by_length[len(prefix)].get(prefix, [])

    def _index(self, length: int, batches: list[Iterable[bytes]]) -> None:
        index = self._by_length[length]
        for keys in batches:
            for key in keys:
                index.setdefault(key[:length], []).append(key)
