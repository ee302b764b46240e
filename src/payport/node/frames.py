"""Frames of the local interface: a 4-byte big-endian length, then one MessagePack array.

A request is ``[request id, operation, arguments]``; each answer to it ``[request id, kind, value]``. Requests may be
sent without waiting, answers come in any order. A stream is many ``item`` answers, then ``end``.
"""

from __future__ import annotations

import enum
import struct
from typing import TYPE_CHECKING, Final

import msgspec

from payport.values import codec
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    import asyncio

MAX_FRAME_BYTES: Final = 64 * 1024 * 1024
"""A stored block is the largest thing that travels."""

_LENGTH: Final = struct.Struct(">I")

FRAME_TOO_LARGE: Final = RefusalCode(
    "frame_too_large",
    RefusalClass.MALFORMED,
    "The message to the node is too large.",
    "发送给节点的消息过大。",
)
"""The connection is closed, since nothing after such a length can be trusted."""

REFUSALS: Final = (FRAME_TOO_LARGE,)
"""Refusals of this module."""


class AnswerKind(enum.StrEnum):
    """What an answer means."""

    OK = "ok"
    """The value is the result."""
    REFUSED = "refused"
    """The value is a :class:`RefusalRecord`."""
    FAILED = "failed"
    """The node failed; the value says how. Whether anything happened is not known."""
    ITEM = "item"
    """The value is the next element of a stream."""
    END = "end"
    """The stream is over."""


class Request(codec.Record, frozen=True):
    """What a client sends."""

    request_id: int
    """Chosen by the client, new for each request of a connection; 0 asks for no answer."""
    operation: str
    """Name in the table of operations."""
    arguments: msgspec.Raw
    """Array of the operation's arguments."""


class Answer(codec.Record, frozen=True):
    """What the node sends."""

    request_id: int
    """Request it answers."""
    kind: AnswerKind
    """How to read the value."""
    value: msgspec.Raw
    """Depends on kind and operation."""


class RefusalRecord(codec.Record, frozen=True):
    """A refusal on its way to a client."""

    code: str
    """Stable code."""
    refusal_class: RefusalClass
    """Class."""
    en: str
    """Sentence in English."""
    zh: str
    """Sentence in simplified Chinese."""
    detail: str
    """Which value broke the rule."""

    def refusal(self) -> Refusal:
        """Return it as it was raised."""
        return Refusal(RefusalCode(self.code, self.refusal_class, self.en, self.zh), self.detail)


def record_of(refusal: Refusal) -> RefusalRecord:
    """Return the record of a refusal."""
    reason = refusal.reason
    return RefusalRecord(reason.code, reason.refusal_class, reason.en, reason.zh, refusal.detail)


def frame(payload: bytes) -> bytes:
    """Return a payload with its length before it; raises ``frame_too_large``."""
    if len(payload) > MAX_FRAME_BYTES:
        FRAME_TOO_LARGE.refuse(f"{len(payload)} bytes, at most {MAX_FRAME_BYTES}")
    return _LENGTH.pack(len(payload)) + payload


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """Return the next payload; raises ``frame_too_large``, and ``IncompleteReadError`` where the other side is gone."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > MAX_FRAME_BYTES:
        FRAME_TOO_LARGE.refuse(f"{length} bytes, at most {MAX_FRAME_BYTES}")
    return await reader.readexactly(length)
