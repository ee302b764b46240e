"""Parts of the tests of webhooks, on both kinds of database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gateway.webhooks.scene import Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.databases import Databases


@pytest.fixture
async def scene(databases: Databases) -> AsyncIterator[Scene]:
    scene = Scene(databases)
    await scene.start()
    yield scene
    await scene.close()
