"""Requests of one address a second: what keeps one client from taking the port for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from litestar.enums import ScopeType

from payport.gateway.access.limits import SECOND_MS
from payport.gateway.rates import Rate

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Scope, Send

    from payport.gateway.port import Port

UNKNOWN_ADDRESS: Final = "unknown"
"""Address of a connection that has none, such as a unix socket's."""


def address_of(scope: Any) -> str:  # noqa: ANN401 - a scope of the framework
    """Return the address a request came from."""
    client = scope.get("client")
    return str(client[0]) if client else UNKNOWN_ADDRESS


async def require_address_rate(port: Port, address: str) -> None:
    """Count a request of an address; raises ``too_many_requests``."""
    rate = Rate("address", port.settings.address_rate, SECOND_MS)
    if not port.rates.spend(rate, address):
        await port.rates.take(rate, address)


def limited(app: ASGIApp) -> ASGIApp:
    """Return the application with the requests of each address counted."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            await require_address_rate(scope["litestar_app"].state.port, address_of(scope))
        await app(scope, receive, send)

    return call
