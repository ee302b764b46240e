"""The resource, over real connections: who may manage what, secrets shown once, deliveries listed and sent again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy
from standardwebhooks import Webhook, WebhookVerificationError

from payport.gateway.webhooks import endpoints
from payport.gateway.webhooks.event_types import EventType
from payport.gateway.webhooks.tables import WEBHOOKS
from tests.gateway.access.people import Caller, Member, database_of, fresh_key
from tests.gateway.town import PATIENCE_SECONDS
from tests.gateway.webhooks.receiver import Answer, Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gateway.town import Town

ALL = [each.value for each in EventType]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def boss(town: Town) -> Member:
    return Member(town, "bank-north", "administrator")


@pytest.fixture(scope="module")
def shop(boss: Member) -> Caller:
    """Return a partner of all the accounts of the bank; it may ask more often than a person."""
    return boss.make_key("webhooks:write")


def make(caller: Caller, url: str, key: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    return caller.post("/v1/webhooks", {"url": url, "label": "shop", "types": ALL, **fields}, key)


def until(caller: Caller, path: str, state: str) -> dict[str, Any]:
    """Return a delivery once it is in a state."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := caller.get(path).json())["delivery"]["state"] != state:
        assert time.monotonic() < deadline, found
    return dict(found)


def test_a_payment_is_told_and_its_signature_holds(town: Town, boss: Member, receiver: Receiver) -> None:
    key = fresh_key()
    first, again = (make(boss, receiver.url, key, accounts=[town.lin.account.hex()]) for _ in range(2))
    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    webhook, secret = first.json()["id"], first.json()["secret"]
    assert secret not in boss.get(f"/v1/webhooks/{webhook}").text
    paid = [town.pay(town.lin, town.chen, amount)["id"] for amount in (1, 2)]
    received = receiver.wait(2)
    told = [Webhook(secret).verify(each.body, each.headers) for each in received]
    assert {each["data"]["id"] for each in told} == set(paid)
    path = f"/v1/accounts/{town.lin.account.hex()}/transactions"
    listed = {each["id"]: each for each in town.get(path, town.lin).json()["transactions"]}
    for each in told:
        assert each["type"] == "transaction.committed"
        assert each["data"] == {"account": town.lin.account.hex(), **listed[each["data"]["id"]]}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret[:-6] + "AAAAA=").verify(received[0].body, received[0].headers)
    assert boss.delete(f"/v1/webhooks/{webhook}").status_code == 204
    assert boss.get(f"/v1/webhooks/{webhook}").json()["code"] == "unknown_webhook"


def test_the_log_and_sending_again_by_hand(shop: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(418)
    webhook = f"/v1/webhooks/{make(shop, receiver.url).json()['id']}"
    tested = shop.post(f"{webhook}/test", {})
    assert tested.status_code == 201, tested.text
    delivery = f"{webhook}/deliveries/{tested.json()['id']}"
    receiver.wait(1)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := shop.get(delivery).json())["attempts"]:
        assert time.monotonic() < deadline
    assert [(each["status"], each["failure"]) for each in seen["attempts"]] == [(418, None)]
    assert seen["delivery"]["state"] == "pending"
    assert shop.get(webhook).json()["failing_since_ms"] is not None
    receiver.answer = lambda _: Answer()
    again = shop.post(f"{delivery}/redeliver", {})
    assert again.json() == tested.json()
    seen = until(shop, delivery, "delivered")
    assert [each["status"] for each in seen["attempts"]] == [418, 200]
    assert {each.id for each in receiver.received} == {tested.json()["id"]}
    assert seen["payload"].encode() == receiver.received[0].body
    assert shop.post(f"{webhook}/test", {}).status_code == 201
    pages, before = [], ""
    while True:
        page = shop.get(f"{webhook}/deliveries?limit=1{before}").json()
        pages += page["deliveries"]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert len({each["id"] for each in pages}) == 2
    assert shop.get(f"{webhook}/deliveries?state=failed").json()["deliveries"] == []
    assert shop.get(f"{webhook}/deliveries?state=lost").json()["code"] == "malformed_request"
    assert shop.get(f"{webhook}/deliveries/{'00' * 16}").json()["code"] == "unknown_delivery"
    shop.delete(webhook)


def test_gone_disables_and_enabling_goes_on(town: Town, boss: Member, shop: Caller, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(410)
    webhook = f"/v1/webhooks/{make(boss, receiver.url, accounts=[town.lin.account.hex()]).json()['id']}"
    town.pay(town.lin, town.chen, 3)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := shop.get(webhook).json())["enabled"]:
        assert time.monotonic() < deadline
    assert found["disabled_reason"] == "gone"
    for path in (f"{webhook}/test", f"{webhook}/deliveries/{receiver.received[0].id}/redeliver"):
        assert shop.post(path, {}).json()["code"] == "webhook_disabled"
    town.pay(town.lin, town.chen, 4)
    receiver.answer = lambda _: Answer()
    changed = boss.patch(webhook, {"enabled": True, "label": "new", "types": ["transaction.committed"]}).json()
    assert (changed["enabled"], changed["label"], changed["types"]) == (True, "new", ["transaction.committed"])
    amounts = {each.event["data"]["amount_minor"] for each in receiver.wait(2)}
    assert amounts >= {4}
    assert boss.patch(webhook, {"enabled": False}).json()["disabled_reason"] == "by_hand"
    actions = [row["action"] for row in Member(town, "bank-north", "auditor").get("/v1/audit-log").json()["rows"]]
    assert {"made webhook", "changed webhook"} <= set(actions)
    boss.delete(webhook)


def test_a_rotated_secret_signs_beside_the_old_one(shop: Caller, receiver: Receiver) -> None:
    made = make(shop, receiver.url).json()
    webhook = f"/v1/webhooks/{made['id']}"
    rotated = shop.post(f"{webhook}/secret", {})
    assert rotated.status_code == 201, rotated.text
    assert shop.get(webhook).json()["previous_secret_until_ms"] == rotated.json()["previous_until_ms"]
    shop.post(f"{webhook}/test", {})
    received = receiver.wait(1)[0]
    for secret in (made["secret"], rotated.json()["secret"]):
        assert Webhook(secret).verify(received.body, received.headers)["type"] == "webhook.test"
    shop.delete(webhook)


def test_a_partner_is_limited_to_the_accounts_of_its_key(town: Town, boss: Member, receiver: Receiver) -> None:
    lin, chen = town.lin.account, town.chen.account
    assert town.lin.bank == "bank-north"
    assert town.chen.bank != "bank-north"
    one, whole = boss.make_key("webhooks:write", accounts=(lin,)), boss.make_key("webhooks:write")
    made = make(one, receiver.url)
    assert made.json()["accounts"] == [lin.hex()]
    everything = make(whole, receiver.url).json()
    assert everything["accounts"] == []
    for caller, account in ((one, town.market.account), (whole, chen), (boss, chen), (whole, bytes(16))):
        assert make(caller, receiver.url, accounts=[account.hex()]).json()["code"] == "access_denied"
    listed = [{each["id"] for each in caller.get("/v1/webhooks").json()["webhooks"]} for caller in (one, whole)]
    assert listed[0] == {made.json()["id"]}
    assert listed[1] >= {made.json()["id"], everything["id"]}
    stranger = Member(town, "bank-west", "administrator")
    for caller, webhook in ((one, everything["id"]), (stranger, everything["id"])):
        path = f"/v1/webhooks/{webhook}"
        answers = [caller.get(path), caller.delete(path), caller.patch(path, {}), caller.post(f"{path}/secret", {})]
        answers += [caller.post(f"{path}/test", {}), caller.get(f"{path}/deliveries")]
        assert {each.json()["code"] for each in answers} == {"unknown_webhook"}
    for caller, webhook in ((one, made.json()["id"]), (boss, everything["id"])):
        assert caller.delete(f"/v1/webhooks/{webhook}").status_code == 204


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"url": "https://10.0.0.1/"}, "webhook_address"),
        ({"url": "https://169.254.169.254/latest"}, "webhook_address"),
        ({"url": "http://192.168.0.1/"}, "webhook_address"),
        ({"url": "https://a:b@shop.example/"}, "webhook_url"),
        ({"url": "gopher://shop.example/"}, "webhook_url"),
        ({"url": "https://shop.example/" + "a" * 1_000}, "malformed_request"),
        ({"types": []}, "malformed_request"),
        ({"types": ["money.lost"]}, "malformed_request"),
        ({"accounts": ["00" * 16] * 101}, "malformed_request"),
        ({"secret": "whsec_AAAA"}, "malformed_request"),
    ],
)
def test_refused(boss: Member, fields: dict[str, Any], code: str) -> None:
    body = {"url": "https://shop.example/", "label": "shop", "types": ALL, **fields}
    assert boss.post("/v1/webhooks", body).json()["code"] == code


def test_a_name_that_means_this_network_is_not_connected_to(shop: Caller) -> None:
    """``localhost`` may be ``::1`` too, and only 127.0.0.0/8 is named."""
    made = make(shop, "https://0:443/").json()
    webhook = f"/v1/webhooks/{made['id']}"
    delivery = f"{webhook}/deliveries/{shop.post(f'{webhook}/test', {}).json()['id']}"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := shop.get(delivery).json())["attempts"]:
        assert time.monotonic() < deadline
    assert seen["attempts"][0]["failure"] == "address_not_allowed"
    shop.delete(webhook)


def test_so_many_webhooks(town: Town, boss: Member, receiver: Receiver) -> None:
    """The institution has as many as are allowed; disabled ones count."""
    engine = sqlalchemy.create_engine(database_of(town))
    with engine.begin() as connection:
        have = len(connection.execute(WEBHOOKS.select().where(WEBHOOKS.c.institution == "bank-north")).all())
        row = {"institution": "bank-north", "label": "x", "url": "https://x.example/", "types": "[]", "accounts": "[]"}
        row |= {"created_by": bytes(16), "created_at_ms": 0, "secret": b"", "cursor": 0, "unreachable": 0}
        row |= {"paused_until_ms": 0, "disabled_reason": "by_hand", "disabled_at_ms": 0}
        added = [{**row, "id": number.to_bytes(16, "big")} for number in range(1, endpoints.MAX_WEBHOOKS - have + 1)]
        connection.execute(WEBHOOKS.insert(), added)
    assert make(boss, receiver.url).json()["code"] == "too_many_webhooks"
    listed, after = 0, ""
    while True:
        answer = boss.get(f"/v1/webhooks{after}")
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:  # one address makes all requests of this file
            time.sleep(int(answer.headers["retry-after"]))
            continue
        page = answer.json()
        assert "webhooks" in page, page
        listed += len(page["webhooks"])
        if page["next"] is None:
            break
        after = f"?after={page['next']}"
    assert listed == endpoints.MAX_WEBHOOKS
    with engine.begin() as connection:
        connection.execute(WEBHOOKS.delete().where(WEBHOOKS.c.label == "x"))
    engine.dispose()
