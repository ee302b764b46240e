"""`payport demo --lan` as somebody with a phone meets it: codes on the terminal, trust, a port over TLS, passkeys."""

from __future__ import annotations

import base64
import json
import os
import pty
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import uuid
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest
from PIL import Image

from payport.cli.lan.page import CERTIFICATE_PATH
from payport.cli.lan.wallet import authority_folder
from payport.qr import images
from tests.gateway.access.authenticator import Authenticator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_SECONDS = 60
ADDRESS = "127.0.0.1"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LIGHT = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}
PIXELS = 4


class Demo(NamedTuple):
    """A demo that stays up, and what it printed on its terminal."""

    process: subprocess.Popen[bytes]
    data: Path
    printed: str

    @property
    def urls(self) -> list[str]:
        return re.findall(r"https?://\S+", COLOURS.sub("", self.printed.partition("The wallet, on")[2]))


def codes_on(terminal: str) -> list[str]:
    """Read the codes a terminal shows, as a phone would: light and dark from the characters and nothing else."""
    rows: list[list[bool]] = []
    found = []
    for line in [*COLOURS.sub("", terminal).splitlines(), "end"]:
        if set(line) <= set(LIGHT) and "█" in line:
            rows += [[LIGHT[each][half] for each in line] for half in (0, 1)]
        elif rows:
            image = Image.new("L", (len(rows[0]), len(rows)))
            image.putdata([255 * light for row in rows for light in row])
            scaled = image.resize((image.width * PIXELS, image.height * PIXELS), Image.Resampling.NEAREST)
            found += images.read(_png(scaled))
            rows = []
    return found


def _png(image: Image.Image) -> bytes:
    from io import BytesIO

    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def start(data: Path, *options: str, columns: int = 100) -> Demo:
    """Start a demo on a terminal of its own, and return once it stays up."""
    mine, its = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color", "XDG_CONFIG_HOME": str(data / "c")}
    command = [sys.executable, "-m", "payport.cli.main", "demo", "--data", str(data / "demo"), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=its, env=environment)
    os.close(its)
    printed = b""
    while b"stays up" not in printed:
        printed += os.read(mine, 65_536)
    # Whatever else it prints is read too, so that it never waits for its terminal.
    threading.Thread(target=_drain, args=[mine], daemon=True).start()
    return Demo(process, data / "demo", printed.decode())


def _drain(terminal: int) -> None:
    try:
        while os.read(terminal, 65_536):
            pass
    except OSError:
        os.close(terminal)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    made = start(tmp_path_factory.mktemp("lan"), "--lan", "--lan-address", ADDRESS, "--lan-port", "0")
    yield made
    made.process.send_signal(signal.SIGINT)
    assert made.process.wait(PATIENCE_SECONDS) == 0
    for name, pid in json.loads((made.data / "processes.json").read_text()).items():
        if name != "url":
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
    with pytest.raises(httpx.TransportError):
        httpx.get(made.urls[1])


@pytest.fixture(scope="module")
def phone(demo: Demo) -> Iterator[httpx.Client]:
    """A client that trusts what it got from the page, and nothing else."""
    certificate = httpx.get(demo.urls[1] + CERTIFICATE_PATH[1:]).text
    trusting = ssl.create_default_context(cadata=certificate)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    with httpx.Client(base_url=demo.urls[2].removesuffix("/wallet/"), verify=trusting) as client:
        yield client


pytestmark = pytest.mark.slow


def test_codes_lead_where_the_lines_above_them_say(demo: Demo) -> None:
    here, trust, by_address, by_name = demo.urls
    assert codes_on(demo.printed) == [trust, by_address]
    assert re.fullmatch(r"http://localhost:\d+/wallet/", here)
    assert re.fullmatch(rf"http://{ADDRESS}:\d+/", trust)
    assert re.fullmatch(rf"https://{ADDRESS}:\d+/wallet/", by_address)
    assert re.fullmatch(r"https://[a-z0-9-]+\.local:\d+/wallet/", by_name)
    page = httpx.get(trust).text
    assert by_address in page
    assert by_name in page
    fingerprint = re.search(r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}", demo.printed)
    assert fingerprint is not None
    assert fingerprint[0] in page


def test_the_port_behind_the_certificate_is_the_same_port(demo: Demo, phone: httpx.Client) -> None:
    here = httpx.get(demo.urls[0].replace("localhost", ADDRESS).replace("/wallet/", "/v1/network")).json()
    assert phone.get("/v1/network").json()["chain_id"] == here["chain_id"]
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(demo.urls[2])
    plain = httpx.URL(demo.urls[2]).copy_with(scheme="http")
    with pytest.raises(httpx.TransportError):
        httpx.get(plain)


def test_it_answers_to_its_name_too(demo: Demo) -> None:
    certificate = httpx.get(demo.urls[1] + CERTIFICATE_PATH[1:]).text
    named = httpx.URL(demo.urls[3])
    trusting = ssl.create_default_context(cadata=certificate)
    with (
        socket.create_connection((ADDRESS, named.port), PATIENCE_SECONDS) as plain,
        trusting.wrap_socket(plain, server_hostname=named.host) as secure,
    ):
        assert secure.version() == "TLSv1.3"


def sign_up(client: httpx.Client, passkey: Authenticator) -> httpx.Response:
    challenge = client.get("/v1/challenge").json()["challenge"]
    body = {"challenge": challenge, "label": "phone", "passkey": passkey.create(base64.b64decode(challenge))}
    return client.post("/v1/customers", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})


def test_passkeys_belong_to_the_name(demo: Demo, phone: httpx.Client) -> None:
    named = httpx.URL(demo.urls[3])
    origin = f"https://{named.host}:{named.port}"
    assert phone.get("/v1/challenge").json()["rp_id"] == named.host
    made = sign_up(phone, Authenticator(origin, named.host))
    assert made.status_code == 201, made.text
    for other in ("https://evil.example", f"http://{named.host}:{named.port}", f"https://{named.host}"):
        assert sign_up(phone, Authenticator(other, named.host)).json()["code"] == "passkey_refused"
    with httpx.Client(base_url=demo.urls[0].replace("localhost", ADDRESS).removesuffix("/wallet/")) as here:
        assert here.get("/v1/challenge").json()["rp_id"] == "localhost"
        assert sign_up(here, Authenticator(demo.urls[0].removesuffix("/wallet/"))).status_code == 201
        assert sign_up(here, Authenticator(origin, named.host)).json()["code"] == "passkey_refused"
    policy = json.loads((demo.data / "trust.json").read_text())["webauthn"]
    assert policy == {"rp_ids": ["localhost", named.host], "origins": [demo.urls[0].removesuffix("/wallet/"), origin]}


def test_keys_are_their_owners_alone(demo: Demo) -> None:
    keys = [demo.data / "https.key", demo.data.parent / "c/payport/lan/authority.key"]
    assert [each.stat().st_mode & 0o777 for each in keys] == [0o600, 0o600]


def test_a_demo_for_this_machine_alone(tmp_path: Path) -> None:
    made = start(tmp_path)
    try:
        (here,) = made.urls
        assert codes_on(made.printed) == [here]
        assert re.fullmatch(r"http://localhost:\d+/wallet/", here)
        assert not (tmp_path / "c").exists(), "no authority is made where none is needed"
        answer = httpx.get(here.replace("localhost", ADDRESS), headers={"Accept": "text/html"})
        assert answer.status_code == 200 or answer.json()["code"] == "app_not_built"
    finally:
        made.process.send_signal(signal.SIGINT)
        assert made.process.wait(PATIENCE_SECONDS) == 0


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "payport.cli.main", "demo", "--lan", "--lan-address", "203.0.113.7"]
    done = subprocess.run(
        [*command, "--data", str(tmp_path)], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert (done.returncode, "lan_address_unknown" in done.stderr, "Traceback" in done.stderr) == (1, True, False)


def test_where_the_authority_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for chosen in ("", "relative"):
        monkeypatch.setenv("XDG_CONFIG_HOME", chosen)
        assert authority_folder() == tmp_path / ".config/payport/lan"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "x"))
    assert authority_folder() == tmp_path / "x/payport/lan"
