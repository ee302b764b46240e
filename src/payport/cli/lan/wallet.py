"""Where the wallet of a demo is opened, on this machine and on phones of the local network, and how that is told."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.text import Text

from payport.bootstrap import HttpsListener
from payport.cli.lan import page
from payport.cli.lan.addresses import Place, own_place
from payport.cli.lan.authority import open_authority
from payport.gateway.apps.folder import find_app
from payport.gateway.settings import WALLET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from payport.cli.lan.authority import Opened

CODE_STYLE: Final = "bright_white on black"
"""Colours of a code, given outright: so it is light where it must be on a dark terminal and on a light one."""

_LOCAL: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class LocalNetwork:
    """The port as phones of the local network find it."""

    place: Place
    """Where this machine is found."""
    port: int
    """Port over HTTPS."""
    page_port: int
    """Port of the page about the certificate."""
    opened: Opened
    """Who vouches for it."""

    @classmethod
    def prepare(cls, address: str | None, port: int) -> LocalNetwork:
        """Find this machine's address, and its authority; raises ``lan_address_unknown`` or ``key_file_exposed``."""
        place = own_place(address)
        opened = open_authority(authority_folder(), place, dt.datetime.now(dt.UTC))
        return cls(place, port or free_port(str(place.address)), port + 1 if port else 0, opened)

    @property
    def links(self) -> page.Links:
        """Where the wallet is."""
        name = self.place.name
        by_name = None if name is None else f"https://{name}:{self.port}{WALLET}"
        return page.Links(f"https://{self.place.host}:{self.port}{WALLET}", by_name)

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins on which passkeys are used: a passkey belongs to a name, never to an address."""
        return () if self.place.name is None else (f"https://{self.place.name}:{self.port}",)

    def listener(self, folder: Path) -> HttpsListener:
        """Return how the port listens, with a certificate made now, in ``folder``."""
        made = self.opened.authority.certify(self.place, folder, dt.datetime.now(dt.UTC))
        rp_id = self.place.name or str(self.place.address)
        # Where passkeys cannot be used an origin is named all the same: it stands for no other.
        origins = self.origins or (f"https://{self.place.host}:{self.port}",)
        return HttpsListener(str(self.place.address), self.port, made.certificate, made.key, rp_id, origins)


def authority_folder() -> Path:
    """Return where the authority is kept between runs (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".config") / "payport" / "lan"


def free_port(address: str = _LOCAL) -> int:
    """Return a port that nothing listens on."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as probe:
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def showing(console: Console, port: int, lan: LocalNetwork | None) -> Iterator[None]:
    """Tell where the wallet is, and serve the page about the certificate until the end."""
    if find_app("wallet", None) is None:
        console.print(
            "\nNo wallet app is built here: `make wallet` builds it with Node, then start again.", soft_wrap=True
        )
    here = f"http://localhost:{port}{WALLET}"
    if lan is None:
        console.print("\nThe wallet, on this machine (for a phone: `make demo LAN=1`, or --lan):", soft_wrap=True)
        _tell(console, here)
        yield
        return
    authority = lan.opened.authority
    with page.serving(lan.place, lan.page_port, lan.links, authority) as trust_url:
        console.print(f"\nThe wallet, on this machine:\n  {here}", highlight=False)
        first = "once" if lan.opened.is_new else "unless it trusts it already"
        console.print(f"On a phone in the same network: first tell it to trust this machine ({first})", soft_wrap=True)
        _tell(console, trust_url)
        console.print(
            f"  and compare the SHA-256 fingerprint:\n  {authority.fingerprint}", highlight=False, soft_wrap=True
        )
        console.print("Then open the wallet")
        _tell(console, lan.links.by_address)
        if lan.links.by_name is not None:
            console.print(f"  by name, for passkeys: {lan.links.by_name}", highlight=False, soft_wrap=True)
        yield


def _tell(console: Console, url: str) -> None:
    """Print an address, and its code where somebody sits before a terminal that is wide enough."""
    from payport.qr import images

    console.print(f"  {url}", highlight=False, soft_wrap=True)
    if console.is_terminal:
        code = Text(images.make_terminal(url, "L"), style=CODE_STYLE, no_wrap=True)
        if console.measure(code).maximum <= console.width:
            console.print(code)
