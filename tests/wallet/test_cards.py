"""Binding cards, paying from them and being found, as the tutorial and the guide have it, on a network with desks."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from payport import bootstrap
from payport.institutions.sandbox.core import SandboxCore
from payport.institutions.sandbox.seed import card_number, make_customers, phone_number, seed
from payport.simulator.scenarios.banks import FIRST_TEST_CARD
from payport.simulator.scenarios.city import City, build_city
from payport.values.refusals import Refusal
from payport.wallet import key_file
from payport.wallet.aliases import Pins
from payport.wallet.client import AsyncClient, Client
from payport.wallet.keys import SigningKey
from tests.wallet.conftest import opening

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).resolve().parents[2] / "docs"
BANK = "bank-east"


async def seed_bank(url: str) -> None:
    core = SandboxCore(url)
    await seed(core, make_customers(BANK, 1, 6))
    await core.close()


@pytest.fixture(scope="module")
def city() -> City:
    return build_city()


@pytest.fixture(scope="module")
def hosted(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[bootstrap.RunningNetwork]:
    folder = tmp_path_factory.mktemp("network")
    with bootstrap.running_network(city.genesis, folder, hosted=city.hosted) as running:
        asyncio.run(seed_bank(running.cores[BANK]))
        with Client(running.url, running.trust) as port:
            port.submit([opening(city, city.parties["canteen"])])
        yield running


def run(
    file: Path, names: dict[str, Any], capsys: pytest.CaptureFixture[str], replaced: tuple[str, ...] = ()
) -> list[str]:
    """Run a page; ``replaced`` stands for its first blocks."""
    found = re.findall(r"```python\n(.*?)```", file.read_text(encoding="utf-8"), re.DOTALL)
    for block in (*replaced, *found[len(replaced) :]):
        exec(block, names)
    return capsys.readouterr().out.split("\n")


def bound(port: Client, count: int) -> Any:
    phone = SigningKey.generate()
    session = port.sign_in(phone, port.sign_up(phone).credential)
    begun = port.begin_card(session, BANK, card_number(BANK, count).reveal(), phone_number(count))
    return port.bind_card(session, begun, port.sandbox_code(BANK, phone_number(count)), SigningKey.generate())


def test_the_tutorial(
    city: City,
    hosted: bootstrap.RunningNetwork,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    key_file.save(tmp_path / "shop.key", city.parties["canteen"].own(city.genesis.chain_id), "demo passphrase")
    page = DOCS / "tutorial/first-payment.md"
    shown = f'"{card_number(BANK, FIRST_TEST_CARD).reveal()}", "{phone_number(FIRST_TEST_CARD)}"'
    assert shown in page.read_text(encoding="utf-8"), "the card that the demo prints"
    here = f'url, trust_file, shop_key = "{hosted.url}", "{hosted.trust_file}", "shop.key"'
    card = f'card_number, phone_number = "{card_number(BANK, 1).reveal()}", "{phone_number(1)}"'
    names: dict[str, Any] = {}
    told = run(page, names, capsys, (f"{here}\n{card}",))
    names["port"].__exit__(None, None, None)
    assert told[0].endswith("1000000")
    assert told[1:] == ["committed", "paid True", "-2450", "committed", ""]


def test_be_found(hosted: bootstrap.RunningNetwork, capsys: pytest.CaptureFixture[str]) -> None:
    with Client(hosted.url, hosted.trust) as port:
        names = {"port": port, "payee": bound(port, 2), "payer": bound(port, 3)}
        told = run(DOCS / "how-to/be-found.md", names, capsys)
        assert told[0] == "+99977000042"
        assert told[1].endswith(BANK)
        nobody = port.find_payee(names["payer"], "+99900000777", Pins())
        with pytest.raises(Refusal, match="unknown_account"):
            port.transfer_by_card(names["payer"], nobody.account, 1)


async def test_asynchronously(hosted: bootstrap.RunningNetwork) -> None:
    async with AsyncClient(hosted.url, hosted.trust) as port:
        phone = SigningKey.generate()
        session = await port.sign_in(phone, (await port.sign_up(phone)).credential)
        begun = await port.begin_card(session, BANK, card_number(BANK, 4).reveal(), phone_number(4))
        with pytest.raises(Refusal, match="no_code_received"):
            await port.sandbox_code(BANK, "+99900000999")
        with pytest.raises(Refusal, match="wrong_code"):
            await port.bind_card(session, begun, "nothing", SigningKey.generate())
        assert await port.list_cards(session) == []
