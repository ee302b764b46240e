"""Under which address and name other machines of the local network find this one."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Final, NamedTuple, TypeAlias

from payport.values.refusals import RefusalClass, RefusalCode

LAN_ADDRESS_UNKNOWN: Final = RefusalCode(
    "lan_address_unknown",
    RefusalClass.UNAVAILABLE,
    "This machine has no such address on a local network; name one of its addresses with --lan-address.",
    "本机在局域网中没有可用的此地址，请用 --lan-address 指定本机的一个地址。",
)
"""It is told of a machine without a network, and of an address that is another machine's."""

REFUSALS: Final = (LAN_ADDRESS_UNKNOWN,)
"""Refusals of this module."""

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
"""An address."""

FAR_AWAY: Final = ("203.0.113.1", 9)
"""An address outside every local network, to which nothing is ever sent: the system only tells which of this machine's
addresses would be used."""

_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Place(NamedTuple):
    """Where a phone finds this machine."""

    address: IpAddress
    """Its address."""
    name: str | None
    """Its name by multicast DNS, ``None`` where it has none that is fit for one. Passkeys need a name."""

    @property
    def host(self) -> str:
        """The address as it stands in a URL."""
        return f"[{self.address}]" if self.address.version == 6 else str(self.address)  # noqa: PLR2004 - IP version 6


def own_place(wanted: str | None) -> Place:
    """Return where this machine is found, by the address ``wanted`` if there is one; raises ``lan_address_unknown``."""
    try:
        address = ipaddress.ip_address(wanted or _address_of_default_route())
        with socket.create_server((str(address), 0), family=_family(address)):
            pass  # so it is an address of this machine
    except (OSError, ValueError) as error:
        LAN_ADDRESS_UNKNOWN.refuse(f"{wanted or 'no default route'}: {error}")
    return Place(address, _name(socket.gethostname()))


def _address_of_default_route() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(FAR_AWAY)
        return str(probe.getsockname()[0])


def _family(address: IpAddress) -> socket.AddressFamily:
    return socket.AF_INET if isinstance(address, ipaddress.IPv4Address) else socket.AF_INET6


def _name(hostname: str) -> str | None:
    """Return the name by which multicast DNS would know a host (RFC 6762, 3)."""
    label = hostname.partition(".")[0].lower()
    return f"{label}.local" if _LABEL.fullmatch(label) and label != "localhost" else None
