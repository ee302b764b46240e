"""Make a picture of every page of the wallet, in both languages and themes; longer ones are shown whole."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.camera import GREY, HEIGHT, WIDTH
from tests.browser.conftest import FLAGS, chromium
from tests.browser.guide import Guide
from tests.browser.phone import SIZE
from tests.browser.tour import RICH, offer_tiles, prepare, stops
from tests.gateway.town import running_town

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.gateway.town import Town

LANGUAGES = {"en": ("en-GB", 500), "zh": ("zh-CN", 501)}
"""Locale, and number of the customer, by language."""
THEMES = ("light", "dark")
SETTLE_MS = 80
TUTORIAL = ("welcome", "pin-choose", "card-code", "home", "pay-amount", "pay-confirm", "paid", "receipt-verified")
TUTORIAL_WIDTH = 260
ORDINARY_MINOR = 1_234_500
COLOURS = 64


def picture(phone: Guide, file: Path, *, whole: bool) -> None:
    """Take a picture; a longer page is shown on a phone as long as it, so that nothing fixed hides any of it."""
    tall = int(phone.page.evaluate("() => document.documentElement.scrollHeight"))
    is_longer = whole and tall > SIZE["height"] and phone.page.get_by_role("dialog").count() == 0
    if is_longer:
        phone.page.set_viewport_size({**SIZE, "height": tall})
    phone.page.wait_for_timeout(SETTLE_MS)
    phone.page.screenshot(path=file)
    if is_longer:
        phone.page.set_viewport_size(SIZE)


def empty_table(file: Path) -> Path:
    """Write a video without a code, so that the scanner stays where it is."""
    frame = b"FRAME\n" + bytes([GREY]) * (WIDTH * HEIGHT * 3 // 2)
    file.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 2)
    return file


def shrink(file: Path) -> None:
    """Make a picture small enough to be kept with the text."""
    image = Image.open(file).convert("RGB")
    height = round(image.height * TUTORIAL_WIDTH / image.width)
    small = image.resize((TUTORIAL_WIDTH, height), Image.Resampling.LANCZOS)
    small.quantize(COLOURS).save(file, optimize=True)


def walk(browser: Browser, town: Town, folder: Path, language: str, *, tutorial: bool) -> None:
    locale, number = LANGUAGES[language]
    context = browser.new_context(viewport=SIZE, locale=locale, reduced_motion="reduce", timezone_id="Asia/Shanghai")
    phone = Guide(context, town.network.url.replace("127.0.0.1", "localhost"), language)
    missing = set(TUTORIAL)
    for stop in stops(phone, town, number):
        print(f"{language}: {stop}", file=sys.stderr)
        if not tutorial:
            for theme in THEMES:
                phone.page.emulate_media(color_scheme=theme)
                picture(phone, folder / f"{stop}.{language}.{theme}.png", whole=True)
        elif stop in missing:
            missing.discard(stop)
            file = folder / f"{stop}.png"
            if stop == "receipt-verified":
                phone.page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
            picture(phone, file, whole=False)
            shrink(file)
        if tutorial and not missing:
            break
    context.close()
    for fault in phone.faults:
        print(f"{language}: {fault}", file=sys.stderr)


def make_all(folder: Path, *, tutorial: bool) -> None:
    """Make the pictures below ``folder``; those of the tutorial alone, or all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, running_town(Path(data)) as town:
        for _, number in LANGUAGES.values():
            prepare(town, number, ORDINARY_MINOR if tutorial else RICH)
        offer_tiles(town)
        video = empty_table(Path(data) / "table.y4m")
        with sync_playwright() as playwright:
            flags = [*FLAGS, f"--use-file-for-fake-video-capture={video}"]
            browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
            for language in ("en",) if tutorial else LANGUAGES:
                walk(browser, town, folder, language, tutorial=tutorial)
            browser.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    parser.add_argument("--tutorial", action="store_true", help="Only the pictures of the tutorial, small.")
    parser.add_argument("folder", type=Path, help="Where they are written; made where it is not there.")
    chosen = parser.parse_args()
    make_all(chosen.folder, tutorial=chosen.tutorial)


if __name__ == "__main__":
    main()
