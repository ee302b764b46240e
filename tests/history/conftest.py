"""An index of a network in which everything happened that can happen to money."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from payport.history.database import open_reader
from payport.history.index import HistoryIndex
from tests.history.eventful import Eventful
from tests.history.ledger_node import followed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Indexed(NamedTuple):
    """The network and its index."""

    eventful: Eventful
    index: HistoryIndex

    def id(self, name: str) -> bytes:
        return self.eventful.ids[name]

    def name(self, identifier: bytes | None) -> str:
        """Return what the network calls an id."""
        return next(name for name, each in self.eventful.ids.items() if each == identifier)


@pytest.fixture(scope="session")
def eventful() -> Eventful:
    return Eventful()


@pytest.fixture
async def indexed(eventful: Eventful, tmp_path: Path) -> AsyncIterator[Indexed]:
    engine = await followed(eventful.node, tmp_path)
    engine.dispose()
    reader = open_reader(f"sqlite:///{tmp_path / 'index.sqlite'}")
    yield Indexed(eventful, HistoryIndex(reader))
    await reader.dispose()
