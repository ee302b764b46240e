"""OPTIONS names every method of a path.

The framework's own answer names those the path had when its first handler was registered, and no later ones.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from litestar.routes import HTTPRoute

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.types import Message, Scope

_ALLOW: Final = b"allow"


@cache
def _methods(app: Litestar, path: str) -> bytes:
    """Return the methods of a path, as the header names them."""
    found = {
        method
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format == path
        for method in route.methods
    }
    return ", ".join(sorted(found)).encode()


async def complete_allow(message: Message, scope: Scope) -> None:
    """Replace what an answer to OPTIONS allows."""
    if message["type"] != "http.response.start" or scope.get("method") != "OPTIONS":
        return
    headers = list(message["headers"])
    if any(name == _ALLOW for name, _ in headers):
        allowed = _methods(scope["litestar_app"], scope["path_template"])
        message["headers"] = [*((name, value) for name, value in headers if name != _ALLOW), (_ALLOW, allowed)]
