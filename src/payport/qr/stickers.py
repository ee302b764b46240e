"""A printable sheet of stickers of one static code: PDF, A4, drawn as vectors, with marks to cut along.

Each sticker has the network's name, the code at error correction level Q (a sticker wears off), the merchant's name in
both scripts and a line that says what to do. Chinese is set in the standard font of the Adobe-GB1 collection, which is
not embedded: readers bring it or one like it, and a machine without any Chinese font leaves those lines out.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, NamedTuple

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from payport.qr import images
from payport.qr.refusals import CODE_NOT_DRAWABLE

if TYPE_CHECKING:
    from payport.qr.images import Level

LEVEL: Final[Level] = "Q"
"""A quarter of the symbol may be worn off."""

MAX_MODULES: Final = 97
"""Modules of a side: more would be too fine for a phone at arm's length, even on the largest sticker."""

_LATIN: Final = "Helvetica-Bold"
_CHINESE: Final = "STSong-Light"
_SCAN_EN: Final = "Scan to pay"
_SCAN_ZH: Final = "扫一扫付款"
_NETWORK: Final = "Payport"
_MARK_MM: Final = 4
_MARGIN_MM: Final = 10


class Grid(NamedTuple):
    """How a page is divided."""

    columns: int
    """Stickers in a row."""
    rows: int
    """Rows."""


GRIDS: Final = {"large": Grid(1, 2), "medium": Grid(2, 3), "small": Grid(3, 5)}
"""Sizes: 190 by 138 mm, 95 by 92 mm, 63 by 55 mm."""


def make_sheet(text: str, name: str = "", local_name: str | None = None, size: str = "medium") -> bytes:
    """Return a page full of one code; raises ``code_not_drawable``. ``size`` is one of :data:`GRIDS`."""
    grid = GRIDS[size]
    symbol = images.modules(text, LEVEL)
    if len(symbol) > MAX_MODULES:
        CODE_NOT_DRAWABLE.refuse(f"{len(symbol)} modules a side, at most {MAX_MODULES} on a sticker")
    if _CHINESE not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(_CHINESE))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    canvas.setTitle(f"Payport code {name}".strip())
    width = (A4[0] - 2 * _MARGIN_MM * mm) / grid.columns
    height = (A4[1] - 2 * _MARGIN_MM * mm) / grid.rows
    for column in range(grid.columns):
        for row in range(grid.rows):
            left = _MARGIN_MM * mm + column * width
            bottom = _MARGIN_MM * mm + row * height
            _draw_marks(canvas, left, bottom, width, height)
            _draw_sticker(canvas, symbol, (left, bottom, width, height), name, local_name)
    canvas.save()
    return out.getvalue()


def _draw_marks(canvas: Canvas, left: float, bottom: float, width: float, height: float) -> None:
    """Draw a cross at each corner."""
    arm = _MARK_MM / 2 * mm
    canvas.setLineWidth(0.3)
    for x in (left, left + width):
        for y in (bottom, bottom + height):
            canvas.line(x - arm, y, x + arm, y)
            canvas.line(x, y - arm, x, y + arm)


def _draw_sticker(
    canvas: Canvas,
    symbol: list[list[bool]],
    box: tuple[float, float, float, float],
    name: str,
    local_name: str | None,
) -> None:
    """Draw network, code, names and the line that says what to do, from top to bottom."""
    left, bottom, width, height = box
    line = height / 13
    centre = left + width / 2
    _write(canvas, _NETWORK, centre, bottom + height - 1.6 * line, line * 1.1, width)
    side = min(width * 0.86, height - 5.6 * line)
    module = side / (len(symbol) + 2 * images.QUIET_MODULES)
    quiet = module * images.QUIET_MODULES
    top = bottom + height - 2.0 * line
    corner = centre - side / 2 + quiet
    for row, dark_modules in enumerate(symbol):
        y = top - quiet - (row + 1) * module
        for start, length in _runs(dark_modules):
            canvas.rect(corner + start * module, y, length * module, module, stroke=0, fill=1)
    texts = [each for each in (local_name, name) if each]
    for number, text in enumerate(texts):
        _write(canvas, text, centre, top - side - (0.7 + number) * line, line * 0.8, width * 0.9)
    _write(canvas, _SCAN_ZH, left + width * 0.27, bottom + 0.5 * line, line * 0.6, width * 0.4)
    _write(canvas, _SCAN_EN, left + width * 0.73, bottom + 0.5 * line, line * 0.6, width * 0.4)


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """Return start and length of each run of dark modules: one rectangle each, so that no hair lines show between."""
    runs: list[tuple[int, int]] = []
    for place, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs


def _write(canvas: Canvas, text: str, centre: float, y: float, size: float, width: float) -> None:
    """Write a line in the middle, smaller where it would not fit."""
    font = _LATIN if text.isascii() else _CHINESE
    fitting = min(size, size * width / max(pdfmetrics.stringWidth(text, font, size), 1))
    canvas.setFont(font, fitting)
    canvas.drawCentredString(centre, y, text)
