"""Images of codes: drawn with segno, read with zxing-cpp; nothing else imports either.

A code is drawn in byte mode alone, as EMVCo asks, in the smallest symbol of its error correction level, with the quiet
zone of four modules. Its text is announced as UTF-8 (ECI 000026) exactly where a character is outside the common
character set.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Literal

import segno
import zxingcpp
from PIL import Image, ImageFilter, ImageOps

from payport.qr.limits import MAX_ENLARGED_PIXELS, MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, MAX_PAYLOAD_CHARACTERS
from payport.qr.refusals import CODE_NOT_DRAWABLE, IMAGE_TOO_LARGE, IMAGE_UNREADABLE, NO_CODE_IN_IMAGE
from payport.qr.rules import is_common

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_SCALE: Final = 8
"""Pixels a module."""

QUIET_MODULES: Final = 4
"""Width of the light border (ISO/IEC 18004)."""

Level = Literal["L", "M", "Q", "H"]
"""Error correction: how much of a symbol may be damaged: 7, 15, 25 or 30 %."""

DEFAULT_LEVEL: Final[Level] = "M"
"""For screens and receipts; a sticker, which wears off, has ``Q``."""

_FORMATS: Final = ("PNG", "JPEG")
_QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_WHITE: Final = "white"
_HALF_BLOCKS: Final = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def make_png(text: str, scale: int = DEFAULT_SCALE, level: Level = DEFAULT_LEVEL) -> bytes:
    """Return a PNG image of ``scale`` pixels a module; raises ``code_not_drawable``."""
    assert scale >= 1
    out = io.BytesIO()
    _symbol(text, level).save(out, kind="png", scale=scale, border=QUIET_MODULES)
    return out.getvalue()


def make_svg(text: str, title: str = "QR code", level: Level = DEFAULT_LEVEL) -> str:
    """Return an SVG image, one unit a module, with ``title`` for who cannot see it; raises ``code_not_drawable``."""
    out = io.BytesIO()
    _symbol(text, level).save(
        out, kind="svg", border=QUIET_MODULES, title=title, light=_WHITE, omitsize=True, xmldecl=False
    )
    return out.getvalue().decode()


def make_terminal(text: str, level: Level = DEFAULT_LEVEL) -> str:
    """Return the code in half-block characters for a terminal with light text on dark; raises ``code_not_drawable``."""
    rows = [[not dark for dark in row] for row in modules(text, level, QUIET_MODULES)]
    if len(rows) % 2:
        rows.append([True] * len(rows[0]))
    return "\n".join(
        "".join(_HALF_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )


def modules(text: str, level: Level = DEFAULT_LEVEL, border: int = 0) -> list[list[bool]]:
    """Return the symbol row by row, true where a module is dark; raises ``code_not_drawable``."""
    return [[bool(dark) for dark in row] for row in _symbol(text, level).matrix_iter(border=border)]


def read(data: bytes) -> list[str]:
    """Return the text of every code in a PNG or JPEG image, from top to bottom, each text once.

    Raises ``image_too_large``, ``image_unreadable`` or ``no_code_in_image``.
    """
    image = _open(data)
    found: dict[str, tuple[int, int]] = {}
    for attempt in _attempts(image):
        for text, place in _find(*attempt):
            found.setdefault(text, place)
    if not found:
        for attempt in _enlarged(image):
            found |= dict(_find(*attempt))
    if not found:
        NO_CODE_IN_IMAGE.refuse()
    return sorted(found, key=lambda text: found[text])


def _symbol(text: str, level: Level) -> segno.QRCode:
    if not 1 <= len(text) <= MAX_PAYLOAD_CHARACTERS:
        CODE_NOT_DRAWABLE.refuse(f"{len(text)} characters")
    common = is_common(text)
    try:
        return segno.make_qr(
            text, error=level, mode="byte", boost_error=False, encoding="ascii" if common else "utf-8", eci=not common
        )
    except (segno.DataOverflowError, UnicodeEncodeError):  # half a surrogate pair has no UTF-8
        CODE_NOT_DRAWABLE.refuse()


def _open(data: bytes) -> Image.Image:
    """Return the image in shades of grey, on white where it is transparent."""
    if len(data) > MAX_IMAGE_BYTES:
        IMAGE_TOO_LARGE.refuse(f"{len(data)} bytes")
    size = (0, 0)
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            size = image.size
            grey = _grey(ImageOps.exif_transpose(image)) if _is_small_enough(size) else None
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
    """Yield what is tried, since each finds codes the others miss: as is; one threshold; more contrast; less noise."""
    local, whole = zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram
    yield image, local
    yield image, whole
    strong = ImageOps.autocontrast(image)
    yield strong, local
    yield strong.filter(ImageFilter.BoxBlur(1)), local


def _enlarged(image: Image.Image) -> Iterator[tuple[Image.Image, zxingcpp.Binarizer]]:
    """Yield a small image enlarged: where modules are hardly a pixel wide."""
    if image.width * image.height <= MAX_ENLARGED_PIXELS:
        larger = image.resize((image.width * 3, image.height * 3), Image.Resampling.BICUBIC)
        yield larger, zxingcpp.Binarizer.LocalAverage
        yield larger, zxingcpp.Binarizer.GlobalHistogram


def _find(image: Image.Image, binarizer: zxingcpp.Binarizer) -> list[tuple[str, tuple[int, int]]]:
    """Return the codes found, each with its place from the top."""
    found = zxingcpp.read_barcodes(image, formats=_QR, binarizer=binarizer, text_mode=zxingcpp.TextMode.Plain)
    return [(_text(each), (each.position.top_left.y, each.position.top_left.x)) for each in found if each.valid]


def _text(barcode: zxingcpp.Barcode) -> str:
    """Return the text: UTF-8 where the bytes are, since many codes are, without saying so; else as the library says."""
    try:
        return barcode.bytes.decode()
    except UnicodeDecodeError:
        return barcode.text
