"""The sandbox core on every database."""

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

    from payport.institutions.contract import Core
    from tests.databases import Databases

KNOWS_CUSTOMERS = True


@contextlib.asynccontextmanager
async def open_core(databases: Databases, account: bytes, deposits: dict[str, int]) -> AsyncIterator[Core]:
    url = databases.url("core")
    await asyncio.to_thread(SandboxCore.prepare, url)
    core = SandboxCore(url)
    reference = await core.add_customer(NewCustomer("Lin Mei", PHONE, (CardNumber(CARD),), deposits))
    await core.add_customer(NewCustomer("Chen Bo", PHONE, (CardNumber(OTHER_CARD),), {}))
    await core.link(reference, account)
    try:
        yield core
    finally:
        await core.close()
