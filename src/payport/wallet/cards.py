"""Cards in the wallet: bound by the bank's one-time code, listed, paid from; and payees found by phone number."""

from __future__ import annotations

import re
import time
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec

from payport.values.refusals import RefusalClass, RefusalCode
from payport.wallet import aliases, card_records, flows, records
from payport.wallet.own_account import OwnAccount
from payport.wallet.sign import build, sign

if TYPE_CHECKING:
    from payport.wallet.flows import Flow
    from payport.wallet.keys import SigningKey

NO_CODE_RECEIVED: Final = RefusalCode(
    "no_code_received",
    RefusalClass.NOT_FOUND,
    "The sandbox's inbox holds no message with a one-time code for this address.",
    "沙箱收件箱中没有发往该地址的验证码。",
)
"""Begin first; real banks send to real phones, and show no inbox."""

REFUSALS: Final = (NO_CODE_RECEIVED,)
"""Refusals of this module."""

_CODE: Final = re.compile(r"\b[0-9]{6}\b")


def _request(method: str, path: str, session: records.Session, body: dict[str, Any] | None = None) -> flows.Request:
    return flows.Request(method, path, body, token=session.token, idempotency_key=str(uuid.uuid4()))


def begin_card(
    session: records.Session, institution: str, card_number: str, phone: str
) -> Flow[card_records.BegunCard]:
    """Have a card's bank send its one-time code to the phone registered there."""
    body = {"institution": institution, "card_number": card_number, "phone": phone}
    return (yield from flows.make(_request("POST", "/cards/enrolments", session, body), card_records.BegunCard))


def sandbox_code(institution: str, address: str) -> Flow[str]:
    """Read the newest one-time code from a sandbox bank's inbox; raises ``no_code_received``."""
    request = flows.Request("GET", f"/sandbox/{institution}/inbox", query={"address": address})
    inbox = yield from flows.ask(request, card_records.Inbox)
    for message in inbox.messages:
        if found := _CODE.search(message.text):
            return found[0]
    NO_CODE_RECEIVED.refuse(address)


def bind_card(session: records.Session, begun: card_records.BegunCard, code: str, key: SigningKey) -> Flow[OwnAccount]:
    """Bind a card to a key of this phone: the bank opens an account that this key alone owns."""
    network = yield from flows.network()
    proven = key.prove_possession(network.chain_id, bytes.fromhex(begun.account))
    owner = msgspec.to_builtins(msgspec.structs.asdict(proven))
    body = {"institution": begun.institution, "enrolment": begun.enrolment, "code": code, "owner": owner}
    bound = yield from flows.make(_request("POST", "/cards", session, body), card_records.BoundCard)
    return OwnAccount(network.chain_id, bytes.fromhex(bound.account), bound.view_key, key)


def list_cards(session: records.Session) -> Flow[list[card_records.Card]]:
    """Ask for the cards of all banks, with what is on the ledger and what the banks hold."""
    found = yield from flows.ask(flows.Request("GET", "/cards", token=session.token), card_records.CardList)
    return found.cards


def pay_by_card(own: OwnAccount, code: records.Code, amount_minor: int | None = None) -> Flow[records.Executed]:
    """Pay what a code asks for; what the account does not hold, its bank funds from the deposit."""
    fields = {
        "merchant": bytes.fromhex(code.account),
        "asset": code.asset,
        "amount_minor": flows.amount_of(code, amount_minor),
        "order": None if code.order is None else code.order.encoded,
    }
    return (yield from _send(own, "/payments", "purchase/1", fields))


def transfer_by_card(own: OwnAccount, payee: bytes, amount_minor: int, asset: str = "CNY") -> Flow[records.Executed]:
    """Send money; what the account does not hold, its bank funds from the deposit."""
    fields = {"payee": payee, "asset": asset, "amount_minor": amount_minor}
    return (yield from _send(own, "/transfers", "transfer/1", fields))


def _send(own: OwnAccount, route: str, kind: str, fields: dict[str, Any]) -> Flow[records.Executed]:
    envelope = sign(build(own.chain_id, kind, own.account, **fields), own.key)
    (executed,) = yield from flows.submit([envelope], route=route)
    return executed


def begin_alias(own: OwnAccount, alias: str) -> Flow[card_records.BegunAlias]:
    """Have the account's bank send a one-time code to a phone or mailbox that shall stand for the account."""
    path = f"/accounts/{own.account.hex()}/aliases"
    request = flows.Request("POST", path, {"alias": alias}, token=own.access_token(), idempotency_key=str(uuid.uuid4()))
    return (yield from flows.make(request, card_records.BegunAlias))


def confirm_alias(own: OwnAccount, begun: card_records.BegunAlias, code: str) -> Flow[card_records.Alias]:
    """Register it with the code; whoever had it before has it no more."""
    path, body = f"/accounts/{own.account.hex()}/aliases/confirm", {"request": begun.request, "code": code}
    request = flows.Request("POST", path, body, token=own.access_token(), idempotency_key=str(uuid.uuid4()))
    return (yield from flows.make(request, card_records.Alias))


def find_payee(own: OwnAccount, alias: str, pins: aliases.Pins) -> Flow[card_records.Payee]:
    """Ask who stands behind an alias, verify the bank's signature, and hold the answer against what was pinned.

    Raises what :func:`payport.wallet.aliases.verify` finds wrong, and ``alias_changed``. A number that nobody has is
    answered too, for an account that does not exist: paying it is refused.
    """
    members = yield from flows.ask(flows.Request("GET", "/network/institutions"), list[card_records.Institution])
    request = flows.Request("POST", "/aliases/resolve", {"alias": alias}, token=own.access_token())
    told = yield from flows.ask(request, card_records.LookedUp)
    known = {each.institution: each for each in members}.get(told.institution)
    if known is None:
        flows.ANSWER_UNREADABLE.refuse(told.institution)
    keys = aliases.InstitutionKeys(known.institution, frozenset(map(bytes.fromhex, known.keys)), known.threshold)
    now_ms = time.time_ns() // 1_000_000
    answer = aliases.verify(told.answer, told.alias, own.chain_id, keys, now_ms)
    pins.accept(told.alias, answer)
    return card_records.Payee(answer.account, answer.institution, answer.masked_name)
