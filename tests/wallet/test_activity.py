"""What an account learns of money that moved, through both clients, from a real port."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from payport.ledger.state.assets import AssetClass
from payport.proof.verify import verify_receipt
from payport.qr.templates.payport import MerchantCode
from payport.qr.templates.payport import encode as encode_code
from payport.simulator.scenarios.city import City
from payport.values.orders import Order
from payport.values.refusals import Refusal
from payport.wallet import flows, reservations, trade
from payport.wallet.activity import Filters
from payport.wallet.client import AsyncClient, Client
from payport.wallet.sign import sign_order

if TYPE_CHECKING:
    from payport import bootstrap


def test_payments_refunds_and_transfers(city: City, port: Client) -> None:
    lin, shop, chen = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "books", "chen"))
    text = encode_code(MerchantCode(shop.account, "5942", "CNY", 700, "CN", "OLD TOWN BOOKS", "BEIJING"))
    paid = port.pay(lin, port.resolve(text))
    port.refund(shop, paid.id, 300)
    sent = port.transfer(lin, chen.account, 5)
    told = port.payment(shop, paid.id)
    assert (told.payment.side, told.payment.fee_minor, told.payment.counterparty) == ("merchant", 3, lin.account.hex())
    while not told.refunds:
        told = port.payment(shop, paid.id)
    assert [each.amount_minor for each in told.refunds] == [300]
    assert port.refundable(shop, paid.id).refundable_minor == 400
    (mine,) = port.payments(lin, limit=1, filters=Filters(counterparty=shop.account, committed=True)).payments
    assert (mine.id, mine.fee_minor, mine.refunded_minor) == (paid.id, None, 300)
    assert port.refunds(lin, limit=1).refunds[0].payment == paid.id
    while not (page := port.transfers(lin, limit=1).transfers) or page[0].id != sent.id:
        pass
    assert (page[0].sent, page[0].amount_minor) == (True, 5)
    assert port.payments(lin, filters=Filters(kind="charge/1")).payments == []
    with pytest.raises(Refusal, match="none_of_this_id"):
        port.order(shop, "nothing")


def test_a_till_learns_the_payer_of_a_hold(city: City, port: Client) -> None:
    lin, station = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "fuel"))
    made = port.run(reservations.authorise(lin, station.account, 900))
    found = port.hold(station, made.id).hold
    assert (found.payer, found.remaining_minor) == (lin.account.hex(), 900)
    port.run(reservations.capture_hold(station, found, 400, final=False))
    port.run(reservations.release_hold(station, found))
    while (after := port.hold(lin, made.id)).hold.state == "open":
        pass
    assert (after.hold.state, [each.amount_minor for each in after.captures]) == ("released", [400])
    assert made.id in [each.id for each in port.holds(station, "merchant", "released").holds]


def test_a_taker_learns_the_terms_of_an_offer(city: City, port: Client) -> None:
    chain_id, bank, points = city.genesis.chain_id, "bank-east", "bank-east:BEADS"
    chen, lin = (city.parties[name].own(chain_id) for name in ("chen", "lin"))
    fields = {"asset": points, "asset_class": AssetClass.POINTS, "name": "Beads", "decimals": 0}
    port.run(flows.send_as(bank, chain_id, [city.keys[bank]], "register_asset/1", **fields))
    issue = {"account": chen.account, "asset": points, "amount_minor": 100}
    port.run(flows.send_as(bank, chain_id, [city.keys[bank]], "issue/1", **issue))
    made = port.run(trade.offer(chen, trade.Terms(points, 100, "CNY", 33)))
    terms = port.show_offer(made.id)
    port.run(trade.take_offer(lin, terms, 50))
    while (left := port.board(points, "CNY").offers[0]).remaining_minor == 100:
        pass
    assert (left.id, left.remaining_minor, left.remaining_price_minor) == (made.id, 50, 17)
    assert port.offers(chen, state="open").offers[0].id == made.id


def test_an_order_a_till_polls(city: City, port: Client) -> None:
    lin, shop = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "market"))
    now_ms = time.time_ns() // 1_000_000
    signed = sign_order(shop.key, Order(city.genesis.chain_id, shop.account, "T-1", 250, "CNY", now_ms + 60_000))
    assert port.keep_order(shop, signed).state == "open"
    fields = {"merchant": shop.account, "asset": "CNY", "amount_minor": 250, "order": signed}
    paid = port.run(flows.send(lin, "purchase/1", **fields))
    while (told := port.order(shop, "T-1")).state == "open":
        pass
    assert told.payment is not None
    assert (told.state, told.payment.id, told.payment.payer) == ("paid", paid.id, lin.account.hex())


async def test_statements_and_links(city: City, network: bootstrap.RunningNetwork) -> None:
    lin, chen = (city.parties[name].own(city.genesis.chain_id) for name in ("lin", "chen"))
    async with AsyncClient(network.url, network.trust) as port:
        paid = await port.transfer(lin, chen.account, 77)
        await port.receipt(chen, paid.id)  # it is in the index then
        _, verdict = await port.statement_files(chen)
        newest = (await port.statement(chen, limit=1)).entries[0]
        assert verdict.lines[-1].change.entry == newest.entry
        assert (newest.delta_minor, newest.counterparty) == (77, lin.account.hex())
        table = (await port.statement_table(chen)).decode().splitlines()
        assert len(table) == 1 + len(verdict.lines)
        made = await port.share_receipt(chen, paid.id, seconds=60)
        async with httpx.AsyncClient(base_url=network.url) as stranger:
            shown = await stranger.get(made.path)
            assert verify_receipt(shown.content, network.trust).transaction_id.hex() == paid.id
            await port.revoke_link(chen, made.link.id)
            assert (await stranger.get(made.path)).status_code == 404
        with pytest.raises(Refusal, match="no_such_link"):
            await port.revoke_link(chen, made.link.id)
