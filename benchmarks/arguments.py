"""Values of command line arguments that several commands take.

argparse and not typer: a small process that measures is what keeps the peak memory of its children true.
"""

import argparse

from kompakt.errors import UsageError
from kompakt.sizes import parse_size


def size(text: str) -> int:
    """Return the bytes that a size such as `4MiB` means."""
    try:
        return parse_size(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def count(text: str) -> int:
    """Return a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def names(text: str) -> list[str]:
    """Return the parts of a list with commas; an empty text gives none."""
    return [part.strip() for part in text.split(",") if part.strip()]
