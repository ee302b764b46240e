"""The port over HTTP, blocking (:class:`Client`) or asynchronous (:class:`AsyncClient`): drivers of the same flows.

A lost reply is no lost payment: the same signed bytes are sent again until the outcome is final.
"""

from __future__ import annotations

import asyncio
import functools
import time
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, Self, TypeVar

import httpx
import msgspec

from payport.wallet import account_keys, activity, cards, customers, flows, pay_codes, records, reservations, trade
from payport.wallet.flows import Pause, Reply, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from types import TracebackType

    from payport.proof.statement import StatementVerdict
    from payport.proof.trust import Trust
    from payport.proof.verify import Verdict
    from payport.wallet.flows import Flow
    from payport.wallet.own_account import OwnAccount

P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_SECONDS: Final = 10.0
"""How long one request may take."""

SILENCE_SECONDS: Final = 40.0
"""How long a stream of events may be silent before it is opened again; the port breaks every silence sooner."""


def _sent(request: Request) -> dict[str, Any]:
    """Return a request as the HTTP library takes it."""
    headers = {} if request.token is None else {"Authorization": f"Bearer {request.token}"}
    if request.idempotency_key is not None:
        headers["Idempotency-Key"] = request.idempotency_key
    return {"method": request.method, "url": "/v1" + request.path, "json": request.json, "params": request.query} | {
        "headers": headers
    }


def _stream(own: OwnAccount, after: int) -> dict[str, Any]:
    request = Request("GET", f"/accounts/{own.account.hex()}/events", None, {"after": str(after)}, own.access_token())
    return _sent(request) | {"timeout": httpx.Timeout(TIMEOUT_SECONDS, read=SILENCE_SECONDS)}


def _event(line: str) -> records.Event | None:
    """Return the event of one line of the stream, if it holds one."""
    name, _, value = line.partition(": ")
    return msgspec.json.decode(value, type=records.Event) if name == "data" and value else None


def _blocking(flow: Callable[P, Flow[T]]) -> Callable[Concatenate[Client, P], T]:
    """Return the flow as a method of :class:`Client`."""

    @functools.wraps(flow)
    def method(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.run(flow(*args, **kwargs))

    return method


def _awaited(flow: Callable[P, Flow[T]]) -> Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, T]]:
    """Return the flow as a method of :class:`AsyncClient`."""

    @functools.wraps(flow)
    async def method(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.run(flow(*args, **kwargs))

    return method


class Client:
    """The port, blocking. Use as a context manager."""

    def __init__(self, url: str, trust: Trust, http: httpx.Client | None = None) -> None:
        """Speak to the port at ``url`` and believe receipts by ``trust``."""
        self.trust: Final = trust
        self._http = http or httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    def run(self, flow: Flow[T]) -> T:
        """Drive a flow to its end."""
        reply: Reply | None = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as ended:
                found: T = ended.value
                return found
            reply = None
            if isinstance(step, Pause):
                time.sleep(step.seconds)
                continue
            try:
                answer = self._http.request(**_sent(step))
                reply = Reply(answer.status_code, answer.content, answer.headers)
            except httpx.TransportError:
                continue

    network = _blocking(flows.network)
    blocks = _blocking(flows.blocks)
    resolve = _blocking(flows.resolve)
    pay = _blocking(flows.pay)
    transfer = _blocking(flows.transfer)
    refund = _blocking(flows.refund)
    submit = _blocking(flows.submit)
    status = _blocking(flows.status)
    sign_up = _blocking(customers.sign_up)
    sign_in = _blocking(customers.sign_in)
    add_key = _blocking(customers.add_key)
    customer = _blocking(customers.customer)
    link = _blocking(customers.link)
    linked_account = _blocking(customers.account)
    begin_card = _blocking(cards.begin_card)
    sandbox_code = _blocking(cards.sandbox_code)
    bind_card = _blocking(cards.bind_card)
    list_cards = _blocking(cards.list_cards)
    pay_by_card = _blocking(cards.pay_by_card)
    transfer_by_card = _blocking(cards.transfer_by_card)
    begin_alias = _blocking(cards.begin_alias)
    confirm_alias = _blocking(cards.confirm_alias)
    find_payee = _blocking(cards.find_payee)
    account = _blocking(flows.account)
    statement = _blocking(flows.statement)
    payments = _blocking(activity.payments)
    payment = _blocking(activity.payment)
    transfers = _blocking(activity.transfers)
    refunds = _blocking(activity.refunds)
    refundable = _blocking(activity.refundable)
    holds = _blocking(activity.holds)
    hold = _blocking(activity.hold)
    board = _blocking(activity.board)
    show_offer = _blocking(activity.offer)
    offers = _blocking(activity.offers)
    keep_order = _blocking(activity.keep_order)
    order = _blocking(activity.order)
    statement_table = _blocking(activity.statement_table)
    share_receipt = _blocking(activity.share_receipt)
    revoke_link = _blocking(activity.revoke_link)
    authorise = _blocking(reservations.authorise)
    capture = _blocking(reservations.capture)
    capture_hold = _blocking(reservations.capture_hold)
    release = _blocking(reservations.release)
    release_hold = _blocking(reservations.release_hold)
    charge = _blocking(pay_codes.charge)
    deposit_pay_code = _blocking(pay_codes.deposit_pay_code)
    find_pay_code = _blocking(pay_codes.find_pay_code)
    offer = _blocking(trade.offer)
    take = _blocking(trade.take)
    take_offer = _blocking(trade.take_offer)
    cancel = _blocking(trade.cancel)
    bind_session_key = _blocking(account_keys.bind_session_key)
    set_limit = _blocking(account_keys.set_limit)
    revoke_key = _blocking(account_keys.revoke_key)
    veto_recovery = _blocking(account_keys.veto_recovery)
    send = _blocking(flows.send)
    send_as = _blocking(flows.send_as)

    def receipt(self, own: OwnAccount, transaction_id: str) -> tuple[bytes, Verdict]:
        """Return a receipt file, verified here, and what it proves."""
        return self.run(flows.receipt(own, transaction_id, self.trust))

    def statement_files(
        self, own: OwnAccount, asset: str = "CNY", from_ms: int | None = None, until_ms: int | None = None
    ) -> tuple[list[bytes], StatementVerdict]:
        """Return the files that prove a statement, verified here, and what they prove."""
        return self.run(activity.statement_files(own, self.trust, asset, from_ms, until_ms))

    def events(self, own: OwnAccount, after: int) -> Iterator[records.Event]:
        """Yield what happens to an account after an event's sequence number, across lost connections, without end."""
        while True:
            try:
                with self._http.stream(**_stream(own, after)) as answer:
                    answer.raise_for_status()
                    for line in answer.iter_lines():
                        if (event := _event(line)) is not None:
                            after = event.sequence
                            yield event
            except httpx.TransportError:
                time.sleep(flows.FIRST_PAUSE_SECONDS)


class AsyncClient:
    """The port, asynchronous. Use as an asynchronous context manager."""

    def __init__(self, url: str, trust: Trust, http: httpx.AsyncClient | None = None) -> None:
        """Speak to the port at ``url`` and believe receipts by ``trust``."""
        self.trust: Final = trust
        self._http = http or httpx.AsyncClient(base_url=url, timeout=TIMEOUT_SECONDS)

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def run(self, flow: Flow[T]) -> T:
        """Drive a flow to its end."""
        reply: Reply | None = None
        while True:
            try:
                step = flow.send(reply)
            except StopIteration as ended:
                found: T = ended.value
                return found
            reply = None
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                continue
            try:
                answer = await self._http.request(**_sent(step))
                reply = Reply(answer.status_code, answer.content, answer.headers)
            except httpx.TransportError:
                continue

    network = _awaited(flows.network)
    blocks = _awaited(flows.blocks)
    resolve = _awaited(flows.resolve)
    pay = _awaited(flows.pay)
    transfer = _awaited(flows.transfer)
    refund = _awaited(flows.refund)
    submit = _awaited(flows.submit)
    status = _awaited(flows.status)
    sign_up = _awaited(customers.sign_up)
    sign_in = _awaited(customers.sign_in)
    add_key = _awaited(customers.add_key)
    customer = _awaited(customers.customer)
    link = _awaited(customers.link)
    linked_account = _awaited(customers.account)
    begin_card = _awaited(cards.begin_card)
    sandbox_code = _awaited(cards.sandbox_code)
    bind_card = _awaited(cards.bind_card)
    list_cards = _awaited(cards.list_cards)
    pay_by_card = _awaited(cards.pay_by_card)
    transfer_by_card = _awaited(cards.transfer_by_card)
    begin_alias = _awaited(cards.begin_alias)
    confirm_alias = _awaited(cards.confirm_alias)
    find_payee = _awaited(cards.find_payee)
    account = _awaited(flows.account)
    statement = _awaited(flows.statement)
    payments = _awaited(activity.payments)
    payment = _awaited(activity.payment)
    transfers = _awaited(activity.transfers)
    refunds = _awaited(activity.refunds)
    refundable = _awaited(activity.refundable)
    holds = _awaited(activity.holds)
    hold = _awaited(activity.hold)
    board = _awaited(activity.board)
    show_offer = _awaited(activity.offer)
    offers = _awaited(activity.offers)
    keep_order = _awaited(activity.keep_order)
    order = _awaited(activity.order)
    statement_table = _awaited(activity.statement_table)
    share_receipt = _awaited(activity.share_receipt)
    revoke_link = _awaited(activity.revoke_link)
    authorise = _awaited(reservations.authorise)
    capture = _awaited(reservations.capture)
    capture_hold = _awaited(reservations.capture_hold)
    release = _awaited(reservations.release)
    release_hold = _awaited(reservations.release_hold)
    charge = _awaited(pay_codes.charge)
    deposit_pay_code = _awaited(pay_codes.deposit_pay_code)
    find_pay_code = _awaited(pay_codes.find_pay_code)
    offer = _awaited(trade.offer)
    take = _awaited(trade.take)
    take_offer = _awaited(trade.take_offer)
    cancel = _awaited(trade.cancel)
    bind_session_key = _awaited(account_keys.bind_session_key)
    set_limit = _awaited(account_keys.set_limit)
    revoke_key = _awaited(account_keys.revoke_key)
    veto_recovery = _awaited(account_keys.veto_recovery)
    send = _awaited(flows.send)
    send_as = _awaited(flows.send_as)

    async def receipt(self, own: OwnAccount, transaction_id: str) -> tuple[bytes, Verdict]:
        """Return a receipt file, verified here, and what it proves."""
        return await self.run(flows.receipt(own, transaction_id, self.trust))

    async def statement_files(
        self, own: OwnAccount, asset: str = "CNY", from_ms: int | None = None, until_ms: int | None = None
    ) -> tuple[list[bytes], StatementVerdict]:
        """Return the files that prove a statement, verified here, and what they prove."""
        return await self.run(activity.statement_files(own, self.trust, asset, from_ms, until_ms))

    async def events(self, own: OwnAccount, after: int) -> AsyncIterator[records.Event]:
        """Yield what happens to an account after an event's sequence number, across lost connections, without end."""
        while True:
            try:
                async with self._http.stream(**_stream(own, after)) as answer:
                    answer.raise_for_status()
                    async for line in answer.aiter_lines():
                        if (event := _event(line)) is not None:
                            after = event.sequence
                            yield event
            except httpx.TransportError:
                await asyncio.sleep(flows.FIRST_PAUSE_SECONDS)
