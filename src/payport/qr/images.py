"""Images of codes: made and read with zxing-cpp, which nothing else imports.

A code is drawn at error correction level M with its quiet zone of four modules. Its text is announced as UTF-8 (ECI
000026) exactly where a character is outside the common character set, as EMVCo asks.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import zxingcpp
from PIL import Image, ImageFilter, ImageOps

from payport.qr.limits import MAX_ENLARGED_PIXELS, MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, MAX_PAYLOAD_CHARACTERS
from payport.qr.refusals import CODE_NOT_DRAWABLE, IMAGE_TOO_LARGE, IMAGE_UNREADABLE, NO_CODE_IN_IMAGE
from payport.qr.rules import is_common

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_SCALE: Final = 8
"""Pixels a module."""

_FORMATS: Final = ("PNG", "JPEG")
_QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_WHITE: Final = "white"
_HALF_BLOCKS: Final = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def make_png(text: str, scale: int = DEFAULT_SCALE) -> bytes:
    """Return a PNG image of ``scale`` pixels a module; raises ``code_not_drawable``."""
    assert scale >= 1
    out = io.BytesIO()
    _draw(text, scale).convert("1").save(out, "PNG")
    return out.getvalue()


def make_svg(text: str) -> str:
    """Return an SVG image, one unit a module; raises ``code_not_drawable``."""
    return str(zxingcpp.write_barcode_to_svg(_barcode(text), add_quiet_zones=True))


def make_terminal(text: str) -> str:
    """Return the code in half-block characters for a terminal with light text on dark; raises ``code_not_drawable``."""
    image = _draw(text, 1)
    light = [value != 0 for value in image.tobytes()]
    width = image.width
    rows = [light[at : at + width] for at in range(0, len(light), width)]
    if len(rows) % 2:
        rows.append([True] * width)
    return "\n".join(
        "".join(_HALF_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )


def read(data: bytes) -> list[str]:
    """Return the text of every code in a PNG or JPEG image, from top to bottom, each text once.

    Raises ``image_too_large``, ``image_unreadable`` or ``no_code_in_image``.
    """
    for attempt in _attempts(_open(data)):
        texts = _find(*attempt)
        if texts:
            return texts
    return NO_CODE_IN_IMAGE.refuse()


def _barcode(text: str) -> zxingcpp.Barcode:
    if not 1 <= len(text) <= MAX_PAYLOAD_CHARACTERS:
        CODE_NOT_DRAWABLE.refuse(f"{len(text)} characters")
    # Without a name zxing-cpp may choose Shift-JIS for Chinese characters and write no ECI at all.
    announced: dict[str, Any] = {} if is_common(text) else {"eci": "UTF-8"}
    try:
        text.encode()
        return zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", **announced)
    except ValueError:  # the library's word for too much content; half a surrogate pair is one too
        CODE_NOT_DRAWABLE.refuse()


def _draw(text: str, scale: int) -> Image.Image:
    pixels = zxingcpp.write_barcode_to_image(_barcode(text), scale=scale, add_quiet_zones=True)
    return Image.fromarray(pixels)


def _open(data: bytes) -> Image.Image:
    """Return the image in shades of grey, on white where it is transparent."""
    if len(data) > MAX_IMAGE_BYTES:
        IMAGE_TOO_LARGE.refuse(f"{len(data)} bytes")
    size = (0, 0)
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            size = image.size
            grey = _grey(image) if _is_small_enough(size) else None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        IMAGE_TOO_LARGE.refuse()
    except Exception as error:  # noqa: BLE001 - Pillow raises whatever its parsers stumble over
        IMAGE_UNREADABLE.refuse(type(error).__name__)
    if grey is None:
        IMAGE_TOO_LARGE.refuse(f"{size[0]} x {size[1]} pixels")
    return grey


def _is_small_enough(size: tuple[int, int]) -> bool:
    return size[0] * size[1] <= MAX_IMAGE_PIXELS


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey, of which Pillow would keep the lowest 8 and call the rest white
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("L")
    clear = image.convert("RGBA")
    page = Image.new("RGBA", clear.size, _WHITE)
    page.alpha_composite(clear)
    return page.convert("L")


def _attempts(image: Image.Image) -> Iterator[tuple[Image.Image, zxingcpp.Binarizer]]:
    """Yield what is tried in turn: as is; one threshold for all; more contrast; less noise; enlarged where small."""
    local, whole = zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram
    yield image, local
    yield image, whole
    strong = ImageOps.autocontrast(image)
    yield strong, local
    yield strong.filter(ImageFilter.BoxBlur(1)), local
    if image.width * image.height <= MAX_ENLARGED_PIXELS:
        larger = image.resize((image.width * 3, image.height * 3), Image.Resampling.BICUBIC)
        yield larger, local
        yield larger, whole


def _find(image: Image.Image, binarizer: zxingcpp.Binarizer) -> list[str]:
    found = zxingcpp.read_barcodes(image, formats=_QR, binarizer=binarizer, text_mode=zxingcpp.TextMode.Plain)
    found.sort(key=lambda each: (each.position.top_left.y, each.position.top_left.x))
    return list(dict.fromkeys(_text(each) for each in found if each.valid))


def _text(barcode: zxingcpp.Barcode) -> str:
    """Return the text: UTF-8 where the bytes are, since many codes are, without saying so; else as the library says."""
    try:
        return barcode.bytes.decode()
    except UnicodeDecodeError:
        return barcode.text
