"""Key files of an institution: 64 hexadecimal digits, readable by their owner alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from payport.ledger.store.files import write_file_durably
from payport.values.refusals import RefusalClass, RefusalCode
from payport.wallet.key_file import KEY_FILE_EXPOSED

if TYPE_CHECKING:
    from pathlib import Path

UNREADABLE_SEED: Final = RefusalCode(
    "unreadable_seed",
    RefusalClass.MALFORMED,
    "The institution's key file is not 64 hexadecimal digits.",
    "机构密钥文件不是 64 位十六进制数。",
)
"""The file was damaged or is of another kind."""

REFUSALS: Final = (KEY_FILE_EXPOSED, UNREADABLE_SEED)
"""Refusals of this module."""

SEED_BYTES: Final = 32
"""Length of a seed and of a digest key."""

_FOR_OTHERS: Final = 0o077
_MAX_BYTES: Final = 2 * SEED_BYTES + 2


def write_seed(path: Path, seed: bytes) -> None:
    """Write a key file, durably and for its owner alone."""
    assert len(seed) == SEED_BYTES, "a seed has 32 bytes"
    write_file_durably(path, seed.hex().encode() + b"\n")


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
