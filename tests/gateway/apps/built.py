"""A small app as a build leaves it, and a port that serves what a test wants."""

from __future__ import annotations

import contextlib
import gzip
import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payport.bootstrap import RunningNetwork

SCRIPT = "assets/index-BQx1v2Z_.js"
FILES = {
    "index.html": b"<!doctype html><title>wallet</title>" + b"<p>page</p>" * 50,
    SCRIPT: b"console.log('pay');\n" * 100,
    "assets/scanner-0a-b_C9d.wasm": b"\0asm" + bytes(5_000),
    "sw.js": b"self.addEventListener('fetch', () => undefined);\n",
    "manifest.webmanifest": b'{"name":"Payport"}',
    "icons/192.png": b"\x89PNG\r\n\x1a\n0123",
    "favicon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}
BROTLI = b"stands for what a build compressed with brotli"
"""Nothing here reads brotli, so a test cannot but see that these bytes are sent as they are."""
HIDDEN = ".vite/manifest.json"


def build(apps: Path) -> Path:
    """Leave a built wallet in a folder of apps, some of it compressed beforehand."""
    more = {HIDDEN: b"{}", f"{SCRIPT}.br": BROTLI, f"{SCRIPT}.gz": gzip.compress(FILES[SCRIPT], 1)}
    for path, content in {**FILES, **more}.items():
        file = apps / "wallet" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return apps


@contextlib.contextmanager
def another_port(network: RunningNetwork, *options: str) -> Iterator[str]:
    """Start one more process of a network's port; yield its address."""
    data = network.trust_file.parent
    common = ["--node", network.node.socket, "--trust", str(network.trust_file), "--secret", str(data / "port.secret")]
    databases = {"history": "history", "database": "port", "home": "home"}
    common += [part for name, file in databases.items() for part in (f"--{name}", f"sqlite:///{data / file}.sqlite")]
    command = [sys.executable, "-m", "payport.gateway.process", *common, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield str(json.loads(process.stdout.readline())["url"])
        finally:
            process.terminate()
