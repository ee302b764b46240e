"""What the rest of the program needs of a consensus engine, whichever orders the blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from payport.values import codec
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payport.ledger.block import Outcome
    from payport.ledger.store.stored_block import StoredBlock
    from payport.values.refusals import Refusal

BUSY: Final = RefusalCode(
    "busy",
    RefusalClass.UNAVAILABLE,
    "The network has more to do than it can take; send the same bytes again shortly.",
    "网络繁忙，请稍后用相同内容重新提交。",
)
"""The queue is full. Not final."""

STOPPING: Final = RefusalCode(
    "stopping",
    RefusalClass.UNAVAILABLE,
    "The node is stopping; send the same bytes again once it is back.",
    "节点正在停止，请在其恢复后用相同内容重新提交。",
)
"""The node drains before it ends. Not final."""

UNKNOWN_BLOCK: Final = RefusalCode(
    "unknown_block",
    RefusalClass.NOT_FOUND,
    "There is no block of this height yet.",
    "尚无此高度的区块。",
)
"""Raised where a block is read that is not durable."""

ENGINE_UNREACHABLE: Final = RefusalCode(
    "engine_unreachable",
    RefusalClass.UNAVAILABLE,
    "The consensus engine of this node does not answer; try again shortly.",
    "本节点的共识引擎暂无响应，请稍后重试。",
)
"""An engine that is a process of its own is away, or answered with an error; no block can be proven meanwhile."""

REFUSALS: Final = (STOPPING, BUSY, UNKNOWN_BLOCK, ENGINE_UNREACHABLE)
"""Refusals of engines, in order of precedence."""


class EngineStoppedError(Exception):
    """The engine stopped because something failed that must not; whether the bytes were executed is not known yet."""


class Signer(Protocol):
    """Holds the node's Ed25519 key; the key itself may live elsewhere."""

    @property
    def public_key(self) -> bytes:
        """The public key, 32 bytes."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature over ``data``, 64 bytes."""


class EngineStatus(codec.Record, frozen=True):
    """How the engine is doing. Counters start at zero with the process."""

    engine: str
    """Name of the engine, ``embedded`` for one."""
    chain_id: str
    """The network."""
    height: int
    """Last block that is durable and can be proven."""
    time_ms: int
    """Block time of the last executed block."""
    executed_height: int
    """Last executed block; ahead of ``height`` while a sync is under way."""
    checkpoint_height: int
    """Block the checkpoint on the medium belongs to; -1 before the first."""
    commitment_bytes: bytes
    """Commitment of the last executed block, encoded."""
    public_key: bytes
    """The node's key, under which finality proofs verify."""
    running: bool
    """Whether it takes transactions."""
    waiting_items: int
    """Items that wait for a block."""
    blocks: int
    """Blocks made durable."""
    syncs: int
    """Syncs of the block log; fewer than blocks where one sync covered several."""
    committed: int
    """Transactions committed."""
    refused_final: int
    """Transactions refused in a block."""
    refused_at_door: int
    """Items refused before a block, ``busy`` not counted."""
    repeated: int
    """Transactions answered with an earlier outcome."""
    busy: int
    """Items refused as ``busy``."""
    protocol: int
    """Version of the rules by which the next block is executed."""
    protocol_decided: int
    """Newest version that the members decided on."""
    protocol_from_height: int
    """First block it is in force; 0 where it is since genesis."""
    protocol_known: int
    """Newest version this program knows. Where it is less than the one decided, the node stops before that block."""


class Engine(Protocol):
    """Orders transactions into blocks and executes them on the ledger."""

    async def submit(self, envelopes: tuple[bytes, ...]) -> tuple[Outcome, ...]:
        """Execute a transaction or a group; returns once its block is durable.

        Raises :class:`Refusal` at the door, which is not final, and :class:`EngineStoppedError`.
        """

    async def submit_many(self, items: Sequence[tuple[bytes, ...]]) -> list[tuple[Outcome, ...] | Refusal]:
        """Execute many items, each for itself; the answers are in the order of the items."""

    async def lookup(self, transaction_id: bytes, valid_until_ms: int) -> Outcome | None:
        """Return how a transaction ended, as long as it is remembered; ``None`` otherwise."""

    async def read_state(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record of the durable state, or ``None``."""

    async def scan_state(self, family: str, prefix: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Return up to ``limit`` keys that begin with ``prefix``, and their encoded records, in key order."""

    def status(self) -> EngineStatus:
        """Return how the engine is doing."""

    async def read_block(self, height: int) -> StoredBlock:
        """Return a durable block with its finality proof; raises ``unknown_block`` and ``engine_unreachable``."""

    async def wait_block(self, after_height: int) -> int:
        """Return the height of the last durable block as soon as it is above ``after_height``."""

    def add_listener(self, listener: Callable[[StoredBlock], None]) -> Callable[[], None]:
        """Call ``listener`` on the event loop for every block made durable; returns a function that ends it."""

    async def wait_stopped(self) -> BaseException | None:
        """Return when the engine has stopped: ``None`` after :meth:`close`, else what stopped it."""

    async def close(self) -> None:
        """Finish what was taken, then write the checkpoint and stop."""
