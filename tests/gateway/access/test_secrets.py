"""The port's secret: made once, readable by its owner alone."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from payport.gateway.access.secrets import PortSecret, load_secret
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from pathlib import Path


def test_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    first, again = load_secret(path), load_secret(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert again.unseal("a", first.seal("a", b"text")) == b"text"
    assert again.unseal("b", first.seal("a", b"text")) is None
    assert PortSecret(bytes(32)).unseal("a", first.seal("a", b"text")) is None
    assert first.mac("a", b"x") == again.mac("a", b"x") != again.mac("b", b"x")


def test_workers_that_start_at_once_share_one(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    code = "from pathlib import Path; from payport.gateway.access.secrets import load_secret as load; "
    code += f"print(load(Path({str(path)!r})).mac('a', b'x').hex())"
    workers = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(4)]
    assert len({worker.communicate()[0] for worker in workers}) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_a_file_others_may_have_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    load_secret(path)
    path.chmod(0o640)
    with pytest.raises(Refusal, match="bad_secret_file"):
        load_secret(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(Refusal, match="bad_secret_file"):
        load_secret(path)
