"""Key files and digests: for their owner alone, and never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payport.services.secret import DigestKey
from payport.signers.key_files import read_seed, write_seed
from payport.values.hashing import Tag
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from pathlib import Path


def test_a_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "bank.key"
    write_seed(path, b"k" * 32)
    assert read_seed(path) == b"k" * 32
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o604)
    with pytest.raises(Refusal, match="key_file_exposed"):
        read_seed(path)


@pytest.mark.parametrize("data", [b"", b"6b" * 31, b"6b" * 33, b"6b" * 500, b"\xff" * 64, b"zz" * 32])
def test_a_damaged_key_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bank.key"
    path.touch(0o600)
    path.write_bytes(data)
    with pytest.raises(Refusal, match="unreadable_seed"):
        read_seed(path)


def test_a_digest_key_shows_nothing_and_tells_parts_apart() -> None:
    key = DigestKey(b"k" * 32)
    assert "k" * 4 not in repr(key)
    digests = {
        key.digest(Tag.REQUEST, "ab", "c"),
        key.digest(Tag.REQUEST, "a", "bc"),
        key.digest(Tag.REQUEST, b"a", "bc"),
        key.digest(Tag.DECOY, "a", "bc"),
        DigestKey(b"l" * 32).digest(Tag.REQUEST, "a", "bc"),
    }
    assert len(digests) == 5
