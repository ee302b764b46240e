"""The only place that chooses implementations: which processes make up a network, and how they are started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx
import msgspec

from payport.proof.trust import Trust, encode_trust
from payport.services.config import DeskConfig, InstitutionConfig, NullCoreConfig, SandboxCoreConfig
from payport.signers.key_files import SEED_BYTES, write_seed
from payport.values.refusals import RefusalClass, RefusalCode
from payport.values.signatures.contract import WebAuthnPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payport.ledger.genesis import Genesis

NODE_DID_NOT_START: Final = RefusalCode(
    "node_did_not_start", RefusalClass.UNAVAILABLE, "The node process did not start.", "节点进程未能启动。"
)
"""Its own message, on standard error, says why."""

PORT_DID_NOT_START: Final = RefusalCode(
    "port_did_not_start",
    RefusalClass.UNAVAILABLE,
    "The history or gateway process did not start.",
    "历史或网关进程未能启动。",
)
"""Its own message, on standard error, says why."""

DESK_DID_NOT_START: Final = RefusalCode(
    "desk_did_not_start",
    RefusalClass.UNAVAILABLE,
    "The process of the institutions' desks did not start.",
    "机构服务进程未能启动。",
)
"""Its own message, on standard error, says why."""

REFUSALS: Final = (NODE_DID_NOT_START, PORT_DID_NOT_START, DESK_DID_NOT_START)
"""Refusals of this module."""

STOP_SECONDS: Final = 20
"""How long a child may take to drain."""

READY_SECONDS: Final = 60
"""How long the port may take until it is healthy."""


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A node process that takes transactions."""

    process: subprocess.Popen[str]
    """The process."""
    socket: str
    """Path of its local interface."""
    public_key: bytes
    """Key under which its commitments are signed."""


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Where a network keeps what is not on its ledger."""

    history: str
    """The index."""
    port: str
    """The port's own database."""
    home: str
    """What customers of the institution that runs the port keep in the app."""

    @classmethod
    def in_folder(cls, data: Path) -> DatabaseUrls:
        """Return files of a folder."""
        return cls(*(f"sqlite:///{data.absolute() / f'{name}.sqlite'}" for name in ("history", "port", "home")))


@dataclass(frozen=True, slots=True)
class HostedInstitution:
    """An institution whose desk is run here, on sandbox parts."""

    id: str
    """Its name on the ledger."""
    name: str
    """What its customers call it."""
    seed: bytes
    """Seed of the key that signs for it."""
    has_core: bool
    """Whether it keeps deposits, in a sandbox core."""


@dataclass(frozen=True, slots=True)
class HttpsListener:
    """A second address of the port, over HTTPS: a process of its own on the same databases."""

    address: str
    """Address to listen on."""
    port: int
    """Port; 0 takes a free one."""
    certificate: Path
    """Certificate and those between it and its authority (PEM)."""
    key: Path
    """Its private key (PEM)."""
    rp_id: str
    """Relying party of passkeys there."""
    origins: tuple[str, ...]
    """Origins of pages on which passkeys are used there."""

    def options(self) -> list[str]:
        """Return the arguments of its process."""
        found = ["--address", self.address, "--port", str(self.port), "--rp-id", self.rp_id]
        found += [part for each in self.origins for part in ("--origin", each)]
        return [*found, "--tls-certificate", str(self.certificate), "--tls-key", str(self.key)]


@dataclass(frozen=True, slots=True)
class RunningNetwork:
    """A node, its index, the unified port and the desks of institutions."""

    node: RunningNode
    """The node."""
    url: str
    """Address of the port."""
    trust: Trust
    """What receipts are verified against."""
    trust_file: Path
    """The same as a file."""
    processes: tuple[subprocess.Popen[str], ...]
    """Every child, in the order they were started."""
    desks: dict[str, Path] = field(default_factory=dict)
    """Socket of the desk of each institution that is hosted."""
    cores: dict[str, str] = field(default_factory=dict)
    """URL of the sandbox core of each institution that has one."""
    https_url: str | None = None
    """Address of the port over HTTPS, where there is one."""


@contextlib.contextmanager
def _child(module: str, arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a child process; stop it at the end."""
    # A session of its own: Ctrl-C reaches the parent alone, which then stops its children in order.
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603 - own program
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _ready(process: subprocess.Popen[str], did_not_start: RefusalCode) -> dict[str, Any]:
    """Return a child's ready line; raises ``did_not_start``."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        did_not_start.refuse()
    found: dict[str, Any] = json.loads(line)
    return found


@contextlib.contextmanager
def running_node(genesis: Genesis, data: Path, options: Sequence[str] = ()) -> Iterator[RunningNode]:
    """Start a node process on ``data`` and stop it at the end; raises ``node_did_not_start``.

    ``options`` are further arguments of the process.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    genesis_file = data / "genesis.new"
    genesis_file.write_bytes(genesis.encoded)
    arguments = ["--data", str(data), "--genesis", str(genesis_file), *options]
    with _child("payport.node.process", arguments) as process:
        ready = _ready(process, NODE_DID_NOT_START)
        yield RunningNode(process, str(ready["socket"]), bytes.fromhex(ready["public_key"]))


@contextlib.contextmanager
def running_network(
    genesis: Genesis,
    data: Path,
    port: int = 0,
    hosted: Sequence[HostedInstitution] = (),
    *,
    databases: DatabaseUrls | None = None,
    workers: int = 1,
    node_options: Sequence[str] = (),
    gateway_options: Sequence[str] = (),
    https: HttpsListener | None = None,
) -> Iterator[RunningNetwork]:
    """Start node, history, gateway and desks on ``data`` and stop them at the end; ``port`` 0 takes a free one.

    The databases of history and port are files in ``data``, unless others are named. ``node_options`` and
    ``gateway_options`` are further arguments of these processes. With ``https`` the port also listens there.

    Raises ``node_did_not_start``, ``port_did_not_start`` or ``desk_did_not_start``.
    """
    data = data.absolute()  # each process reads the paths it is told, and the desks from a folder of their own
    with running_node(genesis, data / "node", node_options) as node:
        trust = trust_in(genesis, node.public_key)
        trust_file = data / "trust.json"
        trust_file.write_bytes(encode_trust(trust))
        chosen = DatabaseUrls.in_folder(data) if databases is None else databases
        common = ["--node", node.socket, "--trust", str(trust_file)]
        own = ["--history", chosen.history, "--database", chosen.port, "--workers", str(workers)]
        own += ["--home", chosen.home, "--secret", str(data / "port.secret")]
        config = _desk_config(data / "desks", node.socket, trust_file, hosted)
        if hosted:
            own += ["--desks", str(_write_directory(data / "desks" / "directory.json", config))]
        with contextlib.ExitStack() as children:
            # Started before any is waited for: each reads its code and makes its tables meanwhile.
            desk = children.enter_context(_desks(data / "desks" / "config.json", config)) if hosted else None
            history = children.enter_context(_child("payport.history.process", [*common, "--database", chosen.history]))
            begun = [*common, *own, *gateway_options]
            gateway = children.enter_context(_child("payport.gateway.process", [*begun, "--port", str(port)]))
            _ready(history, PORT_DID_NOT_START)
            url = str(_ready(gateway, PORT_DID_NOT_START)["url"])
            if desk is not None:
                _ready(desk, DESK_DID_NOT_START)
            _await_health(url, gateway)
            # Not before the first: it made the secret and the tables that both use.
            secure = None if https is None else children.enter_context(_https(https, begun))
            named = {"node": node.process, "history": history, "gateway": gateway}
            named |= {} if desk is None else {"desk": desk}
            named |= {} if secure is None else {"https": secure.process}
            pids = {name: process.pid for name, process in named.items()}
            (data / "processes.json").write_text(json.dumps({"url": url, **pids}) + "\n", encoding="ascii")
            sockets = {each.id: Path(config.socket) for each in config.institutions} if hosted else {}
            cores = {each.id: each.core.url for each in config.institutions if isinstance(each.core, SandboxCoreConfig)}
            https_url = None if secure is None else secure.url
            yield RunningNetwork(node, url, trust, trust_file, tuple(named.values()), sockets, cores, https_url)


def _desk_config(folder: Path, node: str, trust_file: Path, hosted: Sequence[HostedInstitution]) -> DeskConfig:
    """Return the configuration of desks on sandbox parts, every file of theirs in ``folder``."""
    institutions = tuple(
        InstitutionConfig(
            id=each.id,
            name=each.name,
            database=f"sqlite:///{folder / each.id}.sqlite",
            core=SandboxCoreConfig(f"sqlite:///{folder / each.id}-core.sqlite") if each.has_core else NullCoreConfig(),
            messenger="sandbox",
            signers=(f"{each.id}.key",),
            digest_key=f"{each.id}.digest",
        )
        for each in hosted
    )
    if hosted:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in hosted:
            write_seed(folder / f"{each.id}.key", each.seed)
            if not (folder / f"{each.id}.digest").exists():
                write_seed(folder / f"{each.id}.digest", os.urandom(SEED_BYTES))
    return DeskConfig(str(folder / "desk.sock"), node, str(trust_file), institutions)


def _write_directory(file: Path, config: DeskConfig) -> Path:
    """Write down where the port finds the desks."""
    file.write_text(json.dumps({each.id: config.socket for each in config.institutions}) + "\n", encoding="utf-8")
    return file


def _desks(file: Path, config: DeskConfig) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    """Start a process of desks; it is stopped at the end."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(config), indent=2) + b"\n")
    return _child("payport.services.process", ["--config", str(file)])


class _Listening(NamedTuple):
    """A process of the port, and where it listens."""

    process: subprocess.Popen[str]
    url: str


@contextlib.contextmanager
def _https(listener: HttpsListener, arguments: Sequence[str]) -> Iterator[_Listening]:
    """Start a process of the port that listens over HTTPS; it is stopped at the end."""
    with _child("payport.gateway.process", [*arguments, *listener.options()]) as process:
        url = str(_ready(process, PORT_DID_NOT_START)["url"])
        # The certificate vouches for itself: its authority is the clients' to trust.
        trusting = ssl.create_default_context(cafile=str(listener.certificate))
        trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        _await_health(url, process, trusting)
        yield _Listening(process, url)


def _await_health(url: str, gateway: subprocess.Popen[str], trusting: ssl.SSLContext | None = None) -> None:
    """Return once the port is healthy; raises ``port_did_not_start``."""
    deadline = time.monotonic() + READY_SECONDS
    while gateway.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/v1/health", verify=trusting or True).is_success:
                return
        time.sleep(0.02)
    PORT_DID_NOT_START.refuse(url)


def trust_in(genesis: Genesis, node_key: bytes) -> Trust:
    """Return the trust file's content for a network with one embedded node."""
    return Trust(genesis.chain_id, genesis.digest, (node_key,), WebAuthnPolicy(genesis.rp_ids, genesis.origins))
