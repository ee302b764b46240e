"""Events of a whole customer: accounts of all banks in one stream, those linked later too, resumed by one number."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import pytest

from payport.gateway.events import EVENTS_AT_ONCE, MAX_FOLLOWERS_PER_ACCOUNT
from tests.gateway.access.people import Phone
from tests.gateway.card_holders import Cardholder
from tests.gateway.town import PATIENCE_SECONDS, read_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gateway.town import Town


class Told(NamedTuple):
    """One event."""

    number: str | None
    data: dict[str, Any]


class Stream:
    """A customer's stream."""

    def __init__(self, phone: Phone, after: str | None = None, **options: Any) -> None:
        headers = phone.headers if after is None else {**phone.headers, "Last-Event-ID": after}
        self.opened = phone.town.client.stream("GET", "/v1/events", headers=headers, **options)

    def __enter__(self) -> Self:
        response = self.opened.__enter__()
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        self.events = read_events(response.iter_lines())
        return self

    def __exit__(self, *ending: object) -> None:
        self.opened.__exit__(*ending)

    def __iter__(self) -> Iterator[Told]:
        for number, data in self.events:
            if data is not None:
                yield Told(number, data)

    def next(self) -> Told:
        return next(iter(self))

    def accounts(self) -> list[str]:
        """Return the accounts of the next event, which must say which are covered."""
        return [each["account"] for each in self.next().data["accounts"]]


def brief(told: Told) -> tuple[str, str]:
    return told.data["account"], told.data["id"]


def test_accounts_of_two_banks_in_one_stream(town: Town) -> None:
    phone = Phone(town)
    assert town.lin.bank != town.chen.bank
    for party in (town.lin, town.chen):
        assert phone.link(party).status_code == 201
    lin, chen = town.lin.account.hex(), town.chen.account.hex()
    town.issue(town.market, 100)
    with Stream(phone) as stream:
        assert stream.accounts() == [lin, chen]
        first = town.pay(town.market, town.lin)["id"]
        second = town.pay(town.market, town.chen)["id"]
        told = [stream.next() for _ in range(2)]
    assert [brief(each) for each in told] == [(lin, first), (chen, second)]
    assert [each.number for each in told] == [str(each.data["sequence"]) for each in told]
    for party, each in zip((town.lin, town.chen), told, strict=True):
        row = town.of(party, "/transactions", limit=1).json()["transactions"][0]
        assert each.data == {"account": party.account.hex(), **row}


def test_resumed_where_it_was_lost(town: Town) -> None:
    phone = Phone(town)
    for party in (town.lin, town.chen):
        phone.link(party)
    town.issue(town.market, 100)
    with Stream(phone) as stream:
        begin = stream.next().number
        town.pay(town.market, town.lin)
        first = stream.next()
    town.pay(town.market, town.chen)
    town.pay(town.market, town.lin)
    for options in ({"after": first.number}, {"params": {"after": first.number}}):
        with Stream(phone, **options) as stream:
            assert len(stream.accounts()) == 2
            later = [stream.next() for _ in range(2)]
        assert [each.data["account"] for each in later] == [town.chen.account.hex(), town.lin.account.hex()]
    with Stream(phone, begin) as stream:  # the number that came with the accounts is a place too
        stream.accounts()
        assert [stream.next() for _ in range(3)] == [first, *later]
    wrong = phone.get("/v1/events", params={"after": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "malformed_request")


def test_an_account_opened_later_joins_the_stream(town: Town) -> None:
    holder = Cardholder(town)
    town.issue(town.market, 100)
    with Stream(holder) as stream:
        assert stream.accounts() == []
        own = [holder.bind(bank) for bank in ("bank-north", "bank-east")]
        paid = [town.pay(town.market, each)["id"] for each in own]  # type: ignore[arg-type]
        covered, told = [], []
        for each in stream:
            if "accounts" in each.data:
                covered = [one["account"] for one in each.data["accounts"]]
            elif brief(each)[1] in paid:  # an opening is told, too, where the index was behind the link
                told.append(brief(each))
            if len(told) == 2:
                break
        assert covered == [each.account.hex() for each in own]
        assert told == list(zip(covered, paid, strict=True))
        assert holder.delete(f"/v1/cards/{own[0].account.hex()}").status_code == 204
        town.pay(town.market, own[0])  # type: ignore[arg-type]
        kept = town.pay(town.market, own[1])["id"]  # type: ignore[arg-type]
        assert stream.accounts() == covered[1:]
        assert brief(stream.next()) == (covered[1], kept)


def test_between_two_of_his_own_both_are_told_and_none_is_lost(town: Town) -> None:
    phone = Phone(town)
    for party in (town.lin, town.chen):
        phone.link(party)
    both = {town.lin.account.hex(), town.chen.account.hex()}
    with Stream(phone) as stream:
        begin = stream.next().number
        paid = town.pay(town.lin, town.chen)["id"]
        first, second = stream.next(), stream.next()
    assert {brief(first), brief(second)} == {(each, paid) for each in both}
    assert {first.data["sent"], second.data["sent"]} == {True, False}
    assert int(begin or 0) <= int(first.number or 0) < int(second.number or 0) == second.data["sequence"]
    with Stream(phone, first.number) as stream:  # lost between the two: both come again
        stream.accounts()
        assert [stream.next(), stream.next()] == [first, second]


def test_more_than_is_read_at_once(town: Town) -> None:
    phone, count = Phone(town), EVENTS_AT_ONCE + 20
    for party in (town.lin, town.chen, town.metro):
        phone.link(party)
    with Stream(phone) as stream:
        begin = stream.next().number
    town.issue(town.market, count + 10)
    paid = []
    for number in range(count):
        payee = town.metro if number % 12 == 0 else town.lin
        paid.append((payee.account.hex(), town.pay(town.market, payee)["id"]))
    town.indexed()
    with Stream(phone, begin) as stream:
        stream.accounts()
        told = [stream.next() for _ in paid]
    assert [brief(each) for each in told] == paid
    middle = len(told) // 2
    with Stream(phone, told[middle].number) as stream:
        stream.accounts()
        assert [stream.next() for _ in told[middle + 1 :]] == told[middle + 1 :]


class Payers:
    """Pays lin and chen in turn until lin was paid some times more after his account was linked."""

    def __init__(self, town: Town, after_link: int) -> None:
        self.town, self.left = town, after_link
        self.paid: list[str] = []
        self.certain: list[str] = []
        self.linked = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        while self.left:
            linked = self.linked.is_set()
            self.paid.append(self.town.pay(self.town.market, self.town.lin)["id"])
            self.town.pay(self.town.market, self.town.chen)
            if linked:
                self.certain.append(self.paid[-1])
                self.left -= 1


@pytest.mark.slow
def test_nothing_is_passed_over_while_an_account_is_linked(town: Town) -> None:
    """Both accounts are paid all the time; whatever is paid to one after its link was answered is told."""
    lin = town.lin.account.hex()
    for _ in range(5):
        town.issue(town.market, 1_000)
        phone = Phone(town)
        phone.link(town.chen)
        with Stream(phone) as stream:
            assert stream.accounts() == [town.chen.account.hex()]
            payers = Payers(town, after_link=5)
            assert phone.link(town.lin).status_code == 201
            payers.linked.set()
            payers.thread.join()
            told: list[str] = []
            deadline = time.monotonic() + PATIENCE_SECONDS
            while payers.paid[-1] not in told:
                assert time.monotonic() < deadline, "the last one was passed over"
                event = stream.next()
                told += [event.data["id"]] if event.data.get("account") == lin else []
        assert told == payers.paid[-len(told) :]
        assert told[-len(payers.certain) :] == payers.certain


def test_the_stream_ends_with_the_session(town: Town) -> None:
    phone = Phone(town)
    phone.link(town.lin)
    with Stream(phone) as stream:
        stream.accounts()
        assert phone.delete("/v1/sessions/current").status_code == 204
        town.pay(town.chen, town.lin)
        assert list(stream) == []
    phone.sign_in()
    assert phone.delete("/v1/customers/me").status_code == 204
    assert phone.get("/v1/events").json()["code"] == "access_denied"


def test_too_many_followers_of_one_customer(town: Town) -> None:
    phone = Phone(town)
    opened = [Stream(phone) for _ in range(MAX_FOLLOWERS_PER_ACCOUNT)]
    for each in opened:
        assert each.__enter__().accounts() == []
    refused = phone.get("/v1/events")
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_followers")
    for each in opened:
        each.__exit__(None, None, None)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        stream = town.client.stream("GET", "/v1/events", headers=phone.headers)
        with stream as response:
            if response.status_code == 200:
                break
        assert time.monotonic() < deadline, "a closed connection gives its place back"
