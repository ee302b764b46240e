"""Any scanned text: which scheme it is of, and what it says.

A scheme is one file of ``payport.qr.templates``, found by being there. It declares ``SCHEME`` (its stable name),
``recognises`` (whether a payload is one of its codes) and ``decode`` (what the code asks for). No two schemes may
recognise one payload by accident: each goes by its own globally unique identifier.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.qr import emvco
from payport.qr.limits import MAX_PAYLOAD_CHARACTERS
from payport.qr.refusals import CODE_NOT_RECOGNISED, CODE_TOO_LONG, NOT_OUR_CODE

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.qr.templates.payport import MerchantCode

_EMVCO_PREFIX: Final = "0002"


class Scheme(NamedTuple):
    """How one scheme's merchant codes are recognised and read."""

    name: str
    """Stable name."""
    recognises: Callable[[emvco.Payload], bool]
    """Whether a payload is one of its codes."""
    decode: Callable[[emvco.Payload], MerchantCode]
    """What the code asks for."""


@cache
def schemes() -> tuple[Scheme, ...]:
    """Return every scheme, in order of its file's name."""
    package = importlib.import_module("payport.qr.templates")
    names = sorted(each.name for each in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return tuple(Scheme(module.SCHEME, module.recognises, module.decode) for module in modules)


def read(text: str) -> MerchantCode:
    """Read a merchant's code; raises a refusal of :mod:`payport.qr.refusals`, never anything else."""
    if len(text) > MAX_PAYLOAD_CHARACTERS:
        CODE_TOO_LONG.refuse(f"{len(text)} characters")
    if not text.startswith(_EMVCO_PREFIX):
        CODE_NOT_RECOGNISED.refuse()
    payload = emvco.parse(text)
    for scheme in schemes():
        if scheme.recognises(payload):
            return scheme.decode(payload)
    return NOT_OUR_CODE.refuse()
