"""The desk over its socket: every operation, typed, with refusals as everywhere."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from payport.node.client import NODE_UNREACHABLE
from payport.node.local_client import LocalClient
from payport.services.branch import Request
from payport.services.desk.client import DeskClient, DeskDirectory, DeskLine
from payport.services.desk.desk import Desk
from payport.services.desk.operations import OPERATIONS, Desks
from payport.services.desk.server import DeskServer
from payport.services.messenger.null import NullMessenger
from payport.values.aliases import read_signed
from payport.values.refusals import Refusal
from payport.wallet.keys import SigningKey
from tests.institutions.rig import CHAIN, DEPOSIT, LIN, SHOP
from tests.ledger.network import account, seed
from tests.services.rig import CARD, PHONE, Town, town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from tests.databases import Databases

KEY = SigningKey(seed("phone"))


class Office:
    """A desk that is served, and a client of it."""

    def __init__(self, place: Town, desk: Desk, east: DeskClient, line: LocalClient) -> None:
        self.place, self.desk, self.east, self.line = place, desk, east, line


@pytest.fixture
async def office(tmp_path: Path, databases: Databases) -> AsyncIterator[Office]:
    async with town(tmp_path, databases) as place:
        desk = Desk((await place.services()).branch)
        server = DeskServer(Desks({"east": desk}), tmp_path / "d")
        await server.start()
        line = DeskLine(tmp_path / "d", 5)
        yield Office(place, desk, DeskClient(line, "east"), line)
        await line.close()
        await server.close()


async def refused(code: str, call: Awaitable[object]) -> None:
    with pytest.raises(Refusal) as caught:
        await call
    assert caught.value.code == code
    assert re.search(r"[\u4e00-\u9fff]", caught.value.reason.zh)


def test_every_operation_has_its_method_and_its_row_in_the_reference() -> None:
    assert set(OPERATIONS) <= set(dir(DeskClient))
    page = (Path(__file__).resolve().parents[3] / "docs/reference/desks.md").read_text(encoding="utf-8")
    assert set(OPERATIONS) == set(re.findall(r"^\| `(\w+)` \| .* \| .* \|$", page, re.MULTILINE))


async def test_a_card_is_bound_and_pays_from_the_deposit(office: Office) -> None:
    east, place = office.east, office.place
    started = await east.start_enrolment(Request("app", "1"), CARD.reveal(), PHONE)
    code = await place.code()
    assert code in (await east.inbox(PHONE))[0].text
    proof = KEY.prove_possession(CHAIN, started.account)
    bound = await east.finish_enrolment(Request("app", "2"), started.enrolment, code, proof)
    card = await east.card(bound.account)
    assert card is not None
    assert (card.account, card.masked_card) == (started.account, CARD.masked)
    fields = {"merchant": SHOP, "asset": "CNY", "amount_minor": 700, "order": None}
    signed = place.rig.sign("purchase/1", bound.account, "phone", **fields)
    for _ in range(2):
        paid = await east.pay(signed)
        assert (paid.code, paid.funded_minor, paid.state) == ("committed", 700, "confirmed")
    assert await east.payment(paid.payment_id) == paid
    assert await east.payment(bytes(32)) is None
    (deposit,) = await east.deposits(bound.account)
    assert (deposit.asset, deposit.available_minor, deposit.held_minor) == ("CNY", 1_000_000 - 700, 0)


async def test_a_redemption_is_credited(office: Office) -> None:
    rig = office.place.rig
    assert (await office.east.pay(rig.purchase(700))).code == "committed"
    bo = account("bo")
    transfer = rig.sign("transfer/1", LIN, "lin", payee=bo, asset="CNY", amount_minor=500)
    assert (await office.east.pay(transfer)).funded_minor == 500
    back = rig.sign("transfer/1", bo, "bo", payee=LIN, asset="CNY", amount_minor=500)
    assert (await office.east.pay(back)).state is None, "the account covers it"
    redeemed = await office.east.redeem(rig.redeem(500, LIN, "lin"))
    assert (redeemed.code, redeemed.state) == ("committed", "credited")
    assert (await office.east.deposits(LIN))[0].available_minor == DEPOSIT - 700


async def test_a_merchant_is_opened(office: Office) -> None:
    bakery = account("bakery")
    opened = await office.east.open_account(Request("clerk", "1"), bakery, "5462", KEY.prove_possession(CHAIN, bakery))
    assert (opened.institution, opened.account, opened.category) == ("east", bakery, "5462")
    assert await office.east.card(bakery) is None


async def test_aliases(office: Office) -> None:
    east, place = office.east, office.place
    started = await east.start_alias(Request("lin", "1"), LIN, "lin@example.org")
    code = await place.code("lin@example.org")
    alias = await east.finish_alias(Request("lin", "2"), LIN, started.request, code)
    assert await east.aliases(LIN) == (alias,)
    assert await east.set_alias_account(Request("lin", "3"), LIN, "lin@example.org", LIN) == alias
    assert read_signed(await east.answer_alias("lin@example.org"))[1].account == LIN
    await east.erase_alias(Request("lin", "4"), LIN, "lin@example.org")
    assert await east.aliases(LIN) == ()


async def test_books_are_compared(office: Office) -> None:
    assert (await office.east.status()).compared_at_ms == 0
    assert (await office.east.pay(office.place.rig.purchase(700))).code == "committed"
    await office.desk.settle()
    await office.desk.compare()
    status = await office.east.status()
    assert (status.at_rest, status.differences, status.open_fundings) == (True, (), 0)
    await office.place.rig.do("issue/1", "east", "east", account=LIN, asset="CNY", amount_minor=5)
    await office.desk.settle()
    await office.desk.compare()
    assert [each.kind for each in (await office.east.status()).differences] == ["issued_outside", "totals_differ"]


async def test_refusals_of_the_interface(office: Office) -> None:
    nobody = DeskClient(office.line, "west")
    await refused("unknown_desk", nobody.status())
    await refused("malformed_card_number", office.east.start_enrolment(Request("app", "1"), "1234", PHONE))
    await refused("malformed_bytes", office.east.start_enrolment(Request("", "1"), CARD.reveal(), PHONE))
    await refused("malformed_bytes", office.east.pay(bytes(20_000)))
    await refused("unknown_customer", office.east.deposits(bytes(16)))
    silent = Desk(office.desk.branch._replace(messenger=NullMessenger()))
    office.desk.branch = silent.branch  # type: ignore[misc]
    await refused("not_a_sandbox", office.east.inbox(PHONE))


async def test_a_failure_tells_its_kind_alone(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        async def start(self, *arguments: object) -> None:
            raise ValueError(f"broke on {arguments}")

    office.desk.enrolment = Broken()  # type: ignore[misc, assignment]
    with pytest.raises(Refusal) as caught:
        await office.east.start_enrolment(Request("app", "1"), CARD.reveal(), PHONE)
    assert (caught.value.code, caught.value.detail) == ("desk_failed", "ValueError")
    logged = "".join(capsys.readouterr())
    assert "start_enrolment" in logged
    assert CARD.reveal() not in logged
    assert PHONE not in logged


async def test_a_desk_that_is_away(tmp_path: Path) -> None:
    line = DeskLine(tmp_path / "nothing", 0.05)
    await refused("desk_unreachable", DeskClient(line, "east").status())
    await line.close()


async def test_the_file_of_desks(tmp_path: Path, office: Office) -> None:
    file = tmp_path / "desks.json"
    file.write_text(f'{{"east": "{tmp_path / "d"}", "west": "{tmp_path / "d"}"}}')
    desks = DeskDirectory.read(file, 5)
    assert desks.institutions == ("east", "west")
    assert (await desks.at("east").status()).institution == "east"
    with pytest.raises(Refusal, match="unknown_desk"):
        desks.at("north")
    await desks.close()
    file.write_text("[]")
    with pytest.raises(Refusal, match="malformed_desks"):
        DeskDirectory.read(file)


async def test_a_job_goes_on_where_nobody_answered(office: Office) -> None:
    errors: list[Exception] = [Refusal(NODE_UNREACHABLE), PoolTimeoutError("every connection is taken")]
    done = asyncio.Event()

    async def work() -> None:
        if errors:
            raise errors.pop()
        done.set()

    job = asyncio.create_task(office.desk._again(work, 0))
    await done.wait()
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)


async def test_what_nobody_finished_is_forgotten(office: Office) -> None:
    place = office.place
    started = await office.east.start_enrolment(Request("app", "1"), CARD.reveal(), PHONE)
    alias = await office.east.start_alias(Request("app", "2"), LIN, "lin@example.org")
    place.clock.now_ms += 25 * 3_600_000
    await office.desk.clean()
    proof = KEY.prove_possession(CHAIN, started.account)
    finish = office.east.finish_enrolment(Request("app", "3"), started.enrolment, "000000", proof)
    await refused("unknown_enrolment", finish)
    await refused("unknown_alias_request", office.east.finish_alias(Request("app", "4"), LIN, alias.request, "1"))
    assert await office.east.start_enrolment(Request("app", "1"), CARD.reveal(), PHONE) != started
