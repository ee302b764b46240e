"""Orders the port keeps: open, paid and by which payment, expired; what is no order of this merchant is refused."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.town import now_ms

if TYPE_CHECKING:
    import httpx

    from tests.gateway.town import Town


def keep(town: Town, order: bytes, **options: Any) -> httpx.Response:
    path = f"/v1/accounts/{town.market.account.hex()}/orders"
    headers = town.bearer(options.pop("party", town.market))
    return town.post(path, json={"order": base64.b64encode(order).decode()}, headers=headers, **options)


def test_an_order_from_open_to_paid(town: Town) -> None:
    order_id = f"A-{now_ms()}"
    signed = town.order(town.market, order_id, 1_250)
    kept = keep(town, signed).json()
    assert (kept["state"], kept["amount_minor"], kept["payment"]) == ("open", 1_250, None)
    assert base64.b64decode(kept["encoded"]) == signed
    assert keep(town, signed).json() == kept, "the same order is kept once"
    assert town.of(town.market, f"/orders/{order_id}").json() == kept
    fields = {"merchant": town.market.account, "asset": "CNY", "amount_minor": 1_250, "order": signed}
    paid = town.do("purchase/1", town.lin, **fields)
    told = town.of(town.market, f"/orders/{order_id}").json()
    assert told["state"] == "paid"
    assert (told["payment"]["id"], told["payment"]["payer"]) == (paid, town.lin.account.hex())
    assert keep(town, signed).json() == told


def test_an_order_that_was_never_kept_is_known_once_paid(town: Town) -> None:
    order_id = f"B-{now_ms()}"
    assert town.of(town.market, f"/orders/{order_id}").json()["code"] == "none_of_this_id"
    signed = town.order(town.market, order_id, 990)
    fields = {"merchant": town.market.account, "asset": "CNY", "amount_minor": 990, "order": signed}
    paid = town.do("purchase/1", town.lin, **fields)
    told = town.of(town.market, f"/orders/{order_id}").json()
    assert (told["state"], told["payment"]["id"], told["encoded"], told["order_id"]) == ("paid", paid, None, order_id)


def test_a_number_means_one_order_until_it_expires(town: Town) -> None:
    order_id = f"C-{now_ms()}"
    short = town.order(town.market, order_id, 1, expires_at_ms=now_ms() + 700)
    other = town.order(town.market, order_id, 2)
    assert keep(town, short).json()["state"] == "open"
    taken = keep(town, other)
    assert (taken.status_code, taken.json()["code"]) == (409, "order_id_taken")
    while (told := town.of(town.market, f"/orders/{order_id}").json())["state"] == "open":
        pass
    assert told["state"] == "expired"
    assert keep(town, short).json()["code"] == "order_expired"
    assert keep(town, other).json()["amount_minor"] == 2


def test_what_is_no_order_of_the_merchant_is_refused(town: Town) -> None:
    good = town.order(town.market, "D", 1)
    for order, code in (
        (town.order(town.books, "D", 1), "order_mismatch"),
        (town.order(town.market, "D", 1, chain_id="other-0011223344556677"), "order_mismatch"),
        (town.order(town.market, "D", 1, signer=town.lin.key), "order_not_by_merchant"),
        (good[:-1] + bytes([good[-1] ^ 1]), "invalid_signature"),
        (town.order(town.market, "D", 1, expires_at_ms=now_ms() - 1), "order_expired"),
        (town.order(town.market, "D", 1, expires_at_ms=now_ms() + 40 * 86_400_000), "order_too_long_lived"),
        (b"order", "malformed_bytes"),
    ):
        assert keep(town, order).json()["code"] == code
    assert keep(town, good, party=town.lin).json()["code"] == "access_denied"


@pytest.mark.parametrize("order_id", ["a" * 26, "a%20b", "%00"])
def test_wrong_numbers(town: Town, order_id: str) -> None:
    answer = town.get(f"/v1/accounts/{town.market.account.hex()}/orders/{order_id}", town.market)
    assert answer.json()["code"] == "malformed_request"
