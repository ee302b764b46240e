"""Who may read an account: whoever shows a token made with its view key. Every denial looks the same from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

from litestar.params import Parameter

from payport.gateway.port import Port, clock_ms
from payport.ledger.state.accounts import Account
from payport.values import codec
from payport.values.access import ACCESS_DENIED, read_token, require_holder
from payport.values.identifiers import parse_hex

if TYPE_CHECKING:
    from litestar import Request

AccountPath = Annotated[
    str, Parameter(pattern="^[0-9a-f]{32}$", description="Account id, 32 lower-case hexadecimal digits.")
]
"""An account in a path."""

TransactionPath = Annotated[
    str, Parameter(pattern="^[0-9a-f]{64}$", description="Transaction id, 64 lower-case hexadecimal digits.")
]
"""A transaction in a path."""

ACCOUNT_BYTES: Final = 16
"""Length of an account id."""

TRANSACTION_BYTES: Final = 32
"""Length of a transaction id."""

SECURITY: Final[list[dict[str, list[str]]]] = [{"access token": []}]
"""What a route asks for, as the OpenAPI document says it."""

_SCHEME: Final = "bearer "


class Holder(NamedTuple):
    """An account whose token was believed."""

    account: bytes
    """Account id."""
    record: Account
    """What the ledger keeps of it."""
    expires_at_ms: int
    """Until when the token counts."""


async def require_account(request: Request[Any, Any, Any], port: Port, account: str | None = None) -> Holder:
    """Return the account whose token the request carries; raises ``access_denied``, also for another ``account``."""
    header = request.headers.get("authorization", "")
    if not header.lower().startswith(_SCHEME):
        ACCESS_DENIED.refuse()
    token = read_token(header[len(_SCHEME) :].strip(), clock_ms())
    if account is not None and parse_hex(account, ACCOUNT_BYTES) != token.account:
        ACCESS_DENIED.refuse()
    encoded = await port.node.read("accounts", token.account)
    # An unknown account is compared with a key nobody has, so that it takes as long as a wrong token.
    record = None if encoded is None else codec.decode(encoded, Account)
    require_holder(token, port.trust.chain_id, bytes(32) if record is None else record.view_key)
    if record is None:
        ACCESS_DENIED.refuse()
    return Holder(token.account, record, token.expires_at_ms)
