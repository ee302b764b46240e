"""What Chromium's camera sees: a video made of a rendered code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.qr import images

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 640, 480
FRAMES = 10
SCALE = 6
DARK, LIGHT, GREY = 30, 225, 128
"""Luma of ink, paper and table; chroma of something without colour."""


def film(text: str, path: Path) -> Path:
    """Write a video of a code on a table (YUV4MPEG2, which Chromium plays over and over)."""
    symbol = images.modules(text, border=4)
    size = len(symbol) * SCALE
    assert size < HEIGHT, "the code is in the picture"
    left, top = (WIDTH - size) // 2, (HEIGHT - size) // 2
    table = bytes([GREY]) * WIDTH
    rows = [table] * top
    for modules in symbol:
        paper = b"".join(bytes([DARK if dark else LIGHT]) * SCALE for dark in modules)
        rows += [table[:left] + paper + table[left + size :]] * SCALE
    rows += [table] * (HEIGHT - len(rows))
    frame = b"FRAME\n" + b"".join(rows) + bytes([GREY]) * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * FRAMES)
    return path
