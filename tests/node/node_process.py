"""The real process, as the tests start and end it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class NodeProcess:
    """One run of ``python -m payport.node.process``."""

    def __init__(self, data: Path, *arguments: str, python: tuple[str, ...] = ()) -> None:
        command = [sys.executable, *python, "-m", "payport.node.process", "--data", str(data), *arguments]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )

    def ready(self) -> dict[str, Any]:
        """Wait for the ready line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the node did not start: {self.finish()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def finish(self) -> tuple[int, str]:
        """Wait for the end; returns status and standard error."""
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors

    def stop(self) -> tuple[int, str]:
        """Let it drain."""
        self.process.send_signal(signal.SIGTERM)
        return self.finish()

    def kill(self) -> None:
        """End it at once, as a power cut of the process would."""
        self.process.kill()
        self.finish()
