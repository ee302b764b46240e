"""One member: its node, the CometBFT beside it, and a disk that outlives both."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, NamedTuple, Never

from payport.consensus.application import Application, CheckpointPolicy
from payport.consensus.cometbft.engine import CometBftEngine, HeightNote
from payport.consensus.cometbft.rpc import EngineRpc
from payport.consensus.contract import ENGINE_UNREACHABLE, EngineStoppedError
from payport.ledger.store.block_log import BlockLog, LogFailedError
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.store.faulty_files import FaultyFiles
from payport.ledger.store.write_behind import WriteBehind
from payport.signers.key_files import FileSigner
from payport.simulator.parties import START_MS
from payport.simulator.replicas.comet import Comet
from payport.simulator.replicas.liar import Liar
from payport.simulator.replicas.planted import FaultyAbci
from payport.simulator.replicas.virtual_loop import Process

if TYPE_CHECKING:
    from random import Random

    from payport.simulator.replicas.chain import Block
    from payport.simulator.replicas.cluster import Cluster

SEGMENT_BYTES: Final = 64 * 1024
"""Small segments, so that a run closes several of them."""

CHECKPOINTS: Final = CheckpointPolicy(blocks=7, milliseconds=60_000)
"""Frequent checkpoints, so that restarts begin from many different ones."""

MAX_SKEW_MS: Final = 300
"""How far a member's clock is off, at most."""

PLANTED_SHARE: Final = 0.5
"""Share of the batches at which a planted exception is raised, where one is planted."""


CALL_SECONDS: Final = 0.005
"""Whoever ends while a call is under way does so within this time of its beginning."""


class Crash(enum.Enum):
    """How a member ends."""

    POWER = "power cut"
    """Node and CometBFT, and what was not synced."""
    NODE = "node killed"
    """Node and CometBFT; what was written is still in the system's memory."""
    ENGINE = "CometBFT killed"
    """CometBFT alone."""


class Trap(NamedTuple):
    """A step of a block at which a member ends."""

    step: str
    """The step."""
    crash: Crash
    """How it ends."""
    seconds: float
    """For how long."""


class Note(HeightNote):
    """The node's note of empty blocks, which a power cut may lose or bring back as it was before."""

    def __init__(self) -> None:
        """Begin without one."""
        self.now = self.before = (-1, 0)

    def read(self, ledger_height: int) -> int:
        """Return the noted height, if it was noted on top of this block."""
        return self.now[1] if self.now[0] == ledger_height else 0

    def write(self, ledger_height: int, height: int) -> None:
        """Note where the engine is."""
        self.before, self.now = self.now, (ledger_height, height)


class Kept:
    """What of a member outlives its processes."""

    def __init__(self, random: Random) -> None:
        """Begin empty; the disk's faults come from ``random``."""
        self.files = FaultyFiles(random)
        self.checkpoint = MemoryCheckpoint()
        self.note = Note()
        self.blocks: list[Block] = []
        """What CometBFT has of the chain."""
        self.voted: set[tuple[int, int]] = set()
        """Heights and rounds it has voted in."""

    def open(self, cluster: Cluster, checkpoint: MemoryCheckpoint | None = None) -> Application:
        """Open the ledger from what the disk has; ``checkpoint`` may be another than the disk's."""
        log = BlockLog(self.files, segment_bytes=SEGMENT_BYTES)
        base = WriteBehind(checkpoint or self.checkpoint, threaded=False)
        return Application(cluster.genesis, log, base, CHECKPOINTS)

    def lose_power(self, random: Random) -> None:
        """Lose or tear what was not synced."""
        self.files.crash()
        self.note.now = random.choice((self.note.now, self.note.before, (-1, 0)))


class Rpc(EngineRpc):
    """The interface of the CometBFT beside a node."""

    def __init__(self, replica: Replica) -> None:
        """Speak to the CometBFT of ``replica``."""
        self._replica = replica

    async def hand_over(self, batch: bytes) -> None:
        """Give a batch to the mempool; raises ``engine_unreachable`` while CometBFT is down."""
        if self._replica.comet is None:
            ENGINE_UNREACHABLE.refuse("it is down")
        self._replica.comet.receive_batch(self._replica.number, batch)

    async def close(self) -> None:
        """End nothing."""


class Replica:
    """See the module."""

    def __init__(self, cluster: Cluster, number: int, institution: str, node_seed: bytes, random: Random) -> None:
        """Be member ``number``; nothing runs before :meth:`start`."""
        self.cluster = cluster
        self.number = number
        self.institution = institution
        self.signer = FileSigner(node_seed)
        self.random = random
        self.kept = Kept(random)
        self.skew_ms = random.randint(-MAX_SKEW_MS, MAX_SKEW_MS)
        self.trap: Trap | None = None
        """Where it ends next, if anywhere."""
        self.flawed = False
        """Whether an exception is planted in what looks at proposals."""
        self.disk_fails = False
        """Whether the next sync was told to fail, so that the node stops."""
        self.process: Process | None = None
        self.application: Application | None = None
        self.engine: CometBftEngine | None = None
        self.comet: Comet | None = None

    def clock(self) -> int:
        """Return its own clock, in milliseconds since the Unix epoch."""
        return START_MS + 1_000 + self.skew_ms + int(self.cluster.loop.time() * 1_000)

    def start(self) -> None:
        """Begin what does not run, as after a restart of the machine."""
        if self.process is None:
            self.process = Process(self.cluster.loop)
            self.application = self.kept.open(self.cluster)
            self.engine = build_engine(self, self.application)
            self.cluster.watch(self.number, self.process.run(self._serve(self.engine)))
            self.cluster.trace.note(self.number, "node starts", self.application.height)
        if self.comet is None:
            self.comet = build_comet(self)
            self.cluster.watch(self.number, self.comet.start())
            self.cluster.trace.note(self.number, "CometBFT starts", len(self.kept.blocks))

    def end(self, crash: Crash) -> None:
        """End it at once."""
        self.cluster.trace.note(self.number, crash.value)
        self.trap = None
        if self.comet is not None:
            self.comet.process.kill()
            self.comet = None
        if crash is Crash.ENGINE or self.process is None:
            return
        self.process.kill()
        self.process = self.application = self.engine = None
        if crash is Crash.POWER:
            self.kept.lose_power(self.random)
        self.mend_disk()
        self.disk_fails = False

    def quit(self) -> None:
        """End it for good, once the simulation is over; what it came to can still be read."""
        for process in (self.process, None if self.comet is None else self.comet.process):
            if process is not None:
                process.kill()

    def fall(self, crash: Crash, seconds: float) -> None:
        """End it at once, and start it again after a while."""
        self.end(crash)
        self.cluster.loop.call_later(seconds, self.cluster.restart, self.number)

    def fail_next_sync(self) -> None:
        """Let the disk report an error at the next sync of the log."""
        self.disk_fails = True
        self.kept.files.file(self.kept.files.names()[-1]).fail_next_sync = True

    def mend_disk(self) -> None:
        """Let the disk report no error that it has not reported yet."""
        for name in self.kept.files.names():
            file = self.kept.files.file(name)
            if file.fail_next_sync:
                file.fail_next_sync = self.disk_fails = False

    async def reach(self, step: str) -> None:
        """Go on, unless somebody ends here."""
        if self.trap is not None and self.trap.step == step:
            self._spring(self.trap, 0.0)
            await self.cluster.loop.create_future()

    def begin(self, call: str) -> None:
        """Take note that CometBFT makes a call: somebody may end while it is under way."""
        if self.trap is not None and self.trap.step == f"during {call}":
            self._spring(self.trap, self.random.uniform(0.0, CALL_SECONDS))

    def _spring(self, trap: Trap, seconds: float) -> None:
        self.trap = None
        self.cluster.trace.note(self.number, f"{trap.crash.value} {trap.step}")
        self.cluster.loop.call_later(seconds, self.fall, trap.crash, trap.seconds)

    def explains(self, error: BaseException) -> bool:
        """Tell whether an error comes from what was done to its disk; then the node has ended, as it must."""
        return self.disk_fails and isinstance(error, LogFailedError | EngineStoppedError)

    def planted(self) -> bool:
        """Tell whether to raise at this batch of a proposal."""
        raises = self.flawed and self.random.random() < PLANTED_SHARE
        if raises:
            self.cluster.trace.note(self.number, "planted exception")
        return raises

    async def _serve(self, engine: CometBftEngine) -> Never:
        await engine.start()
        failure = await engine.wait_stopped()
        assert failure is not None, "nobody closes an engine here"
        raise failure


def build_engine(replica: Replica, application: Application) -> CometBftEngine:
    """Return the node's engine as :mod:`payport.node.process` makes it, over what is simulated here."""
    note = replica.kept.note
    engine = CometBftEngine(application, replica.signer, replica.clock, replica.institution, Rpc(replica), note)
    engine.abci = FaultyAbci(application, replica.planted)
    engine.abci.skip_to(note.read(application.durable_height))
    return engine


def build_comet(replica: Replica) -> Comet:
    """Return the CometBFT beside a node; that of the liar lies."""
    return Liar(replica) if replica.number == replica.cluster.liar else Comet(replica)
