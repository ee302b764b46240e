"""Answers for what a web app is made of: from memory, in front of the framework, never from the path asked for.

An address below the app that is no file of it is a place inside the app where a browser wants a page, and nothing where
anything else is wanted.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.gateway.apps.folder import START
from payport.gateway.counted import count
from payport.gateway.exchange import CLOSE, body_length, write_reply
from payport.gateway.problems import UNKNOWN_ROUTE, refused
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from granian.rsgi import Headers, HTTPProtocol, Scope

    from payport.gateway.apps.folder import AppFile, Form

APP_NOT_BUILT: Final = RefusalCode(
    "app_not_built",
    RefusalClass.NOT_FOUND,
    "This port serves no such app: it was started without a built one.",
    "该接口未提供此应用：启动时没有已构建的应用。",
)
"""The routes of the port are not concerned."""

REFUSALS: Final = (APP_NOT_BUILT,)
"""Refusals of this module."""

HOW_TO_BUILD: Final = "run `make wallet`, or name the folder of built apps with --apps; then start the port again"
"""What whoever runs the port does about it."""

POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of an app: nothing of another host. The scanner is WebAssembly, and components have styles of
their own."""

SAFETY: Final = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
)
"""Headers of every file: the camera is this app's own, and no page of another origin gets hold of its window."""

FOR_EVER: Final = "public, max-age=31536000, immutable"
"""For how long a file is kept whose name tells its content."""

ASK_AGAIN: Final = "no-cache"
"""How every other file is kept: to be asked for again, which costs an empty answer while it is the same."""

MAX_ENCODINGS: Final = 20
"""Encodings of one header that are looked at."""

READING: Final = frozenset({"GET", "HEAD"})
"""Methods that files have."""

_HTML: Final = "text/html"
_ROUTE: Final = "{file}"


class _Answer(NamedTuple):
    """One form of a file, ready to be sent."""

    form: Form
    headers: list[tuple[str, str]]


class App:
    """One app at one place of the port."""

    def __init__(self, place: str, files: Mapping[str, AppFile] | None) -> None:
        """Serve ``files`` below ``place``, which begins and ends with a slash; ``None`` where the app is not built."""
        assert place[0] == place[-1] == "/", place
        self.place: Final = place
        self.is_there: Final = files is not None
        self._route = place + _ROUTE
        self._answers = {
            place + path: [_ready(file, form) for form in file.forms] for path, file in (files or {}).items()
        }
        if files is not None:
            self._answers[place] = self._answers[place + START]

    def answer(self, scope: Scope, protocol: HTTPProtocol, path: str) -> None:
        """Answer a request for ``path``, which begins with the place of this app, or is it without the last slash."""
        begun = time.perf_counter()
        method, headers = scope.method, scope.headers
        ending = [] if body_length(headers) == 0 else [CLOSE]  # a body is not read
        if not self.is_there:
            status = _refuse(protocol, headers, APP_NOT_BUILT, HOW_TO_BUILD, ending)
        elif method not in READING:
            allow = [("allow", ", ".join(sorted(READING))), *ending]
            status = _refuse(protocol, headers, UNKNOWN_ROUTE, "", allow, HTTPStatus.METHOD_NOT_ALLOWED)
        elif len(path) < len(self.place):
            status = redirect(protocol, self.place, scope.query_string)
        else:
            found = self._answers.get(path) or (self._answers[self.place] if wants_page(headers) else None)
            if found is None:
                status = _refuse(protocol, headers, UNKNOWN_ROUTE, "", ending)
            else:
                status = _send(protocol, headers, _chosen(found, headers), ending, has_body=method == "GET")
        if method in READING:
            count(method, self._route, status, begun)


class Apps:
    """Every app of a port."""

    def __init__(self, wallet: App) -> None:
        """Serve the wallet, which is where a person who only knows the port's address is led."""
        self._wallet = wallet
        self._bare = wallet.place.removesuffix("/")

    def answer(self, scope: Scope, protocol: HTTPProtocol, path: str) -> bool:
        """Answer a request for ``path`` if it concerns an app; tell whether it does."""
        if path.startswith(self._wallet.place) or path == self._bare:
            self._wallet.answer(scope, protocol, path)
            return True
        if path == "/" and self._wallet.is_there and scope.method in READING and wants_page(scope.headers):
            redirect(protocol, self._wallet.place, "")
            return True
        return False


def wants_page(headers: Headers) -> bool:
    """Tell whether a browser asks for a page to show, which scripts, workers and programs do not."""
    return _HTML in headers.get("accept", "").lower()


def redirect(protocol: HTTPProtocol, place: str, query: str) -> int:
    """Lead to another place of this port; returns the status."""
    where = f"{place}?{query}" if query else place
    headers = [("location", where), ("cache-control", "no-store"), ("vary", "accept"), *SAFETY]
    protocol.response_empty(HTTPStatus.TEMPORARY_REDIRECT, headers)
    return HTTPStatus.TEMPORARY_REDIRECT


def _ready(file: AppFile, form: Form) -> _Answer:
    """Return a form of a file with its headers, which are the same each time."""
    headers = [
        ("content-type", file.media_type),
        ("etag", form.etag),
        ("cache-control", FOR_EVER if file.never_changes else ASK_AGAIN),
        ("vary", "accept-encoding"),
        *SAFETY,
    ]
    if form.encoding:
        headers.append(("content-encoding", form.encoding))
    return _Answer(form, headers)


def _chosen(answers: list[_Answer], headers: Headers) -> _Answer:
    """Return the smallest form that the client reads."""
    if len(answers) > 1:
        wanted = _encodings(headers.get("accept-encoding", ""))
        return next(each for each in answers if not each.form.encoding or each.form.encoding in wanted)
    return answers[0]


def _encodings(header: str) -> set[str]:
    """Return the encodings a client reads (RFC 9110, 12.5.3); one of weight 0 is one that it does not."""
    found = set()
    for each in header.lower().split(",")[:MAX_ENCODINGS]:
        name, _, weight = each.partition(";")
        if not weight.replace(" ", "").startswith("q=0") or weight.strip(" q=0."):
            found.add(name.strip())
    return found


def _is_known(etag: str, headers: Headers) -> bool:
    """Tell whether the client has this form already (RFC 9110, 13.1.2)."""
    known = headers.get("if-none-match", "")
    return bool(known) and (known.strip() == "*" or etag in known)


def _send(
    protocol: HTTPProtocol, headers: Headers, answer: _Answer, ending: list[tuple[str, str]], *, has_body: bool
) -> int:
    """Send a form of a file, or that the client has it; returns the status."""
    if _is_known(answer.form.etag, headers):
        protocol.response_empty(HTTPStatus.NOT_MODIFIED, [*answer.headers, *ending])
        return HTTPStatus.NOT_MODIFIED
    if has_body:
        protocol.response_bytes(HTTPStatus.OK, [*answer.headers, *ending], answer.form.body)
    else:
        length = ("content-length", str(len(answer.form.body)))
        protocol.response_empty(HTTPStatus.OK, [*answer.headers, length, *ending])
    return HTTPStatus.OK


def _refuse(
    protocol: HTTPProtocol,
    headers: Headers,
    reason: RefusalCode,
    detail: str,
    more: list[tuple[str, str]],
    status: int | None = None,
) -> int:
    """Refuse a request as the port refuses everything; returns the status."""
    reply = refused(reason, headers.get("accept-language", ""), detail, status=status, headers=dict(more))
    write_reply(protocol, reply)
    return reply.status
