"""Refusals as ``application/problem+json`` (RFC 9457): one status per class, one sentence per code in two languages."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.routes import HTTPRoute
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from payport.consensus.contract import BUSY, ENGINE_UNREACHABLE
from payport.database.engines import DATABASE_UNAVAILABLE
from payport.gateway.rates import TOO_MANY_REQUESTS, TooOften
from payport.history.verified import UNPROVEN_BLOCK
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping


PROBLEM_JSON: Final = "application/problem+json"
"""Media type of every refusal."""

STATUS: Final[dict[RefusalClass, int]] = {
    RefusalClass.MALFORMED: HTTPStatus.BAD_REQUEST,
    RefusalClass.UNAUTHORISED: HTTPStatus.FORBIDDEN,
    RefusalClass.NOT_FOUND: HTTPStatus.NOT_FOUND,
    RefusalClass.CONFLICT: HTTPStatus.CONFLICT,
    RefusalClass.INSUFFICIENT: HTTPStatus.PAYMENT_REQUIRED,
    RefusalClass.LIMIT: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalClass.EXPIRED: HTTPStatus.GONE,
    RefusalClass.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The one mapping of a refusal's class to a status; HTTP's own refusals have those of HTTP."""

RETRY_SECONDS: Final = 1
"""What ``Retry-After`` says where the network cannot take something just now."""

MALFORMED_REQUEST: Final = RefusalCode(
    "malformed_request",
    RefusalClass.MALFORMED,
    "The request does not have the form this route asks for.",
    "请求格式不符合该接口的要求。",
)
"""A field is missing, unknown, of another type or beyond its limit; ``detail`` names it."""

UNKNOWN_ROUTE: Final = RefusalCode(
    "unknown_route", RefusalClass.NOT_FOUND, "The port has no such route.", "该接口不存在。"
)
"""Path or method are not in the reference at ``/docs``."""

INTERNAL_ERROR: Final = RefusalCode(
    "internal_error",
    RefusalClass.UNAVAILABLE,
    "The port failed; whether a payment was made is told by sending the same bytes again.",
    "服务内部错误；可用相同内容重新提交以确认交易结果。",
)
"""An error of the program; it is logged and counted."""

REQUEST_TOO_LARGE: Final = RefusalCode(
    "request_too_large",
    RefusalClass.MALFORMED,
    "The body of the request is larger than this route takes.",
    "请求内容超过该接口允许的大小。",
)
"""Nothing of it was read further than the limit."""

UNSUPPORTED_MEDIA_TYPE: Final = RefusalCode(
    "unsupported_media_type",
    RefusalClass.MALFORMED,
    "The body of the request is not of the media type this route takes.",
    "请求内容的媒体类型不受该接口支持。",
)
"""``Content-Type`` must say what the reference names."""

REQUEST_TOO_SLOW: Final = RefusalCode(
    "request_too_slow",
    RefusalClass.MALFORMED,
    "The body of the request did not arrive in time.",
    "请求内容未能及时到达。",
)
"""Nothing of it was used."""

PORT_BUSY: Final = RefusalCode(
    "port_busy",
    RefusalClass.UNAVAILABLE,
    "This port has more requests under way than it takes; send the same again shortly.",
    "该接口正在处理的请求过多，请稍后重试。",
)
"""Nothing of the request was looked at."""

REFUSALS: Final = (
    MALFORMED_REQUEST,
    UNKNOWN_ROUTE,
    INTERNAL_ERROR,
    REQUEST_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    REQUEST_TOO_SLOW,
    PORT_BUSY,
)
"""Refusals of this module."""

_OWN_STATUS: Final = {
    BUSY.code: HTTPStatus.TOO_MANY_REQUESTS,
    PORT_BUSY.code: HTTPStatus.TOO_MANY_REQUESTS,
    REQUEST_TOO_SLOW.code: HTTPStatus.REQUEST_TIMEOUT,
    INTERNAL_ERROR.code: HTTPStatus.INTERNAL_SERVER_ERROR,
    REQUEST_TOO_LARGE.code: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE.code: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    TOO_MANY_REQUESTS.code: HTTPStatus.TOO_MANY_REQUESTS,
}

_BY_STATUS: Final = {
    HTTPStatus.NOT_FOUND: UNKNOWN_ROUTE,
    HTTPStatus.METHOD_NOT_ALLOWED: UNKNOWN_ROUTE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: REQUEST_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: UNSUPPORTED_MEDIA_TYPE,
}

MAX_LANGUAGES: Final = 20
"""Languages of one header that are looked at."""

_AGAIN: Final = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})
"""Statuses that say when to try again."""

_PARTS: Final = re.compile(r"(\{[^}]*\})")

_LANGUAGE: Final = re.compile(r"(zh|en)(?:-[a-z0-9-]*)?(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")
"""A language this port speaks, and how much it is wanted."""

_log = structlog.get_logger(__name__)


class Executed(msgspec.Struct, frozen=True):
    """What became of one transaction."""

    id: str
    """Its id, 64 hexadecimal digits."""
    outcome: str
    """``committed``, ``pending``, or the code of a refusal."""
    final: bool
    """Whether these bytes can never have another outcome."""
    height: int | None = None
    """Block it was executed in."""
    leaf_index: int | None = None
    """Index of its outcome leaf in that block."""
    time_ms: int | None = None
    """Block time, in milliseconds since the Unix epoch."""
    repeated: bool = False
    """Whether it had been executed before, so that nothing happened now."""
    valid_until_ms: int | None = None
    """Last block time at which it can execute; told while it is not final."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 problem details with the members of the port."""

    type: str
    """Where the code is explained."""
    title: str
    """A sentence for people, in the language asked for (``Accept-Language``: ``zh`` or ``en``)."""
    status: int
    """The HTTP status."""
    code: str
    """Stable code of the refusal."""
    detail: str | None = None
    """Which value broke the rule."""
    final: bool | None = None
    """Whether the transaction can never have another outcome; only where one was sent."""
    transactions: list[Executed] | None = None
    """What became of each member; only where a transaction or group was sent."""


def status_of(reason: RefusalCode) -> int:
    """Return the status a refusal is answered with."""
    return int(_OWN_STATUS.get(reason.code, STATUS[reason.refusal_class]))


def takes(media_type: str) -> Callable[[Request[Any, Any, Any]], Awaitable[None]]:
    """Return what refuses ``unsupported_media_type`` before a handler whose body is called anything else."""

    async def look(request: Request[Any, Any, Any]) -> None:
        said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if said != media_type:
            await request.body()  # read, so that the connection can be used again
            UNSUPPORTED_MEDIA_TYPE.refuse(f"send {media_type}")

    return look


def problem_type(code: str) -> str:
    """Return where a code is explained."""
    return f"/docs/refusals#{code}"


def sentence(reason: RefusalCode, accept_language: str) -> str:
    """Return the refusal's sentence in the language asked for."""
    wanted = (_LANGUAGE.match(each.strip().lower()) for each in accept_language.split(",")[:MAX_LANGUAGES])
    ranked = sorted(((-float(each[2] or 1), place, each[1]) for place, each in enumerate(wanted) if each))
    spoken = [language for weight, _, language in ranked if weight < 0]
    return reason.zh if spoken and spoken[0] == "zh" else reason.en


class Reply(NamedTuple):
    """An answer before it is written: the framework writes some, the short way in front of it others."""

    content: msgspec.Struct
    """What the body tells."""
    status: int = HTTPStatus.OK
    """The HTTP status."""
    media_type: str = MediaType.JSON
    """Media type of the body."""
    headers: Mapping[str, str] = {}
    """Headers of this answer, beside those that every answer carries."""

    def response(self) -> Response[Any]:
        """Return it for the framework to write."""
        return Response(self.content, status_code=self.status, media_type=self.media_type, headers=self.headers)


def refused(
    reason: RefusalCode,
    accept_language: str,
    detail: str = "",
    *,
    status: int | None = None,
    transactions: list[Executed] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Return the answer that tells a refusal, in the language asked for."""
    status = int(status_of(reason) if status is None else status)
    problem = Problem(
        type=problem_type(reason.code),
        title=sentence(reason, accept_language),
        status=status,
        code=reason.code,
        detail=detail[:500] or None,
        final=None if transactions is None else all(each.final for each in transactions),
        transactions=transactions,
    )
    retry = {"Retry-After": str(RETRY_SECONDS)} if status in _AGAIN else {}
    return Reply(problem, status, PROBLEM_JSON, {**retry, **(headers or {})})


def answer(
    request: Request[Any, Any, Any],
    reason: RefusalCode,
    detail: str = "",
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """Return the answer that tells a refusal of a request."""
    return refused(reason, language_of(request), detail, status=status, headers=headers).response()


def language_of(request: Request[Any, Any, Any]) -> str:
    """Return the languages a request asks for."""
    return request.headers.get("accept-language", "")


def refused_as(refusal: Refusal, accept_language: str) -> Reply:
    """Return the answer that tells a refusal as it was raised."""
    headers = None
    if isinstance(refusal, TooOften):
        headers = {"Retry-After": str(refusal.wait_seconds)}
    elif refusal.code == REQUEST_TOO_SLOW.code:
        headers = {"Connection": "close"}  # the rest of the body is not read
    return refused(refusal.reason, accept_language, refusal.detail, headers=headers)


def tell_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """Answer a refusal raised in a handler."""
    return refused_as(refusal, language_of(request)).response()


def tell_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer what the framework refuses: an unknown route, or a request of the wrong form."""
    status = HTTPStatus(error.status_code)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return tell_failure(request, error)
    headers = {}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": _allowed(request)}
    elif status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers = {"Connection": "close"}  # the rest of the body is not read
    reason = _BY_STATUS.get(status, MALFORMED_REQUEST)
    return answer(request, reason, _describe(error), status=status, headers=headers)


def _allowed(request: Request[Any, Any, Any]) -> str:
    """Return the methods of the route at the request's path."""
    for route in request.app.routes:
        pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in _PARTS.split(route.path))
        if isinstance(route, HTTPRoute) and re.fullmatch(pattern, request.scope["path"]):
            return ", ".join(sorted(route.methods))
    return ""


def _describe(error: HTTPException) -> str:
    """Return which fields were wrong, without the values that were sent."""
    extra = getattr(error, "extra", None)
    if isinstance(extra, list):
        return "; ".join(
            f"{each.get('key', '')}: {each.get('message', '')}".removesuffix(": 'data'").strip(": ")
            for each in extra[:10]
        )
    return error.detail if error.status_code != HTTPStatus.NOT_FOUND else ""


def tell_no_connection(request: Request[Any, Any, Any], _error: PoolTimeoutError) -> Response[Problem]:
    """Answer while more callers wait for the database than it can serve."""
    return answer(request, DATABASE_UNAVAILABLE)


def tell_too_deep(request: Request[Any, Any, Any], _error: RecursionError) -> Response[Any]:
    """Answer a body nested more deeply than anything this port takes."""
    return answer(request, MALFORMED_REQUEST, "nested too deeply")


def tell_not_text(request: Request[Any, Any, Any], _error: UnicodeDecodeError) -> Response[Any]:
    """Answer a body that is not the UTF-8 it must be."""
    return answer(request, MALFORMED_REQUEST, "not UTF-8")


def tell_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer an error of the program."""
    return failed(request.method, request.scope["path"], language_of(request), error).response()


def failed(method: str, path: str, accept_language: str, error: Exception) -> Reply:
    """Return the answer to an error of the program, and log where it came from; neither query nor body is logged."""
    _log.error("request failed", method=method, path=path, exc_info=error)
    return refused(INTERNAL_ERROR, accept_language)


def refuses(*codes: RefusalCode) -> dict[int, ResponseSpec]:
    """Return the OpenAPI responses of a route from the refusals it may give."""
    by_status: dict[int, list[str]] = {}
    for reason in dict.fromkeys((INTERNAL_ERROR, MALFORMED_REQUEST, DATABASE_UNAVAILABLE, PORT_BUSY, *codes)):
        by_status.setdefault(status_of(reason), []).append(reason.code)
    return {
        status: ResponseSpec(
            Problem,
            generate_examples=False,
            description="Refused: " + ", ".join(f"`{code}`" for code in found),
            media_type=PROBLEM_JSON,
        )
        for status, found in sorted(by_status.items())
    }


BODY: Final = (REQUEST_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, REQUEST_TOO_SLOW)
"""Refusals of every route that takes a body."""

PROOF: Final = (UNPROVEN_BLOCK, ENGINE_UNREACHABLE)
"""Refusals of every route that reads a block with its proof."""

EXCEPTION_HANDLERS: Final[dict[Any, Any]] = {
    Refusal: tell_refusal,
    HTTPException: tell_http,
    PoolTimeoutError: tell_no_connection,
    RecursionError: tell_too_deep,
    UnicodeDecodeError: tell_not_text,
    Exception: tell_failure,
}
"""How everything raised in a handler is answered."""

assert set(STATUS) == set(RefusalClass), "every class has a status"
