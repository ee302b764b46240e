"""How a network does, as one sees it from this machine: what runs, how far each node is, and whether all agree."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from payport.consensus.cometbft.rpc import EngineRpc
from payport.network import processes
from payport.network.plan import MemberFolder
from payport.node.client import NodeClient
from payport.proof.commitment import commitment_hash
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.consensus.contract import EngineStatus
    from payport.network.plan import Card, NetworkFolder

NOT_READY: Final = RefusalCode(
    "network_not_ready",
    RefusalClass.UNAVAILABLE,
    "A process of the network did not become ready; `payport network logs` tells why.",
    "网络中有进程未能就绪；请用 payport network logs 查看原因。",
)
"""It ended, or took too long; what runs goes on running."""

REFUSALS: Final = (NOT_READY,)
"""Refusals of this module."""

ASK_SECONDS: Final = 3.0
"""How long a process may take to say how it is."""

LOOK_SECONDS: Final = 0.2
"""How often one that is starting is asked."""


class MemberState(msgspec.Struct, frozen=True):
    """How a member does."""

    institution: str
    """Its id."""
    running: tuple[str, ...]
    """Processes that run, in their order."""
    height: int | None
    """Last block of its ledger that is proven; ``None`` where the node does not answer."""
    time_ms: int | None
    """Block time of the last block it executed."""
    app_hash: str | None
    """Hash of its commitment to the last block it executed, and the height of that."""
    executed_height: int | None
    """Height of the last block it executed."""
    engine_height: int | None
    """Last block its CometBFT decided."""
    peers: int | None
    """CometBFTs it is connected to."""
    catching_up: bool | None
    """Whether its CometBFT is still fetching blocks."""
    url: str
    """Address of its port."""
    healthy: bool
    """Whether its port says that it is well."""
    protocol_known: int | None
    """Newest version of the rules that the program its node runs knows."""
    protocol_decided: int | None
    """Newest version that the members decided on, as far as it knows."""
    protocol_from_height: int | None
    """First block that version is in force."""

    @property
    def well(self) -> bool:
        """Whether everything of it runs and answers."""
        return self.healthy and self.peers is not None and len(self.running) == len(processes.IN_ORDER)


def url_of(folder: MemberFolder) -> str:
    """Return the address of a member's port."""
    settings = folder.read_settings()
    return f"http://{settings.gateway_address}:{settings.gateway_port}"


async def look(network: NetworkFolder, card: Card) -> MemberState:
    """Return how a member of this machine does."""
    folder = network.member(card.institution)
    running = processes.running(folder)
    status, (engine_height, peers, catching_up), healthy = await asyncio.gather(
        _node(folder), _engine(folder), _port(url_of(folder))
    )
    return MemberState(
        institution=card.institution,
        running=tuple(process for process in processes.IN_ORDER if process in running),
        height=None if status is None else status.height,
        time_ms=None if status is None else status.time_ms,
        app_hash=None if status is None else commitment_hash(status.commitment_bytes).hex(),
        executed_height=None if status is None else status.executed_height,
        engine_height=engine_height,
        peers=peers,
        catching_up=catching_up,
        url=url_of(folder),
        healthy=healthy,
        protocol_known=None if status is None else status.protocol_known,
        protocol_decided=None if status is None else status.protocol_decided,
        protocol_from_height=None if status is None else status.protocol_from_height,
    )


async def wait_ready(
    folder: MemberFolder, process: str, seconds: float, *, quorum: bool = True, tell: Callable[[], None] | None = None
) -> None:
    """Return once a process answers; raises ``network_not_ready``. Without a ``quorum`` the engine need not decide."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        if await _answers(folder, process, quorum=quorum):
            return
        if process not in processes.running(folder):
            NOT_READY.refuse(f"{process} of {folder.path.name} ended; the last it said is in {folder.log(process)}")
        if asyncio.get_running_loop().time() > deadline:
            NOT_READY.refuse(f"{process} of {folder.path.name} did not answer within {seconds:g} s")
        if tell is not None:
            tell()
        await asyncio.sleep(LOOK_SECONDS)


async def _answers(folder: MemberFolder, process: str, *, quorum: bool) -> bool:
    match process:
        case processes.NODE:
            return await _node(folder) is not None
        case processes.ENGINE:
            height = (await _engine(folder))[0]
            return height is not None and (height > 0 or not quorum)
        case processes.GATEWAY:
            return await _port(url_of(folder))
        case _:
            return True


async def _node(folder: MemberFolder) -> EngineStatus | None:
    client = NodeClient(folder.socket, timeout_seconds=ASK_SECONDS)
    try:
        return await client.status()
    except Refusal:
        return None
    finally:
        await client.close()


async def _engine(folder: MemberFolder) -> tuple[int | None, int | None, bool | None]:
    rpc = EngineRpc(folder.rpc)
    try:
        async with asyncio.timeout(ASK_SECONDS):
            sync = (await rpc.ask("status"))["sync_info"]
            peers = (await rpc.ask("net_info"))["n_peers"]
    except (Refusal, TimeoutError):
        return None, None, None
    finally:
        await rpc.close()
    return int(sync["latest_block_height"]), int(peers), bool(sync["catching_up"])


async def _port(url: str) -> bool:
    async with httpx.AsyncClient(base_url=url, timeout=ASK_SECONDS) as client:
        with contextlib.suppress(httpx.HTTPError):
            return (await client.get("/v1/health")).status_code == httpx.codes.OK
    return False
