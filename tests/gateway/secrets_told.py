"""What callers tell the port that no log may repeat, and every form in which a log could repeat it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

SHORTEST = 12
"""Fewer characters than these are found by chance."""

SHORTEST_LEAF = 16
"""A field of a body that is longer is no word of the interface."""

PUBLIC = frozenset({"transaction.committed", "transaction.refused"})
"""Longer words of the interface."""


class Secrets:
    """Everything that was told, by what it is."""

    def __init__(self) -> None:
        self.found: dict[str, set[bytes]] = {}
        self.codes: set[str] = set()

    def add(self, kind: str, *values: bytes | str) -> None:
        for value in values:
            data = value.encode() if isinstance(value, str) else bytes(value)
            assert len(data) >= SHORTEST, (kind, "is found by chance")
            self.found.setdefault(kind, set()).add(data)

    def add_code(self, digits: str) -> None:
        """Add a one-time code: so short that it is looked for as a number of its own."""
        assert re.fullmatch("[0-9]{6}", digits)
        self.codes.add(digits)

    def watch(self, client: httpx.Client) -> None:
        """Note what every request with an Idempotency-Key says from now on."""
        client.event_hooks["request"].append(self._note)

    def _note(self, request: httpx.Request) -> None:
        key = request.headers.get("idempotency-key")
        if key is None:
            return
        self.add("Idempotency-Key", key)
        if request.headers.get("content-type") == "application/json":
            self.add_body(request.read())

    def add_body(self, body: bytes) -> None:
        """Add a body, and where it is JSON every long field of it."""
        if len(body) >= SHORTEST:
            self.add("body", body)
        try:
            value = json.loads(body)
        except ValueError:
            return
        for leaf in leaves(value):
            if len(leaf) >= SHORTEST_LEAF and leaf not in PUBLIC:
                self.add("field of a body", leaf)
                data = decoded(leaf)
                if data is not None:
                    self.add("field of a body", data)

    def written_in(self, text: str) -> list[tuple[str, str]]:
        """Return what of all this stands in a text: what it is, and in which form it was found."""
        found = [
            (kind, form)
            for kind, values in self.found.items()
            for value in values
            for form in forms(value)
            if form in text
        ]
        # Times, durations and places in the code are numbers of six digits now and then.
        words = re.sub(r'"(timestamp|seconds)": [^,}]+|\.py:[0-9]+|0x[0-9a-f]+|\[[0-9.]+s\]', "", text)
        found += [
            ("one-time code", code)
            for code in self.codes
            if re.search(rf"(?<![0-9A-Za-z.]){code}(?![0-9A-Za-z])", words)
        ]
        found += [("one-time code", form) for code in self.codes for form in encoded(code.encode()) if form in text]
        return found


def leaves(value: Any) -> Iterator[str]:
    """Yield the texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)


def decoded(text: str) -> bytes | None:
    """Return the bytes that a text writes in hexadecimal or base64, if it does and they are many."""
    data = b""
    if re.fullmatch("([0-9a-f]{2})+", text):
        data = bytes.fromhex(text)
    elif re.fullmatch("[A-Za-z0-9+/_-]+={0,2}", text):
        try:
            data = base64.urlsafe_b64decode(text.rstrip("=").replace("+", "-").replace("/", "_") + "==")
        except binascii.Error:
            return None
    return data if len(data) >= SHORTEST else None


def forms(data: bytes) -> set[str]:
    """Return how bytes or a text may be written: as they are, escaped, in base64 and in hexadecimal."""
    found = encoded(data) | {repr(data)[2:-1]}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return found
    if text.isprintable():
        found |= {text, quote(text), quote(text, safe=""), json.dumps(text)[1:-1]}
    return found


def encoded(data: bytes) -> set[str]:
    """Return the forms in hexadecimal, and in base64 wherever the bytes begin in a longer text."""
    found = {data.hex(), data.hex().upper(), data.hex(" ")}
    for before in range(3):
        text = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        begin = 0 if before == 0 else before + 1
        # The last character holds bits of what follows, unless the bytes end where a group of four characters does.
        end = len(text) if (before + len(data)) % 3 == 0 else len(text) - 1
        found |= {text[begin:end], text[begin:end].replace("+", "-").replace("/", "_")}
    return found
