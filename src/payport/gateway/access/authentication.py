"""From what a request shows to who calls. Everything that is not believed gets the same answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.gateway.access import api_keys, sessions
from payport.gateway.access.callers import Holder, Nobody
from payport.gateway.port import clock_ms
from payport.ledger.state.accounts import Account
from payport.values import codec
from payport.values.access import ACCESS_DENIED, read_token, require_holder

if TYPE_CHECKING:
    from payport.gateway.access.callers import Caller
    from payport.gateway.port import Port

_SCHEME: Final = "bearer "

MAX_HEADER_CHARACTERS: Final = 200
"""Longest ``Authorization`` header that is looked at; every token is shorter."""


def read_bearer(header: str) -> str:
    """Return the token of an ``Authorization`` header; raises ``access_denied``."""
    if len(header) > MAX_HEADER_CHARACTERS or not header.lower().startswith(_SCHEME):
        ACCESS_DENIED.refuse()
    return header[len(_SCHEME) :].strip()


def shows_holder(header: str) -> bool:
    """Tell whether a header shows what can only be a holder's access token, believed or not."""
    token = header[len(_SCHEME) :].lstrip()
    return header[: len(_SCHEME)].lower() == _SCHEME and not token.startswith((sessions.PREFIX, api_keys.PREFIX))


async def authenticate(port: Port, header: str | None) -> Caller:
    """Return who shows an ``Authorization`` header; raises ``access_denied`` for one that is not believed."""
    if header is None:
        return Nobody()
    token = read_bearer(header)
    if token.startswith(sessions.PREFIX):
        async with port.database.reading() as connection:
            return await sessions.find(connection, token, clock_ms())
    if token.startswith(api_keys.PREFIX):
        async with port.database.reading() as connection:
            return await api_keys.find(connection, token, clock_ms())
    return await _holder(port, token)


async def _holder(port: Port, text: str) -> Holder:
    token = read_token(text, clock_ms())
    encoded = await port.node.read("accounts", token.account)
    # An unknown account is compared with a key nobody has, so that it takes as long as a wrong token.
    record = None if encoded is None else codec.decode(encoded, Account)
    require_holder(token, port.trust.chain_id, bytes(32) if record is None else record.view_key)
    if record is None:
        ACCESS_DENIED.refuse()
    return Holder(token.account, record, token.expires_at_ms)
