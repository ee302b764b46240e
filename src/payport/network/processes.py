"""The processes of one member on this machine: a CometBFT, a node, an index and a port.

They run detached from whoever starts them, each in a session of its own with a log, and are known by process id and the
time at which that began, so that a number used again is never taken for one of them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from payport.ledger.store.files import write_file_durably
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.network.plan import MemberFolder, NetworkFolder

ENGINE_MISSING: Final = RefusalCode(
    "engine_missing",
    RefusalClass.UNAVAILABLE,
    "CometBFT is not built; `make cometbft` builds it, or PAYPORT_COMETBFT names one.",
    "尚未构建 CometBFT；请运行 make cometbft，或用 PAYPORT_COMETBFT 指定。",
)
"""Nothing was started."""

REFUSALS: Final = (ENGINE_MISSING,)
"""Refusals of this module."""

NODE, ENGINE, HISTORY, GATEWAY = "node", "engine", "history", "gateway"
IN_ORDER: Final = (NODE, ENGINE, HISTORY, GATEWAY)
"""Processes in the order in which they are started; they are stopped the other way round."""

STOP_SECONDS: Final = 20.0
"""How long a process may take to end by itself."""

_LOOK_SECONDS: Final = 0.05
_STARTED: Final = 19
"""Field of ``/proc/PID/stat`` after the name: when the process began."""
_ENDED: Final = frozenset("ZX")


class Running(msgspec.Struct, frozen=True):
    """A process that was started."""

    pid: int
    """Its process id."""
    began: int
    """When it began, in the system's ticks since boot."""

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return _began(self.pid) == self.began


class Commands(NamedTuple):
    """How the processes of a member are started."""

    network: NetworkFolder
    folder: MemberFolder
    institution: str
    cometbft: str

    def of(self, process: str) -> list[str]:
        """Return the command of a process."""
        folder, settings = self.folder, self.folder.read_settings()
        common = ["--node", str(folder.socket), "--trust", str(self.network.trust.absolute())]
        match process:
            case "node":
                own = ["--engine", "cometbft", "--institution", self.institution, "--engine-rpc", str(folder.rpc)]
                own += ["--metrics", settings.node_metrics] if settings.node_metrics else []
                own += ["--signer", settings.node_signer] if settings.node_signer else []
                own += ["--snapshot-blocks", str(settings.snapshot_blocks)]
                for each in self.network.rpcs_of_others(self.institution):
                    own += ["--other-rpc", each]
                return [*_module("node"), "--data", str(folder.node), *own]
            case "engine":
                return [self.cometbft, "start", "--home", str(folder.engine)]
            case "history":
                return [*_module("history"), *common, "--database", folder.database("history")]
            case _:
                databases = ["--history", folder.database("history"), "--database", folder.database("port")]
                databases += ["--home", folder.database("home"), "--secret", str(folder.path / "port.secret")]
                listen = ["--address", settings.gateway_address, "--port", str(settings.gateway_port)]
                return [*_module("gateway"), *common, *databases, *listen]


def find_cometbft() -> str:
    """Return the CometBFT to run: the one named, else the one built into the tree; raises ``engine_missing``."""
    tree = Path(__file__).resolve().parents[3] / ".tools" / "bin" / "cometbft"
    for found in (os.environ.get("PAYPORT_COMETBFT"), str(tree)):
        if found and os.access(found, os.X_OK):
            return found
    return ENGINE_MISSING.refuse()


def running(folder: MemberFolder) -> dict[str, Running]:
    """Return the processes of a member that run."""
    return {process: each for process, each in _known(folder).items() if each.alive}


def start(commands: Commands, process: str) -> Running:
    """Start a process, unless it runs; a CometBFT does not outlive its node."""
    folder = commands.folder
    known = running(folder)
    if process in known:
        return known[process]
    if process == NODE:
        stop(folder, ENGINE)  # left by a node that ended, it is of no use to the next one, and may not have noticed
        known = running(folder)
    if process == ENGINE:
        folder.rpc.unlink(missing_ok=True)  # CometBFT does not take the place of a killed one's
    descriptor = os.open(folder.log(process), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    command = commands.of(process)
    try:
        # Nobody's child for long: whoever starts a network ends before it does.
        outputs = [(os.POSIX_SPAWN_DUP2, descriptor, number) for number in (1, 2)]
        actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), *outputs]
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions, setsid=True)
    finally:
        os.close(descriptor)
    began = _began(pid)
    found = Running(pid, -1 if began is None else began)
    _write(folder, {**known, process: found})
    return found


def stop(folder: MemberFolder, process: str) -> bool:
    """Ask a process to end, and end it where it does not; return whether it ended by itself."""
    found = running(folder).get(process)
    if found is None:
        return True
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while found.alive and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    by_itself = not found.alive
    if not by_itself:
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGKILL)
    _write(folder, {name: each for name, each in running(folder).items() if name != process})
    return by_itself


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", f"payport.{name}.process"]


def _known(folder: MemberFolder) -> dict[str, Running]:
    try:
        return msgspec.json.decode(folder.processes.read_bytes(), type=dict[str, Running])
    except FileNotFoundError:
        return {}


def _write(folder: MemberFolder, known: dict[str, Running]) -> None:
    write_file_durably(folder.processes, msgspec.json.encode(known) + b"\n")


def _began(pid: int) -> int | None:
    """Return when a process began; ``None`` where there is none, or only what is left of it."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # one of our own that ended is gone for good
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in _ENDED else int(fields[_STARTED])
