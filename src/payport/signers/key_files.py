"""Key files: 64 hexadecimal digits, readable by their owner alone; and signing with what one holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from payport import _native
from payport.ledger.store.files import write_file_durably
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from pathlib import Path

KEY_FILE_EXPOSED: Final = RefusalCode(
    "key_file_exposed",
    RefusalClass.UNAUTHORISED,
    "Others may read the key file; make it readable by its owner alone (chmod 600).",
    "密钥文件可被他人读取，请将权限改为仅所有者可读（chmod 600）。",
)
"""Its mode gives group or others a right."""

KEY_FILE_EXISTS: Final = RefusalCode(
    "key_file_exists",
    RefusalClass.CONFLICT,
    "A file of this name exists; keys are never overwritten.",
    "文件已存在，不会覆盖密钥。",
)
"""Choose another name."""

UNREADABLE_SEED: Final = RefusalCode(
    "unreadable_seed",
    RefusalClass.MALFORMED,
    "The institution's key file is not 64 hexadecimal digits.",
    "机构密钥文件不是 64 位十六进制数。",
)
"""The file was damaged or is of another kind."""

REFUSALS: Final = (KEY_FILE_EXPOSED, UNREADABLE_SEED, KEY_FILE_EXISTS)
"""Refusals of this module."""

SEED_BYTES: Final = 32
"""Length of a seed and of a digest key."""

_FOR_OTHERS: Final = 0o077
_MAX_BYTES: Final = 2 * SEED_BYTES + 2


class FileSigner:
    """Signs with a key that lives in a file; the others are hardware modules, behind the same contract."""

    def __init__(self, seed: bytes) -> None:
        """Take the seed."""
        self._seed = seed
        self._public_key = _native.public_key_ed25519(seed)

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes."""
        return self._public_key

    def sign(self, data: bytes) -> bytes:
        """Return the signature over ``data``."""
        return _native.sign_ed25519(self._seed, data)


def write_seed(path: Path, seed: bytes) -> None:
    """Write a key file, durably and for its owner alone."""
    assert len(seed) == SEED_BYTES, "a seed has 32 bytes"
    write_file_durably(path, seed.hex().encode() + b"\n")


def draw_seed(path: Path) -> bytes:
    """Write a new key into a file of its own and return its seed; raises ``key_file_exists``."""
    try:
        path.touch(0o600, exist_ok=False)
    except FileExistsError:
        KEY_FILE_EXISTS.refuse(str(path))
    seed = os.urandom(SEED_BYTES)
    write_seed(path, seed)
    return seed


def read_seed(path: Path) -> bytes:
    """Return what a key file holds; raises ``key_file_exposed`` or ``unreadable_seed``."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & _FOR_OTHERS:
            KEY_FILE_EXPOSED.refuse(str(path))
        data = file.read(_MAX_BYTES + 1)
    try:
        seed = bytes.fromhex(data.decode("ascii"))
    except ValueError:
        UNREADABLE_SEED.refuse(str(path))
    if len(seed) != SEED_BYTES:
        UNREADABLE_SEED.refuse(str(path))
    return seed
