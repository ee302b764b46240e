"""A worker ends between any two steps of a request that makes something in two places; the client sends it again.

Another worker answers then. There is one effect, and nothing is lost, whichever step was the last.
"""

from __future__ import annotations

import base64
import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from payport.institutions.sandbox.seed import card_number, phone_number
from payport.wallet.keys import SigningKey
from tests.gateway import dying_worker
from tests.gateway.access.people import challenge_of, fresh_key
from tests.gateway.card_holders import Cardholder, code_sent_to, next_count
from tests.gateway.dying_worker import Became, Wanted
from tests.gateway.test_aliases import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.gateway.town import Town

pytestmark = pytest.mark.slow

BANK = "bank-south"
FIRST_ALIAS = 99_970_010_000


class Crash(NamedTuple):
    """A request, and the point at which its first worker ended."""

    wanted: Wanted
    became: Became


def again(town: Town, wanted: Wanted) -> httpx.Response:
    """Send a request to the port, as the client does that got no answer."""
    return town.client.request(
        wanted.method, wanted.path, headers=wanted.headers, json=wanted.body, params=wanted.params
    )


def crashes(town: Town, steps: int, make: Any) -> Iterator[Crash]:
    """Yield a new request each time, after its worker ended one point later, until it passes all ``steps``."""
    for at in range(1, steps + 2):
        wanted = make(at)
        became = dying_worker.ask(town, wanted, at)
        assert became.died == (at <= steps), became
        yield Crash(wanted, became)


def kept_of(town: Town, customer: str) -> list[tuple[str, int]]:
    """Return how many rows of a customer each table of port and home database holds."""
    found = []
    for name, column, tables in (
        ("home", "customer", ("wallet_cards", "wallet_default_cards", "wallet_contacts")),
        ("home", "payee", ("wallet_requests",)),
        ("port", "customer", ("customer_accounts",)),
    ):
        with sqlite3.connect(town.network.trust_file.parent / f"{name}.sqlite") as connection:
            for table in tables:
                query = f"SELECT count(*) FROM {table} WHERE {column} = ?"
                found += [(table, connection.execute(query, [bytes.fromhex(customer)]).fetchone()[0])]
    return found


def test_binding_a_card(town: Town) -> None:
    holders: list[tuple[Cardholder, Any]] = []

    def begin(_at: int) -> Wanted:
        holder, count = Cardholder(town), next_count()
        begun = holder.begin(BANK, count).json()
        code = code_sent_to(town, BANK, phone_number(count))
        body = holder.confirmation(BANK, begun, code, SigningKey.generate())
        holders.append((holder, begun))
        return Wanted("POST", "/v1/cards", {**holder.headers, **fresh_key()}, body)

    for crash in crashes(town, 8, begin):
        holder, begun = holders[-1]
        answers = [again(town, crash.wanted) for _ in range(2)]
        assert {each.status_code for each in answers} == {201}, (crash.became, answers[0].text)
        assert answers[0].content == answers[1].content
        bound = answers[0].json()
        assert bound["account"] == begun["account"]
        (card,) = holder.get("/v1/cards").json()["cards"]
        assert (card["account"], card["deposits"][0]["available_minor"]) == (bound["account"], 1_000_000)
        assert len(base64.b64decode(bound["view_key"])) == 32
        (link,) = holder.get("/v1/customers/me").json()["accounts"]
        assert link["account"] == bound["account"]


def test_beginning_to_bind_a_card(town: Town) -> None:
    asked: list[tuple[Cardholder, int]] = []

    def begin(_at: int) -> Wanted:
        holder, count = Cardholder(town), next_count()
        asked.append((holder, count))
        phone = phone_number(count)
        body = {"institution": BANK, "card_number": card_number(BANK, count).reveal(), "phone": phone}
        return Wanted("POST", "/v1/cards/enrolments", {**holder.headers, **fresh_key()}, body)

    for crash in crashes(town, 2, begin):
        holder, count = asked[-1]
        begun = again(town, crash.wanted)
        assert begun.status_code == 201, begun.text
        messages = town.get(f"/v1/sandbox/{BANK}/inbox", params={"address": phone_number(count)}).json()["messages"]
        assert len(messages) == 1, "the code was sent once"
        code = code_sent_to(town, BANK, phone_number(count))
        body = holder.confirmation(BANK, begun.json(), code, SigningKey.generate())
        assert holder.post("/v1/cards", body).status_code == 201


def test_registering_and_erasing_an_alias(town: Town) -> None:
    holder, payer = Cardholder(town), Cardholder(town)
    own = holder.bind(BANK)
    path = f"/v1/accounts/{own.account.hex()}/aliases"

    def alias_of(at: int) -> str:
        return f"+{FIRST_ALIAS + at}"

    def confirm(at: int) -> Wanted:
        begun = holder.post(path, {"alias": alias_of(at)}).json()
        code = code_sent_to(town, BANK, alias_of(at))
        body = {"request": begun["request"], "code": code}
        return Wanted("POST", f"{path}/confirm", {**holder.headers, **fresh_key()}, body)

    def erase(at: int) -> Wanted:
        return Wanted("DELETE", path, {**holder.headers, **fresh_key()}, params={"alias": alias_of(at)})

    aliases: set[str] = set()
    for at, crash in enumerate(crashes(town, 5, confirm), 1):
        answers = [again(town, crash.wanted) for _ in range(2)]
        assert {each.status_code for each in answers} == {201}, (crash.became, answers[0].text)
        assert answers[0].content == answers[1].content
        aliases.add(alias_of(at))
        assert {each["alias"] for each in holder.get(path).json()["aliases"]} == aliases
        assert resolve(town, payer, alias_of(at)).account == own.account
    for at, crash in enumerate(crashes(town, 5, erase), 1):
        answer = again(town, crash.wanted)
        assert answer.status_code == 204, (crash.became, answer.text)
        aliases.remove(alias_of(at))
        assert {each["alias"] for each in holder.get(path).json()["aliases"]} == aliases
        assert resolve(town, payer, alias_of(at)).account != own.account


def test_taking_a_card_out_of_the_app(town: Town) -> None:
    holder = Cardholder(town)

    def remove(_at: int) -> Wanted:
        own = holder.bind(BANK)
        return Wanted("DELETE", f"/v1/cards/{own.account.hex()}", holder.headers)

    for crash in crashes(town, 6, remove):
        answer = again(town, crash.wanted)
        gone = crash.became.passed[-1] == "after home" or not crash.became.died
        assert answer.status_code == (404 if gone else 204), (crash.became, answer.text)
        assert holder.get("/v1/cards").json()["cards"] == []
        assert holder.get("/v1/customers/me").json()["accounts"] == []


def test_leaving(town: Town) -> None:
    leavers: list[Cardholder] = []

    def leave(_at: int) -> Wanted:
        holder = Cardholder(town)
        holder.bind(BANK)
        note = {"name": "Chen", "account": town.chen.account.hex()}
        assert holder.post("/v1/contacts", note).status_code == 201
        leavers.append(holder)
        assert [count for _, count in kept_of(town, holder.customer)] == [1, 3, 1, 0, 1]
        return Wanted("DELETE", "/v1/customers/me", holder.headers)

    for crash in crashes(town, 6, leave):
        holder = leavers[-1]
        left = crash.became.passed[-1] == "after port" or not crash.became.died
        answer = again(town, crash.wanted)
        assert answer.status_code == (403 if left else 204), (crash.became, answer.text)
        assert again(town, crash.wanted).status_code == 403
        assert not any(count for _, count in kept_of(town, holder.customer)), crash.became
        signing_in = town.post("/v1/sessions", json=holder.answer_to(challenge_of(town)), headers=fresh_key())
        assert signing_in.status_code == 403
