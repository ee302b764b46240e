"""The sandbox core on SQLite."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from payport.institutions.card_numbers import CardNumber
from payport.institutions.sandbox.core import SandboxCore
from payport.institutions.sandbox.customers import NewCustomer
from tests.conformance.cards import CARD, OTHER_CARD, PHONE

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
    reference = await core.add_customer(NewCustomer("Lin Mei", PHONE, (CardNumber(CARD),), deposits))
    await core.add_customer(NewCustomer("Chen Bo", PHONE, (CardNumber(OTHER_CARD),), {}))
    await core.link(reference, account)
    try:
        yield core
    finally:
        await core.close()
