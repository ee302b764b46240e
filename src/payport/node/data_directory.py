"""The files of a node: where each is, who may read it, and that one process at a time writes them.

``genesis`` is the network's document, ``operator.key`` the node's Ed25519 seed in hexadecimal, ``log/`` the block log,
``state/`` the checkpoint, ``snapshots/`` what others may begin from, ``restoring/`` a ledger being restored from
such a snapshot, ``lock`` is held by the running node, ``node.sock`` its local interface.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from payport.ledger.genesis import Genesis, read_genesis
from payport.ledger.store.directories import LedgerDirectories
from payport.ledger.store.files import write_file_durably
from payport.signers.key_files import SEED_BYTES, FileSigner
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from pathlib import Path

NOT_INITIALISED: Final = RefusalCode(
    "not_initialised",
    RefusalClass.NOT_FOUND,
    "The data directory holds no network yet; start it once with a genesis document.",
    "数据目录中尚无网络；请先用创世文件启动一次。",
)
"""There is no genesis document and none was given."""

GENESIS_DIFFERS: Final = RefusalCode(
    "genesis_differs",
    RefusalClass.CONFLICT,
    "The data directory belongs to another network.",
    "数据目录属于另一个网络。",
)
"""The genesis document given is not the one the directory was made with."""

DATA_IN_USE: Final = RefusalCode(
    "data_in_use",
    RefusalClass.CONFLICT,
    "Another node is running on this data directory.",
    "另一个节点正在使用该数据目录。",
)
"""The lock is held."""

KEY_EXPOSED: Final = RefusalCode(
    "key_exposed",
    RefusalClass.UNAUTHORISED,
    "The node's key file may be read by others; make it readable by its owner only (mode 600).",
    "节点密钥文件可被他人读取；请将其权限设为仅所有者可读（600）。",
)
"""The mode of the key file admits group or others."""

KEY_UNREADABLE: Final = RefusalCode(
    "key_unreadable",
    RefusalClass.MALFORMED,
    "The node's key file is not 64 hexadecimal digits.",
    "节点密钥文件不是 64 位十六进制数。",
)
"""The key file was damaged or is of another kind."""

REFUSALS: Final = (DATA_IN_USE, NOT_INITIALISED, GENESIS_DIFFERS, KEY_EXPOSED, KEY_UNREADABLE)
"""Refusals of this module, in order of precedence."""

_FOR_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Paths below one directory."""

    path: Path
    """The directory."""

    @property
    def genesis_path(self) -> Path:
        """The genesis document."""
        return self.path / "genesis"

    @property
    def key_path(self) -> Path:
        """The node's seed."""
        return self.path / "operator.key"

    @property
    def log_path(self) -> Path:
        """Directory of the block log."""
        return self.path / "log"

    @property
    def state_path(self) -> Path:
        """Directory of the checkpoint."""
        return self.path / "state"

    @property
    def ledger(self) -> LedgerDirectories:
        """Everything the ledger is kept in."""
        return LedgerDirectories(self.log_path, self.state_path, self.path / "snapshots", self.path / "restoring")

    @property
    def lock_path(self) -> Path:
        """File the running node holds."""
        return self.path / "lock"

    @property
    def socket_path(self) -> Path:
        """The local interface, unless told otherwise."""
        return self.path / "node.sock"

    def lock(self) -> int:
        """Become the only writer; returns the descriptor to keep open. Raises ``data_in_use``."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            DATA_IN_USE.refuse(str(self.path))
        return descriptor

    def initialise(self, genesis: bytes | None, seed: bytes | None = None, *, keeps_key: bool = True) -> Genesis:
        """Make what is missing, and return the network's genesis.

        ``genesis`` is needed the first time and compared after it; ``seed`` becomes the node's key unless it has one,
        and is drawn where none is given; neither where the key is kept elsewhere. The genesis document is written last:
        with it the directory is complete.
        """
        if not self.genesis_path.exists():
            if genesis is None:
                NOT_INITIALISED.refuse(str(self.path))
            read_genesis(genesis)
            for directory in (self.path, self.log_path, self.state_path):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if keeps_key and not self.key_path.exists():
                write_file_durably(self.key_path, (seed or os.urandom(SEED_BYTES)).hex().encode() + b"\n")
            write_file_durably(self.genesis_path, genesis)
        stored = self.genesis_path.read_bytes()
        found = read_genesis(stored)
        if genesis is not None and genesis != stored:
            GENESIS_DIFFERS.refuse(f"it belongs to {found.chain_id}, not to {read_genesis(genesis).chain_id}")
        return found

    def read_signer(self) -> FileSigner:
        """Read the node's key; raises ``key_exposed`` or ``key_unreadable``."""
        if self.key_path.stat().st_mode & _FOR_OTHERS:
            KEY_EXPOSED.refuse(str(self.key_path))
        try:
            return FileSigner(bytes.fromhex(self.key_path.read_text(encoding="ascii")))
        except ValueError:
            KEY_UNREADABLE.refuse(str(self.key_path))
