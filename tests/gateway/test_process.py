"""The gateway process says why it cannot start."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("given", "code"), [((), "secret_file_needed"), (("--secret", "s"), "home_database_needed")])
def test_a_database_that_is_no_file_has_nothing_beside_it(tmp_path: Path, given: tuple[str, ...], code: str) -> None:
    options = ["--node", "n", "--trust", "t", "--history", "sqlite:///h", "--database", "postgresql://localhost/port"]
    command = [sys.executable, "-m", "payport.gateway.process", *options, *given]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, code in done.stderr) == (1, True)
