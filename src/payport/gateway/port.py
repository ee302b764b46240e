"""What every resource of the port works with: the line to the node, the index, and what this port takes for granted."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from payport.gateway.proven import ProvenSubmissions
from payport.node.gathering import Gathering
from payport.services.tables import KEYS

if TYPE_CHECKING:
    from payport.gateway.access.secrets import PortSecret
    from payport.gateway.database import Database
    from payport.gateway.finality import ProvenBlocks
    from payport.gateway.idempotent import Answers
    from payport.gateway.outbox import Outbox
    from payport.gateway.rates import Rates
    from payport.gateway.settings import Settings
    from payport.gateway.ticker import Ticker
    from payport.gateway.webhooks.worker import Webhooks
    from payport.history.index import HistoryIndex
    from payport.node.client import NodeClient
    from payport.proof.trust import Trust
    from payport.services.database import Database as HomeDatabase
    from payport.services.desk.client import DeskDirectory


def clock_ms() -> int:
    """Return the clock of the machine, in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


class Port:
    """The parts of one worker. A plain class: the framework hands it on as it is and looks into no field."""

    __slots__ = (
        "at_home",
        "blocks",
        "database",
        "desks",
        "followers",
        "gathering",
        "home",
        "index",
        "node",
        "outbox",
        "rates",
        "secret",
        "settings",
        "ticker",
        "webhooks",
    )

    def __init__(
        self,
        settings: Settings,
        node: NodeClient,
        index: HistoryIndex,
        blocks: ProvenBlocks,
        database: Database,
        rates: Rates,
        secret: PortSecret,
        outbox: Outbox,
        ticker: Ticker,
        desks: DeskDirectory,
        home: HomeDatabase,
        webhooks: Webhooks,
    ) -> None:
        """Take the parts."""
        self.settings = settings
        self.node = node
        self.gathering = Gathering(ProvenSubmissions(node, blocks))
        self.index = index
        self.blocks = blocks
        self.database = database
        self.rates = rates
        self.secret = secret
        self.outbox = outbox
        self.ticker = ticker
        self.desks = desks
        self.home = home
        self.at_home: Answers = (home.writer, KEYS)
        self.webhooks = webhooks
        self.followers: Counter[bytes] = Counter()

    @property
    def trust(self) -> Trust:
        """What blocks and receipts are verified against."""
        return self.blocks.trust
