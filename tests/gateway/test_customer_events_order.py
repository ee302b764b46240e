"""A customer's stream while accounts are linked and paid at every point at which it could look away."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from payport.gateway import events
from payport.gateway.access import credentials, links, sessions
from payport.gateway.access.callers import Customer, Kind
from payport.gateway.access.tables import CUSTOMERS
from payport.gateway.port import clock_ms
from payport.gateway.ticker import Ticker
from tests.gateway.webhooks.scene import Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.databases import Databases

POINTS = ("before reach", "after reach", "before touched", "after touched", "before transactions", "after transactions")


class Interrupted:
    """An index between whose answers something happens, once, at one point of the second look."""

    def __init__(self, index: Any, point: str, happen: Callable[[], Awaitable[None]]) -> None:
        self._index, self._point, self._happen = index, point, happen
        self._looks = 0

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._index, name)

        async def ask(*arguments: Any, **named: Any) -> Any:
            self._looks += name == "reach"
            await self._pass(f"before {name}")
            answer = await asked(*arguments, **named)
            await self._pass(f"after {name}")
            return answer

        return ask

    async def _pass(self, point: str) -> None:
        if point == self._point and self._looks > 1:
            self._point = ""
            await self._happen()


@pytest.fixture
async def scene(databases: Databases) -> AsyncIterator[Scene]:
    scene = Scene(databases)
    await scene.start()
    yield scene
    await scene.close()


async def sign_up(scene: Scene) -> tuple[Customer, str]:
    """Return a customer with a session, and its token."""
    customer, key = os.urandom(16), credentials.NewCredential(credentials.DEVICE, None, os.urandom(32), "phone")
    async with scene.database.writing() as connection:
        await connection.execute(CUSTOMERS.insert().values(id=customer, created_at_ms=clock_ms()))
        credential = await credentials.add(connection, Kind.CUSTOMER, customer, key, clock_ms())
        token, expires_at_ms = await sessions.open_session(connection, credential, os.urandom(40), clock_ms())
    return Customer(customer, credential, expires_at_ms), token


async def link(scene: Scene, customer: Customer, account: bytes) -> None:
    async with scene.database.writing() as connection:
        await links.add(connection, customer.id, account, "east", clock_ms())


@pytest.mark.parametrize("point", POINTS)
async def test_what_happens_after_the_link_is_told_whenever_that_was(scene: Scene, point: str) -> None:
    customer, token = await sign_up(scene)
    await link(scene, customer, scene.lin)

    async def happen() -> None:
        """Link bo, pay him, and then somebody whom the stream covers already."""
        await link(scene, customer, scene.bo)
        await scene.pay("chen", scene.bo, 7)
        await scene.pay("chen", scene.lin, 8)

    index: Any = Interrupted(scene.index, point, happen)
    node: Any = scene.node
    ticker = Ticker(node, index)
    parts = SimpleNamespace(followers=Counter(), ticker=ticker, index=index, database=scene.database)
    port: Any = parts
    stream = events._events_of_all(port, customer, token, await scene.index.reach())
    told: list[tuple[str, int]] = []
    begun = False
    ticker.start()
    async with asyncio.timeout(30), contextlib.aclosing(stream):
        async for each in stream:
            if each.event == events.ACCOUNTS and not begun:
                begun = True
                await scene.pay("chen", scene.lin, 6)
            if each.event == events.TRANSACTION:
                assert isinstance(each.data, str)
                data = json.loads(each.data)
                told.append((data["account"], data["amount_minor"]))
            if len(told) == 2:
                await scene.pay("chen", scene.bo, 9)
            if (scene.bo.hex(), 9) in told:
                break
    await ticker.close()
    lin, bo = scene.lin.hex(), scene.bo.hex()
    assert told == [(lin, 6), (bo, 7), (lin, 8), (bo, 9)]
    assert parts.followers == Counter()
