"""Every route as every kind of caller, another bank's staff, another customer and nobody included.

What each may do is read from the route's own declaration; what this proves is that it is kept, that nothing is open by
forgetting to say so, and that every denial is one and the same answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from litestar.routes import HTTPRoute

from payport.gateway.access.callers import Kind, Role, Scope
from payport.gateway.access.grants import ANYBODY, GRANTS, Grant
from payport.gateway.app import create_app
from payport.gateway.settings import Settings
from tests.gateway.access.people import Caller, Member, Phone, fresh_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.gateway.town import Town

ALIASES = "/v1/accounts/{account:str}/aliases"

OWN_LISTS = ("/v1/customers", "/v1/cards")
"""Routes that look an account up in a list of the caller's own: in another's list there is none."""

STREAM = "/events"
"""Routes whose answer does not end: only the denials are asked for."""

BODIES = {
    ("POST", "/v1/accounts/{account:str}/orders"): {"order": "AAAA"},
    ("PUT", "/v1/accounts/{account:str}/pay-codes"): {"digits": "62" + "0" * 17, "authority": "AAAA"},
    ("POST", ALIASES): {"alias": "not an alias"},
    ("POST", f"{ALIASES}/confirm"): {"request": "00" * 16, "code": "000000"},
    ("PUT", ALIASES): {"alias": "not an alias", "account": "00" * 16},
}
"""Bodies of the right form, where an empty one is not: whose account it is, is asked once the form is right."""


class Route(NamedTuple):
    method: str
    path: str
    grants: Sequence[Grant]


class Somebody(NamedTuple):
    """A caller, with what he is by the declarations."""

    name: str
    headers: dict[str, str]
    kind: Kind
    reads_lin: bool
    scopes: frozenset[Scope] = frozenset()
    role: Role | None = None

    def may(self, route: Route) -> bool:
        if ANYBODY in route.grants:
            return True
        named = "{account" in route.path and not route.path.startswith(OWN_LISTS)
        return any(self._meant(grant) for grant in route.grants) and (self.reads_lin or not named)

    def _meant(self, grant: Grant) -> bool:
        if grant.kind is not self.kind:
            return False
        return (grant.scope is None or grant.scope in self.scopes) and (not grant.roles or self.role in grant.roles)


def routes() -> Iterator[Route]:
    settings = Settings("n", "t", "sqlite:///h", "sqlite:///d", "s", "localhost", ("http://localhost",))
    for route in create_app(settings).routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/v1"):
            for handler in route.route_handlers:
                for method in handler.http_methods - {"OPTIONS"}:
                    assert GRANTS in handler.opt, f"{method} {route.path} does not say whom it is open to"
                    yield Route(method, route.path, handler.opt[GRANTS])


ROUTES = sorted(routes())


@pytest.fixture(scope="module")
def callers(town: Town) -> list[Somebody]:
    """Everybody; signed in anew where a route ended the session."""
    linked, other = Phone(town), Phone(town)
    assert linked.link(town.lin).status_code == 201
    boss = Member(town, "bank-north", "administrator")
    found = [
        Somebody("nobody", {}, Kind.NOBODY, reads_lin=False),
        Somebody("a wrong token", {"Authorization": "Bearer pps_" + "A" * 43}, Kind.NOBODY, reads_lin=False),
        Somebody("the holder", town.bearer(town.lin), Kind.HOLDER, reads_lin=True),
        Somebody("another holder", town.bearer(town.chen), Kind.HOLDER, reads_lin=False),
        Somebody("the customer", linked.headers, Kind.CUSTOMER, reads_lin=True),
        Somebody("another customer", other.headers, Kind.CUSTOMER, reads_lin=False),
    ]
    for bank, reads_lin in (("bank-north", True), ("bank-east", False)):
        boss = Member(town, bank, "administrator")
        for scope in Scope:
            key = boss.make_key(scope.value)
            found.append(Somebody(f"{scope} of {bank}", key.headers, Kind.PARTNER, reads_lin, frozenset({scope})))
        scopes = frozenset(Scope) - {Scope.BLOCKS_READ}  # which no limited key can have
        limited = boss.make_key(*scopes, accounts=(town.market.account,))
        found.append(Somebody(f"limited, of {bank}", limited.headers, Kind.PARTNER, False, scopes))
        for role in Role:
            member = Member(town, bank, role.value)
            found.append(Somebody(f"{role} of {bank}", member.headers, Kind.STAFF, reads_lin, role=role))
    return found


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_route(town: Town, callers: list[Somebody], route: Route) -> None:
    seen: set[bytes] = set()
    for somebody in callers:
        if somebody.may(route) and (STREAM in route.path or ends_the_caller(route)):
            continue
        answer = ask(town, route, somebody.headers)
        if somebody.may(route):
            assert answer.status_code not in {401, 403, 500}, (somebody.name, answer.text)
        else:
            assert answer.status_code == 403, (somebody.name, answer.text)
            seen.add(answer.content)
    assert len(seen) <= 1
    assert not seen or b'"access_denied"' in seen.pop()


def ask(town: Town, route: Route, headers: dict[str, str]) -> Any:
    path = re.sub(r"\{account[^}]*\}", town.lin.account.hex(), route.path)
    path = re.sub(r"\{transaction_id[^}]*\}", "00" * 32, path)
    path = re.sub(r"\{order_id[^}]*\}", "A-1", path)
    path = re.sub(r"\{[^}]*\}", "00" * 16, path)
    body = {} if route.method == "GET" else {"json": BODIES.get((route.method, route.path), {})}
    query = {"alias": "not an alias"}
    return town.client.request(route.method, path, params=query, headers={**headers, **fresh_key()}, **body)


def ends_the_caller(route: Route) -> bool:
    """Tell whether a route would take away what the caller is; tests of their own call these."""
    own = ("/v1/sessions/current", "/v1/customers/me")
    return route.method == "DELETE" and route.path.startswith(own) and "credentials" not in route.path


def test_who_is_denied_a_route_is_denied_before_the_body_is_read(town: Town) -> None:
    phone = Phone(town)
    answer = town.client.post("/v1/api-keys", headers={**phone.headers, "content-type": "text/plain"}, content=b"x")
    assert answer.status_code == 403


def test_an_ended_session_is_nobody(town: Town) -> None:
    phone = Phone(town)
    stolen = Caller(town, phone.token)
    assert phone.delete("/v1/sessions/current").status_code == 204
    assert stolen.get("/v1/customers/me").status_code == 403
