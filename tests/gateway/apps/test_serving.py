"""The wallet as browsers get it from a running port, over real connections."""

from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.gateway.apps.built import BROTLI, FILES, HIDDEN, SCRIPT, another_port
from tests.gateway.raw import Connection, request
from tests.gateway.town import HEADERS, PATIENCE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gateway.town import Town

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
"""How a browser asks for a page; scripts and images are asked for by ``*/*`` or kinds of their own."""

POLICY = {
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
}


def ask(town: Town, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return town.client.request(method, path, headers={"Accept": "*/*", "Accept-Encoding": "identity", **named})


def test_every_file(town: Town) -> None:
    for path, content in FILES.items():
        answer = ask(town, f"/wallet/{path}")
        assert (answer.status_code, answer.content) == (200, content), path
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask(town, "/wallet/").content == FILES["index.html"]


def test_headers(town: Town) -> None:
    for path in ("", "sw.js", SCRIPT, "some/where"):
        told = ask(town, f"/wallet/{path}", **PAGE).headers
        assert set(told["content-security-policy"].split("; ")) == POLICY
        assert told["referrer-policy"] == "no-referrer"
        assert told["cross-origin-opener-policy"] == "same-origin"
        assert told["permissions-policy"].startswith("camera=(self), microphone=()")
        for name in ("content-security-policy", "cache-control", "content-type"):
            assert len(told.get_list(name)) == 1, name
    assert ask(town, f"/wallet/{SCRIPT}").headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("", "index.html", "sw.js", "manifest.webmanifest", "icons/192.png"):
        assert ask(town, f"/wallet/{path}").headers["cache-control"] == "no-cache", path


def test_the_smallest_form_the_client_reads(town: Town) -> None:
    with httpx.stream(
        "GET", f"{town.network.url}/wallet/{SCRIPT}", headers={"Accept-Encoding": "gzip, deflate, br, zstd"}
    ) as smallest:
        assert (smallest.headers["content-encoding"], b"".join(smallest.iter_raw())) == ("br", BROTLI)
    for accepted, encoding in (
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0.0,gzip; q=0", None),
        ("identity", None),
        ("", None),
        ("GZIP", "gzip"),
    ):
        answer = ask(town, f"/wallet/{SCRIPT}", Accept_Encoding=accepted)
        assert answer.headers.get("content-encoding") == encoding, accepted
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.content == FILES[SCRIPT]


def test_what_the_client_has_is_not_sent_again(town: Town) -> None:
    seen = set()
    for accepted in ("br", "gzip", "identity"):
        etag = httpx.head(f"{town.network.url}/wallet/{SCRIPT}", headers={"Accept-Encoding": accepted}).headers["etag"]
        seen.add(etag)
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = ask(town, f"/wallet/{SCRIPT}", Accept_Encoding=accepted, If_None_Match=known)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
            assert "immutable" in again.headers["cache-control"]
        assert ask(town, f"/wallet/{SCRIPT}", Accept_Encoding="identity", If_None_Match='"other"').status_code == 200
    assert len(seen) == 3, "the forms of a file are told apart"
    etag = ask(town, "/wallet/").headers["etag"]
    assert ask(town, "/wallet/where/ever", If_None_Match=etag, **PAGE).status_code == 304


def test_head_tells_the_length_and_sends_nothing(town: Town) -> None:
    with Connection(town.network.url, PATIENCE_SECONDS) as connection:
        connection.send(request("HEAD", f"/wallet/{SCRIPT}", headers={"Connection": "close"}))
        head, _, body = connection.receive_all().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert f"content-length: {len(FILES[SCRIPT])}".encode() in head.lower().split(b"\r\n")
    assert body == b""


def test_a_place_inside_the_app_is_its_page_and_nothing_to_anybody_else(town: Town) -> None:
    for path in ("pay", "receipts/0123", "assets/index-gone1234.js", "pay?code=1", HIDDEN, f"{SCRIPT}.br"):
        page = ask(town, f"/wallet/{path}", **PAGE)
        assert (page.status_code, page.content) == (200, FILES["index.html"]), path
        assert page.headers["cache-control"] == "no-cache"
        missing = ask(town, f"/wallet/{path}")
        assert (missing.status_code, missing.json()["code"]) == (404, "unknown_route"), path
        assert {name: missing.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "path",
    [
        "/wallet/../v1/health",
        "/wallet/..%2f..%2fetc%2fpasswd",
        "/wallet/%2e%2e/%2e%2e/etc/passwd",
        "/wallet//etc/passwd",
        "//wallet/index.html",
        "/wallet/./index.html",
        "/wallet/index.html%00.js",
        "/wallet/assets",
        "/wallet/assets/",
        "/wallet/INDEX.HTML",
        "/wallet/%ff",
    ],
)
def test_no_path_leads_out_of_the_index(town: Town, path: str) -> None:
    with Connection(town.network.url, PATIENCE_SECONDS) as connection:
        connection.send(request("GET", path, headers={"Connection": "close"}))
        answer = connection.receive_all()
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), answer
    assert b"root:" not in answer


def test_who_only_knows_the_port_is_led_to_the_wallet(town: Town) -> None:
    for path, place in (
        ("/", "/wallet/"),
        ("/wallet", "/wallet/"),
        ("/wallet?order=1&x=%20", "/wallet/?order=1&x=%20"),
    ):
        led = ask(town, path, **PAGE)
        assert (led.status_code, led.headers["location"], led.headers["cache-control"]) == (307, place, "no-store"), (
            path
        )
    assert ask(town, "/", "HEAD", **PAGE).status_code == 307
    for path, method in (("/", "GET"), ("/wallets", "GET"), ("/wallets/", "GET"), ("/", "POST")):
        found = ask(town, path, method, **({} if (path, method) == ("/", "GET") else PAGE))
        assert found.status_code in {404, 405}, (path, method, found.headers)
        assert found.json()["code"] == "unknown_route"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_files_are_only_read(town: Town, method: str) -> None:
    answer = ask(town, "/wallet/", method, **PAGE)
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "unknown_route", "GET, HEAD")


def test_a_body_ends_the_connection_and_says_so(town: Town) -> None:
    with Connection(town.network.url, PATIENCE_SECONDS) as connection:
        connection.send(request("GET", "/wallet/sw.js", b"x" * 100))
        answer = connection.receive_all()
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer.lower()
    assert answer.endswith(FILES["sw.js"])


def test_several_files_over_one_connection(town: Town) -> None:
    with Connection(town.network.url, PATIENCE_SECONDS) as connection:
        for path in ("sw.js", "sw.js", "favicon.svg"):
            connection.send(request("GET", f"/wallet/{path}"))
            answer = connection.receive()
            assert answer.startswith(b"HTTP/1.1 200")
            assert answer.endswith(FILES[path])


def test_counted_by_the_app_and_never_by_the_path(town: Town) -> None:
    ask(town, "/wallet/never-counted-by-name")
    ask(town, "/wallet/sw.js", "BREW")
    told = town.get("/v1/metrics").text
    assert 'payport_requests_total{method="GET",path="/wallet/{file}",status_code="404"}' in told
    assert "never-counted" not in told
    assert "BREW" not in told


@pytest.mark.slow
def test_a_port_without_an_app_says_how_to_get_one(town: Town, tmp_path: Path) -> None:
    with another_port(town.network, "--apps", str(tmp_path)) as url, httpx.Client(base_url=url) as client:
        for headers, word in ((PAGE, "without a built one"), ({"Accept-Language": "zh"}, "没有已构建的应用")):
            for path in ("/wallet", "/wallet/", "/wallet/pay"):
                answer = _when_up(client, path, headers)
                assert (answer.status_code, answer.json()["code"]) == (404, "app_not_built")
                assert word in answer.json()["title"]
                assert "make wallet" in answer.json()["detail"]
        assert client.get("/", headers=PAGE).json()["code"] == "unknown_route"
        assert client.get("/v1/health").status_code == 200


def _when_up(client: httpx.Client, path: str, headers: dict[str, str]) -> httpx.Response:
    transport = httpx.HTTPTransport(retries=5)
    with httpx.Client(base_url=client.base_url, transport=transport) as patient:
        return patient.get(path, headers=headers)


def test_a_folder_that_cannot_be_served_is_said_at_the_start(tmp_path: Path) -> None:
    options = ["--node", "n", "--trust", "t", "--history", "sqlite:///h", "--database", "sqlite:///p"]
    command = [sys.executable, "-m", "payport.gateway.process", *options, "--apps", str(tmp_path / "none")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "app_unusable" in done.stderr) == (1, True)


def test_gzip_is_what_it_says(town: Town) -> None:
    with httpx.stream("GET", f"{town.network.url}/wallet/", headers={"Accept-Encoding": "gzip"}) as answer:
        assert gzip.decompress(b"".join(answer.iter_raw())) == FILES["index.html"]
