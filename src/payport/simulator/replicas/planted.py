"""The one thing the simulation changes in a node: an exception is planted in what looks at proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payport.consensus.abci import AbciApplication

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payport.consensus.application import Application


class PlantedError(Exception):
    """Stands for a mistake in the program that some proposal reaches at one node."""


class FaultyAbci(AbciApplication):
    """The node's application, in which reading a batch of a proposal raises now and then."""

    def __init__(self, application: Application, planted: Callable[[], bool]) -> None:
        """Drive ``application``; ``planted`` is asked at each batch of a proposal whether to raise."""
        super().__init__(application)
        self._planted = planted
        self._looks = False

    def process_proposal(self, batches: Sequence[bytes]) -> bool:
        """Answer whether to vote for a proposal."""
        self._looks = True
        try:
            return super().process_proposal(batches)
        finally:
            self._looks = False

    def _read(self, batch: bytes) -> Any:  # noqa: ANN401 - what it returns is the base's own
        if self._looks and self._planted():
            raise PlantedError
        return super()._read(batch)
