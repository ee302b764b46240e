"""The address of a key in a hardware module: a ``pkcs11:`` URI (RFC 7512), as far as signing needs it.

Before the question mark: what token (``token``, ``serial``, ``manufacturer``, ``model``) and what key in it
(``object``, ``id``, ``type=private``); token or serial and object or id are needed. After it, both needed:
``module-path``, and ``pin-source``, which is ``file:`` with an absolute path, or ``env:`` with the name of a variable.
``pin-value`` is refused: a PIN on a command line is everybody's. So is every attribute not named here, because one that
is not understood could have told two keys apart.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from payport.signers.refusals import MALFORMED_SIGNER, PIN_EXPOSED, PIN_MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEME: Final = "pkcs11:"
"""What an address begins with; any other text is the path of a key file."""

MAX_PIN_BYTES: Final = 255
"""No token takes longer ones."""

_PATH: Final = frozenset({"token", "serial", "manufacturer", "model", "object", "id", "type"})
_QUERY: Final = frozenset({"module-path", "pin-source"})
_NAME: Final = re.compile("[a-z-]{1,20}")
_ESCAPED: Final = re.compile(r"(?:[^%\s]|%[0-9A-Fa-f]{2})*")
_VARIABLE: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_FOR_OTHERS: Final = 0o077


class PinSource(NamedTuple):
    """Where a PIN is read from, each time it is needed."""

    file: Path | None
    """A file, readable by its owner alone."""
    variable: str
    """A variable of the environment, where there is no file."""

    def read(self) -> str:
        """Return the PIN; raises ``pin_missing`` or ``pin_exposed``."""
        if self.file is None:
            return os.environ.get(self.variable) or PIN_MISSING.refuse(self.variable)
        try:
            with self.file.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & _FOR_OTHERS:
                    PIN_EXPOSED.refuse(str(self.file))
                data = file.read(MAX_PIN_BYTES + 2)
            pin = data.removesuffix(b"\n").decode()
        except (OSError, UnicodeDecodeError):
            PIN_MISSING.refuse(str(self.file))
        return pin if 0 < len(pin) <= MAX_PIN_BYTES else PIN_MISSING.refuse(str(self.file))


class KeyAddress(NamedTuple):
    """A key in a token."""

    token: str | None
    """Label of the token."""
    serial: bytes | None
    """Its serial number."""
    manufacturer: str | None
    """Who made it."""
    model: str | None
    """What it is."""
    label: str | None
    """Label of the key."""
    id: bytes | None
    """Id of the key."""
    module: Path
    """The module that reaches it."""
    pin: PinSource
    """Where its PIN is."""


def read_address(text: str) -> KeyAddress:
    """Read an address; raises ``malformed_signer``."""
    scheme, path, query = text[: len(SCHEME)], *text[len(SCHEME) :].partition("?")[::2]
    if scheme.lower() != SCHEME:
        MALFORMED_SIGNER.refuse(SCHEME)
    key, how = _attributes(path, ";", _PATH), _attributes(query, "&", _QUERY)
    if not (key.keys() & {"token", "serial"} and key.keys() & {"object", "id"}):
        MALFORMED_SIGNER.refuse("token and object")
    if key.get("type", b"private") != b"private":
        MALFORMED_SIGNER.refuse("type")
    module = Path(_text(how, "module-path") or "")
    if not module.is_absolute():
        MALFORMED_SIGNER.refuse("module-path")
    return KeyAddress(
        token=_text(key, "token"),
        serial=key.get("serial"),
        manufacturer=_text(key, "manufacturer"),
        model=_text(key, "model"),
        label=_text(key, "object"),
        id=key.get("id"),
        module=module,
        pin=_pin_source(_text(how, "pin-source") or ""),
    )


def _attributes(text: str, separator: str, known: frozenset[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        if name not in known or name in found or not equals or not value or not _ESCAPED.fullmatch(value):
            # What is no name could be a part of something secret.
            MALFORMED_SIGNER.refuse(name if _NAME.fullmatch(name) and equals else "")
        found[name] = unquote_to_bytes(value)
    return found


def _text(found: Mapping[str, bytes], name: str) -> str | None:
    try:
        text = found[name].decode() if name in found else None
    except UnicodeDecodeError:
        MALFORMED_SIGNER.refuse(name)
    return MALFORMED_SIGNER.refuse(name) if text is not None and "\0" in text else text


def _pin_source(text: str) -> PinSource:
    kind, _, value = text.partition(":")
    if kind == "env" and _VARIABLE.fullmatch(value):
        return PinSource(None, value)
    path = Path(value.removeprefix("//"))
    if kind != "file" or not path.is_absolute():
        MALFORMED_SIGNER.refuse("pin-source")
    return PinSource(path, "")
