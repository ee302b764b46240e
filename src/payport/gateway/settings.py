"""How one gateway process is set up; handed from the process to its workers through one environment variable."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from payport.values.limits import MAX_BODY_BYTES

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
"""A range of addresses."""

ENVIRONMENT: Final = "PAYPORT_GATEWAY"
"""Variable that holds the settings as JSON."""

METRICS_DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Variable that names the directory in which several workers leave their metrics. The metrics library reads it when it
is imported, which is in the workers."""

NODE_TIMEOUT_SECONDS: Final = 3.0
"""How long a caller waits for the node before the outcome is called pending."""

ADDRESS_RATE: Final = 500
"""Requests of one address a second: an office behind one router. A partner that sends more is given a higher rate by
whoever runs the port; money is never lost to this limit, because the same bytes may be sent again."""

MAX_UNDER_WAY: Final = 2_000
"""Requests of one worker whose answer has not begun: less than a second's work, so whoever is turned away loses less
than by waiting, and whoever is let in is answered before his patience ends."""

MAX_REQUEST_BYTES: Final = 8 * MAX_BODY_BYTES
"""Body of a request, where a route does not say otherwise."""

LARGEST_REQUEST_BYTES: Final = 4 * 1024 * 1024
"""Body of a request to the route that takes the largest: transactions in bulk."""

WALLET: Final = "/wallet/"
"""Where the port serves the wallet."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a gateway process."""

    node: str
    """Unix socket of the node."""
    trust: str
    """Trust file of the network."""
    history: str
    """URL of the index's database."""
    database: str
    """URL of the port's own database."""
    secret: str
    """File of the port's secret."""
    rp_id: str
    """Relying party id of passkeys: the host people see in the address bar."""
    origins: tuple[str, ...]
    """Origins of the pages on which passkeys are used."""
    wallet_origin: str | None = None
    """The one origin whose scripts may call this port from another site; ``None`` where the port serves the wallet."""
    home: str = ""
    """URL of the database of the institution that runs this port, with what its customers keep in the app."""
    desks: str | None = None
    """File that maps institutions to the sockets of their desks; ``None`` where the port speaks to none."""
    node_timeout_seconds: float = NODE_TIMEOUT_SECONDS
    """How long a caller waits for the node."""
    address_rate: int = ADDRESS_RATE
    """Requests of one address a second."""
    under_way: int = MAX_UNDER_WAY
    """Requests of one worker whose answer has not begun."""
    webhook_networks: tuple[str, ...] = ()
    """Networks that webhooks may go to beside public addresses, also without TLS."""
    wallet: str | None = None
    """Folder of the built wallet; ``None`` where the port serves none."""

    @property
    def node_path(self) -> Path:
        """The node's socket."""
        return Path(self.node)

    @property
    def webhook_ranges(self) -> tuple[Network, ...]:
        """The networks that webhooks may go to beside public addresses."""
        return tuple(map(ipaddress.ip_network, self.webhook_networks))

    def publish(self) -> None:
        """Leave the settings where the workers find them."""
        os.environ[ENVIRONMENT] = msgspec.json.encode(self).decode()


def from_environment() -> Settings:
    """Return the settings the process left."""
    return msgspec.json.decode(os.environ[ENVIRONMENT], type=Settings)
