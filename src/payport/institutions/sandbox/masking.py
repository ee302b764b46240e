"""Masked names: enough to recognise somebody one knows, too little to learn who it is."""

from __future__ import annotations

from typing import Final

MASK: Final = "*"
"""Stands for what is hidden."""

_LAST_LATIN: Final = "\u024f"


def mask_name(name: str) -> str:
    """Hide all but the last character of a Chinese name, and all but the first letter of each word of another."""
    return " ".join(_mask_word(word) for word in name.split())


def _mask_word(word: str) -> str:
    if word[0] > _LAST_LATIN:
        return MASK * (len(word) - 1) + word[-1] if len(word) > 1 else MASK
    return word[0] + MASK * 2
