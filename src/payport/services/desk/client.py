"""The client of a desk: one method an operation, typed, with refusals as everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from payport.node.local_client import TIMEOUT_SECONDS, LocalClient
from payport.services.aliases.register import Alias, AliasStarted
from payport.services.branch import Request
from payport.services.cards.records import BoundCard, CardBound, EnrolmentStarted
from payport.services.desk.operations import UNKNOWN_DESK
from payport.services.desk.records import DepositBalance, DeskStatus, FundedPayment, Redeemed
from payport.services.messenger.inbox import Received
from payport.services.openings import AccountOpened
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payport.values.bindings import NewKey

DESK_UNREACHABLE: Final = RefusalCode(
    "desk_unreachable",
    RefusalClass.UNAVAILABLE,
    "The bank's own system does not answer just now; the same request may be sent again.",
    "银行系统暂时无响应，可重新发送相同请求。",
)
"""No answer within the time-out. Whether anything happened is not known; the same request has one effect."""

DESK_FAILED: Final = RefusalCode(
    "desk_failed",
    RefusalClass.UNAVAILABLE,
    "The bank's own system failed; the same request may be sent again.",
    "银行系统发生故障，可重新发送相同请求。",
)
"""An error of its program. Whether anything happened is not known; the same request has one effect."""

MALFORMED_DESKS: Final = RefusalCode(
    "malformed_desks",
    RefusalClass.MALFORMED,
    "The file of desks is not a JSON object of institutions and sockets.",
    "机构服务列表文件不是由机构和套接字组成的 JSON 对象。",
)
"""It maps the id of each institution to the path of its desk's socket."""

REFUSALS: Final = (DESK_UNREACHABLE, DESK_FAILED, MALFORMED_DESKS, UNKNOWN_DESK)
"""Refusals of this module."""

_STARTED: Final = msgspec.msgpack.Decoder(EnrolmentStarted)
_BOUND: Final = msgspec.msgpack.Decoder(CardBound)
_CARD: Final[msgspec.msgpack.Decoder[BoundCard | None]] = msgspec.msgpack.Decoder(BoundCard | None)
_OPENED: Final = msgspec.msgpack.Decoder(AccountOpened)
_PAYMENT: Final = msgspec.msgpack.Decoder(FundedPayment)
_MAYBE_PAYMENT: Final[msgspec.msgpack.Decoder[FundedPayment | None]] = msgspec.msgpack.Decoder(FundedPayment | None)
_REDEEMED: Final = msgspec.msgpack.Decoder(Redeemed)
_DEPOSITS: Final[msgspec.msgpack.Decoder[tuple[DepositBalance, ...]]] = msgspec.msgpack.Decoder(
    tuple[DepositBalance, ...]
)
_ALIAS_STARTED: Final = msgspec.msgpack.Decoder(AliasStarted)
_ALIAS: Final = msgspec.msgpack.Decoder(Alias)
_ALIASES: Final[msgspec.msgpack.Decoder[tuple[Alias, ...]]] = msgspec.msgpack.Decoder(tuple[Alias, ...])
_TIME_MS: Final = msgspec.msgpack.Decoder(int)
_BYTES: Final = msgspec.msgpack.Decoder(bytes)
_INBOX: Final[msgspec.msgpack.Decoder[tuple[Received, ...]]] = msgspec.msgpack.Decoder(tuple[Received, ...])
_STATUS: Final = msgspec.msgpack.Decoder(DeskStatus)
_SOCKETS: Final = msgspec.json.Decoder(dict[str, str])


class DeskLine(LocalClient):
    """A connection to a process of desks."""

    unreachable = DESK_UNREACHABLE
    failed = DESK_FAILED


class DeskClient:
    """Speaks to the desk of one institution."""

    def __init__(self, line: LocalClient, institution: str) -> None:
        """Speak to ``institution`` over ``line``, which desks of one process share."""
        self._line = line
        self.institution: Final = institution

    async def start_enrolment(self, request: Request, card_number: str, phone: str) -> EnrolmentStarted:
        """Begin to bind a card; raises what :meth:`EnrolmentService.start` raises and ``malformed_card_number``."""
        return await self._line.call(_STARTED, "start_enrolment", self.institution, request, card_number, phone)

    async def finish_enrolment(self, request: Request, enrolment: bytes, code: str, owner: NewKey) -> CardBound:
        """Bind it to a key; raises what :meth:`EnrolmentService.finish` raises."""
        return await self._line.call(_BOUND, "finish_enrolment", self.institution, request, enrolment, code, owner)

    async def card(self, account: bytes) -> BoundCard | None:
        """Return the card an account was opened for."""
        return await self._line.call(_CARD, "card", self.institution, account)

    async def open_account(self, request: Request, account: bytes, category: str, owner: NewKey) -> AccountOpened:
        """Open an account without a card; raises what :meth:`Openings.open` raises."""
        return await self._line.call(_OPENED, "open_account", self.institution, request, account, category, owner)

    async def pay(self, envelope: bytes) -> FundedPayment:
        """Execute a purchase or transfer; raises what :meth:`FundingService.fund_and_submit` raises."""
        return await self._line.call(_PAYMENT, "pay", self.institution, envelope)

    async def payment(self, payment_id: bytes) -> FundedPayment | None:
        """Return how a payment stands that needed funding."""
        return await self._line.call(_MAYBE_PAYMENT, "payment", self.institution, payment_id)

    async def redeem(self, envelope: bytes) -> Redeemed:
        """Execute a redemption; raises what :meth:`RedemptionService.redeem_and_credit` raises."""
        return await self._line.call(_REDEEMED, "redeem", self.institution, envelope)

    async def deposits(self, account: bytes) -> tuple[DepositBalance, ...]:
        """Return what the customer has at the bank; raises ``unknown_customer``, ``core_unavailable``."""
        return await self._line.call(_DEPOSITS, "deposits", self.institution, account)

    async def start_alias(self, request: Request, account: bytes, alias: str) -> AliasStarted:
        """Send a code to an alias; raises what :meth:`AliasRegister.start` raises."""
        return await self._line.call(_ALIAS_STARTED, "start_alias", self.institution, request, account, alias)

    async def finish_alias(self, request: Request, account: bytes, alias_request: bytes, code: str) -> Alias:
        """Let it stand for the account; raises what :meth:`AliasRegister.finish` raises."""
        return await self._line.call(_ALIAS, "finish_alias", self.institution, request, account, alias_request, code)

    async def set_alias_account(self, request: Request, account: bytes, alias: str, new_account: bytes) -> Alias:
        """Let it stand for another account of its holder; raises what :meth:`AliasRegister.point_to` raises."""
        return await self._line.call(
            _ALIAS, "set_alias_account", self.institution, request, account, alias, new_account
        )

    async def erase_alias(self, request: Request, account: bytes, alias: str) -> int:
        """Remove it, and return when; raises what :meth:`AliasRegister.erase` raises."""
        return await self._line.call(_TIME_MS, "erase_alias", self.institution, request, account, alias)

    async def aliases(self, account: bytes) -> tuple[Alias, ...]:
        """Return the aliases of the holder of an account."""
        return await self._line.call(_ALIASES, "aliases", self.institution, account)

    async def answer_alias(self, alias: str) -> bytes:
        """Return a signed answer, for an alias that nobody has too; raises ``malformed_address``."""
        return await self._line.call(_BYTES, "answer_alias", self.institution, alias)

    async def inbox(self, address: str) -> tuple[Received, ...]:
        """Return the newest messages to an address; raises ``not_a_sandbox``."""
        return await self._line.call(_INBOX, "inbox", self.institution, address)

    async def status(self) -> DeskStatus:
        """Return how the books stood when they were last compared."""
        return await self._line.call(_STATUS, "status", self.institution)


class DeskDirectory:
    """The desks a port knows, by institution."""

    def __init__(self, sockets: Mapping[str, Path], timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Speak to these; those of one socket share a connection."""
        self._lines = {path: DeskLine(path, timeout_seconds) for path in set(sockets.values())}
        self._desks = {name: DeskClient(self._lines[path], name) for name, path in sockets.items()}

    @classmethod
    def read(cls, file: Path, timeout_seconds: float = TIMEOUT_SECONDS) -> DeskDirectory:
        """Read a file of desks; raises ``malformed_desks``."""
        try:
            found = _SOCKETS.decode(file.read_bytes())
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            MALFORMED_DESKS.refuse(str(file))
        return cls({name: Path(path) for name, path in found.items()}, timeout_seconds)

    @property
    def institutions(self) -> tuple[str, ...]:
        """Ids of the institutions that have a desk, ascending."""
        return tuple(sorted(self._desks))

    def at(self, institution: str) -> DeskClient:
        """Return the desk of an institution; raises ``unknown_desk``."""
        found = self._desks.get(institution)
        if found is None:
            UNKNOWN_DESK.refuse(institution)
        return found

    async def close(self) -> None:
        """End the connections."""
        for line in self._lines.values():
            await line.close()
