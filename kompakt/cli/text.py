"""Text that is safe to print on a terminal."""

import os

from kompakt.errors import shown


def printable(text: str) -> str:
    """Return `text`, which may hold names, on one line, with escapes for what is not printable UTF-8."""
    return shown(os.fsencode(text))


def counted(number: int, noun: str) -> str:
    """Return the number with its noun, such as `1 file` or `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
