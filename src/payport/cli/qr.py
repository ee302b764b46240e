"""`payport qr`: read, explain and make codes."""

from __future__ import annotations

import enum
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table
from rich.text import Text

from payport.cli.output import REFUSED, USAGE, print_json, progress_console, result_console
from payport.qr import reading
from payport.qr.limits import MAX_PAYLOAD_CHARACTERS
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from payport.qr.reading import Reading

app = typer.Typer(help="Read, explain and make codes.", no_args_is_help=True)

STANDARD_INPUT: Final = "-"
"""Stands for one payload a line on standard input."""

MAX_LINE_BYTES: Final = 4 * (MAX_PAYLOAD_CHARACTERS + 1)
"""Bytes of a line that may be a payload; of a longer one only so much is kept, which is too long in any case."""

_READ_BYTES: Final = 64 * 1024

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
"""Option of every command."""


class Size(enum.StrEnum):
    """Size of stickers."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"


@app.callback()
def qr() -> None:
    """Read, explain and make codes."""


@app.command("decode")
def decode(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Text of a code, or - for one a line on standard input.")],
    *,
    as_json: Json = False,
) -> None:
    """Say what a scanned text is: exit status 0 where it is valid, 1 where not. With -, one JSON object a line."""
    if text == STANDARD_INPUT:
        for line in _lines(sys.stdin.buffer):
            sys.stdout.write(json.dumps(reading.decode(line).json(), ensure_ascii=True) + "\n")
            sys.stdout.flush()
        return
    found = reading.decode(text)
    if as_json:
        print_json(found.json())
    else:
        _tell(found)
    if not found.valid:
        raise typer.Exit(REFUSED)


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Yield lines without their end, each cut at the limit; bytes that are no UTF-8 stay in as halves of characters."""
    rest = b""
    while data := stream.readline(_READ_BYTES):
        ended = data.endswith(b"\n")
        rest = (rest + data)[: MAX_LINE_BYTES + 2]
        if ended:
            yield rest.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "surrogateescape")
            rest = b""
    if rest:
        yield rest.decode("utf-8", "surrogateescape")


def _tell(found: Reading) -> None:
    """Print a reading for people."""
    told = found.json()
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("kind", found.kind)
    table.add_row("scheme", f"{found.scheme or 'none'}")
    table.add_row("valid", "yes" if found.valid else "no")
    if found.strict_valid is not None:
        table.add_row("by every rule of EMVCo", "yes" if found.strict_valid else "no")
    for field_id, value in told["fields"].items():
        if isinstance(value, dict):
            for inner_id, inner in value.items():
                table.add_row(f"  {field_id}-{inner_id}", Text(inner))
        else:
            table.add_row(f"  {field_id}", Text(value))
    result_console.print(table)
    for error in told["errors"]:
        result_console.print(f"{error['id'] or 'code'}: {error['code']}: {error['message']}", markup=False)
    result_console.print(found.explanation.en, markup=False)
    result_console.print(found.explanation.zh, markup=False)


@app.command("read")
def read(
    images: Annotated[list[Path], typer.Argument(help="PNG or JPEG files.")],
    *,
    as_json: Json = False,
) -> None:
    """Find the codes in pictures: exit status 0 where each has at least one and all are valid, else 1."""
    from payport.qr.images import read as read_image
    from payport.qr.limits import MAX_IMAGE_BYTES

    whole = True
    answers: list[dict[str, Any]] = []
    for file in images:
        try:
            with file.open("rb") as stream:
                texts = read_image(stream.read(MAX_IMAGE_BYTES + 1))
        except (OSError, Refusal) as error:
            whole = False
            problem = _problem(error)
            answers.append({"file": str(file), "codes": [], "error": problem})
            if not as_json:
                progress_console.print(f"{file}: {problem['code']}: {problem['message']}", markup=False)
            continue
        found = [reading.decode(text) for text in texts]
        whole = whole and all(each.valid for each in found)
        codes = [{"text": text, **each.json()} for text, each in zip(texts, found, strict=True)]
        answers.append({"file": str(file), "codes": codes, "error": None})
        if not as_json:
            for text, each in zip(texts, found, strict=True):
                result_console.print(f"{file}: {text}", markup=False, soft_wrap=True)
                _tell(each)
    if as_json:
        print_json({"images": answers})
    if not whole:
        raise typer.Exit(REFUSED)


def _problem(error: OSError | Refusal) -> dict[str, str]:
    if isinstance(error, Refusal):
        detail = f" ({error.detail})" if error.detail else ""
        return {"code": error.code, "message": f"{error.reason.en}{detail}"}
    return {"code": "file_unreadable", "message": error.strerror or type(error).__name__}


@app.command("make")
def make(
    *,
    text: Annotated[str | None, typer.Option("--text", help="Any text; else a merchant's static code is made.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="Merchant's account, 32 hexadecimal digits.")] = None,
    name: Annotated[str, typer.Option("--name", help="Merchant's name in ASCII, at most 25 characters.")] = "",
    city: Annotated[str, typer.Option("--city", help="City in ASCII, at most 15 characters.")] = "",
    category: Annotated[str, typer.Option("--category", help="Merchant category (ISO 18245).")] = "0000",
    country: Annotated[str, typer.Option("--country", help="ISO 3166-1 alpha-2.")] = "CN",
    asset: Annotated[str, typer.Option("--asset", help="Currency (ISO 4217).")] = "CNY",
    amount_minor: Annotated[
        int | None, typer.Option("--amount-minor", min=1, help="Amount in minor units; else the payer types it.")
    ] = None,
    reference: Annotated[str | None, typer.Option("--reference", help="The merchant's reference.")] = None,
    local_name: Annotated[str | None, typer.Option("--local-name", help="Merchant's name in Chinese.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File: .png, .svg, or .pdf for a sheet of stickers.")
    ] = None,
    scale: Annotated[int, typer.Option("--scale", min=1, max=64, help="Pixels a module of a PNG.")] = 8,
    size: Annotated[Size, typer.Option("--size", help="Size of the stickers of a sheet.")] = Size.MEDIUM,
    as_json: Json = False,
) -> None:
    """Make a code: on the terminal, or as a file. A sheet of stickers takes a merchant's code."""
    from payport.qr import images
    from payport.qr.templates.payport import MerchantCode, encode

    if text is None:
        if account is None or not name or not city:
            progress_console.print("give --text, or --account, --name and --city of a merchant", markup=False)
            raise typer.Exit(USAGE)
        code = MerchantCode(
            account=_account(account),
            category=category,
            asset=asset,
            amount_minor=amount_minor,
            country=country,
            name=name,
            city=city,
            reference=reference,
            local_name=local_name,
        )
        text = encode(code)
    if output is not None:
        _write(text, output, scale, name, local_name, size)
    if as_json:
        print_json({"text": text, "file": None if output is None else str(output)})
    elif output is not None:
        progress_console.print(f"wrote {output}", markup=False)
    else:
        sys.stdout.write(images.make_terminal(text) + "\n")


def _account(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        progress_console.print("--account: not hexadecimal", markup=False)
        raise typer.Exit(USAGE) from None


def _write(text: str, output: Path, scale: int, name: str, local_name: str | None, size: Size) -> None:
    """Write a file of the kind its name ends with."""
    from payport.qr import images, stickers

    makers: dict[str, Callable[[], bytes]] = {
        ".png": lambda: images.make_png(text, scale),
        ".svg": lambda: images.make_svg(text, name or "QR code").encode(),
        ".pdf": lambda: stickers.make_sheet(text, name, local_name, size.value),
    }
    maker = makers.get(output.suffix.lower())
    if maker is None:
        progress_console.print(f"--output: a file ends in {', '.join(makers)}", markup=False)
        raise typer.Exit(USAGE)
    data = maker()
    try:
        output.write_bytes(data)
    except OSError as error:
        progress_console.print(f"{output}: {error.strerror}", markup=False)
        raise typer.Exit(REFUSED) from None
