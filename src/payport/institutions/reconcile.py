"""The standing job: settle what is open by asking the ledger, then compare the books and say where they differ.

Three books must agree for each asset: the core's network account (what the bank moved out), the journal (what was
settled), and the ledger's lines (what was issued less what was redeemed), which in turn must be the supply the ledger
keeps. Differences are reported, each with its transaction, and never repaired: what this job can settle it settles as
the services do, and what it cannot explain is for people.
"""

from __future__ import annotations

import asyncio
import enum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import structlog

from payport.institutions.contract import UNKNOWN_MOVEMENT, MovementState
from payport.institutions.journal import books
from payport.institutions.journal.records import OPEN_FUNDINGS, OPEN_REDEMPTIONS
from payport.institutions.limits import (
    JOB_PAUSE_SECONDS,
    MAX_DIFFERENCES,
    MAX_STATEMENT_LINES,
    SETTLED_AT_ONCE,
    SETTLED_SIDE_BY_SIDE,
)
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from payport.institutions.bridge import Bridge
    from payport.institutions.funding import FundingService
    from payport.institutions.redemption import RedemptionService

T = TypeVar("T")

_log = structlog.get_logger(__name__)

_SETTLED: Final = (MovementState.CONFIRMED, MovementState.CREDITED)


class DifferenceKind(enum.StrEnum):
    """How books can differ."""

    ISSUED_OUTSIDE = "issued_outside"
    """The ledger shows an issue of this institution that no funding asked for."""
    REDEEMED_UNNOTICED = "redeemed_unnoticed"
    """The ledger shows a redemption that the journal takes for refused, or has otherwise."""
    NOT_ON_LEDGER = "not_on_ledger"
    """The journal takes something for committed that no block shows."""
    ONLY_IN_CORE = "only_in_core"
    """The core has booked something the journal does not know, or another amount."""
    NOT_IN_CORE = "not_in_core"
    """The journal takes something for settled that the core has not booked."""
    NOT_SETTLED = "not_settled"
    """A funding or redemption stays open for a reason that waiting will not cure."""
    TOTALS_DIFFER = "totals_differ"
    """The totals of an asset differ."""


class Difference(NamedTuple):
    """One difference."""

    kind: DifferenceKind
    """How the books differ."""
    asset: str
    """Asset."""
    key: bytes | None
    """Transaction; ``None`` for totals."""
    amount_minor: int
    """Amount in minor units, positive where money moved out; for totals how much more the core has moved out."""
    detail: str
    """Code of a refusal, or what was compared; never a name."""


class Book(NamedTuple):
    """One asset in every book, in minor units; positive where money is out on the network."""

    asset: str
    """Asset."""
    core_minor: int
    """Balance of the core's network account."""
    journal_minor: int
    """Settled fundings less settled redemptions."""
    ledger_minor: int
    """Issued less redeemed, by the verified blocks that were read."""
    supply_minor: int
    """The same, by the ledger's own record of the supply."""

    @property
    def is_equal(self) -> bool:
        """Whether all agree."""
        return self.core_minor == self.journal_minor == self.ledger_minor == self.supply_minor


class Report(NamedTuple):
    """What one round of the job found."""

    height: int
    """Last block that was read."""
    at_rest: bool
    """Whether nothing was open or moved while the books were read; totals can be compared at rest only."""
    open_fundings: int
    """Fundings that are not settled."""
    open_redemptions: int
    """Redemptions that are not settled."""
    books: tuple[Book, ...]
    """Every asset in every book."""
    differences: tuple[Difference, ...]
    """What differs; not more than ``MAX_DIFFERENCES``."""

    @property
    def is_clean(self) -> bool:
        """Whether everything is settled and all books agree."""
        return self.at_rest and not self.differences


class _Still(NamedTuple):
    """What must not change while the books are compared."""

    fundings: int
    redemptions: int
    journal: dict[str, int]


class StandingJob:
    """Settles, compares and reports, for one institution."""

    def __init__(self, bridge: Bridge, funding: FundingService, redemption: RedemptionService) -> None:
        """Work over ``bridge`` with the services that share it."""
        self._bridge = bridge
        self._funding = funding
        self._redemption = redemption

    async def run(self, tell: Callable[[Report], None], pause_seconds: float = JOB_PAUSE_SECONDS) -> None:
        """Do a round again and again until cancelled; ``tell`` is given every report.

        A round that ends in a refusal (no node, no core) is said in the log and tried again; it makes no report.
        """
        while True:
            try:
                tell(await self.round())
            except Refusal as refusal:
                _log.warning("no reconciliation", code=refusal.code, detail=refusal.detail)
            await asyncio.sleep(pause_seconds)

    async def round(self) -> Report:
        """Settle what can be settled, then compare; raises refusals of node, core and proof."""
        await self._bridge.book.catch_up()
        await self.settle_open()
        return await self.compare()

    async def settle_open(self) -> None:
        """Take up every open funding and redemption once."""
        journal = self._bridge.journal
        fundings = await journal.open_fundings(SETTLED_AT_ONCE)
        while fundings:
            await _side_by_side(fundings, self._funding.settle)
            fundings = await journal.open_fundings(SETTLED_AT_ONCE, fundings[-1])
        redemptions = await journal.open_redemptions(SETTLED_AT_ONCE)
        while redemptions:
            await _side_by_side(redemptions, self._redemption.settle)
            redemptions = await journal.open_redemptions(SETTLED_AT_ONCE, redemptions[-1])

    async def compare(self) -> Report:
        """Read every book and name what differs. Changes nothing but how far the ledger has been read."""
        engine = self._bridge.journal.engine
        # What is committed while we look is not read yet, so a row counts only if it is missing before and after.
        missing_before = await books.not_on_ledger(engine, MAX_DIFFERENCES)
        before = await self._still()
        core_minor, differences = await self._walk_core(set(before.journal))
        read_minor, supply_minor, still = await self._read_ledger()
        missing_after = {each.key for each in await books.not_on_ledger(engine, MAX_DIFFERENCES)}
        after = await self._still()
        at_rest = still and before == after and (after.fundings, after.redemptions) == (0, 0)
        assets = sorted({*core_minor, *after.journal, *read_minor})
        rows = tuple(
            Book(
                asset,
                core_minor.get(asset, 0),
                after.journal.get(asset, 0),
                read_minor.get(asset, 0),
                supply_minor.get(asset, 0),
            )
            for asset in assets
        )
        missing = [each for each in missing_before if each.key in missing_after]
        differences += _named(DifferenceKind.NOT_ON_LEDGER, missing)
        outside = await books.issued_outside(engine, MAX_DIFFERENCES)
        differences += _named(DifferenceKind.ISSUED_OUTSIDE, outside)
        unnoticed = await books.redeemed_unnoticed(engine, MAX_DIFFERENCES)
        differences += _named(DifferenceKind.REDEEMED_UNNOTICED, unnoticed)
        differences += _named(DifferenceKind.NOT_SETTLED, await books.troubled(engine, MAX_DIFFERENCES))
        if at_rest and any(not book.is_equal for book in rows):
            differences += await self._missing_in_core()
            differences += [_of_totals(book) for book in rows if not book.is_equal]
        height = (await self._bridge.journal.progress()).height
        return Report(height, at_rest, after.fundings, after.redemptions, rows, tuple(differences[:MAX_DIFFERENCES]))

    async def _still(self) -> _Still:
        engine = self._bridge.journal.engine
        fundings, redemptions = await books.open_counts(
            engine, [state.value for state in OPEN_FUNDINGS], [state.value for state in OPEN_REDEMPTIONS]
        )
        return _Still(fundings, redemptions, await books.sums(engine))

    async def _walk_core(self, assets: set[str]) -> tuple[dict[str, int], list[Difference]]:
        """Walk the statements of the network account; return balances, and lines the journal does not account for."""
        engine, core = self._bridge.journal.engine, self._bridge.core
        balances: dict[str, int] = {}
        differences: list[Difference] = []
        for asset in sorted(assets | await self._ledger_assets()):
            cursor, more = 0, True
            while more:
                page = await core.statement(None, asset, cursor, MAX_STATEMENT_LINES)
                more = page.more
                # Read after the page: the journal decides before the core books, so no line is ahead of it.
                known = await books.expected(engine, [line.key for line in page.lines if line.key is not None])
                for line in page.lines:
                    cursor, balances[asset] = line.cursor, line.balance_minor
                    found = None if line.key is None else known.get(line.key)
                    if found is None or (found.amount_minor, found.asset) != (line.amount_minor, asset):
                        detail = "unknown" if found is None else f"journal has {found.amount_minor} {found.asset}"
                        kind = DifferenceKind.ONLY_IN_CORE
                        differences.append(Difference(kind, asset, line.key, line.amount_minor, detail))
        return balances, differences

    async def _ledger_assets(self) -> set[str]:
        return set(await books.ledger_sums(self._bridge.journal.engine))

    async def _read_ledger(self) -> tuple[dict[str, int], dict[str, int], bool]:
        """Return by asset what the blocks say and what the supply says, and whether nothing changed in between."""
        bridge = self._bridge
        await bridge.book.catch_up()
        first_minor = await books.ledger_sums(bridge.journal.engine)
        supply_minor = {asset: await bridge.view.outstanding_minor(bridge.own.id, asset) for asset in first_minor}
        await bridge.book.catch_up()
        second_minor = await books.ledger_sums(bridge.journal.engine)
        return second_minor, supply_minor, first_minor == second_minor

    async def _missing_in_core(self) -> list[Difference]:
        """Return what the journal takes for settled and the core has not booked."""
        engine, core = self._bridge.journal.engine, self._bridge.core
        found: list[Difference] = []
        keys = await books.settled_keys(engine, b"", MAX_STATEMENT_LINES)
        while keys and len(found) < MAX_DIFFERENCES:
            known = await books.expected(engine, keys)
            for key in keys:
                try:
                    state: str = (await core.status(key)).state
                except Refusal as refusal:
                    if refusal.code != UNKNOWN_MOVEMENT.code:
                        raise
                    state = refusal.code
                if state not in _SETTLED:
                    due = known[key]
                    found.append(Difference(DifferenceKind.NOT_IN_CORE, due.asset, key, due.amount_minor, state))
            keys = await books.settled_keys(engine, keys[-1], MAX_STATEMENT_LINES)
        return found


async def _side_by_side(rows: Iterable[T], settle: Callable[[T], Awaitable[T]]) -> None:
    """Settle rows, a few at once; what one raises ends the round after the others have had their turn."""
    turn = asyncio.Semaphore(SETTLED_SIDE_BY_SIDE)

    async def one(row: T) -> None:
        async with turn:
            await settle(row)

    results = await asyncio.gather(*(one(row) for row in rows), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _named(kind: DifferenceKind, rows: list[books.Unmatched]) -> list[Difference]:
    return [Difference(kind, row.asset, row.key, row.amount_minor, row.trouble) for row in rows]


def _of_totals(book: Book) -> Difference:
    detail = f"journal {book.journal_minor}, blocks {book.ledger_minor}, supply {book.supply_minor}"
    more_minor = book.core_minor - book.ledger_minor
    return Difference(DifferenceKind.TOTALS_DIFFER, book.asset, None, more_minor, detail)
