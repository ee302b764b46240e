"""The null core: it can be given no customers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from payport.institutions.null import NullCore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from payport.institutions.contract import Core
    from tests.databases import Databases

KNOWS_CUSTOMERS = False


@contextlib.asynccontextmanager
async def open_core(databases: Databases, account: bytes, deposits: dict[str, int]) -> AsyncIterator[Core]:
    yield NullCore()
