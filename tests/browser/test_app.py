"""The app itself: installable, small, offline, accessible, in two languages, and told of new versions."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from payport.gateway.apps.folder import find_app
from tests.browser import shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Response

    from tests.browser.phone import Phone
    from tests.gateway.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

FIRST_LOAD_BYTES = 250_000
PLACES = (
    "#/",
    "#/scan",
    "#/pay-code",
    "#/transfer",
    "#/requests",
    "#/requests/new",
    "#/receive",
    "#/trade",
    "#/activity",
    "#/cards",
    "#/cards/new",
    "#/me",
    "#/phones",
    "#/statement",
)


def test_no_page_keeps_anybody_out(town: Town, phones: Callable[..., Phone], axe: str) -> None:
    wrong: dict[str, list[str]] = {}
    for scheme in ("light", "dark"):
        phone = phones(color_scheme=scheme)
        wrong[f"{scheme} welcome"] = phone.wcag(axe)
        phone.first_run()
        phone.bind("bank-east", 91 if scheme == "light" else 92)
        phone.scan_text(shop.code(town))
        phone.page.get_by_role("group", name="Amount", exact=True).wait_for()
        wrong[f"{scheme} pay"] = phone.wcag(axe)
        phone.pay("3.20")
        wrong[f"{scheme} result"] = phone.wcag(axe)
        phone.press("Receipt", "link")
        phone.press("Verify")
        phone.sees("The receipt holds")
        wrong[f"{scheme} receipt"] = phone.wcag(axe)
        for place in PLACES:
            phone.go(place)
            phone.page.get_by_role("heading").first.wait_for()
            wrong[f"{scheme} {place}"] = phone.wcag(axe)
    assert {place: found for place, found in wrong.items() if found} == {}


def test_in_chinese(town: Town, phones: Callable[..., Phone]) -> None:
    phone = phones(locale="zh-CN")
    phone.press("开始使用") if phone.page.get_by_role("button", name="开始使用").count() else None
    assert phone.page.evaluate("document.documentElement.lang") == "zh-CN"
    body = phone.page.get_by_role("main").inner_text()
    assert not any(word in body for word in ("PIN", "Begin", "undefined")), body
    del town


def test_installable_and_offline_and_small(phones: Callable[..., Phone], url: str) -> None:
    phone = phones()
    fetched: list[Response] = []
    page = phone.context.new_page()
    page.on("response", fetched.append)
    page.goto(url + "/wallet/")
    page.get_by_role("button", name="Begin").wait_for()
    scripts = [each for each in fetched if each.url.endswith(".js") and not each.url.endswith("sw.js")]
    assert scripts
    size = sum(len(gzip.compress(each.body())) for each in scripts if "workbox" not in each.url)
    print(f"wallet: first load {size} bytes of compressed script")
    assert size <= FIRST_LOAD_BYTES
    assert not [each.url for each in scripts if "zxing" in each.url], "the scanner comes on demand"
    manifest = page.evaluate("async () => (await fetch(document.querySelector('link[rel=manifest]').href)).json()")
    assert (manifest["display"], manifest["start_url"]) == ("standalone", "/wallet/")
    assert {each["sizes"] for each in manifest["icons"]} >= {"192x192", "512x512"}
    session = phone.context.new_cdp_session(page)
    told = session.send("Page.getAppManifest")
    assert told["errors"] == []
    assert page.evaluate("async () => (await navigator.serviceWorker.ready).active.state") in {
        "activating",
        "activated",
    }


def test_a_new_version_is_offered(phones: Callable[..., Phone]) -> None:
    folder = find_app("wallet", None)
    assert folder is not None
    worker = (folder / "sw.js").read_text(encoding="utf-8")
    phone = phones()
    page = phone.page
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.wait_for_timeout(500)
    phone.context.route(
        "**/sw.js", lambda route: route.fulfill(body=worker + "\n// newer", content_type="text/javascript")
    )
    page.reload()
    phone.first_run()
    page.evaluate("async () => { await (await navigator.serviceWorker.getRegistration()).update() }")
    phone.sees("A new version of the app is ready")
    phone.press("Update now")
    phone.unlock()
