"""The gateway process says why it cannot start."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_a_database_that_is_no_file_needs_a_secret_file(tmp_path: Path) -> None:
    options = ["--node", "n", "--trust", "t", "--history", "sqlite:///h", "--database", "postgresql://localhost/port"]
    command = [sys.executable, "-m", "payport.gateway.process", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "secret_file_needed" in done.stderr) == (1, True)
