"""Reading of codes measured: microseconds for one payload, beside what cutting it and its checksum alone cost."""

from __future__ import annotations

import binascii
import platform
import statistics
import time
from typing import TYPE_CHECKING, Any, Final

from payport.qr import emvco, reading, tlv
from payport.qr.templates.payport import MerchantCode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROUNDS: Final = 5
"""Times each payload is measured; the fastest counts, since anything slower is another program's work."""

REPEATS: Final = 400
"""Readings a round."""

_MERCHANT: Final = MerchantCode(bytes(range(16)), "5411", "CNY", None, "CN", "HARVEST SUPERMARKET", "BEIJING")
_TEMPLATE: Final = tlv.encode({"00": "D15600000000", "05": "A93FO3230Q"})


def payloads() -> dict[str, str]:
    """Return what is read unless other payloads are given: from the shortest code to one with every field."""
    everything = {
        "00": "01",
        "01": "12",
        "15": "2500034400020344500034470110001",
        **{f"{number}": _TEMPLATE for number in (26, 29, 31, 51)},
        "52": "4111",
        "53": "156",
        "54": "23.72",
        "55": "02",
        "56": "1.00",
        "58": "CN",
        "59": "BEST TRANSPORT",
        "60": "BEIJING",
        "61": "100000",
        "62": tlv.encode({"01": "B-1", "03": "1234", "05": "R-1", "06": "***", "07": "A6008667", "08": "food"}),
        "64": tlv.encode({"00": "zh", "01": "最佳运输", "02": "北京"}),
        "91": tlv.encode({"00": "A011223344998877", "07": "12345678"}),
    }
    return {
        "static": encode(_MERCHANT),
        "with an amount": encode(_MERCHANT._replace(amount_minor=12_850, reference="2026-0001")),
        "dynamic, 210-byte order": encode(_MERCHANT._replace(amount_minor=12_850, order=bytes(210))),
        "every field": emvco.encode(everything),
        "a broken checksum": encode(_MERCHANT)[:-4] + "0000",
        "pay code of 19 digits": "6220485073630469936",
        "address": "https://qr.95516.com/00010000/010133220077388392780208852187",
        "no code at all": "the quick brown fox jumps over the lazy dog",
    }


def run(texts: Sequence[tuple[str, str]], progress: Callable[[int], None] | None = None) -> dict[str, Any]:
    """Measure each named text; returns microseconds by name, the slowest, and the ceiling with its ratio."""
    figures = {}
    ceilings = []
    for number, (name, text) in enumerate(texts, 1):
        figures[name] = _microseconds(reading.decode, text)
        ceilings.append(_microseconds(_cut, text))
        if progress is not None:
            progress(number)
    mean, ceiling = statistics.mean(figures.values()), statistics.mean(ceilings)
    return {
        "microseconds_per_payload": round(mean, 2),
        "slowest_microseconds": max(figures.values()),
        "slowest": max(figures, key=lambda name: figures[name]),
        "cut_and_checksum_microseconds": round(ceiling, 2),
        "ratio": round(ceiling / mean, 3),
        "payloads": len(figures),
        "microseconds": figures,
        "python": platform.python_version(),
    }


def _cut(text: str) -> None:
    tlv.scan(text)
    binascii.crc_hqx(text.encode("utf-8", "surrogatepass"), 0xFFFF)


def _microseconds(function: Callable[[str], object], text: str) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(REPEATS):
            function(text)
        best = min(best, time.perf_counter() - started)
    return round(best / REPEATS * 1_000_000, 2)
