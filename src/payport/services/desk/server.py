"""The desk's server: its operations on a unix socket, and nothing of a failure but its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from payport.node import logs
from payport.node.server import LocalServer
from payport.services.desk.operations import OPERATIONS, Desks

if TYPE_CHECKING:
    from pathlib import Path

DRAIN_SECONDS: Final = 10.0
"""How long operations under way may take after the signal to stop: as long as one waits for a node or a core."""

_log = structlog.get_logger(__name__)


class DeskServer(LocalServer):
    """Serves desks on a unix socket."""

    def __init__(self, desks: Desks, path: Path) -> None:
        """Serve ``desks`` on the socket ``path``."""
        super().__init__(desks, OPERATIONS, path, DRAIN_SECONDS)

    def describe(self, operation: str, error: Exception) -> str:
        """Tell the kind of an error, and log where it was raised: its text may hold what a customer typed."""
        _log.error("operation failed", operation=operation, **logs.kind_and_places(error))
        return type(error).__name__
