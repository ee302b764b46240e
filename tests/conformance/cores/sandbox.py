"""The sandbox core on SQLite."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from payport.institutions.sandbox.core import SandboxCore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from payport.institutions.contract import Core

KNOWS_CUSTOMERS = True


@contextlib.asynccontextmanager
async def open_core(folder: Path, account: bytes, deposits: dict[str, int]) -> AsyncIterator[Core]:
    url = f"sqlite:///{folder / 'core.sqlite'}"
    await asyncio.to_thread(SandboxCore.prepare, url)
    core = SandboxCore(url)
    await core.open_customer(account, "Lin Mei", deposits)
    try:
        yield core
    finally:
        await core.close()
