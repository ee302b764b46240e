"""The port over HTTPS: a real connection, verified by the authority of a test."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from payport.cli.lan.addresses import own_place
from payport.cli.lan.authority import make_authority
from tests.gateway.apps.built import FILES, another_port, build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payport.cli.lan.authority import Authority, ServerFiles
    from tests.gateway.town import Town

PATIENCE_SECONDS = 20
PLACE = own_place("127.0.0.1")
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority(PLACE, NOW)


@pytest.fixture(scope="module")
def files(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> ServerFiles:
    return authority.certify(PLACE, tmp_path_factory.mktemp("tls"), NOW)


@pytest.fixture(scope="module")
def secure(
    town: Town, authority: Authority, files: ServerFiles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    apps = build(tmp_path_factory.mktemp("apps"))
    options = ["--tls-certificate", str(files.certificate), "--tls-key", str(files.key), "--apps", str(apps)]
    trusting = ssl.create_default_context(cadata=authority.pem.decode())
    with (
        another_port(town.network, *options) as url,
        httpx.Client(base_url=url, verify=trusting, timeout=PATIENCE_SECONDS) as client,
    ):
        _await(client)
        yield client


def _await(client: httpx.Client) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            client.get("/v1/health")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the port does not come up")


@pytest.mark.slow
def test_the_same_port(town: Town, secure: httpx.Client) -> None:
    assert secure.base_url.scheme == "https"
    assert secure.get("/v1/network").json()["chain_id"] == town.chain_id
    assert secure.get(f"/v1/accounts/{town.lin.account.hex()}", headers=town.bearer(town.lin)).status_code == 200
    page = secure.get("/wallet/")
    assert page.content == FILES["index.html"]
    # A browser that remembered HTTPS for this host would no longer find the page about its certificate.
    assert "strict-transport-security" not in page.headers
    led = secure.get("/", headers={"Accept": "text/html"})
    assert (led.status_code, led.headers["location"]) == (307, "/wallet/")


@pytest.mark.slow
def test_old_versions_and_plain_requests_are_turned_away(secure: httpx.Client, authority: Authority) -> None:
    old = ssl.create_default_context(cadata=authority.pem.decode())
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(httpx.ConnectError), httpx.Client(verify=old) as client:
        client.get(secure.base_url)
    with pytest.raises(httpx.TransportError):
        httpx.get(secure.base_url.copy_with(scheme="http"))
    assert secure.get("/v1/health").status_code == 200


@pytest.mark.slow
def test_who_never_greets_keeps_nobody_out(secure: httpx.Client) -> None:
    silent = [socket.create_connection(("127.0.0.1", secure.base_url.port or 0)) for _ in range(50)]
    begun = time.monotonic()
    assert secure.get("/v1/network").status_code == 200
    assert time.monotonic() - begun < PATIENCE_SECONDS / 2
    for each in silent:
        each.close()


def _options(tmp_path: Path) -> list[str]:
    named = {"node": "n", "trust": "t", "history": "sqlite:///h", "database": f"sqlite:///{tmp_path}/p"}
    return [part for name, value in named.items() for part in (f"--{name}", value)]


@pytest.mark.parametrize("wrong", ["no key", "no certificate", "another key", "no such file", "nonsense"])
def test_what_cannot_be_used_is_said_at_the_start(
    authority: Authority, files: ServerFiles, tmp_path: Path, wrong: str
) -> None:
    other = authority.certify(PLACE, tmp_path, NOW)
    (tmp_path / "nonsense").write_text("nonsense")
    certificate, key = {
        "no key": (files.certificate, None),
        "no certificate": (None, files.key),
        "another key": (files.certificate, other.key),
        "no such file": (tmp_path / "none", files.key),
        "nonsense": (tmp_path / "nonsense", files.key),
    }[wrong]
    given = ["--tls-certificate", str(certificate)] if certificate else []
    given += ["--tls-key", str(key)] if key else []
    command = [sys.executable, "-m", "payport.gateway.process", *_options(tmp_path), *given]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "certificate_unusable" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
