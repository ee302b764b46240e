"""What the camera sees: a video file that Chromium takes for one, of a code on a counter."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from payport.qr.images import make_png

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 640, 480
CODE_SIDE = 400
FRAMES = 4
COUNTER_GREY = 150


def film(file: Path, text: str | None) -> None:
    """Write what the camera sees from the next time it is turned on: a code, or an empty counter."""
    picture = Image.new("L", (WIDTH, HEIGHT), COUNTER_GREY)
    if text is not None:
        code = Image.open(io.BytesIO(make_png(text, 4))).convert("L").resize((CODE_SIDE, CODE_SIDE))
        picture.paste(code, ((WIDTH - CODE_SIDE) // 2, (HEIGHT - CODE_SIDE) // 2))
    # YUV4MPEG2, 4:2:0: a plane of brightness, then two of no colour, each a quarter of it.
    frame = b"FRAME\n" + picture.tobytes() + bytes([128]) * (WIDTH * HEIGHT // 2)
    file.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420\n".encode() + frame * FRAMES)
