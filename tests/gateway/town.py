"""A running network with a few open accounts, and how the tests speak to its port over real connections."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import httpx

from payport import bootstrap
from payport.institutions.sandbox.core import SandboxCore
from payport.institutions.sandbox.seed import make_customers, seed
from payport.simulator.scenarios.city import build_city
from payport.values.access import make_token
from payport.values.orders import Order
from payport.wallet.sign import build, sign, sign_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payport.bootstrap import RunningNetwork
    from payport.simulator.scenarios.city import City, Party

PATIENCE_SECONDS = 30
TOKEN_MS = 60_000
CUSTOMERS = 120
"""Test customers of each bank, with one card each."""
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "x-frame-options": "DENY",
}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Town:
    """The network, its people and one client of its port."""

    def __init__(self, city: City, network: RunningNetwork) -> None:
        self.city = city
        self.network = network
        self.chain_id = city.genesis.chain_id
        self.client = httpx.Client(base_url=network.url, timeout=20)

    def __getattr__(self, name: str) -> Party:
        if name.startswith("_") or name not in self.city.parties:
            raise AttributeError(name)
        return self.city.parties[name]

    def open_everyone(self) -> None:
        for party in self.city.parties.values():
            owner = party.key.prove_possession(self.chain_id, party.account)
            fields = {"account": party.account, "category": party.category, "view_key": party.view_key}
            opening = build(self.chain_id, "open_account/1", party.bank, owner=owner, **fields)
            assert self.submit(sign(opening, self.city.keys[party.bank])).status_code == 200
            if party.money_minor:
                self.issue(party, party.money_minor)

    async def seed_cores(self) -> None:
        """Give every bank some test customers with cards."""
        for bank, url in self.network.cores.items():
            core = SandboxCore(url)
            await seed(core, make_customers(bank, 1, CUSTOMERS))
            await core.close()

    def issue(self, party: Party, amount_minor: int) -> httpx.Response:
        money = build(
            self.chain_id, "issue/1", party.bank, account=party.account, asset="CNY", amount_minor=amount_minor
        )
        return self.submit(sign(money, self.city.keys[party.bank]))

    def transfer(self, payer: Party, payee: Party, amount_minor: int = 1, **fields: Any) -> Any:
        return build(
            self.chain_id,
            "transfer/1",
            payer.account,
            payee=payee.account,
            asset="CNY",
            amount_minor=amount_minor,
            **fields,
        )

    def pay(self, payer: Party, payee: Party, amount_minor: int = 1) -> dict[str, Any]:
        """Transfer, and return what the port says of the one transaction."""
        answer = self.submit(sign(self.transfer(payer, payee, amount_minor), payer.key))
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "committed"
        (told,) = answer.json()["transactions"]
        return dict(told)

    def purchase(self, payer: Party, merchant: Party, amount_minor: int, order: bytes | None = None) -> bytes:
        fields = {"merchant": merchant.account, "asset": "CNY", "amount_minor": amount_minor, "order": order}
        return sign(build(self.chain_id, "purchase/1", payer.account, **fields), payer.key)

    def submit(self, *envelopes: bytes, to: str = "/v1/transactions", **options: Any) -> httpx.Response:
        texts = [base64.b64encode(each).decode() for each in envelopes]
        return self.post(to, json={"envelopes": texts}, **options)

    def do(self, kind: str, party: Party, to: str = "/v1/transactions", **fields: Any) -> str:
        """Send a transaction of a party that commits; return its id once it is in the index."""
        answer = self.submit(sign(build(self.chain_id, kind, party.account, **fields), party.key), to=to)
        assert answer.status_code == 200, answer.text
        self.indexed()
        return str(answer.json()["transactions"][0]["id"])

    def of(self, party: Party, path: str, **params: Any) -> httpx.Response:
        """Ask for something of a party's account, as its holder."""
        return self.get(f"/v1/accounts/{party.account.hex()}{path}", party, params=params)

    def order(self, merchant: Party, order_id: str, amount_minor: int, **changes: Any) -> bytes:
        """Return an order signed by the merchant."""
        fields = {
            "chain_id": self.chain_id,
            "merchant": merchant.account,
            "order_id": order_id,
            "amount_minor": amount_minor,
            "asset": "CNY",
            "expires_at_ms": now_ms() + 600_000,
        }
        signer = changes.pop("signer", merchant.key)
        return sign_order(signer, Order(**{**fields, **changes}))

    def token(self, party: Party, life_ms: int = TOKEN_MS, **changes: Any) -> str:
        fields = {"chain_id": self.chain_id, "account": party.account, "view_key": party.view_key, **changes}
        return make_token(fields["chain_id"], fields["account"], fields["view_key"], now_ms() + life_ms)

    def bearer(self, party: Party, **options: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(party, **options)}"}

    def get(self, path: str, party: Party | None = None, **options: Any) -> httpx.Response:
        if party is not None:
            options["headers"] = {**self.bearer(party), **options.get("headers", {})}
        return checked(self.client.get(path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return checked(self.client.post(path, **options))

    def indexed(self) -> None:
        """Return once everything that is durable is in the index."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (health := self.get("/v1/health").json())["node_height"] != health["history_height"]:
            assert time.monotonic() < deadline, health

    def events(self, party: Party, **options: Any) -> Any:
        """Open a stream of events."""
        headers = {**self.bearer(party, **options.pop("token", {})), **options.pop("headers", {})}
        return self.client.stream("GET", f"/v1/accounts/{party.account.hex()}/events", headers=headers, **options)


@contextlib.contextmanager
def running_town(folder: Path, *gateway_options: str) -> Iterator[Town]:
    """Start a network whose banks have test customers and whose people have open accounts."""
    city = build_city()
    with bootstrap.running_network(
        city.genesis, folder, hosted=city.hosted, gateway_options=gateway_options
    ) as network:
        made = Town(city, network)
        asyncio.run(made.seed_cores())
        made.open_everyone()
        made.indexed()
        yield made
        made.client.close()


def checked(response: httpx.Response) -> httpx.Response:
    """Insist on what every answer carries."""
    for name, value in HEADERS.items():
        assert response.headers.get(name) == value, (str(response.url), name)
    assert "access-control-allow-origin" not in response.headers
    if response.is_error and response.headers["content-type"] == "application/problem+json":
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["type"] == f"/docs/refusals#{problem['code']}"
    elif response.is_error:
        assert response.url.path == "/v1/health", response.text
    return response


def read_events(lines: Iterator[str]) -> Iterator[tuple[str | None, dict[str, Any] | None]]:
    """Yield each event's id and data; ``None`` for both where a block of lines holds a comment."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        yield (fields["id"], json.loads(fields["data"])) if "data" in fields else (None, None)
        fields = {}


__all__ = ["PATIENCE_SECONDS", "Town", "now_ms", "read_events", "sign", "sign_order"]
