"""An API key made straight in the port's database by whoever runs the port, where an institution has no staff yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.gateway.access import api_keys, audit
from payport.gateway.access.paths import ID_BYTES
from payport.gateway.database import open_database
from payport.gateway.invitations import COMMAND_LINE

if TYPE_CHECKING:
    from payport.gateway.access.api_keys import NewApiKey


async def make_key(url: str, new: NewApiKey, now_ms: int) -> str:
    """Make a key and return it, which is kept nowhere; raises ``too_many_api_keys``."""
    database = open_database(url)
    try:
        async with database.writing() as connection:
            key_id, key = await api_keys.make(connection, new, bytes(ID_BYTES), now_ms)
            deed = audit.Deed(new.institution, now_ms, COMMAND_LINE, "made API key", key_id.hex())
            await audit.append(connection, deed)
    finally:
        await database.close()
    return key
