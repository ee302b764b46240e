"""Images made are read back, by a second library's making too, small, turned and noisy."""

from __future__ import annotations

import contextlib
import io
import random
import re

import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

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
        (white((12_000, 12_000)), "image_too_large"),
        (white((20_000, 10_000)), "image_too_large"),
        (bytes(9 * 1024 * 1024), "image_too_large"),
    ],
)
def test_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        images.read(data)


def as_png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_svg_draws_the_modules() -> None:
    svg = images.make_svg("hello", title="Shop <1>")
    assert "<title>Shop &lt;1&gt;</title>" in svg
    size = int(re.findall(r'viewBox="0 0 ([0-9]+) ', svg)[0])
    drawn = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(drawn)
    x = y = 0.0
    (path,) = re.findall(r'stroke="#000" d="([^"]+)"', svg)
    for command, first, second in re.findall(r"([Mmh])(-?[0-9.]+)(?: (-?[0-9.]+))?", path):
        if command == "h":
            draw.rectangle((x, y, x + float(first) - 1, y), fill=0)
            x += float(first)
        else:
            x, y = (float(first), float(second) - 0.5) if command == "M" else (x + float(first), y + float(second))
    assert images.read(as_png(drawn.resize((size * 4, size * 4), Image.Resampling.NEAREST))) == ["hello"]


def test_digits_are_drawn_in_byte_mode() -> None:
    digits = "6220485073630469936" * 3
    numeric = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    assert (
        len(images.modules(digits)) > zxingcpp.write_barcode_to_image(numeric, scale=1, add_quiet_zones=False).shape[0]
    )


@pytest.mark.parametrize("tilt", [0.1, 0.2, 0.3])
def test_photographed_at_an_angle(tilt: float) -> None:
    """The far edge is shorter than the near one by a share of ``tilt`` on each side."""
    image = Image.open(io.BytesIO(images.make_png(TEXT, 6))).convert("L")
    side = image.width
    page = Image.new("L", (2 * side, 2 * side), 200)
    page.paste(image, (side // 2, side // 2))
    inset = int(side * tilt)
    tilted = page.transform(
        (2 * side, 2 * side),
        Image.Transform.QUAD,
        (0, 0, inset, 2 * side, 2 * side - inset, 2 * side, 2 * side, 0),
        Image.Resampling.BICUBIC,
    )
    assert images.read(as_jpeg(tilted)) == [TEXT]


def as_jpeg(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, **options)  # type: ignore[arg-type]
    return out.getvalue()


def test_a_photograph_turned_by_its_exif_is_read_from_top_to_bottom() -> None:
    upper, lower = (Image.open(io.BytesIO(images.make_png(text, 4))).convert("L") for text in ("upper", "lower"))
    sheet = Image.new("L", (300, 600), 255)
    sheet.paste(upper, (0, 0))
    sheet.paste(lower, (0, 300))
    exif = Image.Exif()
    exif[0x0112] = 3  # stored upside down
    assert images.read(as_jpeg(sheet.rotate(180), exif=exif)) == ["upper", "lower"]


def test_light_on_dark_is_read() -> None:
    image = Image.open(io.BytesIO(images.make_png(TEXT, 4))).convert("L")
    assert images.read(as_png(ImageOps.invert(image))) == [TEXT]


def test_terminal_draws_the_modules() -> None:
    rows = images.make_terminal("hello").splitlines()
    assert len({len(row) for row in rows}) == 1
    light = [[[c in "\u2588\u2580" for c in row], [c in "\u2588\u2584" for c in row]] for row in rows]
    flat = bytes(255 if each else 0 for pair in light for row in pair for each in row)
    drawn = Image.frombytes("L", (len(rows[0]), 2 * len(rows)), flat)
    larger = drawn.resize((drawn.width * 4, drawn.height * 4), Image.Resampling.NEAREST)
    assert images.read(as_png(larger)) == ["hello"]


MASKS = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, j: i % 2 == 0 * j,
    lambda i, j: (0 * i + j) % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: (i * j) % 2 + (i * j) % 3 == 0,
    lambda i, j: ((i * j) % 2 + (i * j) % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + (i * j) % 3) % 2 == 0,
)


def first_bits(text: str) -> str:
    """Return the first twelve bits of the symbol's data, read from its lower right corner upwards."""
    image = Image.open(io.BytesIO(images.make_png(text, 1))).convert("L")
    found = zxingcpp.read_barcodes(image.resize((image.width * 4,) * 2, Image.Resampling.NEAREST))[0]
    side = image.width - 8
    bits = ""
    for number in range(12):
        row, column = side - 1 - number // 2, side - 1 - number % 2
        dark = image.getpixel((column + 4, row + 4)) == 0
        bits += str(int(dark != MASKS[found.extra["DataMask"]](row, column)))
    return bits


@pytest.mark.parametrize("text", ["\u4eac", "\u4f18\u9009 shop", "caf\u00e9"])
def test_utf8_is_announced_where_it_is_needed(text: str) -> None:
    assert first_bits(text) == "0111" + f"{26:08b}"


@pytest.mark.parametrize("text", ["000201", "hello ~", "A"])
def test_nothing_is_announced_for_the_common_set(text: str) -> None:
    assert not first_bits(text).startswith("0111")


@pytest.mark.parametrize("text", ["", "x" * 2_332, "x" * 5_000, "\udc80"])
def test_not_drawable(text: str) -> None:
    for make in (images.make_png, images.make_svg, images.make_terminal):
        with pytest.raises(Refusal, match="code_not_drawable"):
            make(text)


def test_utf8_without_announcement_is_read() -> None:
    out = io.BytesIO()
    segno.make("\u4f18\u9009\u8d85\u5e02".encode(), mode="byte").save(out, kind="png", scale=4)
    assert images.read(out.getvalue()) == ["\u4f18\u9009\u8d85\u5e02"]


def test_other_bytes_are_read() -> None:
    out = io.BytesIO()
    segno.make("caf\u00e9 cr\u00e8me", mode="byte", encoding="latin-1").save(out, kind="png", scale=4)
    assert images.read(out.getvalue()) == ["caf\u00e9 cr\u00e8me"]


def plain(scale: int = 4) -> Image.Image:
    return Image.open(io.BytesIO(images.make_png(TEXT, scale))).convert("L")


def transparent() -> Image.Image:
    mask = ImageOps.invert(plain())
    image = Image.new("RGBA", mask.size, (0, 0, 0, 0))
    image.putalpha(mask)
    return image


def photographed() -> Image.Image:
    image = plain(6)
    width, height = image.size
    corners = (-40, -30, 0, height + 60, width + 30, height + 10, width + 50, -50)
    slanted = image.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=255)
    shade = Image.linear_gradient("L").resize(image.size).point(lambda value: 255 - value // 3)
    return ImageChops.multiply(slanted, shade).filter(ImageFilter.GaussianBlur(1))


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(transparent(), id="transparent"),
        pytest.param(plain().convert("I;16").point(lambda value: value * 200 + 1_000), id="sixteen bits"),
        pytest.param(plain().convert("P"), id="palette"),
        pytest.param(ImageOps.invert(plain()), id="light on dark"),
        pytest.param(ImageOps.mirror(plain()), id="mirrored"),
        pytest.param(plain(1), id="one pixel a module"),
        pytest.param(photographed(), id="photographed at an angle"),
        pytest.param(plain().point(lambda value: 100 + value // 20), id="faint"),
    ],
)
def test_kinds_of_pictures(image: Image.Image) -> None:
    assert images.read(as_png(image)) == [TEXT]


def test_one_code_shown_twice_is_one() -> None:
    sheet = Image.new("L", (1_200, 500), 255)
    sheet.paste(plain(), (0, 0))
    sheet.paste(plain(), (600, 0))
    assert images.read(as_png(sheet)) == [TEXT]


@given(st.integers(0, 2_000), st.integers(0, 255))
@settings(deadline=None)
def test_a_damaged_file_is_read_or_refused(at: int, value: int) -> None:
    data = bytearray(images.make_png("hello", 4))
    data[at % len(data)] = value
    with contextlib.suppress(Refusal):
        images.read(bytes(data))


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_refused(data: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"):
        with pytest.raises(Refusal):
            images.read(start + data)
