"""The plan of a consortium: what everybody knows of each member, and where one member's files are.

``network.json`` names the members and may be shown to anyone; each member's folder holds what is its own, its keys for
its owner alone. On a machine of one institution there is one such folder, on a machine of all there are all.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from payport.ledger.store.files import write_file_durably
from payport.values.identifiers import InstitutionId
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from pathlib import Path

NO_NETWORK: Final = RefusalCode(
    "no_network",
    RefusalClass.NOT_FOUND,
    "The directory holds no network; make one with `payport network init`.",
    "该目录中没有网络；请先运行 payport network init。",
)
"""There is no ``network.json``, or it is none."""

NETWORK_EXISTS: Final = RefusalCode(
    "network_exists",
    RefusalClass.CONFLICT,
    "The directory holds a network already.",
    "该目录中已有网络。",
)
"""What is there is never overwritten: it may hold the only copy of a key."""

PATH_TOO_LONG: Final = RefusalCode(
    "path_too_long",
    RefusalClass.MALFORMED,
    "The directory's path is too long for sockets in it; choose a shorter one.",
    "目录路径过长，无法在其中创建套接字；请使用更短的路径。",
)
"""A path of a unix socket has at most 107 bytes."""

UNKNOWN_MEMBER: Final = RefusalCode(
    "unknown_member",
    RefusalClass.NOT_FOUND,
    "The network has no such member, or its folder is on another machine.",
    "网络中没有该成员，或其目录在另一台机器上。",
)
"""It is not in the plan, or not here."""

REFUSALS: Final = (NO_NETWORK, NETWORK_EXISTS, PATH_TOO_LONG, UNKNOWN_MEMBER)
"""Refusals of this module."""

FORMAT: Final = "payport-network/1"
"""Value of the member ``format``."""

MAX_MEMBERS: Final = 100
"""Members of one plan, as many as ports and people can cope with."""

_MAX_SOCKET_PATH: Final = 107

Hex32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Hex16 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
Address = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.\-\[\]:]{1,255}:[0-9]{1,5}$")]


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a member tells the others; nothing of it is secret to validators."""

    institution: InstitutionId
    """Its id on the ledger."""
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """Its name for people."""
    role: Annotated[str, msgspec.Meta(pattern=r"^(operator|bank)$")]
    """``operator`` or ``bank``."""
    address: Address
    """Where its CometBFT listens for the others: ``host:port``."""
    institution_key: Hex32
    """Ed25519 public key that signs for the institution."""
    engine_key: Hex32
    """Ed25519 public key it votes on blocks with."""
    node_key: Hex32
    """Ed25519 public key its node signs batches with."""
    peer_key: Hex32
    """Ed25519 public key by which the others' CometBFT know its own."""
    fees_account: Hex16
    """Its account for shares of fees."""
    unclaimed_account: Hex16
    """Its account for money that finds no owner."""
    view_key: Hex32
    """View key of these two accounts: known to validators, not to the public."""


class Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last block of a pilot with a single orderer that a network goes on from."""

    height: Annotated[int, msgspec.Meta(ge=1)]
    """Its height on the ledger."""
    time_ms: int
    """Its block time, in milliseconds since the Unix epoch."""
    commitment: str
    """Its commitment, encoded, in hexadecimal."""
    founders: Annotated[dict[InstitutionId, Hex32], msgspec.Meta(min_length=1, max_length=MAX_MEMBERS)]
    """Keys of those who decide the block after it: validators of equal power."""


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A network."""

    format: Annotated[str, msgspec.Meta(pattern="^payport-network/1$")]
    """``payport-network/1``."""
    chain_id: str
    """The network's chain id."""
    members: Annotated[tuple[Card, ...], msgspec.Meta(min_length=1, max_length=MAX_MEMBERS)]
    """Everybody whose CometBFT takes part, in the order of joining."""
    carried: Carried | None = None
    """What it goes on from; ``None`` where it begins with genesis."""

    def card(self, institution: str) -> Card:
        """Return a member's card; raises ``unknown_member``."""
        for each in self.members:
            if each.institution == institution:
                return each
        return UNKNOWN_MEMBER.refuse(institution)


class LocalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What concerns a member's own machine alone."""

    listen: Address
    """Where its CometBFT listens: ``host:port``; the card's address is how the others reach that."""
    gateway_address: str = "127.0.0.1"
    """Address its port listens on."""
    gateway_port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 0
    """Port of its gateway."""
    metrics: str = ""
    """Where its CometBFT serves metrics: ``host:port``; empty for nowhere."""
    node_metrics: str = ""
    """Where its node does."""
    signer: str = ""
    """Key that signs for the institution: ``pkcs11:...`` or a key file; ``institution.key`` where this is empty."""
    rpc_listen: str = ""
    """Where its CometBFT tells the other members of headers and validators, too: ``host:port``; empty for nowhere."""
    peer_rpcs: tuple[str, ...] = ()
    """Where those of other machines do, a URL each; a member that began from a snapshot asks them for older proofs."""
    snapshot_blocks: Annotated[int, msgspec.Meta(ge=0)] = 5_000
    """Blocks from one snapshot to the next; 0 for none. Members with the same number make the same snapshots."""
    node_signer: str = ""
    """Key its node signs batches with, likewise; the one in its data directory where this is empty."""


class BeginsFrom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a member's CometBFT begins from a snapshot of the others."""

    servers: Annotated[tuple[str, ...], msgspec.Meta(min_length=2, max_length=MAX_MEMBERS)]
    """RPCs of others."""
    trust_height: int
    """Height of a header that the trust file vouches for."""
    trust_hash: Hex32
    """Its hash."""


@dataclass(frozen=True, slots=True)
class MemberFolder:
    """Where one member keeps what."""

    path: Path
    """The folder."""

    @property
    def engine(self) -> Path:
        """Home of its CometBFT."""
        return self.path / "engine"

    @property
    def node(self) -> Path:
        """Data directory of its node."""
        return self.path / "node"

    @property
    def rpc(self) -> Path:
        """Socket of its CometBFT's RPC."""
        return self.path / "rpc.sock"

    @property
    def abci(self) -> Path:
        """Socket on which its node serves its CometBFT."""
        return self.node / "abci.sock"

    @property
    def socket(self) -> Path:
        """Socket of its node."""
        return self.node / "node.sock"

    @property
    def institution_key(self) -> Path:
        """Seed of the key that signs for the institution."""
        return self.path / "institution.key"

    @property
    def engine_seed(self) -> Path:
        """Seed of the key it votes with."""
        return self.path / "validator.key"

    @property
    def peer_seed(self) -> Path:
        """Seed of the key by which peers know its CometBFT."""
        return self.path / "peer.key"

    @property
    def settings(self) -> Path:
        """What concerns this machine alone."""
        return self.path / "settings.json"

    @property
    def state_sync(self) -> Path:
        """How its CometBFT begins from a snapshot; not there where it begins with the first block."""
        return self.path / "state-sync.json"

    @property
    def logs(self) -> Path:
        """What its processes say."""
        return self.path / "logs"

    @property
    def processes(self) -> Path:
        """Which processes run."""
        return self.path / "processes.json"

    def log(self, process: str) -> Path:
        """Return the log of a process."""
        return self.logs / f"{process}.log"

    def database(self, name: str) -> str:
        """Return the URL of a database of this member."""
        return f"sqlite:///{self.path.absolute() / name}.sqlite"

    def read_state_sync(self) -> BeginsFrom | None:
        """Return how its CometBFT begins from a snapshot, if it does."""
        try:
            return msgspec.json.decode(self.state_sync.read_bytes(), type=BeginsFrom)
        except FileNotFoundError:
            return None

    def read_settings(self) -> LocalSettings:
        """Return what concerns this machine alone; raises ``unknown_member``."""
        try:
            return msgspec.json.decode(self.settings.read_bytes(), type=LocalSettings)
        except FileNotFoundError:
            return UNKNOWN_MEMBER.refuse(str(self.path))


@dataclass(frozen=True, slots=True)
class NetworkFolder:
    """The directory of a network."""

    path: Path
    """The directory."""

    @property
    def plan(self) -> Path:
        """The plan."""
        return self.path / "network.json"

    @property
    def genesis(self) -> Path:
        """The network's document."""
        return self.path / "genesis"

    @property
    def trust(self) -> Path:
        """What receipts are verified against."""
        return self.path / "trust.json"

    @property
    def pilot(self) -> Path:
        """Node directory of the pilot it goes on from, as that ended; a new member begins with a copy."""
        return self.path / "pilot"

    @property
    def targets(self) -> Path:
        """What Prometheus asks on this machine, in the form of its ``file_sd_configs``."""
        return self.path / "prometheus.json"

    def member(self, institution: str) -> MemberFolder:
        """Return a member's folder."""
        return MemberFolder(self.path.absolute() / institution)

    def require_new(self) -> None:
        """Refuse ``network_exists`` where there is a network."""
        if self.plan.exists():
            NETWORK_EXISTS.refuse(str(self.path))

    def require_short(self, institution: str) -> None:
        """Refuse ``path_too_long`` where a socket of the member would have too long a path."""
        longest = max((self.member(institution).abci, self.member(institution).rpc), key=lambda path: len(str(path)))
        if len(os.fsencode(longest)) > _MAX_SOCKET_PATH:
            PATH_TOO_LONG.refuse(str(longest))

    def read_plan(self) -> Plan:
        """Return the plan; raises ``no_network``."""
        try:
            return msgspec.json.decode(self.plan.read_bytes(), type=Plan)
        except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError) as error:
            return NO_NETWORK.refuse(f"{self.path}: {error}"[:300])

    def write_plan(self, plan: Plan) -> None:
        """Write the plan, whole or not at all."""
        write_file_durably(self.plan, msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")

    def write_targets(self, plan: Plan) -> None:
        """Write down what Prometheus asks of the members here."""
        found = []
        for card in self.local(plan):
            settings = self.member(card.institution).read_settings()
            gateway = f"{settings.gateway_address}:{settings.gateway_port}"
            for process, target in (
                ("engine", settings.metrics),
                ("node", settings.node_metrics),
                ("gateway", gateway),
            ):
                if target:
                    path = "/v1/metrics" if process == "gateway" else "/metrics"
                    labels = {"institution": card.institution, "process": process, "__metrics_path__": path}
                    found.append({"targets": [target], "labels": labels})
        write_file_durably(self.targets, msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")

    def local(self, plan: Plan) -> list[Card]:
        """Return the members whose folders are here."""
        return [each for each in plan.members if self.member(each.institution).settings.exists()]

    def rpcs_of_others(self, institution: str) -> tuple[str, ...]:
        """Return the RPCs of other members' CometBFTs that a member can ask, those of this machine first."""
        members = self.local(self.read_plan()) if self.plan.exists() else []
        here = [each.institution for each in members if each.institution != institution]
        sockets = [f"unix://{self.member(each).rpc}" for each in here]
        return (*sockets, *self.member(institution).read_settings().peer_rpcs)
