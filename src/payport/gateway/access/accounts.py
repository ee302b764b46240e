"""Which account who may read.

The holder reads his own, a customer those linked to him, a partner those its key is made for, a clerk those of his
institution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payport.gateway.access import links
from payport.gateway.access.callers import Caller, Customer, Holder, Partner, Staff
from payport.gateway.access.grants import caller_of, counted_caller
from payport.gateway.access.paths import ACCOUNT_BYTES
from payport.ledger.state.accounts import Account
from payport.values import codec
from payport.values.access import ACCESS_DENIED
from payport.values.identifiers import parse_hex

if TYPE_CHECKING:
    from litestar import Request

    from payport.gateway.port import Port

NEVER_MS: Final = 2**53 - 1
"""A time that does not come."""


class Readable(NamedTuple):
    """An account that the caller may read."""

    account: bytes
    """Account id."""
    record: Account
    """What the ledger keeps of it."""
    expires_at_ms: int
    """Until when the caller may, in milliseconds since the Unix epoch."""


async def require_holder_of(port: Port, header: str, account: str) -> Readable:
    """Return the account whose holder shows an ``Authorization`` header; raises ``access_denied``."""
    caller = await counted_caller(port, header)
    if not isinstance(caller, Holder) or parse_hex(account, ACCOUNT_BYTES) != caller.account:
        ACCESS_DENIED.refuse()
    return Readable(caller.account, caller.record, caller.expires_at_ms)


async def require_account(request: Request[Any, Any, Any], port: Port, account: str | None = None) -> Readable:
    """Return the account ``account``, or the one a holder's token names; raises ``access_denied``.

    An account that does not exist and one that is another's look the same.
    """
    caller = caller_of(request)
    if account is None:
        if not isinstance(caller, Holder):
            ACCESS_DENIED.refuse()
        return Readable(caller.account, caller.record, caller.expires_at_ms)
    wanted = parse_hex(account, ACCOUNT_BYTES)
    if isinstance(caller, Holder):
        if wanted != caller.account:
            ACCESS_DENIED.refuse()
        return Readable(wanted, caller.record, caller.expires_at_ms)
    encoded = await port.node.read("accounts", wanted)
    if encoded is None:
        ACCESS_DENIED.refuse()
    record = codec.decode(encoded, Account)
    if not await _may_read(port, caller, wanted, record):
        ACCESS_DENIED.refuse()
    return Readable(wanted, record, getattr(caller, "expires_at_ms", NEVER_MS))


async def _may_read(port: Port, caller: Caller, account: bytes, record: Account) -> bool:
    match caller:
        case Customer():
            async with port.database.reading() as connection:
                return await links.is_linked(connection, caller.id, account)
        case Partner():
            return record.institution == caller.institution and (not caller.accounts or account in caller.accounts)
        case Staff():
            return record.institution == caller.institution
        case _:
            return False
