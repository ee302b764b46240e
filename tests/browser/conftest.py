"""Debian's Chromium, a network with a sandbox, and phones with the wallet on them."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from payport.gateway.apps.folder import find_app
from tests.browser.phone import SIZE, Phone
from tests.gateway.town import running_town

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Playwright

    from tests.gateway.town import Town

AXE = Path(__file__).resolve().parents[2] / "apps" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]

_numbers = itertools.count(1)


def chromium() -> str:
    found = shutil.which(os.environ.get("PAYPORT_CHROMIUM", "chromium"))
    built = find_app("wallet", None)
    for what, there in (
        ("Chromium is not installed: `apt-get install chromium`", found),
        ("the wallet is not built: `make wallet`", built),
    ):
        if there is None:
            assert os.environ.get("CI") != "true", what
            pytest.skip(what)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("network")) as made:
        yield made


@pytest.fixture(scope="session")
def url(town: Town) -> str:
    """The port's address as a browser takes it for secure."""
    return town.network.url.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="session")
def axe() -> str:
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def playwright(town: Town) -> Iterator[Playwright]:
    """Playwright, for one module: while it is there its loop runs in this thread, and the town is made before."""
    from playwright.sync_api import sync_playwright

    del town

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def launch(playwright: Playwright) -> Callable[..., Browser]:
    """Start a browser of its own, with further flags."""

    def start(*flags: str) -> Browser:
        return playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *flags])

    return start


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    started = launch()
    yield started
    started.close()


@pytest.fixture
def phones(browser: Browser, url: str) -> Iterator[Callable[..., Phone]]:
    """Make new phones; whatever went wrong on one fails the test."""
    made: list[Phone] = []
    with contextlib.ExitStack() as contexts:

        def make(started: Browser | None = None, **options: Any) -> Phone:
            options = {"viewport": SIZE, "locale": "en-US", **options}
            context = (started or browser).new_context(**options)
            contexts.callback(context.close)
            made.append(Phone(context, url))
            return made[-1]

        yield make
    assert [fault for phone in made for fault in phone.faults] == []


@pytest.fixture
def holder(phones: Callable[..., Phone]) -> Phone:
    """A phone with a card of one bank."""
    phone = phones()
    phone.first_run()
    phone.bind("bank-east", next(_numbers))
    return phone


@pytest.fixture
def other(phones: Callable[..., Phone]) -> Phone:
    """The phone of somebody else, with a card of another bank."""
    phone = phones()
    phone.first_run()
    phone.bind("bank-west", next(_numbers))
    return phone
