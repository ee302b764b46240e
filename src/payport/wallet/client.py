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

from payport.wallet import account_keys, flows, pay_codes, records, reservations, trade
from payport.wallet.flows import Pause, Reply, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from types import TracebackType

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
                reply = Reply(answer.status_code, answer.content)
            except httpx.TransportError:
                continue

    network = _blocking(flows.network)
    resolve = _blocking(flows.resolve)
    pay = _blocking(flows.pay)
    transfer = _blocking(flows.transfer)
    refund = _blocking(flows.refund)
    submit = _blocking(flows.submit)
    status = _blocking(flows.status)
    account = _blocking(flows.account)
    statement = _blocking(flows.statement)
    authorise = _blocking(reservations.authorise)
    capture = _blocking(reservations.capture)
    release = _blocking(reservations.release)
    charge = _blocking(pay_codes.charge)
    offer = _blocking(trade.offer)
    take = _blocking(trade.take)
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
                reply = Reply(answer.status_code, answer.content)
            except httpx.TransportError:
                continue

    network = _awaited(flows.network)
    resolve = _awaited(flows.resolve)
    pay = _awaited(flows.pay)
    transfer = _awaited(flows.transfer)
    refund = _awaited(flows.refund)
    submit = _awaited(flows.submit)
    status = _awaited(flows.status)
    account = _awaited(flows.account)
    statement = _awaited(flows.statement)
    authorise = _awaited(reservations.authorise)
    capture = _awaited(reservations.capture)
    release = _awaited(reservations.release)
    charge = _awaited(pay_codes.charge)
    offer = _awaited(trade.offer)
    take = _awaited(trade.take)
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
