"""The app as a browser sees it: installable, small, nothing of another host, and how a newer version arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from payport.gateway.apps.serving import POLICY

if TYPE_CHECKING:
    from playwright.sync_api import Response

    from tests.browser.phone import Phone

MAX_FIRST_SCRIPT_BYTES = 250_000


def test_it_can_be_installed_and_its_worker_is_active(phone: Phone) -> None:
    phone.open()
    session = phone.context.new_cdp_session(phone.page)
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].startswith(f"{phone.url}/wallet/")
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    assert phone.page.evaluate("navigator.serviceWorker.ready.then(({ active }) => active.scriptURL)").endswith("/sw.js")


def test_the_first_load_is_small_and_the_scanner_comes_on_demand(phone: Phone) -> None:
    scripts: dict[str, int] = {}
    others: list[str] = []
    policies: list[str | None] = []

    def on_response(response: Response) -> None:
        others.append(response.url)
        if response.request.is_navigation_request():
            policies.append(response.headers.get("content-security-policy"))

    def on_finished(request: object) -> None:
        if request.resource_type == "script":  # type: ignore[attr-defined]
            scripts[request.url] = request.sizes()["responseBodySize"]  # type: ignore[attr-defined]

    phone.page.on("response", on_response)
    phone.page.on("requestfinished", on_finished)
    phone.open()
    expect(phone.button(phone.words["welcome.begin"])).to_be_visible()
    phone.page.wait_for_load_state("networkidle")
    total = sum(scripts.values())
    print(f"first load: {total} bytes of script in {len(scripts)} files")
    assert 0 < total <= MAX_FIRST_SCRIPT_BYTES, scripts
    assert policies == [POLICY]
    phone.first_run()
    assert not [each for each in others if "zxing" in each or "scanner" in each]
    with phone.page.expect_response(lambda response: "zxing" in response.url):
        phone.go("/scan")


def test_a_newer_version_asks_before_it_takes_over(phone: Phone) -> None:
    phone.first_run()
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    # Another address of the same program is another worker to the browser: it is installed, and waits.
    phone.page.evaluate("navigator.serviceWorker.register('/wallet/sw.js?newer', { scope: '/wallet/' }).then(() => undefined)")
    alert = phone.page.get_by_role("alert").filter(has_text=phone.words["app.update"])
    expect(alert).to_be_visible()
    assert phone.page.evaluate("navigator.serviceWorker.ready.then(({ active }) => active.scriptURL)").endswith("/sw.js")
    with phone.page.expect_navigation():
        phone.button(phone.words["app.updateNow"]).click()
    phone.sees(phone.words["pin.unlock"])
    assert phone.page.evaluate("navigator.serviceWorker.controller.scriptURL").endswith("?newer")
