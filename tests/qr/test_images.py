"""Images made are read back, by a second library's making too, small, turned and noisy."""

from __future__ import annotations

import io
import random

import pytest
import segno
from PIL import Image

from payport.qr import images
from payport.values.refusals import Refusal

TEXT = "00020101021226510011org.payport01321111111111111111111111111111111152045411530315660" * 3


@pytest.mark.parametrize("scale", [2, 3, 8])
def test_read_back(scale: int) -> None:
    assert images.read(images.make_png(TEXT, scale)) == [TEXT]


def test_other_librarys_code_is_read() -> None:
    out = io.BytesIO()
    segno.make(TEXT + "北京", mode="byte", encoding="utf-8", eci=True).save(out, kind="png", scale=4)
    assert images.read(out.getvalue()) == [TEXT + "北京"]


def test_utf8_round_trip() -> None:
    assert images.read(images.make_png("最佳运输 BEST")) == ["最佳运输 BEST"]


def distorted(angle: float, noise: int) -> bytes:
    image = Image.open(io.BytesIO(images.make_png(TEXT, 5))).convert("L")
    image = image.rotate(angle, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    source = random.Random(7)
    pixels = bytes(max(0, min(255, value + source.randint(-noise, noise))) for value in image.tobytes())
    out = io.BytesIO()
    Image.frombytes("L", image.size, pixels).save(out, "JPEG", quality=70)
    return out.getvalue()


@pytest.mark.parametrize("angle", [0.0, 7.0, 45.0, 180.0])
def test_turned_and_noisy(angle: float) -> None:
    assert images.read(distorted(angle, 60)) == [TEXT]


def test_several_codes_in_one_picture() -> None:
    parts = [Image.open(io.BytesIO(images.make_png(text, 4))).convert("L") for text in ("one", "two")]
    sheet = Image.new("L", (600, 300), 255)
    sheet.paste(parts[0], (0, 0))
    sheet.paste(parts[1], (300, 0))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    assert sorted(images.read(out.getvalue())) == ["one", "two"]


def white(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("1", size, 1).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "image_unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "image_unreadable"),
        (images.make_png("x")[:-30], "image_unreadable"),
        (b"GIF89a" + bytes(20), "image_unreadable"),
        (white((50, 50)), "no_code_in_image"),
        (white((8_000, 8_000)), "image_too_large"),
        (bytes(9 * 1024 * 1024), "image_too_large"),
    ],
)
def test_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        images.read(data)


def test_svg_and_terminal() -> None:
    assert "<svg" in images.make_svg(TEXT)
    rows = images.make_terminal("hello").splitlines()
    assert len({len(row) for row in rows}) == 1
