"""The app itself: installable, small, in two languages, and told of new versions."""

from __future__ import annotations

import contextlib
import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.browser.phone import PIN, SIZE, WORKER_ACTIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Response

    from tests.browser.phone import Phone
    from tests.gateway.town import Town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

FIRST_LOAD_BYTES = 250_000


def test_in_chinese(town: Town, phones: Callable[..., Phone]) -> None:
    phone = phones(locale="zh-CN")
    page = phone.page
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    phone.press("开始使用")
    for label in ("新密码", "再次输入密码"):
        phone.sees(label)
        phone.type(PIN)
    said = page.locator("body").inner_text()
    assert not [word for word in ("PIN", "Begin", "undefined", "{{") if word in said], said
    del town


def test_installable_and_offline_and_small(phones: Callable[..., Phone], url: str) -> None:
    phone = phones()
    fetched: list[Response] = []
    page = phone.context.new_page()
    page.on("response", lambda response: fetched.append(response))  # noqa: PLW0108 - it must be a function
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
    page.goto(url + "/wallet/#/shared")
    page.reload()
    page.evaluate(WORKER_ACTIVE)


class Newer(BaseHTTPRequestHandler):
    """Passes on what the port serves; from some time on its service worker is another."""

    port = ""
    is_newer = False

    def do_GET(self) -> None:
        found = httpx.get(self.port + self.path, headers={"accept": self.headers.get("accept", "*/*")})
        body = found.content
        if self.is_newer and self.path.endswith("/sw.js"):
            body += b"\n// newer"
        self.send_response(found.status_code)
        for name in ("content-type", "content-security-policy", "cache-control"):
            if name in found.headers:
                self.send_header(name, found.headers[name])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_new_version_is_offered(browser: Browser, town: Town) -> None:
    handler = type("Handler", (Newer,), {"port": town.network.url})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with contextlib.closing(browser.new_context(viewport=SIZE, locale="en-US")) as context:
        page = context.new_page()
        page.goto(f"http://localhost:{server.server_port}/wallet/#/shared")
        page.evaluate(WORKER_ACTIVE)
        page.reload()  # from now on the worker serves it
        handler.is_newer = True
        page.evaluate("async () => { await (await navigator.serviceWorker.getRegistration()).update() }")
        page.get_by_text("A new version of the app is ready").wait_for()
        page.get_by_role("button", name="Update now").click()
        page.get_by_text("A new version of the app is ready").wait_for(state="detached")
    server.shutdown()
    server.server_close()
