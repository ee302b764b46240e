"""Phones in Chromium, and the one network they pay on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from playwright.sync_api import sync_playwright

from payport import bootstrap
from payport.institutions.sandbox.core import SandboxCore
from payport.institutions.sandbox.customers import NewCustomer
from payport.institutions.sandbox.seed import card_number, phone_number, seed
from payport.simulator.scenarios.city import build_city
from tests.browser.camera import film
from tests.browser.phone import Phone
from tests.browser.words import APPS, words_of
from tests.gateway.town import Town

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

SIZE = {"width": 390, "height": 844}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
PATIENCE_MS = 15_000
POOR = ("bank-west", 900)
"""Bank and number of a test customer with 5.00 at the bank."""
RICH = ("bank-south", 901)
"""One with a long name and as much money as a bank can say."""


def chromium() -> str | None:
    """Return the program, or nothing where there is none."""
    return shutil.which(os.environ.get("PAYPORT_CHROMIUM", "chromium"))


def require(what: object, name: str) -> None:
    """Skip what cannot be tried on this machine; never where everything has to be."""
    if not what:
        assert os.environ.get("CI") != "true", name
        pytest.skip(name)


@contextlib.contextmanager
def browser_with_camera(camera: Path) -> Iterator[Browser]:
    """Start Chromium with a file for a camera."""
    fake = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    options = [*fake, f"--use-file-for-fake-video-capture={camera}"]
    # Its sandbox needs a user of its own, whom containers often lack.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=options, chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


async def _seed_extremes(town: Town) -> None:
    name = "Maximiliane-Friederike von und zu Hohenstein-Wittelsbach"
    for (bank, count), who, deposit_minor in ((POOR, "赵敏", 500), (RICH, name, 9_876_543_210_99)):
        core = SandboxCore(town.network.cores[bank])
        card, phone = card_number(bank, count), phone_number(count)
        await seed(core, [NewCustomer(who, phone, (card,), {"CNY": deposit_minor})])
        await core.close()


@contextlib.contextmanager
def running_town(folder: Path) -> Iterator[Town]:
    """Start a network with customers at its banks and a few open accounts."""
    city = build_city()
    with bootstrap.running_network(city.genesis, folder, hosted=city.hosted) as network:
        town = Town(city, network)
        asyncio.run(town.seed_cores())
        asyncio.run(_seed_extremes(town))
        town.open_everyone()
        town.indexed()
        yield town
        town.client.close()


@pytest.fixture(scope="package")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    require(chromium(), "Chromium is not installed: `apt-get install chromium`")
    require((APPS / "wallet/dist/index.html").is_file(), "the wallet is not built: `make wallet`")
    with running_town(tmp_path_factory.mktemp("network")) as town:
        yield town


@pytest.fixture(scope="package")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("camera") / "camera.y4m"
    film(file, None)
    return file


@pytest.fixture(scope="package")
def browser(town: Town, camera: Path) -> Iterator[Browser]:
    with browser_with_camera(camera) as browser:
        yield browser


class Phones(Protocol):
    def __call__(self, *, language: str = "en", theme: str = "light", **options: Any) -> Phone: ...


def take(browser: Browser, town: Town, camera: Path, *, language: str = "en", theme: str = "light", **options: Any) -> Phone:
    """Take a new phone."""
    context = browser.new_context(
        viewport=SIZE,  # type: ignore[arg-type]
        locale=LOCALES[language],
        color_scheme=theme,  # type: ignore[arg-type]
        has_touch=True,
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        **options,
    )
    context.set_default_timeout(PATIENCE_MS)
    return Phone(context, town.network.url, camera, words_of(language))


@pytest.fixture
def phones(browser: Browser, town: Town, camera: Path) -> Iterator[Phones]:
    """Hand out phones; at the end none may have complained."""
    taken: list[Phone] = []

    def new(**options: Any) -> Phone:
        taken.append(take(browser, town, camera, **options))
        return taken[-1]

    yield new
    complaints = [each for phone in taken for each in phone.unforgiven()]
    for phone in taken:
        phone.context.close()
    assert complaints == []


@pytest.fixture
def phone(phones: Phones) -> Phone:
    return phones()
