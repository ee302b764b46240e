"""Every conversation with the port, written once: a generator that yields requests and pauses and is sent replies.

:mod:`payport.wallet.client` drives them with blocking or asynchronous connections; tests drive them with neither.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import msgspec

from payport.ledger.reasons import reasons
from payport.proof.verify import Verdict, verify_receipt
from payport.values import envelopes
from payport.values.refusals import Refusal, RefusalClass, RefusalCode
from payport.wallet import records
from payport.wallet.sign import build, sign

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from payport.proof.trust import Trust
    from payport.wallet.keys import SigningKey
    from payport.wallet.own_account import OwnAccount

T = TypeVar("T")

PORT_UNREACHABLE: Final = RefusalCode(
    "port_unreachable", RefusalClass.UNAVAILABLE, "The port does not answer.", "服务端口无响应。"
)
"""Nothing was asked that has an effect."""

OUTCOME_UNKNOWN: Final = RefusalCode(
    "outcome_unknown",
    RefusalClass.UNAVAILABLE,
    "It is not known yet whether the payment was made; sending the same bytes again is safe.",
    "尚不确定交易是否成功；可安全地用相同内容重新提交。",
)
"""No final answer within the time-out. The detail names the id and the time after which it can no longer happen."""

ANSWER_UNREADABLE: Final = RefusalCode(
    "answer_unreadable",
    RefusalClass.UNAVAILABLE,
    "The port's answer is not what its reference says.",
    "服务端口返回的内容不符合约定。",
)
"""Something else than a port is there, or it is another version."""

NO_AMOUNT: Final = RefusalCode(
    "no_amount", RefusalClass.MALFORMED, "The code names no amount, so the payer must.", "该码未指定金额，请输入金额。"
)
"""A static code without amount."""

OTHER_AMOUNT: Final = RefusalCode(
    "other_amount",
    RefusalClass.MALFORMED,
    "The code asks for another amount than the one given.",
    "输入的金额与该码要求的金额不一致。",
)
"""A code that names its amount is paid with exactly that."""

REFUSALS: Final = (PORT_UNREACHABLE, OUTCOME_UNKNOWN, ANSWER_UNREADABLE, NO_AMOUNT, OTHER_AMOUNT)
"""Refusals of this module."""

SUBMIT_SECONDS: Final = 30.0
"""How long a submission is repeated before its outcome is called unknown."""

READ_SECONDS: Final = 10.0
"""How long a question is repeated while the port cannot answer."""

FIRST_PAUSE_SECONDS: Final = 0.05
"""Pause before the first repetition; it doubles."""

LONGEST_PAUSE_SECONDS: Final = 1.0
"""Longest pause between repetitions."""

PAGE: Final = 50
"""Lines of a page of a statement unless told otherwise."""

_OK: Final = 200
_DONE: Final = frozenset({200, 201, 204})
_ACCEPTED: Final = 202
_CLASSES: Final = {
    400: RefusalClass.MALFORMED,
    402: RefusalClass.INSUFFICIENT,
    403: RefusalClass.UNAUTHORISED,
    404: RefusalClass.NOT_FOUND,
    409: RefusalClass.CONFLICT,
    410: RefusalClass.EXPIRED,
    422: RefusalClass.LIMIT,
}
_MAY_HELP_TO_REPEAT: Final = frozenset({429, 500, 502, 503, 504})


class Request(NamedTuple):
    """What is to be sent."""

    method: str
    """HTTP method."""
    path: str
    """Path below ``/v1``."""
    json: Any = None
    """Body, as plain values."""
    query: dict[str, str] | None = None
    """Query parameters."""
    token: str | None = None
    """Access token, or that of a session."""
    idempotency_key: str | None = None
    """Key under which it may be sent again, where it makes something."""


class Reply(NamedTuple):
    """What came back."""

    status: int
    """HTTP status."""
    body: bytes
    """Body."""
    headers: Mapping[str, str] = {}
    """Headers; their names are looked up in any case of letters."""


class Pause(NamedTuple):
    """Time to let pass."""

    seconds: float
    """How long."""


if TYPE_CHECKING:
    Flow = Generator[Request | Pause, Reply | None, T]


def _refuse(reply: Reply) -> Refusal:
    """Return the refusal a reply tells."""
    try:
        problem = msgspec.json.decode(reply.body, type=records.Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Refusal(ANSWER_UNREADABLE, f"status {reply.status}")
    known = reasons().get(problem.code)
    if known is not None:
        return Refusal(known, problem.detail)
    # A code of a later network: its title is all there is, in whatever language the port told it.
    refusal_class = _CLASSES.get(reply.status, RefusalClass.UNAVAILABLE)
    return Refusal(RefusalCode(problem.code, refusal_class, problem.title, problem.title), problem.detail)


def decode(reply: Reply, into: type[T]) -> T:
    """Read the body of a reply; raises ``answer_unreadable``."""
    try:
        return msgspec.json.decode(reply.body, type=into)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        ANSWER_UNREADABLE.refuse(str(error)[:200])


def _pauses(seconds: float) -> Generator[Pause, None, None]:
    """Yield growing pauses until the time is over."""
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
    while time.monotonic() < deadline:
        yield Pause(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def ask(request: Request, into: type[T], repeat_on: frozenset[int] = frozenset()) -> Flow[T]:
    """Ask a question that has no effect, again while the port cannot answer; raises what it refuses."""
    reply = yield from ask_bytes(request, repeat_on)
    return decode(reply, into)


def ask_bytes(request: Request, repeat_on: frozenset[int] = frozenset()) -> Flow[Reply]:
    """Ask for something that is not JSON, again while the port cannot answer; raises what it refuses."""
    pauses = _pauses(READ_SECONDS)
    while True:
        reply = yield request
        if reply is not None and reply.status in _DONE:
            return reply
        again = reply is None or reply.status in _MAY_HELP_TO_REPEAT or reply.status in repeat_on
        pause = next(pauses, None) if again else None
        if pause is None:
            raise Refusal(PORT_UNREACHABLE) if reply is None else _refuse(reply)
        yield pause


def make(request: Request, into: type[T], repeat_on: frozenset[int] = frozenset()) -> Flow[T]:
    """Make something that is no money, by a request with an idempotency key; raises what the port refuses."""
    assert request.idempotency_key is not None, "without a key it could be made twice"
    reply = yield from ask_bytes(request, repeat_on)
    return decode(reply, into)


def submit(
    items: Sequence[bytes], timeout_seconds: float = SUBMIT_SECONDS, route: str = "/transactions"
) -> Flow[list[records.Executed]]:
    """Submit a transaction or group until its outcome is final; the same bytes have one effect however often sent.

    ``route`` is another one where the payer's bank shall fund what his account does not hold.

    Raises what the network refuses, and ``outcome_unknown``.
    """
    request = Request("POST", route, {"envelopes": [msgspec.to_builtins(each) for each in items]})
    ids = [envelopes.transaction_id(envelopes.read_envelope(each).body).hex() for each in items]
    pauses = _pauses(timeout_seconds)
    while True:
        reply = yield request
        if reply is not None and reply.status == _OK:
            submitted = decode(reply, records.Submitted)
            if [each.id for each in submitted.transactions] != ids:
                ANSWER_UNREADABLE.refuse("it is about other transactions")
            return submitted.transactions
        if reply is not None and reply.status != _ACCEPTED and reply.status not in _MAY_HELP_TO_REPEAT:
            raise _refuse(reply)
        pause = next(pauses, None)
        if pause is None:
            OUTCOME_UNKNOWN.refuse(ids[0])
        yield pause


def send(own: OwnAccount, kind: str, **fields: Any) -> Flow[records.Executed]:  # noqa: ANN401 - the verb's own fields
    """Build, sign and submit any verb of an account."""
    envelope = sign(build(own.chain_id, kind, own.account, **fields), own.key)
    (executed,) = yield from submit([envelope])
    return executed


def send_as(
    institution: str,
    chain_id: str,
    keys: Sequence[SigningKey],
    kind: str,
    **fields: Any,  # noqa: ANN401 - the verb's own fields
) -> Flow[records.Executed]:
    """Build, sign and submit any verb of an institution, by as many of its keys as its policy asks for."""
    envelope = sign(build(chain_id, kind, institution, **fields), *keys)
    (executed,) = yield from submit([envelope])
    return executed


def amount_of(code: records.Code, amount_minor: int | None) -> int:
    """Return what is to be paid; raises ``no_amount`` and ``other_amount``."""
    amount = code.amount_minor if amount_minor is None else amount_minor
    if amount is None:
        NO_AMOUNT.refuse()
    if code.amount_minor not in (None, amount):
        OTHER_AMOUNT.refuse(f"{code.amount_minor}")
    return amount


def pay(own: OwnAccount, code: records.Code, amount_minor: int | None = None) -> Flow[records.Executed]:
    """Pay what a code asks for; the amount is the payer's where the code names none."""
    amount = amount_of(code, amount_minor)
    return (
        yield from send(
            own,
            "purchase/1",
            merchant=bytes.fromhex(code.account),
            asset=code.asset,
            amount_minor=amount,
            order=None if code.order is None else code.order.encoded,
        )
    )


def transfer(own: OwnAccount, payee: bytes, amount_minor: int, asset: str = "CNY") -> Flow[records.Executed]:
    """Send money."""
    return (yield from send(own, "transfer/1", payee=payee, asset=asset, amount_minor=amount_minor))


def refund(own: OwnAccount, purchase_id: str, amount_minor: int) -> Flow[records.Executed]:
    """Refund a purchase this merchant was paid, in part or whole."""
    request = Request("GET", f"/receipts/{purchase_id}/purchase-proof", token=own.access_token())
    proof = yield from ask(request, records.PurchaseProof, frozenset({404}))
    return (yield from send(own, "refund/1", **msgspec.structs.asdict(proof), amount_minor=amount_minor))


def receipt(own: OwnAccount, transaction_id: str, trust: Trust) -> Flow[tuple[bytes, Verdict]]:
    """Fetch the receipt of a transaction and verify it here; raises what the verifier finds wrong."""
    request = Request("GET", f"/receipts/{transaction_id}", token=own.access_token())
    # The index follows the ledger by milliseconds, so a receipt may not be there at once.
    reply = yield from ask_bytes(request, frozenset({404}))
    verdict = verify_receipt(reply.body, trust)
    if verdict.transaction_id.hex() != transaction_id:
        ANSWER_UNREADABLE.refuse("the receipt is of another transaction")
    return reply.body, verdict


def resolve(text: str) -> Flow[records.Code]:
    """Ask what a scanned code wants."""
    return (yield from ask(Request("POST", "/codes/resolve", {"text": text}), records.Code))


def network() -> Flow[records.Network]:
    """Ask for the network."""
    return (yield from ask(Request("GET", "/network"), records.Network))


def blocks(api_key: str, after: int) -> Flow[records.BlockPage]:
    """Ask for the blocks after a height, as an auditor; what is in them is nowhere believed by this."""
    request = Request("GET", "/blocks", query={"after": str(after)}, token=api_key)
    return (yield from ask(request, records.BlockPage))


def account(own: OwnAccount) -> Flow[records.Account]:
    """Ask for an account and its balances."""
    return (yield from ask(Request("GET", f"/accounts/{own.account.hex()}", token=own.access_token()), records.Account))


def statement(
    own: OwnAccount,
    asset: str = "CNY",
    before: int | None = None,
    limit: int = PAGE,
    from_ms: int | None = None,
    until_ms: int | None = None,
) -> Flow[records.Statement]:
    """Ask for a page of a statement."""
    bounds = {"before": before, "from_ms": from_ms, "until_ms": until_ms}
    query = {"asset": asset, "limit": str(limit)}
    query |= {name: str(value) for name, value in bounds.items() if value is not None}
    request = Request("GET", f"/accounts/{own.account.hex()}/statement", query=query, token=own.access_token())
    return (yield from ask(request, records.Statement))


def status(transaction_id: str, valid_until_ms: int | None = None) -> Flow[records.Executed]:
    """Ask what became of a transaction."""
    query = None if valid_until_ms is None else {"valid_until_ms": str(valid_until_ms)}
    return (yield from ask(Request("GET", f"/transactions/{transaction_id}", query=query), records.Executed))
