"""The real process of desks: what it needs to start, how it ends, and that killing it costs nobody anything."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from payport.institutions.sandbox.core import SandboxCore
from payport.institutions.sandbox.seed import card_number, make_customers, phone_number
from payport.institutions.sandbox.seed import seed as seed_core
from payport.node.client import NodeClient
from payport.proof.trust import encode_trust
from payport.services.branch import Request
from payport.services.desk.client import DeskClient, DeskLine
from payport.values.refusals import Refusal, RefusalClass
from payport.wallet.keys import SigningKey
from payport.wallet.sign import build, sign
from tests.cli.test_key import address_of, told
from tests.institutions.rig import CHAIN, GENESIS, trust
from tests.ledger.network import account, seed
from tests.node.node_process import NodeProcess
from tests.services.desk.desk_process import DeskProcess, write_config
from tests.signers.tokens import PIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payport.services.cards.records import CardBound
    from tests.signers.tokens import Tokens

pytestmark = pytest.mark.slow

OPENING_MINOR = 1_000_000
SHOP = account("shop")


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    config = write_config(tmp_path, tmp_path / "node.sock", tmp_path / "trust.json")
    (tmp_path / "trust.json").write_bytes(encode_trust(trust()))
    key = tmp_path / "east.key"
    key.chmod(0o640)
    assert DeskProcess(config).finish()[1].startswith("payport desk: key_file_exposed")
    key.chmod(0o600)
    key.write_text("not a key")
    assert DeskProcess(config).finish()[1].startswith("payport desk: unreadable_seed")
    key.write_text(seed("east").hex())
    config.write_text(config.read_text().replace('"id":"west"', '"id":"east"'))
    assert "malformed_desk_config: an institution is there twice" in DeskProcess(config).finish()[1]
    config.write_text("{}")
    assert DeskProcess(config).finish()[0] == 1


def test_starts_without_its_node_and_stops_when_asked(tmp_path: Path) -> None:
    config = write_config(tmp_path, tmp_path / "node.sock", tmp_path / "trust.json")
    (tmp_path / "trust.json").write_bytes(encode_trust(trust()))
    process = DeskProcess(config)
    assert process.ready() == {"ready": True, "socket": str(tmp_path / "desk.sock"), "institutions": ["east", "west"]}
    assert (tmp_path / "desk.sock").stat().st_mode & 0o077 == 0
    assert (tmp_path / "east.sqlite").stat().st_mode & 0o077 == 0
    assert DeskProcess(config).finish()[1].startswith("payport desk: desk_in_use")
    status, errors = process.stop()
    assert status == 0
    assert "Traceback" not in errors
    assert not (tmp_path / "desk.sock").exists()


async def test_signs_with_a_key_in_a_token(tokens: Tokens, tmp_path: Path) -> None:
    address = address_of(tokens, tokens.make(), "east")
    told("make", address)
    network = Network(tmp_path)
    try:
        where = ("--node", tmp_path / "data" / "node.sock", "--trust", tmp_path / "trust.json")
        told("rotate", "--institution", "east", *where, "--old", tmp_path / "east.key", "--new", address)
        network.config.write_text(network.config.read_text().replace("east.key", address))
        await asyncio.to_thread(network.restart)
        line = DeskLine(tmp_path / "desk.sock", timeout_seconds=20)
        shop = SigningKey(seed("shop")).prove_possession(CHAIN, SHOP)
        await DeskClient(line, "east").open_account(Request("clerk", "1"), SHOP, "5411", shop)
        await line.close()
    finally:
        status, errors = network.desk.stop()
        network.node.stop()
    assert (status, PIN in errors) == (0, False)
    network.config.write_text(network.config.read_text().replace("object=east", "object=other"))
    assert DeskProcess(network.config).finish()[1].startswith("payport desk: signing_key_not_found: other")


class Network:
    """A node's process, a process of desks, and what a phone knows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "genesis").write_bytes(GENESIS.encoded)
        self.node = NodeProcess(folder / "data", "--genesis", str(folder / "genesis"))
        node_key = bytes.fromhex(self.node.ready()["public_key"])
        (folder / "trust.json").write_bytes(encode_trust(trust(node_key)))
        self.config = write_config(folder, folder / "data" / "node.sock", folder / "trust.json")
        self.desk = DeskProcess(self.config)
        self.desk.ready()

    def restart(self) -> None:
        """Kill the desks, whatever they are doing, and start them anew."""
        self.desk.kill()
        self.desk = DeskProcess(self.config)
        self.desk.ready()

    async def seed(self, number: int) -> None:
        core = SandboxCore(f"sqlite:///{self.folder}/east-core.sqlite")
        await seed_core(core, make_customers("east", 0, number))
        await core.close()


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    opened = Network(tmp_path)
    yield opened
    status, errors = opened.desk.stop()
    opened.node.stop()
    assert status == 0
    for number in range(24):
        for secret in (card_number("east", number).reveal(), phone_number(number)):
            assert secret not in errors


async def insist(call: object, *arguments: object) -> object:
    """Do what a phone does: send the same request until somebody answers."""
    while True:
        try:
            return await call(*arguments)  # type: ignore[operator]
        except Refusal as refusal:
            if refusal.reason.refusal_class is not RefusalClass.UNAVAILABLE:
                raise
        await asyncio.sleep(0)


class Phone:
    """A cardholder who binds his card and pays, whatever happens to his bank."""

    def __init__(self, desk: DeskClient, number: int) -> None:
        self.desk, self.number = desk, number
        self.key = SigningKey(seed(f"phone {number}"))
        self.phone = phone_number(number)

    async def bind(self) -> CardBound:
        begin, end = Request(f"phone-{self.number}", "begin"), Request(f"phone-{self.number}", "end")
        card = card_number("east", self.number).reveal()
        started = await insist(self.desk.start_enrolment, begin, card, self.phone)
        (newest, *_) = await insist(self.desk.inbox, self.phone)  # type: ignore[misc]
        code = re.search(r"[0-9]{6}", newest.text)
        assert code is not None
        proof = self.key.prove_possession(CHAIN, started.account)  # type: ignore[attr-defined]
        arguments = (end, started.enrolment, code[0], proof)  # type: ignore[attr-defined]
        return await insist(self.desk.finish_enrolment, *arguments)  # type: ignore[return-value]

    async def pay(self, bound: CardBound, amount_minor: int) -> None:
        fields = {"merchant": SHOP, "asset": "CNY", "amount_minor": amount_minor, "order": None}
        signed = sign(build(CHAIN, "purchase/1", bound.account, **fields), self.key)
        paid = await insist(self.desk.pay, signed)
        while paid.code == "":  # type: ignore[attr-defined]
            paid = await insist(self.desk.pay, signed)
        assert paid.code == "committed"  # type: ignore[attr-defined]


async def test_killed_in_the_middle_of_enrolments_and_fundings(network: Network) -> None:
    await network.seed(24)
    node = NodeClient(network.folder / "data" / "node.sock")
    line = DeskLine(network.folder / "desk.sock", timeout_seconds=20)
    east, west = DeskClient(line, "east"), DeskClient(line, "west")
    shop = SigningKey(seed("shop")).prove_possession(CHAIN, SHOP)
    await west.open_account(Request("clerk", "1"), SHOP, "5411", shop)
    phones = [Phone(east, number) for number in range(24)]
    bound: list[CardBound] = []
    for start in range(0, 24, 6):
        binding = [asyncio.create_task(phone.bind()) for phone in phones[start : start + 6]]
        await asyncio.wait(binding, return_when=asyncio.FIRST_COMPLETED, timeout=0.05 * (start + 1))
        await asyncio.to_thread(network.restart)
        bound += await asyncio.gather(*binding)
    assert len({each.account for each in bound}) == 24
    for each, phone in zip(bound, phones, strict=True):
        key = await node.read("keys", phone.key.public_key)
        assert key is not None
        assert each.account in key
    for amount_minor in (100, 200, 300):
        paying = [asyncio.create_task(phone.pay(each, amount_minor)) for phone, each in zip(phones, bound, strict=True)]
        await asyncio.wait(paying, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.to_thread(network.restart)
        await asyncio.gather(*paying)
    for each in bound:
        (deposit,) = await east.deposits(each.account)
        assert (deposit.available_minor, deposit.held_minor) == (OPENING_MINOR - 600, 0)
    await line.close()
    await node.close()
    await asyncio.to_thread(network.restart)
    status = await _compared(network)
    assert status == (True, 0, 0, ())


async def _compared(network: Network) -> tuple[bool, int, int, tuple[object, ...]]:
    """Return how the books of a bank that was just started stand, once it has compared them."""
    line = DeskLine(network.folder / "desk.sock")
    east = DeskClient(line, "east")
    status = await east.status()
    while status.compared_at_ms == 0:
        status = await east.status()
    await line.close()
    return status.at_rest, status.open_fundings, status.open_redemptions, status.differences
