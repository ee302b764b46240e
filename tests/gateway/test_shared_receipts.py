"""Links to receipts: opened by whoever has the token and by nobody else, telling nothing but the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payport.proof.verify import verify_receipt
from payport.qr import images
from tests.gateway.access.people import fresh_key

if TYPE_CHECKING:
    import httpx

    from payport.simulator.scenarios.city import Party
    from tests.gateway.town import Town


def share(town: Town, party: Party, paid: str, **body: Any) -> httpx.Response:
    path = f"/v1/accounts/{party.account.hex()}/receipts/{paid}/links"
    return town.post(path, json=body, headers={**town.bearer(party), **fresh_key()})


def bought(town: Town) -> str:
    fields = {"merchant": town.market.account, "asset": "CNY", "amount_minor": 660, "order": None}
    return town.do("purchase/1", town.lin, **fields)


def test_a_stranger_opens_a_link_in_three_forms(town: Town) -> None:
    paid = bought(town)
    made = share(town, town.lin, paid).json()
    opened = town.get(made["path"])
    assert opened.headers["content-type"] == "application/vnd.payport.receipt"
    verdict = verify_receipt(opened.content, town.network.trust)
    assert (verdict.transaction_id.hex(), verdict.balances) == (paid, ())
    summary = town.get("/v1/shared/receipt/summary", params={"token": made["token"]}).json()
    assert (summary["transaction_id"], summary["amount_minor"], summary["outcome"]) == (paid, 660, "committed")
    assert (summary["balance_minor"], summary["delta_minor"]) == (None, None)
    drawn = town.get("/v1/shared/receipt/qr", params={"token": made["token"]})
    assert images.read(drawn.content) == [f"{town.network.url}{made['path']}"]
    svg = town.get("/v1/shared/receipt/qr", params={"token": made["token"], "format": "svg"})
    assert svg.headers["content-type"].startswith("image/svg+xml")


def test_the_balance_is_told_where_its_holder_wants_it(town: Town) -> None:
    paid = bought(town)
    made = share(town, town.lin, paid, with_balance=True).json()
    verdict = verify_receipt(town.get(made["path"]).content, town.network.trust)
    assert [(each.account, each.delta_minor) for each in verdict.balances] == [(town.lin.account, -660)]
    summary = town.get("/v1/shared/receipt/summary", params={"token": made["token"]}).json()
    assert summary["delta_minor"] == -660
    assert summary["balance_minor"] == verdict.balances[0].balance_minor


def test_a_link_ends_when_it_expires_or_is_revoked(town: Town) -> None:
    paid = bought(town)
    short, long, revoked = (share(town, town.lin, paid, seconds=each).json() for each in (1, 600, 600))
    listed = town.of(town.lin, f"/receipts/{paid}/links").json()
    assert {each["id"] for each in listed} >= {long["link"]["id"], revoked["link"]["id"]}
    assert not any("token" in each for each in listed)
    path = f"/v1/accounts/{town.lin.account.hex()}/receipt-links/{revoked['link']['id']}"
    foreign = town.client.delete(
        path.replace(town.lin.account.hex(), town.chen.account.hex()), headers=town.bearer(town.chen)
    )
    assert foreign.json()["code"] == "no_such_link"
    assert town.client.delete(path, headers=town.bearer(town.lin)).status_code == 204
    assert town.client.delete(path, headers=town.bearer(town.lin)).json()["code"] == "no_such_link"
    while town.get(short["path"]).status_code == 200:
        pass
    gone = {town.get(each["path"]).content for each in (short, revoked)}
    gone.add(town.get("/v1/shared/receipt", params={"token": "A" * 43}).content)
    assert len(gone) == 1
    assert b"no_such_link" in gone.pop()
    assert town.get(long["path"]).status_code == 200
    for form in ("/summary", "/qr"):
        answer = town.get(f"/v1/shared/receipt{form}", params={"token": revoked["token"]})
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_link")


def test_only_those_a_receipt_concerns_share_it(town: Town) -> None:
    paid = bought(town)
    assert share(town, town.market, paid).status_code == 201
    file = town.of(town.market, f"/receipts/{paid}")
    assert file.content == town.get(f"/v1/receipts/{paid}", town.market).content
    assert town.of(town.metro, f"/receipts/{paid}").json()["code"] == "no_receipt"
    assert share(town, town.metro, paid).json()["code"] == "no_receipt"
    path = f"/v1/accounts/{town.lin.account.hex()}/receipts/{paid}/links"
    denied = town.post(path, json={}, headers={**town.bearer(town.metro), **fresh_key()})
    assert denied.json()["code"] == "access_denied"


def test_a_link_that_is_asked_for_again_is_the_same_link(town: Town) -> None:
    paid, key = bought(town), fresh_key()
    path = f"/v1/accounts/{town.lin.account.hex()}/receipts/{paid}/links"
    first, again = (town.post(path, json={}, headers={**town.bearer(town.lin), **key}) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert len(town.of(town.lin, f"/receipts/{paid}/links").json()) == 1


@pytest.mark.parametrize("body", [{"seconds": 0}, {"seconds": 90 * 86_400 + 1}, {"with_balance": "yes"}, {"more": 1}])
def test_wrong_links(town: Town, body: dict[str, Any]) -> None:
    assert share(town, town.lin, bought(town), **body).json()["code"] == "malformed_request"


@pytest.mark.parametrize("token", ["", "A" * 42, "A" * 44, "%00" * 43, "A" * 42 + "*"])
def test_wrong_tokens(town: Town, token: str) -> None:
    assert town.get(f"/v1/shared/receipt?token={token}").json()["code"] == "malformed_request"
