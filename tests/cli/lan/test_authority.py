"""What the authority vouches for, as OpenSSL sees it in a real handshake, and how it is kept."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from payport.cli.lan import authority as authority_module
from payport.cli.lan.addresses import Place
from payport.cli.lan.authority import AUTHORITY_DAYS, CERTIFICATE, KEY, Authority, make_authority, open_authority
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from payport.cli.lan.authority import ServerFiles

NOW = dt.datetime.now(dt.UTC)
APPLES_DAYS = 825
HOME = Place(ipaddress.ip_address("192.168.1.5"), "laptop.local")
LIMITED_IN = "permitted subtree violation"


def greet(files: ServerFiles, authority: Authority, name: str) -> None:
    """Open a TLS connection to a server with these files, trusting this authority alone."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    client = ssl.create_default_context(cadata=authority.pem.decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    one, other = socket.socketpair()

    def serve() -> None:
        try:
            with server.wrap_socket(one, server_side=True):
                pass
        except (ssl.SSLError, OSError):
            one.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(other, server_hostname=name):
            pass
    finally:
        other.close()
        thread.join()


def certified(authority: Authority, place: Place, folder: Path) -> ServerFiles:
    folder.mkdir(exist_ok=True)
    return authority.certify(place, folder, NOW)


@pytest.mark.parametrize("name", ["192.168.1.5", "laptop.local"])
def test_it_is_believed_of_this_machine(tmp_path: Path, name: str) -> None:
    authority = make_authority(HOME, NOW)
    greet(certified(authority, HOME, tmp_path), authority, name)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        greet(certified(authority, HOME, tmp_path), authority, "192.168.1.6")
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(certified(authority, HOME, tmp_path), make_authority(HOME, NOW), name)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (Place(ipaddress.ip_address("192.168.1.5"), "bank.example"), "bank.example"),
        (Place(ipaddress.ip_address("192.168.1.5"), "other.local"), "other.local"),
        (Place(ipaddress.ip_address("203.0.113.9"), None), "203.0.113.9"),
    ],
)
def test_whoever_steals_its_key_cannot_be_another_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Place, name: str
) -> None:
    authority = make_authority(HOME, NOW)
    assert not authority.vouches_for(place)
    monkeypatch.setattr(Authority, "vouches_for", lambda *_: True)
    with pytest.raises(ssl.SSLCertVerificationError, match=LIMITED_IN):
        greet(certified(authority, place, tmp_path), authority, name)


@pytest.mark.parametrize(("address", "name"), [("10.0.0.7", None), ("192.0.2.2", None), ("fd00::2", "laptop.local")])
def test_other_places(tmp_path: Path, address: str, name: str | None) -> None:
    place = Place(ipaddress.ip_address(address), name)
    authority = make_authority(place, NOW)
    greet(certified(authority, place, tmp_path), authority, name or address)
    if name is None:
        named = place._replace(name="bank.example")
        assert not authority.vouches_for(named)


def test_what_phones_insist_on(tmp_path: Path) -> None:
    authority = make_authority(HOME, NOW)
    files = certified(authority, HOME, tmp_path)
    made = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert made.not_valid_after_utc - made.not_valid_before_utc <= dt.timedelta(days=APPLES_DAYS)
    assert made.not_valid_before_utc < NOW
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["laptop.local"]
    assert names.get_values_for_type(x509.IPAddress) == [HOME.address]
    constraints = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    basic = authority.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)


def test_it_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "lan"
    first, again = (open_authority(folder, HOME, NOW) for _ in range(2))
    assert (first.is_new, again.is_new) == (True, False)
    assert again.authority.fingerprint == first.authority.fingerprint
    assert (folder / KEY).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert certified(again.authority, HOME, tmp_path).key.stat().st_mode & 0o777 == 0o600
    greet(certified(again.authority, HOME, tmp_path), first.authority, "laptop.local")
    (folder / KEY).chmod(0o640)
    with pytest.raises(Refusal, match="key_file_exposed"):
        open_authority(folder, HOME, NOW)


def test_the_mask_of_the_user_does_not_matter(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        open_authority(tmp_path / "lan", HOME, NOW)
    finally:
        os.umask(before)
    assert (tmp_path / "lan" / KEY).stat().st_mode & 0o777 == 0o600


def test_another_is_made_where_the_one_kept_does_not_serve(tmp_path: Path) -> None:
    kept = open_authority(tmp_path, HOME, NOW).authority
    moved = HOME._replace(address=ipaddress.ip_address("10.1.2.3"))
    assert open_authority(tmp_path, moved, NOW).authority.fingerprint == kept.fingerprint, "another private network"
    for place, now in (
        (HOME._replace(name="renamed.local"), NOW),
        (HOME._replace(address=ipaddress.ip_address("192.0.2.2")), NOW),
        (HOME, NOW + dt.timedelta(days=AUTHORITY_DAYS - 30)),
    ):
        made = open_authority(tmp_path, place, now)
        assert made.is_new
        assert made.authority.vouches_for(place)


@pytest.mark.parametrize("broken", [CERTIFICATE, KEY])
@pytest.mark.parametrize("content", [b"", b"\xff nonsense", None])
def test_what_is_broken_is_made_anew(tmp_path: Path, broken: str, content: bytes | None) -> None:
    open_authority(tmp_path, HOME, NOW)
    if content is None:
        (tmp_path / broken).unlink()
    else:
        (tmp_path / broken).write_bytes(content)
    assert open_authority(tmp_path, HOME, NOW).is_new
    assert not open_authority(tmp_path, HOME, NOW).is_new


def test_a_key_of_another_certificate_is_not_used(tmp_path: Path) -> None:
    open_authority(tmp_path, HOME, NOW)
    (tmp_path / CERTIFICATE).write_bytes(make_authority(HOME, NOW).pem)
    assert open_authority(tmp_path, HOME, NOW).is_new


def test_ranges_are_private() -> None:
    for each in authority_module.PRIVATE_NETWORKS:
        network = ipaddress.ip_network(each)
        assert not network[0].is_global
        assert not network[-1].is_global
