"""Every resource over a real connection: what it says, and how it refuses."""

from __future__ import annotations

import base64
import re
import socket
from typing import TYPE_CHECKING, Any

import pytest

from payport.gateway import reference
from payport.proof.trust import decode_trust
from payport.proof.verify import verify_receipt
from payport.values.orders import Order
from payport.wallet.sign import build
from tests.gateway.town import now_ms, sign, sign_order

if TYPE_CHECKING:
    from tests.gateway.town import Town

BROKEN_IDS = ("0" * 31, "0" * 33, "0" * 31 + "g", "0" * 31 + "A", "%00" * 32)


def order(town: Town, amount_minor: int, **changes: Any) -> bytes:
    fields = {
        "chain_id": town.chain_id,
        "merchant": town.market.account,
        "order_id": f"order-{now_ms()}",
        "amount_minor": amount_minor,
        "asset": "CNY",
        "expires_at_ms": now_ms() + 600_000,
    }
    signer = changes.pop("signer", town.market.key)
    return sign_order(signer, Order(**{**fields, **changes}))


def test_network(town: Town) -> None:
    network = town.get("/v1/network").json()
    assert network["chain_id"] == town.chain_id
    assert "purchase/1" in network["kinds"]
    members = town.get("/v1/network/institutions").json()
    assert [each["institution"] for each in members] == sorted(town.city.keys)
    assert decode_trust(town.get("/v1/network/trust").content) == town.network.trust


def test_account_statement_and_lists(town: Town) -> None:
    for amount in range(1, 6):
        town.pay(town.lin, town.books, amount)
    town.indexed()
    base = f"/v1/accounts/{town.books.account.hex()}"
    account = town.get(base, town.books).json()
    assert (account["category"], account["institution"], account["kind"]) == ("5942", "bank-north", "customer")
    (balance,) = account["balances"]
    whole = town.get(f"{base}/statement", town.books).json()
    assert whole["next"] is None
    assert whole["entries"][0]["balance_minor"] == balance["amount_minor"]
    assert [each["entry"] for each in whole["entries"]] == list(range(balance["entries"], 0, -1))
    assert [each["delta_minor"] for each in whole["entries"][:5]] == [5, 4, 3, 2, 1]
    for name, path in (("entries", "statement"), ("transactions", "transactions")):
        all_of_it = town.get(f"{base}/{path}", town.books).json()[name]
        for limit in (1, 2, len(all_of_it) - 1, len(all_of_it)):
            found: list[Any] = []
            params: dict[str, int] = {"limit": limit}
            while True:
                page = town.get(f"{base}/{path}", town.books, params=params).json()
                assert len(page[name]) >= 1
                found += page[name]
                if page["next"] is None:
                    break
                params["before"] = page["next"]
            assert found == all_of_it
    (key,) = town.get(f"{base}/keys", town.books).json()
    assert (key["public_key"], key["role"]) == (town.books.key.public_key.hex(), "owner")
    assert town.get(f"{base}/statement", town.books, params={"asset": "HKD"}).json()["entries"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "before=0", "before=9007199254740992", "asset=c"])
def test_wrong_page(town: Town, query: str) -> None:
    answer = town.get(f"/v1/accounts/{town.lin.account.hex()}/statement?{query}", town.lin)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


def test_payee(town: Town) -> None:
    assert town.get(f"/v1/accounts/{town.market.account.hex()}/payee").json()["merchant"] is True
    assert town.get(f"/v1/accounts/{town.lin.account.hex()}/payee").json()["merchant"] is False
    assert town.get(f"/v1/accounts/{'0' * 32}/payee").json()["code"] == "unknown_account"
    for broken in BROKEN_IDS:
        assert town.get(f"/v1/accounts/{broken}/payee").json()["code"] == "malformed_request"


def test_receipt_and_refund(town: Town) -> None:
    (paid,) = town.submit(town.purchase(town.lin, town.market, 5_000)).json()["transactions"]
    town.indexed()
    for party, deltas in ((town.lin, [-5_000]), (town.market, [4_981])):
        answer = town.get(f"/v1/receipts/{paid['id']}", party)
        assert answer.headers["content-type"] == "application/vnd.payport.receipt"
        verdict = verify_receipt(answer.content, town.network.trust)
        assert verdict.transaction_id.hex() == paid["id"]
        assert [each.delta_minor for each in verdict.balances] == deltas
    proof = town.get(f"/v1/receipts/{paid['id']}/purchase-proof", town.market).json()
    assert proof.pop("log_path") == []
    fields = {
        name: base64.b64decode(value) if isinstance(value, str) else value
        for name, value in proof.items()
        if name != "leaf_path"
    }
    path = tuple(map(base64.b64decode, proof["leaf_path"]))
    refund = build(
        town.chain_id, "refund/1", town.market.account, **fields, leaf_path=path, log_path=(), amount_minor=1_000
    )
    assert town.submit(sign(refund, town.market.key)).json()["status"] == "committed"
    transfer = town.pay(town.lin, town.market)
    town.indexed()
    refused = town.get(f"/v1/receipts/{transfer['id']}/purchase-proof", town.market)
    assert (refused.status_code, refused.json()["code"]) == (400, "not_a_purchase")


def test_codes(town: Town) -> None:
    asked = {"account": town.market.account.hex(), "name": "MARKET", "city": "BEIJING", "category": "5411"}
    made = town.post("/v1/codes", json=asked).json()
    assert made["dynamic"] is False
    resolved = town.post("/v1/codes/resolve", json={"text": made["text"]}).json()
    assert (resolved["account"], resolved["order"]) == (asked["account"], None)
    signed = order(town, 1_234)
    dynamic = {**asked, "amount_minor": 1_234, "order": base64.b64encode(signed).decode()}
    made = town.post("/v1/codes", json=dynamic).json()
    resolved = town.post("/v1/codes/resolve", json={"text": made["text"]}).json()
    assert base64.b64decode(resolved["order"]["encoded"]) == signed
    assert town.submit(town.purchase(town.lin, town.market, 1_234, signed)).json()["status"] == "committed"
    again = town.submit(town.purchase(town.lin, town.market, 1_234, signed))
    assert (again.status_code, again.json()["code"]) == (409, "order_already_paid")
    for image, kind, start in (("png", "image/png", b"\x89PNG"), ("svg", "image/svg+xml", b"<svg")):
        answer = town.post("/v1/codes", json=dynamic, params={"format": image})
        assert answer.headers["content-type"].startswith(kind)
        assert answer.content.startswith(start)


def test_refused_codes(town: Town) -> None:
    asked = {"account": town.market.account.hex(), "name": "MARKET", "city": "BEIJING", "category": "5411"}

    def resolve(signed: bytes, amount_minor: int = 10) -> str:
        fields = {**asked, "amount_minor": amount_minor, "order": base64.b64encode(signed).decode()}
        made = town.post("/v1/codes", json=fields).json()
        return str(town.post("/v1/codes/resolve", json={"text": made["text"]}).json()["code"])

    assert resolve(order(town, 11)) == "order_mismatch"
    assert resolve(order(town, 10, signer=town.lin.key)) == "order_not_by_merchant"
    signed = order(town, 10)
    assert resolve(signed[:-40] + bytes([signed[-40] ^ 1]) + signed[-39:]) == "invalid_signature"
    nobody = town.post("/v1/codes", json={**asked, "account": "0" * 32}).json()
    assert town.post("/v1/codes/resolve", json=nobody | {"dynamic": None}).json()["code"] == "malformed_request"
    assert town.post("/v1/codes/resolve", json={"text": nobody["text"]}).json()["code"] == "unknown_account"
    assert town.post("/v1/codes/resolve", json={"text": "hello"}).status_code == 400
    assert town.post("/v1/codes", json={**asked, "name": "x" * 26}).json()["code"] == "malformed_request"
    assert town.post("/v1/codes", params={"format": "gif"}, json=asked).json()["code"] == "malformed_request"


def test_health_and_metrics(town: Town) -> None:
    town.indexed()
    health = town.get("/v1/health").json()
    assert (health["status"], health["outbox_items"]) == ("ok", 0)
    for number in range(3):
        town.get(f"/v1/accounts/{number:032x}/payee")
        town.get(f"/unknown/{number}")
    text = town.get("/v1/metrics").text
    assert f"payport_node_height {health['node_height']:.1f}" in text
    paths = set(re.findall(r'payport_requests_total\{[^}]*path="([^"]*)"', text))
    assert "/v1/accounts/{account}/payee" in paths
    assert not any("unknown" in path or "00000" in path for path in paths), "a label for every path would never end"


@pytest.mark.parametrize(
    ("accept", "chinese"),
    [
        ("", False),
        ("zh", True),
        ("zh-CN,zh;q=0.9,en;q=0.8", True),
        ("en-GB,zh;q=0.9", False),
        ("en;q=0.5, zh-Hans;q=0.7", True),
        ("fr, zh;q=0.3", True),
        ("zh;q=0", False),
        ("zh;q=x", True),
        ("*", False),
        (",;q=,,", False),
    ],
)
def test_language(town: Town, accept: str, chinese: bool) -> None:
    title = town.get("/nothing", headers={"Accept-Language": accept}).json()["title"]
    assert title == ("该接口不存在。" if chinese else "The port has no such route.")


def test_methods(town: Town) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        answer = town.client.request(method, "/v1/network")
        assert (answer.status_code, answer.json()["code"]) == (405, "unknown_route")
        assert "GET" in answer.headers["allow"]
    options = town.client.options("/v1/network")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, OPTIONS")
    for path, methods in (("/v1/offers", "GET, OPTIONS, POST"), ("/v1/api-keys", "GET, OPTIONS, POST")):
        assert town.client.options(path).headers.get_list("allow") == [methods]
    head = town.client.head("/v1/network")
    assert (head.status_code, head.content) == (405, b"")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        b"POST /v1/transactions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/transactions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"GET /v1/network HTTP/1.1\r\nHost: x\r\n broken: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_ambiguous_requests_end_the_connection(town: Town, request_bytes: bytes) -> None:
    host, port = town.network.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request_bytes)
        answer = b""
        while received := connection.recv(65_536):
            answer += received
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")


def test_reference_needs_no_script_and_no_other_host(town: Town) -> None:
    for path in ("/docs", "/docs/refusals"):
        page = town.get(path)
        assert page.headers["content-type"].startswith("text/html")
        assert "<script" not in page.text
        assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//""", page.text)
        assert not re.search(r"\son\w+=", page.text)
    document = town.get("/docs/openapi.json").json()
    text = town.get("/docs").text
    assert all(path in text for path in document["paths"])


def test_every_refusal_has_its_line(town: Town) -> None:
    page = town.get("/docs/refusals").text
    lines = set(re.findall(r'<tr id="(\w+)">', page))
    assert lines == set(reference.known_refusals())
    document = town.get("/docs/openapi.json").text
    assert set(re.findall(r"`(\w+)`", " ".join(re.findall(r"Refused: [^\"]*", document)))) <= lines


def test_no_secret_is_in_the_document(town: Town) -> None:
    document = town.get("/docs/openapi.json").json()
    schemas = document["components"]["schemas"]
    telling = [name for name, schema in schemas.items() if "view_key" in schema.get("properties", {})]
    assert telling == ["BoundCardView"], "the phone that owns the account is told once"
