"""What the fuzzer of the port's document must be told: how MessagePack is written, and whose token it has."""

from __future__ import annotations

import os
from typing import Any

import msgspec
import schemathesis

from payport.gateway.transactions import MSGPACK

ACCOUNT = os.environ.get("FUZZ_ACCOUNT")


@schemathesis.serializer(MSGPACK)
def to_msgpack(_context: Any, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return msgspec.msgpack.encode(value, enc_hook=str)
    except OverflowError:
        return repr(value).encode()


@schemathesis.deserializer(MSGPACK)
def from_msgpack(_context: Any, response: Any) -> Any:
    return response.content.decode("latin-1")


@schemathesis.hook
def map_path_parameters(_context: Any, path_parameters: Any) -> Any:
    if ACCOUNT and path_parameters and "account" in path_parameters:
        return {**path_parameters, "account": ACCOUNT}
    return path_parameters
