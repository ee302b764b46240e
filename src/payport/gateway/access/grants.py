"""What a route lets whom do: declared beside the route, and made here into its guard and its OpenAPI security.

    @get("/accounts/{account:str}", **open_to(HOLDER, CUSTOMER, partner(Scope.ACCOUNTS_READ), staff(Role.CLERK)))

Every denial is the same refusal, ``access_denied``, whoever is denied and whatever was named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from litestar.openapi.spec import SecurityScheme

from payport.gateway.access import audit
from payport.gateway.access.authentication import authenticate
from payport.gateway.access.callers import Caller, Customer, Kind, Partner, Role, Scope, Staff
from payport.gateway.access.limits import rate_of
from payport.gateway.port import Port, clock_ms
from payport.values.access import ACCESS_DENIED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litestar import Request
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler

GRANTS: Final = "grants"
"""Under which a route keeps its grants."""

_CALLER: Final = "caller"


class Grant(NamedTuple):
    """One kind of caller that a route is open to."""

    kind: Kind
    """Kind of caller."""
    scope: Scope | None = None
    """What a partner's key must be made for."""
    roles: frozenset[Role] = frozenset()
    """Roles a member of staff must have one of."""

    def admits(self, caller: Caller) -> bool:
        """Tell whether the caller is meant."""
        match caller:
            case Partner():
                return self.kind is Kind.PARTNER and self.scope in caller.scopes
            case Staff():
                return self.kind is Kind.STAFF and caller.role in self.roles
            case _:
                return self.kind is caller.kind


ANYBODY: Final = Grant(Kind.NOBODY)
"""Whoever asks; nothing is looked at."""

HOLDER: Final = Grant(Kind.HOLDER)
"""Who holds the view key of an account."""

CUSTOMER: Final = Grant(Kind.CUSTOMER)
"""Cardholders."""

SECURITY_SCHEMES: Final = {
    "access token": SecurityScheme(
        type="http",
        scheme="bearer",
        description="A token the holder makes from the account's view key; it reads for at most 15 minutes.",
    ),
    "session": SecurityScheme(
        type="http", scheme="bearer", description="The token of a session, from `POST /v1/sessions`."
    ),
    "API key": SecurityScheme(type="http", scheme="bearer", description="A partner's key, from `POST /v1/api-keys`."),
}
"""What callers show, as the OpenAPI document says it."""

SECURITY: Final = {
    Kind.HOLDER: "access token",
    Kind.CUSTOMER: "session",
    Kind.STAFF: "session",
    Kind.PARTNER: "API key",
}
"""Names of the OpenAPI security schemes."""


def partner(scope: Scope) -> Grant:
    """Return the grant to partners whose key is made for ``scope``."""
    return Grant(Kind.PARTNER, scope)


def staff(*roles: Role) -> Grant:
    """Return the grant to staff of one of ``roles``."""
    assert roles, "staff is let in by role"
    return Grant(Kind.STAFF, None, frozenset(roles))


def open_to(*grants: Grant) -> dict[str, Any]:
    """Return the parameters of a route that is open to ``grants``."""
    assert grants, "a route is open to somebody"
    if ANYBODY in grants:
        assert len(grants) == 1, "anybody is everybody"
        return {"opt": {GRANTS: grants}}
    schemes = dict.fromkeys(SECURITY[grant.kind] for grant in grants)
    return {"opt": {GRANTS: grants}, "guards": [_admit], "security": [{scheme: []} for scheme in schemes]}


def caller_of(request: Request[Any, Any, Any]) -> Caller:
    """Return who calls a route that is not open to anybody."""
    caller: Caller = request.scope["state"][_CALLER]
    return caller


def customer_of(request: Request[Any, Any, Any]) -> Customer:
    """Return the cardholder who calls a route that is open to cardholders alone."""
    caller = caller_of(request)
    assert isinstance(caller, Customer), "the route's grants"
    return caller


def staff_of(request: Request[Any, Any, Any]) -> Staff:
    """Return the member of staff who calls a route that is open to staff alone."""
    caller = caller_of(request)
    assert isinstance(caller, Staff), "the route's grants"
    return caller


def partner_of(request: Request[Any, Any, Any]) -> Partner:
    """Return the partner who calls a route that is open to partners alone."""
    caller = caller_of(request)
    assert isinstance(caller, Partner), "the route's grants"
    return caller


async def counted_caller(port: Port, header: str | None) -> Caller:
    """Return who shows an ``Authorization`` header; raises ``access_denied``, or ``too_many_requests`` for his rate."""
    caller = await authenticate(port, header)
    rate, subject = rate_of(caller)
    if not port.rates.spend(rate, subject):
        await port.rates.take(rate, subject)
    return caller


async def _admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let the caller through, or refuse ``access_denied`` or ``too_many_requests``; staff leave a row either way."""
    port: Port = connection.app.state.port
    caller = await counted_caller(port, connection.headers.get("authorization"))
    grants: Sequence[Grant] = handler.opt[GRANTS]
    admitted = any(grant.admits(caller) for grant in grants)
    if isinstance(caller, Staff):
        await _note(port, caller, connection, allowed=admitted)
    if not admitted:
        ACCESS_DENIED.refuse()
    connection.scope["state"][_CALLER] = caller


async def _note(port: Port, caller: Staff, connection: ASGIConnection[Any, Any, Any, Any], *, allowed: bool) -> None:
    scope: Any = connection.scope
    # A path is noted before its form is looked at, and no database keeps every character alike.
    named = ascii(" ".join(f"{name}={value}" for name, value in sorted(connection.path_params.items())))[1:-1]
    deed = audit.Deed(
        institution=caller.institution,
        time_ms=clock_ms(),
        actor=caller.id.hex(),
        action=f"{scope['method']} {scope['path_template']}",
        target=named[: audit.MAX_TARGET_CHARACTERS],
        allowed=audit.ALLOWED if allowed else audit.DENIED,
    )
    async with port.database.writing() as writing:
        await audit.append(writing, deed)
