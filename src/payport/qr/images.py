"""Images of codes: made and read with zxing-cpp."""

from __future__ import annotations

import io
from typing import Final

import zxingcpp
from PIL import Image, UnidentifiedImageError

from payport.qr.limits import MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS
from payport.qr.refusals import IMAGE_TOO_LARGE, IMAGE_UNREADABLE, NO_CODE_IN_IMAGE

_FORMATS: Final = ("PNG", "JPEG")
DEFAULT_SCALE: Final = 8
"""Pixels a module."""


def _barcode(text: str) -> zxingcpp.Barcode:
    return zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")


def make_png(text: str, scale: int = DEFAULT_SCALE) -> bytes:
    """Return a PNG image of the code with its quiet zone."""
    image = Image.fromarray(zxingcpp.write_barcode_to_image(_barcode(text), scale=scale, add_quiet_zones=True))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def make_svg(text: str) -> str:
    """Return an SVG image of the code."""
    return str(zxingcpp.write_barcode_to_svg(_barcode(text), add_quiet_zones=True))


def make_terminal(text: str) -> str:
    """Return the code in half-block characters, dark on light, for a terminal."""
    image = Image.fromarray(zxingcpp.write_barcode_to_image(_barcode(text), scale=1, add_quiet_zones=True)).convert("L")
    width, height = image.size
    rows = []
    for top in range(0, height, 2):
        row = ""
        for x in range(width):
            upper = image.getpixel((x, top)) != 0
            lower = top + 1 >= height or image.getpixel((x, top + 1)) != 0
            row += {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}[upper, lower]
        rows.append(row)
    return "\n".join(rows)


def read(data: bytes) -> list[str]:
    """Return the text of every code in a PNG or JPEG image.

    Raises ``image_too_large``, ``image_unreadable`` or ``no_code_in_image``.
    """
    if len(data) > MAX_IMAGE_BYTES:
        IMAGE_TOO_LARGE.refuse(f"{len(data)} bytes")
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.width * image.height > MAX_IMAGE_PIXELS:
            IMAGE_TOO_LARGE.refuse(f"{image.width} x {image.height}")
        grey = image.convert("L")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        IMAGE_UNREADABLE.refuse()
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    texts = [each.text for each in found if each.valid]
    if not texts:
        NO_CODE_IN_IMAGE.refuse()
    return texts
