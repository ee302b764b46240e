"""The page by which a phone comes to trust this machine, over real connections."""

from __future__ import annotations

import datetime as dt
import socket
import time
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import httpx
import pytest

from payport.cli.lan import page
from payport.cli.lan.addresses import own_place
from payport.cli.lan.authority import make_authority
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = own_place("127.0.0.1")
AUTHORITY = make_authority(PLACE, dt.datetime.now(dt.UTC))
LINKS = page.Links("https://192.168.1.5:8443/wallet/?a=1&b=2", "https://laptop.local:8443/wallet/")
PATIENCE_SECONDS = 20


@pytest.fixture
def url() -> Iterator[str]:
    with page.serving(PLACE, 0, LINKS, AUTHORITY) as found:
        yield found


class Reader(HTMLParser):
    """Collects links and languages, and insists that every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str | None] = []
        self.languages: list[str | None] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        if "href" in named:
            self.links.append(named["href"])
        if tag == "section":
            self.languages.append(named["lang"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_in_both_languages(url: str) -> None:
    answer = httpx.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    read = Reader(answer.text)
    assert read.languages == ["zh-CN", "en"]
    assert [each for each in read.links if each and each[0] != "#"] == [page.CERTIFICATE_PATH, *LINKS] * 2
    assert answer.text.count(AUTHORITY.fingerprint) == 2
    for word in ("证书信任设置", "CA 证书", "Certificate Trust Settings", "CA certificate"):
        assert word in answer.text
    assert "$" not in answer.text


def test_a_machine_without_a_name(url: str) -> None:
    read = Reader(page.make_page(LINKS._replace(by_name=None), AUTHORITY.fingerprint).decode())
    assert LINKS.by_address in read.links
    assert LINKS.by_name not in read.links
    assert "" not in read.links


def test_the_certificate_as_phones_take_it(url: str) -> None:
    answer = httpx.get(url + page.CERTIFICATE_PATH[1:])
    assert (answer.content, answer.headers["content-type"]) == (AUTHORITY.pem, "application/x-x509-ca-cert")
    assert b"PRIVATE" not in answer.content
    head = httpx.head(url + page.CERTIFICATE_PATH[1:])
    assert (head.content, head.headers["content-length"]) == (b"", str(len(AUTHORITY.pem)))


@pytest.mark.parametrize("path", ["favicon.ico", "authority.key", "../authority.key", "%2e%2e/authority.key"])
def test_nothing_else(url: str, path: str) -> None:
    assert httpx.get(url + path).status_code == 404
    assert httpx.post(url).status_code == 501


def test_who_is_slow_is_cut_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "CONNECTION_SECONDS", 0.2)
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port), PATIENCE_SECONDS) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        begun = time.monotonic()
        assert slow.recv(1) == b""
    assert time.monotonic() - begun < PATIENCE_SECONDS / 2
    assert httpx.get(url).status_code == 200


def test_few_at_once(url: str) -> None:
    address = httpx.URL(url)
    idle = [
        socket.create_connection((address.host, address.port), PATIENCE_SECONDS) for _ in range(page.MAX_CONNECTIONS)
    ]
    with pytest.raises(httpx.TransportError):
        httpx.get(url)
    for each in idle:
        each.close()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            assert httpx.get(url).status_code == 200
        except httpx.TransportError:
            continue
        return
    pytest.fail("nobody is let in any more")


def test_a_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match="port_taken"), page.serving(PLACE, port, LINKS, AUTHORITY):
            pass
