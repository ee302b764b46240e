"""What expires is told: once to each side, with what was still reserved; what ended before its time is not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks.webhooks import Webhook

from payport.ledger.state.assets import AssetClass
from payport.wallet.sign import build, sign
from tests.gateway.access.people import Member, Phone
from tests.gateway.town import PATIENCE_SECONDS, now_ms
from tests.gateway.webhooks.receiver import Answer, Received, Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gateway.access.people import Caller
    from tests.gateway.town import Party, Town

TILES = "bank-east:TOKENS"
SOON_MS = 700


class Listener:
    """A webhook of one account, and what it was told."""

    def __init__(self, boss: Caller, party: Party, *types: str) -> None:
        self.boss, self.party, self.receiver = boss, party, Receiver()
        body = {"url": self.receiver.url, "label": "x", "types": list(types), "accounts": [party.account.hex()]}
        made = boss.post("/v1/webhooks", body)
        assert made.status_code == 201, made.text
        self.path, self.secret = f"/v1/webhooks/{made.json()['id']}", made.json()["secret"]

    def told(self) -> list[tuple[str, str, int]]:
        """Return type, id and amount of every event, each event once."""
        events = {each.id: Webhook(self.secret).verify(each.body, each.headers) for each in self.receiver.received}
        data = [(each["type"], each["data"]) for each in events.values()]
        assert {each["account"] for _, each in data} <= {self.party.account.hex()}
        return [(kind, each["id"], each["amount_minor"]) for kind, each in data]

    def wait(self, *expected: tuple[str, str, int]) -> None:
        """Return once exactly this was told; the order of arrival is free."""
        with self.receiver.arrived:
            self.receiver.arrived.wait_for(lambda: len(self.told()) >= len(expected), PATIENCE_SECONDS)
            assert sorted(self.told()) == sorted(expected)

    def close(self) -> None:
        self.boss.delete(self.path)
        self.receiver.close()


@pytest.fixture(scope="module")
def bosses(town: Town) -> dict[str, Member]:
    banks = {town.lin.bank, town.chen.bank, town.fuel.bank}
    return {bank: Member(town, bank, "administrator") for bank in banks}


@pytest.fixture
def listen(bosses: dict[str, Member]) -> Iterator[Any]:
    made: list[Listener] = []

    def listen(party: Party, *types: str) -> Listener:
        made.append(Listener(bosses[party.bank], party, *types))
        return made[-1]

    yield listen
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def tiles(town: Town) -> str:
    bank = town.city.keys["bank-east"]
    register = {"asset": TILES, "asset_class": AssetClass.VOUCHER, "name": "Tokens", "decimals": 0}
    issue = {"account": town.chen.account, "asset": TILES, "amount_minor": 1_000}
    for kind, fields in (("register_asset/1", register), ("issue/1", issue)):
        assert town.submit(sign(build(town.chain_id, kind, "bank-east", **fields), bank)).status_code == 200
    town.indexed()
    return TILES


def authorise(town: Town, amount_minor: int, expires_at_ms: int) -> bytes:
    terms = {"merchant": town.fuel.account, "asset": "CNY", "amount_minor": amount_minor, "order": None}
    return bytes.fromhex(town.do("authorise/1", town.lin, "/v1/holds", **terms, expires_at_ms=expires_at_ms))


def offer(town: Town, give_minor: int, expires_at_ms: int, taker: bytes | None = None) -> bytes:
    terms = {"give_asset": TILES, "give_minor": give_minor, "want_asset": "CNY", "want_minor": give_minor}
    made = town.do("offer/1", town.chen, "/v1/offers", **terms, taker=taker, expires_at_ms=expires_at_ms)
    return bytes.fromhex(made)


def sweep(town: Town, after_ms: int) -> None:
    """Let a block begin after a time."""
    time.sleep(max(0, after_ms + 1 - now_ms()) / 1_000)
    town.pay(town.market, town.canteen)
    town.indexed()


def test_a_hold_that_expires_is_told_to_payer_and_merchant(town: Town, listen: Any) -> None:
    payer, merchant = listen(town.lin, "hold.expired"), listen(town.fuel, "hold.expired")
    town.issue(town.market, 1_000)
    until_ms = now_ms() + SOON_MS
    whole, part, used, freed = (authorise(town, amount, until_ms) for amount in (500, 600, 700, 800))
    taken = {"payer": town.lin.account, "asset": "CNY"}
    town.do("capture/1", town.fuel, "/v1/holds", amount_minor=250, final=False, hold=part, **taken)
    town.do("capture/1", town.fuel, "/v1/holds", amount_minor=700, final=True, hold=used, **taken)
    town.do("release/1", town.fuel, "/v1/holds", payer=town.lin.account, hold=freed)
    sweep(town, until_ms)
    expected = [("hold.expired", whole.hex(), 500), ("hold.expired", part.hex(), 350)]
    payer.wait(*expected)
    merchant.wait(*expected)
    for each in (payer, merchant):
        path = f"{each.path}/deliveries"
        assert {one["type"] for one in each.boss.get(path).json()["deliveries"]} == {"hold.expired"}


def test_an_offer_that_expires_is_told_to_its_maker(town: Town, tiles: str, listen: Any) -> None:
    assert tiles
    maker = listen(town.chen, "offer.expired")
    other = listen(town.chen, "hold.expired", "transaction.refused")
    until_ms = now_ms() + SOON_MS
    whole, part, gone = (offer(town, give, until_ms) for give in (10, 40, 40))
    invited = offer(town, 7, until_ms, town.lin.account)
    take = {"maker": town.chen.account, "take_asset": TILES, "pay_asset": "CNY"}
    town.do("take/1", town.lin, "/v1/offers", **take, take_minor=15, pay_minor=15, offer=part)
    town.do("cancel/1", town.chen, "/v1/offers", offer=gone)
    sweep(town, until_ms)
    expired = [(whole, 10), (part, 25), (invited, 7)]
    maker.wait(*(("offer.expired", each.hex(), amount) for each, amount in expired))
    assert other.told() == []


def test_an_expiry_is_sent_again_until_it_is_taken(town: Town, listen: Any) -> None:
    payer = listen(town.lin, "hold.expired")
    answers = [Answer(503, {"retry-after": "1"}), Answer(204)]
    payer.receiver.answer = lambda _: answers.pop(0) if len(answers) > 1 else answers[0]
    until_ms = now_ms() + SOON_MS
    hold = authorise(town, 90, until_ms)
    sweep(town, until_ms)
    sent: list[Received] = payer.receiver.wait(2)
    assert len({each.id for each in sent}) == 1
    payer.wait(("hold.expired", hold.hex(), 90))


def test_a_request_for_money_ends_without_a_word(town: Town, listen: Any) -> None:
    """It is a notice between two people, and no bank's: its time is seen by both of them, and told to no program."""
    chen, lin = Phone(town), Phone(town)
    assert chen.link(town.chen).status_code == lin.link(town.lin).status_code == 201
    types = ("transaction.committed", "transaction.refused", "hold.expired", "offer.expired")
    listeners = [listen(party, *types) for party in (town.chen, town.lin)]
    until_ms = now_ms() + SOON_MS
    accounts = {"account": town.chen.account.hex(), "payer": town.lin.account.hex()}
    made = chen.post("/v1/requests", {**accounts, "amount_minor": 500, "expires_at_ms": until_ms}).json()
    sweep(town, until_ms)
    for phone, side in ((chen, "sent"), (lin, "received")):
        (seen,) = phone.get("/v1/requests", params={"side": side, "limit": 1}).json()["requests"]
        assert (seen["request"], seen["state"]) == (made["request"], "expired")
    declined = town.client.put(f"/v1/requests/{made['request']}/declined", headers=lin.headers)
    assert declined.json()["code"] == "request_closed"
    paid = town.pay(town.lin, town.chen, 500)["id"]
    for each in listeners:
        each.wait(("transaction.committed", paid, 500))
    assert lin.post(f"/v1/requests/{made['request']}/paid", {"payment": paid}).json()["code"] == "request_closed"
