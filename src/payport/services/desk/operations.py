"""The table of operations of a desk: what each takes, and what it answers. The first argument names the institution.

Every operation may be called again with the same arguments and has one effect: those that move money by their signed
bytes, the others by their request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from payport.institutions.card_numbers import MAX_TYPED_CHARACTERS, CardNumber
from payport.node.operations import Operation, operation_of
from payport.services.branch import Request
from payport.services.desk.records import DepositBalance, FundedPayment, Redeemed
from payport.services.limits import MAX_ADDRESS_CHARACTERS
from payport.services.messenger.address import read_address
from payport.services.messenger.inbox import SandboxInbox
from payport.values.bindings import NewKey
from payport.values.identifiers import AccountId, InstitutionId, MerchantCategory, TransactionId
from payport.values.limits import MAX_ENVELOPE_BYTES
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.services.desk.desk import Desk

UNKNOWN_DESK: Final = RefusalCode(
    "unknown_desk",
    RefusalClass.NOT_FOUND,
    "This institution is not served here.",
    "此处不提供该机构的服务。",
)
"""The process has no desk of this name, or the port knows of none."""

NOT_A_SANDBOX: Final = RefusalCode(
    "not_a_sandbox",
    RefusalClass.NOT_FOUND,
    "This institution sends real messages; there is no inbox to look into.",
    "该机构发送真实消息，没有可查看的收件箱。",
)
"""Only the sandbox keeps what it sends."""

REFUSALS: Final = (UNKNOWN_DESK, NOT_A_SANDBOX)
"""Refusals of this module."""

Encoded = Annotated[bytes, msgspec.Meta(max_length=MAX_ENVELOPE_BYTES)]
"""A signed transaction."""

Typed = Annotated[str, msgspec.Meta(max_length=MAX_ADDRESS_CHARACTERS)]
"""A phone number or e-mail address as it was typed."""

TypedCode = Annotated[str, msgspec.Meta(max_length=16)]
"""A one-time code as it was typed."""

RequestId = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
"""Id of an enrolment or of an alias request."""


class Desks:
    """The desks of one process."""

    def __init__(self, desks: dict[str, Desk]) -> None:
        """Answer for these institutions."""
        self._desks: Final = desks

    def at(self, institution: str) -> Desk:
        """Return the desk of an institution; raises ``unknown_desk``."""
        found = self._desks.get(institution)
        if found is None:
            UNKNOWN_DESK.refuse(institution)
        return found


async def start_enrolment(
    desks: Desks,
    institution: InstitutionId,
    request: Request,
    card_number: Annotated[str, msgspec.Meta(max_length=MAX_TYPED_CHARACTERS)],
    phone: Typed,
) -> object:
    """Begin to bind a card; answers :class:`payport.services.cards.records.EnrolmentStarted`."""
    return await desks.at(institution).enrolment.start(request, CardNumber(card_number), phone)


async def finish_enrolment(
    desks: Desks, institution: InstitutionId, request: Request, enrolment: RequestId, code: TypedCode, owner: NewKey
) -> object:
    """Bind it; answers :class:`payport.services.cards.records.CardBound`."""
    return await desks.at(institution).enrolment.finish(request, enrolment, code, owner)


async def card(desks: Desks, institution: InstitutionId, account: AccountId) -> object:
    """Answer the card an account was opened for, or nil."""
    return await desks.at(institution).enrolment.card(account)


async def open_account(
    desks: Desks,
    institution: InstitutionId,
    request: Request,
    account: AccountId,
    category: MerchantCategory,
    owner: NewKey,
) -> object:
    """Open an account without a card; answers :class:`payport.services.openings.AccountOpened`."""
    return await desks.at(institution).openings.open(request, account, category, owner)


async def pay(desks: Desks, institution: InstitutionId, envelope: Encoded) -> object:
    """Execute a purchase or transfer, funded from the deposit where the account does not cover it."""
    found = await desks.at(institution).funding.fund_and_submit(envelope)
    return FundedPayment(found.payment_id, found.code, found.funded_minor, found.state)


async def payment(desks: Desks, institution: InstitutionId, payment_id: TransactionId) -> object:
    """Answer how a payment stands that was funded or is being funded, or nil."""
    found = await desks.at(institution).branch.bridge.journal.funding(payment_id)
    return None if found is None else FundedPayment(found.payment_id, found.code, found.funded_minor, found.state)


async def redeem(desks: Desks, institution: InstitutionId, envelope: Encoded) -> object:
    """Execute a redemption, and credit the deposit."""
    found = await desks.at(institution).redemption.redeem_and_credit(envelope)
    return Redeemed(found.redeem_id, found.code, found.state)


async def deposits(desks: Desks, institution: InstitutionId, account: AccountId) -> object:
    """Answer what the customer of an account has at the bank, by asset."""
    found = await desks.at(institution).branch.bridge.core.deposits(account)
    return tuple(DepositBalance(*each) for each in found)


async def start_alias(
    desks: Desks, institution: InstitutionId, request: Request, account: AccountId, alias: Typed
) -> object:
    """Send a code to an alias; answers :class:`payport.services.aliases.register.AliasStarted`."""
    return await desks.at(institution).aliases.start(request, account, alias)


async def finish_alias(
    desks: Desks,
    institution: InstitutionId,
    request: Request,
    account: AccountId,
    alias_request: RequestId,
    code: TypedCode,
) -> object:
    """Let it stand for the account; answers :class:`payport.services.aliases.register.Alias`."""
    return await desks.at(institution).aliases.finish(request, account, alias_request, code)


async def set_alias_account(
    desks: Desks,
    institution: InstitutionId,
    request: Request,
    account: AccountId,
    alias: Typed,
    new_account: AccountId,
) -> object:
    """Let an alias of the holder stand for another of his accounts; answers the alias."""
    return await desks.at(institution).aliases.point_to(request, account, alias, new_account)


async def erase_alias(
    desks: Desks, institution: InstitutionId, request: Request, account: AccountId, alias: Typed
) -> object:
    """Remove an alias of the holder; answers when that was."""
    return await desks.at(institution).aliases.erase(request, account, alias)


async def aliases(desks: Desks, institution: InstitutionId, account: AccountId) -> object:
    """Answer the aliases of the holder of an account."""
    return await desks.at(institution).aliases.of(account)


async def answer_alias(desks: Desks, institution: InstitutionId, alias: Typed) -> object:
    """Answer the signed bytes of :class:`payport.values.aliases.SignedAliasAnswer`, also for an alias nobody has."""
    return await desks.at(institution).aliases.answer(alias)


async def inbox(desks: Desks, institution: InstitutionId, address: Typed) -> object:
    """Answer the newest messages to an address; the sandbox's alone. Raises ``not_a_sandbox``."""
    messenger = desks.at(institution).branch.messenger
    if not isinstance(messenger, SandboxInbox):
        NOT_A_SANDBOX.refuse()
    return await messenger.read(read_address(address))


async def status(desks: Desks, institution: InstitutionId) -> object:
    """Answer how the institution's books stood when they were last compared."""
    return desks.at(institution).status


def _table(*calls: Callable[..., object]) -> dict[str, Operation]:
    names = {**globals(), "Desks": object}
    return {call.__name__: operation_of(call, names) for call in calls}


OPERATIONS: Final[dict[str, Operation]] = _table(
    start_enrolment,
    finish_enrolment,
    card,
    open_account,
    pay,
    payment,
    redeem,
    deposits,
    start_alias,
    finish_alias,
    set_alias_account,
    erase_alias,
    aliases,
    answer_alias,
    inbox,
    status,
)
"""Every operation by its name on the wire."""
