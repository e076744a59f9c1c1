"""Text that is safe to print on a terminal."""

import os
import time

from kompakt.errors import shown


def printable(text: str) -> str:
    """Return `text`, which may hold names, on one line, with escapes for what is not printable UTF-8."""
    return shown(os.fsencode(text))


def counted(number: int, noun: str) -> str:
    """Return the number with its noun, such as `1 file` or `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def moment(seconds: int) -> str:
    """Return the local date and time that many seconds after 1970 began."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return f"@{seconds}"
