"""Where webhooks may go: nowhere inside, however the address is written or the name resolved."""

from __future__ import annotations

import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpcore
import pytest

from payport.gateway.webhooks.addresses import (
    AddressNotAllowedError,
    CheckedBackend,
    NameNotFoundError,
    is_public,
    is_within,
    require_url,
)
from payport.values.refusals import Refusal
from tests.gateway.webhooks.receiver import Receiver
from tests.gateway.webhooks.scene import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator

INSIDE = [
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "239.1.2.3", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "192.88.99.1"),
    *("::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::7f00:1", "fe80::1", "fe80::1%eth0", "fc00::1"),
    *("fec0::1", "ff02::1", "ff0e::1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::", "2001::1"),
    *("2001:db8::1", "3fff::1", "100::1", "5f00::1", "4000::1", "2606:4700::1111%2"),
]
OUTSIDE = ["1.1.1.1", "8.8.8.8", "203.119.1.1", "2606:4700:4700::1111", "2400:3200::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("text", INSIDE)
def test_inside(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_outside(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


def test_a_named_network_holds_mapped_addresses_too() -> None:
    assert is_within(ipaddress.ip_address("::ffff:127.0.0.9"), LOCAL)
    assert not is_within(ipaddress.ip_address("128.0.0.1"), LOCAL)
    assert not is_within(ipaddress.ip_address("::1"), LOCAL)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://shop.example/hook", "webhook_url"),
        ("ftp://shop.example/hook", "webhook_url"),
        ("https://", "webhook_url"),
        ("https:///hook", "webhook_url"),
        ("//shop.example", "webhook_url"),
        ("https://me:secret@shop.example/", "webhook_url"),
        ("https://@shop.example/", "webhook_url"),
        ("https://shop.example/#part", "webhook_url"),
        ("https://shop.example\\@10.0.0.1/", "webhook_url"),
        ("https://shop.example:0/", "webhook_url"),
        ("https://shop.example:99999/", "webhook_url"),
        ("https://shop.example:x/", "webhook_url"),
        ("https://[::1/", "webhook_url"),
        ("https://shop.example/a b", "webhook_url"),
        ("https://shop.example/\r\nX: y", "webhook_url"),
        ("https://\u4ed8\u6b3e.example/", "webhook_url"),
        ("https://10.0.0.1/", "webhook_address"),
        ("https://169.254.169.254/latest/meta-data", "webhook_address"),
        ("https://[::1]/", "webhook_address"),
        ("https://[::ffff:10.0.0.1]/", "webhook_address"),
    ],
)
def test_refused_urls(url: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        require_url(url, ())
    assert caught.value.code == code


def test_allowed_urls() -> None:
    for url in ("https://shop.example/hook?token=1", "https://shop.example:8443", "https://1.1.1.1/", "HTTPS://A.B/"):
        require_url(url, ())
    require_url("http://127.0.0.1:8000/hook", LOCAL)
    require_url("https://127.0.0.1:8000/hook", LOCAL)
    require_url("http://receiver.internal/hook", LOCAL)
    with pytest.raises(Refusal, match="webhook_address"):
        require_url("http://8.8.8.8/", LOCAL)


@pytest.fixture
def resolvers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


class Names:
    """A resolver that says something else every time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def getaddrinfo(self, host: str, port: int, **_: Any) -> list[Any]:
        found = self.answers[self.asked]
        self.asked += 1
        if not found:
            raise socket.gaierror("no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in found]


async def test_one_inner_address_among_public_ones_is_enough(
    resolvers: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(["1.1.1.1", "10.0.0.1"], [])
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    backend = CheckedBackend(resolvers, (), public=True)
    with pytest.raises(AddressNotAllowedError):
        await backend.connect_tcp("shop.example", 443)
    with pytest.raises(NameNotFoundError):
        await backend.connect_tcp("shop.example", 443)


async def test_the_checked_address_is_the_one_connected_to(
    resolvers: ThreadPoolExecutor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked a second time, the name would mean an address that nothing listens on."""
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    backend = CheckedBackend(resolvers, LOCAL, public=False)
    stream = await backend.connect_tcp("shop.example", receiver.port)
    assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
    await stream.aclose()
    assert names.asked == 1


async def test_another_address_is_tried_where_the_first_does_not_answer(
    resolvers: ThreadPoolExecutor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(["127.0.0.2", "127.0.0.1"], ["127.0.0.2"])
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    backend = CheckedBackend(resolvers, LOCAL, public=False)
    stream = await backend.connect_tcp("shop.example", receiver.port)
    await stream.aclose()
    with pytest.raises(httpcore.ConnectError):
        await backend.connect_tcp("shop.example", receiver.port)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
async def test_other_ways_to_write_this_machine(resolvers: ThreadPoolExecutor, host: str) -> None:
    backend = CheckedBackend(resolvers, (), public=True)
    with pytest.raises(AddressNotAllowedError):
        await backend.connect_tcp(host, 443)


async def test_public_addresses_take_tls(resolvers: ThreadPoolExecutor) -> None:
    plain = CheckedBackend(resolvers, LOCAL, public=False)
    with pytest.raises(AddressNotAllowedError):
        await plain.connect_tcp("1.1.1.1", 80)
    with pytest.raises(AddressNotAllowedError):
        await plain.connect_unix_socket("/run/some.sock")
