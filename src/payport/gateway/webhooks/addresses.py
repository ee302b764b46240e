"""Where webhooks may connect to: public addresses over TLS, and the networks whoever runs the port named.

A name is resolved once, every address it has is looked at, and the connection goes to one of exactly these: a name that
means something else a moment later gains nothing. TLS and the ``Host`` header keep to the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

import httpcore

from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from payport.gateway.settings import Network

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
"""An address of the internet."""

WEBHOOK_URL: Final = RefusalCode(
    "webhook_url",
    RefusalClass.MALFORMED,
    "A webhook's URL is https, names a host and nothing secret before it, and has no fragment.",
    "Webhook 地址须为 https，须指定主机，不得包含用户信息或片段。",
)
"""``detail`` says what is wrong with it."""

WEBHOOK_ADDRESS: Final = RefusalCode(
    "webhook_address",
    RefusalClass.MALFORMED,
    "Webhooks go to public addresses only.",
    "Webhook 只能发送到公网地址。",
)
"""The URL names an address of a private, local or special network."""

REFUSALS: Final = (WEBHOOK_URL, WEBHOOK_ADDRESS)
"""Refusals of this module."""

RESOLVERS: Final = 16
"""Threads that resolve names. Their own, because a resolver that hangs must hold up nothing else of the worker."""

MAX_ADDRESSES: Final = 4
"""Addresses of a name that are tried."""

_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NOT_FOR_STRANGERS: Final = tuple(
    map(ipaddress.ip_network, ("192.88.99.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)
_SCHEMES: Final = {"http": 80, "https": 443}
_PRINTABLE: Final = range(0x21, 0x7F)


class AddressNotAllowedError(Exception):
    """A name has an address webhooks may not connect to."""


class NameNotFoundError(Exception):
    """A name has no address."""


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public internet, and no other way to write one that is not."""
    if address.version == 6:  # noqa: PLR2004 - the protocol's number
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address not in _UNICAST or address.scope_id is not None:
            return False
    # Relays and tunnels (6to4, Teredo) lead to an IPv4 address within the address; examples lead nowhere.
    special = any(address in network for network in _NOT_FOR_STRANGERS if network.version == address.version)
    return address.is_global and not address.is_multicast and not special


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Tell whether an address is in one of the networks, also where it is written as a mapped one."""
    if address.version == 6 and address.ipv4_mapped is not None:  # noqa: PLR2004 - the protocol's number
        address = address.ipv4_mapped
    return any(address in network for network in networks if network.version == address.version)


def require_url(url: str, networks: Sequence[Network]) -> None:
    """Insist on a URL that webhooks may be sent to as far as the text tells; raises :data:`REFUSALS`."""
    if not all(ord(character) in _PRINTABLE for character in url):
        WEBHOOK_URL.refuse("a character that must be encoded")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        WEBHOOK_URL.refuse(str(error)[:100])
    if parts.scheme not in _SCHEMES or (parts.scheme == "http" and not networks):
        WEBHOOK_URL.refuse("not https")
    if not parts.hostname or port == 0:
        WEBHOOK_URL.refuse("no host")
    if "@" in parts.netloc or "#" in url or "\\" in url:
        WEBHOOK_URL.refuse("user information, a fragment, or a backslash")
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return  # a name, which is looked at whenever it is resolved
    if not is_within(address, networks) and (parts.scheme == "http" or not is_public(address)):
        WEBHOOK_ADDRESS.refuse(parts.hostname)


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, resolvers: ThreadPoolExecutor, networks: Sequence[Network], *, public: bool) -> None:
        """Allow ``networks``, and public addresses where ``public``."""
        self._resolvers = resolvers
        self._networks = networks
        self._public = public
        self._connector = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of the library
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, look at every address, and connect to the first that answers."""
        found = await self._resolve(host, port)
        for address in found:
            if not is_within(address, self._networks) and not (self._public and is_public(address)):
                raise AddressNotAllowedError(str(address))
        failed: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in found[:MAX_ADDRESSES]:
            try:
                return await self._connector.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        assert failed is not None, "a name that was resolved has an address"
        raise failed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - the interface of the library
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no webhook is a file."""
        raise AddressNotAllowedError(path)

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)

    async def _resolve(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            rows = await loop.run_in_executor(
                self._resolvers, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
            found = [ipaddress.ip_address(row[4][0]) for row in rows]
        except (OSError, ValueError) as error:
            raise NameNotFoundError(host) from error
        return list(dict.fromkeys(found))
