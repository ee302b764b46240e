"""The sandbox core on every database."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from payport.institutions.sandbox.core import SandboxCore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from payport.institutions.contract import Core
    from tests.databases import Databases

KNOWS_CUSTOMERS = True


@contextlib.asynccontextmanager
async def open_core(databases: Databases, account: bytes, deposits: dict[str, int]) -> AsyncIterator[Core]:
    url = databases.url("core")
    await asyncio.to_thread(SandboxCore.prepare, url)
    core = SandboxCore(url)
    await core.open_customer(account, "Lin Mei", deposits)
    try:
        yield core
    finally:
        await core.close()
