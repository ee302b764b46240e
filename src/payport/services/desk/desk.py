"""One institution's desk: its services, its standing jobs, and how its books stand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from payport.institutions.funding import FundingService
from payport.institutions.reconcile import StandingJob
from payport.institutions.redemption import RedemptionService
from payport.services.aliases.register import AliasRegister
from payport.services.attempts import forget_attempts
from payport.services.cards.enrolment import EnrolmentService
from payport.services.cards.records import EnrolmentState
from payport.services.desk.records import BookDifference, DeskStatus
from payport.services.limits import CLEAN_SECONDS, COMPARE_SECONDS, KEPT_UNFINISHED_MS, SETTLE_SECONDS
from payport.services.once import forget_old
from payport.services.openings import Openings
from payport.services.tables import ALIAS_REQUESTS, CODES, ENROLMENTS, KEYS
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from payport.institutions.reconcile import Report
    from payport.services.branch import Branch

_log = structlog.get_logger(__name__)


class Desk:
    """Answers for one institution."""

    def __init__(self, branch: Branch) -> None:
        """Work for ``branch``; one process of an institution does."""
        self.branch: Final = branch
        self.funding: Final = FundingService(branch.bridge)
        self.redemption: Final = RedemptionService(branch.bridge)
        self.openings: Final = Openings(branch)
        self.enrolment: Final = EnrolmentService(branch, self.openings)
        self.aliases: Final = AliasRegister(branch)
        self._job: Final = StandingJob(branch.bridge, self.funding, self.redemption)
        self._status = DeskStatus(
            branch.bridge.own.id, 0, 0, at_rest=False, open_fundings=0, open_redemptions=0, differences=()
        )

    @property
    def status(self) -> DeskStatus:
        """How the books stood when they were last compared."""
        return self._status

    async def run(self) -> None:
        """Settle, compare and clean, again and again until cancelled."""
        async with asyncio.TaskGroup() as jobs:
            for work, seconds in (
                (self.settle, SETTLE_SECONDS),
                (self.compare, COMPARE_SECONDS),
                (self.clean, CLEAN_SECONDS),
            ):
                jobs.create_task(self._again(work, seconds))

    async def settle(self) -> None:
        """Read new blocks, and take up everything that is open once."""
        await self.branch.bridge.book.catch_up()
        await self._job.settle_open()
        for opening in await self.openings.open_ones():
            await self.openings.settle(opening.account)
        for enrolment in await self.enrolment.open_ones():
            await self.enrolment.settle(enrolment.id)

    async def compare(self) -> None:
        """Compare the books of core, journal and ledger, and say what differs that did not before."""
        self._tell(await self._job.compare())

    async def clean(self) -> None:
        """Remove what is past: old requests, counts of past hours, what nobody finished."""
        database, now_ms = self.branch.database, self.branch.clock()
        await forget_old(database.writer, KEYS, now_ms)
        before_ms = now_ms - KEPT_UNFINISHED_MS
        async with database.writer.begin() as connection:
            await forget_attempts(connection, now_ms)
            unfinished = ENROLMENTS.c.state == EnrolmentState.STARTED.value
            await connection.execute(delete(ENROLMENTS).where(unfinished, ENROLMENTS.c.started_at_ms < before_ms))
            await connection.execute(delete(ALIAS_REQUESTS).where(ALIAS_REQUESTS.c.started_at_ms < before_ms))
            old = CODES.c.expires_at_ms < before_ms
            used = select(ENROLMENTS.c.id).union(select(ALIAS_REQUESTS.c.id))
            await connection.execute(delete(CODES).where(old, CODES.c.id.not_in(used)))

    async def _again(self, work: Callable[[], Awaitable[None]], pause_seconds: float) -> None:
        """Do ``work`` until cancelled; who does not answer (node, core, a busy database) is asked again."""
        institution = self.branch.bridge.own.id
        while True:
            try:
                await work()
            except Refusal as refusal:
                _log.warning(
                    "job refused", institution=institution, job=work.__name__, code=refusal.code, detail=refusal.detail
                )
            except SQLAlchemyError as error:
                _log.warning("job refused", institution=institution, job=work.__name__, code=type(error).__name__)
            await asyncio.sleep(pause_seconds)

    def _tell(self, report: Report) -> None:
        differences = tuple(
            BookDifference(each.kind, each.asset, each.key, each.amount_minor, each.detail)
            for each in report.differences
        )
        for each in set(differences) - set(self._status.differences):
            _log.warning(
                "books differ",
                institution=self.branch.bridge.own.id,
                kind=each.kind,
                asset=each.asset,
                transaction=None if each.transaction_id is None else each.transaction_id.hex(),
                amount_minor=each.amount_minor,
                detail=each.detail,
            )
        self._status = DeskStatus(
            institution=self.branch.bridge.own.id,
            compared_at_ms=self.branch.clock(),
            height=report.height,
            at_rest=report.at_rest,
            open_fundings=report.open_fundings,
            open_redemptions=report.open_redemptions,
            differences=differences,
        )
