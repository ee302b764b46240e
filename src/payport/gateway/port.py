"""What every resource of the port works with: the line to the node, the index, and what this port takes for granted."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from payport.node.gathering import Gathering

if TYPE_CHECKING:
    from payport.gateway.finality import ProvenBlocks
    from payport.gateway.outbox import Outbox
    from payport.gateway.ticker import Ticker
    from payport.history.index import HistoryIndex
    from payport.node.client import NodeClient
    from payport.proof.trust import Trust


def clock_ms() -> int:
    """Return the clock of the machine, in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


class Port:
    """The parts of one worker. A plain class: the framework hands it on as it is and looks into no field."""

    __slots__ = ("blocks", "followers", "gathering", "index", "node", "outbox", "ticker", "trust")

    def __init__(
        self,
        node: NodeClient,
        index: HistoryIndex,
        trust: Trust,
        blocks: ProvenBlocks,
        outbox: Outbox,
        ticker: Ticker,
    ) -> None:
        """Take the parts: line to the node, index, whom to trust, verified blocks, outbox, and who tells of growth."""
        self.node = node
        self.gathering = Gathering(node)
        self.index = index
        self.trust = trust
        self.blocks = blocks
        self.outbox = outbox
        self.ticker = ticker
        self.followers: Counter[bytes] = Counter()
