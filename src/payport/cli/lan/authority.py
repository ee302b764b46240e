"""A certificate authority of this machine's own, which a phone may be told to trust, and what it vouches for.

It is kept between runs, so that a phone has to be told once. Whoever got hold of its key could pretend to be a site: so
the key is its owner's alone, and the certificate says that the authority counts for addresses of private networks and
for this machine's name, and for nothing else (name constraints, RFC 5280, 4.2.1.10).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from payport.signers.key_files import KEY_FILE_EXPOSED

if TYPE_CHECKING:
    from pathlib import Path

    from payport.cli.lan.addresses import Place

AUTHORITY_DAYS: Final = 825
"""How long an authority counts; phones are told to trust the next one."""

SERVER_DAYS: Final = 90
"""How long a server's certificate counts: made anew at each start. Apple's systems refuse one of more than 825 days,
also from an authority that their owner added ("Requirements for trusted certificates in iOS 13 and macOS 10.15")."""

PRIVATE_NETWORKS: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
)
"""Ranges that are never a site of the internet (RFC 1918, 3927, 6598, 4193, 4291)."""

CERTIFICATE: Final = "authority.pem"
"""File of the authority's certificate."""

KEY: Final = "authority.key"
"""File of its private key."""

SERVER_NAME: Final = "Payport demo port"
"""What people see a server's certificate called. OpenSSL holds what looks like a host name to the constraints."""

_SKEW: Final = dt.timedelta(days=1)
_FOR_OTHERS: Final = 0o077
_UNREADABLE: Final = (FileNotFoundError, ValueError, TypeError)
_USAGE: Final = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)


class ServerFiles(NamedTuple):
    """What a server shows and keeps."""

    certificate: Path
    """Its certificate (PEM)."""
    key: Path
    """Its private key (PEM)."""


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority and its key."""

    certificate: x509.Certificate
    """What is trusted."""
    key: ec.EllipticCurvePrivateKey
    """What it signs with."""

    @property
    def pem(self) -> bytes:
        """The certificate as phones take it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as systems show it to people who compare."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    def vouches_for(self, place: Place) -> bool:
        """Tell whether it may vouch for a machine there."""
        constraints = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        permitted = [each.value for each in constraints.permitted_subtrees or ()]
        networks = [each for each in permitted if isinstance(each, ipaddress.IPv4Network | ipaddress.IPv6Network)]
        return any(place.address in each for each in networks) and (place.name is None or place.name in permitted)

    def certify(self, place: Place, folder: Path, now: dt.datetime) -> ServerFiles:
        """Make a key and a certificate for a server at ``place``, in ``folder``."""
        assert self.vouches_for(place), place
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.IPAddress(place.address)]
        names += [] if place.name is None else [x509.DNSName(place.name)]
        builder = (
            _builder(SERVER_NAME, self.certificate.subject, key, now, SERVER_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**{**_USAGE, "digital_signature": True}), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        files = ServerFiles(folder / "https.pem", folder / "https.key")
        _write_key(files.key, key)
        files.certificate.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return files


class Opened(NamedTuple):
    """An authority, and whether phones have yet to be told of it."""

    authority: Authority
    """The authority."""
    is_new: bool
    """Whether it was made just now."""


def open_authority(folder: Path, place: Place, now: dt.datetime) -> Opened:
    """Return the authority kept in ``folder``, or a new one where there is none that is fit; raises ``OSError``.

    One is not fit if it may not vouch for ``place``, or ends before a server's certificate would. Raises
    ``key_file_exposed``.
    """
    kept = _read(folder)
    needed = now + dt.timedelta(days=SERVER_DAYS)
    if kept is not None and kept.certificate.not_valid_after_utc >= needed and kept.vouches_for(place):
        return Opened(kept, is_new=False)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = make_authority(place, now)
    _write_key(folder / KEY, made.key)
    (folder / CERTIFICATE).write_bytes(made.pem)
    return Opened(made, is_new=True)


def make_authority(place: Place, now: dt.datetime) -> Authority:
    """Return a new authority, which may vouch for ``place`` and for addresses of private networks."""
    key = ec.generate_private_key(ec.SECP256R1())
    networks = [ipaddress.ip_network(each) for each in PRIVATE_NETWORKS]
    if not any(place.address in each for each in networks):
        networks.append(ipaddress.ip_network(place.address))
    # A machine without a name is given one that cannot exist: without any, every name would be permitted.
    permitted: list[x509.GeneralName] = [x509.DNSName(place.name or "payport.invalid")]
    permitted += [x509.IPAddress(each) for each in networks]
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"Payport demo on {place.name or place.address}"[:64]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Payport demo, this machine only"),
        ]
    )
    certificate = (
        _builder(None, subject, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**{**_USAGE, "key_cert_sign": True, "crl_sign": True}), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def _builder(
    common_name: str | None, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    """Return the beginning of a certificate for ``key``; without a name of its own it is the issuer's."""
    subject = issuer
    if common_name is not None:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    # A phone's clock may be behind; the day is within what Apple counts.
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now - _SKEW + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _read(folder: Path) -> Authority | None:
    """Return the authority kept there, ``None`` where there is none or what is there is of no use."""
    with contextlib.suppress(*_UNREADABLE):
        file = folder / KEY
        if file.stat().st_mode & _FOR_OTHERS:
            KEY_FILE_EXPOSED.refuse(str(file))
        key = serialization.load_pem_private_key(file.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        if isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == certificate.public_key():
            return Authority(certificate, key)
    return None


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a private key that nobody but its owner may read, whatever was there before."""
    data = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)
