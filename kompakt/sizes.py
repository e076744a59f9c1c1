"""Sizes as people write them: `4MiB` in, `4.0 MiB` out."""

import re

from kompakt.errors import UsageError

_UNITS = {
    "": 1,
    "B": 1,
    **{letter: 1024**power for power, letter in enumerate("KMGT", 1)},
    **{letter + "IB": 1024**power for power, letter in enumerate("KMGT", 1)},
    **{letter + "B": 1000**power for power, letter in enumerate("KMGT", 1)},
}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


def parse_size(text: str) -> int:
    """Return the number of bytes that `text` means.

    `4MiB` and `4M` are 4 × 1024², `4MB` is 4 × 1000², a bare number is bytes; case does not matter.
    Raises UsageError for anything else, and for sizes that are not a whole number of bytes or are 0.
    """
    match = _SIZE.fullmatch(text)
    unit = _UNITS.get(match[2].upper()) if match else None
    if unit is None:
        raise UsageError(f"size {text!r} is not a number with a unit such as 4MiB, 512K or 1000000")
    size_bytes = float(match[1]) * unit if "." in match[1] else int(match[1]) * unit
    if size_bytes != int(size_bytes) or size_bytes < 1:
        raise UsageError(f"size {text!r} is not a whole, positive number of bytes")
    return int(size_bytes)


def format_size(size_bytes: int) -> str:
    """Return `size_bytes` with three or four digits and a binary unit, such as `1.50 MiB`."""
    if size_bytes < 1024:
        return f"{size_bytes} B"
    size = float(size_bytes)
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB"):
        size /= 1024
        if size < 999.5 or unit == "EiB":
            break
    digits = 2 if size < 9.995 else 1 if size < 99.95 else 0
    return f"{size:.{digits}f} {unit}"
