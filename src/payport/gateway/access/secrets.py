"""The port's secret: what challenges are made with, and what kept answers and secrets of webhooks are sealed with.

It is a file of 32 random bytes, made at the first start, that all workers of a port share. Whoever loses it loses
challenges under way, answers kept for repeated requests, and the secrets of webhooks, which are then rotated.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from pathlib import Path

SECRET_BYTES: Final = 32
"""Length of the secret, and of every token."""

BAD_SECRET_FILE: Final = RefusalCode(
    "bad_secret_file",
    RefusalClass.MALFORMED,
    "The port's secret file is not 32 bytes that only its owner can read.",
    "接口密钥文件必须为 32 字节，且仅所有者可读。",
)
"""Nothing is served with a secret that others may have read."""

REFUSALS: Final = (BAD_SECRET_FILE,)
"""Refusals of this module."""

_NONCE_BYTES: Final = 12
_GROUP_OR_OTHERS: Final = 0o077


def digest(token: bytes) -> bytes:
    """Return what is kept of a token: tokens are random, so a plain hash of one tells nothing."""
    return hashlib.sha256(token).digest()


class PortSecret:
    """Makes keys of the secret, one for each purpose."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        """Take the secret."""
        assert len(secret) == SECRET_BYTES, "the secret has 32 bytes"
        self._secret = secret

    def mac(self, purpose: str, data: bytes) -> bytes:
        """Return the HMAC-SHA256 of ``data`` under the key of a purpose."""
        return hmac.digest(self._key(purpose), data, "sha256")

    def seal(self, purpose: str, data: bytes) -> bytes:
        """Return ``data`` encrypted and authenticated."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._key(purpose)).encrypt(nonce, data, purpose.encode())

    def unseal(self, purpose: str, sealed: bytes) -> bytes | None:
        """Return what was sealed, or ``None`` where it was sealed with another secret."""
        try:
            return AESGCM(self._key(purpose)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode())
        except InvalidTag:
            return None

    def _key(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, b"payport port secret\x00" + purpose.encode(), "sha256")


def load_secret(path: Path) -> PortSecret:
    """Read the secret, and make it first where there is none; raises ``bad_secret_file``."""
    if not path.exists():
        _make(path)
    found = path.read_bytes()
    if len(found) != SECRET_BYTES or path.stat().st_mode & _GROUP_OR_OTHERS:
        BAD_SECRET_FILE.refuse(str(path))
    return PortSecret(found)


def _make(path: Path) -> None:
    """Make the file whole or not at all: of workers that start at once, all read the one that was first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(os.urandom(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
