"""The real process of desks, as the tests start and end it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from payport.services.config import DeskConfig, InstitutionConfig, NullCoreConfig, SandboxCoreConfig
from payport.signers.key_files import write_seed
from tests.ledger.network import seed

if TYPE_CHECKING:
    from pathlib import Path


def write_config(folder: Path, node: Path, trust: Path, *, messenger: str = "sandbox") -> Path:
    """Write a configuration of two banks, east with a core and west without, and their keys."""
    institutions = []
    for name in ("east", "west"):
        write_seed(folder / f"{name}.key", seed(name))
        write_seed(folder / f"{name}.digest", seed(f"{name} digest"))
        core = SandboxCoreConfig(f"sqlite:///{folder}/{name}-core.sqlite") if name == "east" else NullCoreConfig()
        institutions.append(
            InstitutionConfig(
                id=name,
                name=f"Bank of the {name.title()}",
                database=f"sqlite:///{folder}/{name}.sqlite",
                core=core,
                messenger="sandbox" if messenger == "sandbox" else "null",
                signers=(f"{name}.key",),
                digest_key=f"{name}.digest",
            )
        )
    config = folder / "desks.json"
    config.write_bytes(msgspec.json.encode(DeskConfig("desk.sock", str(node), str(trust), tuple(institutions))))
    return config


class DeskProcess:
    """One run of ``python -m payport.services.process``."""

    def __init__(self, config: Path) -> None:
        command = [sys.executable, "-m", "payport.services.process", "--config", str(config)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ready(self) -> dict[str, Any]:
        """Wait for the ready line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the desks did not start: {self.finish()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def finish(self) -> tuple[int, str]:
        """Wait for the end; returns status and standard error."""
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors

    def stop(self) -> tuple[int, str]:
        """Let it drain."""
        self.process.send_signal(signal.SIGTERM)
        return self.finish()

    def kill(self) -> None:
        """End it at once, as a power cut of the process would."""
        self.process.kill()
        self.finish()
