"""An index of a network in which everything happened that can happen to money."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import pytest

from payport.history.database import open_reader
from payport.history.index import HistoryIndex
from tests.databases import Databases, databases_for, kinds
from tests.history.eventful import Eventful
from tests.history.ledger_node import followed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


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


@pytest.fixture(scope="session", params=kinds())
def followed_once(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, eventful: Eventful
) -> Iterator[Databases]:
    """Return databases of each kind with one index, which no test changes."""
    made = databases_for(request, tmp_path_factory)
    asyncio.run(followed(eventful.node, made))
    yield made
    made.close()


@pytest.fixture
async def indexed(eventful: Eventful, followed_once: Databases) -> AsyncIterator[Indexed]:
    reader = open_reader(followed_once.url("index"))
    yield Indexed(eventful, HistoryIndex(reader))
    await reader.dispose()
