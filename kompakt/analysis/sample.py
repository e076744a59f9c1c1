"""A sample of files: all of them where they are few, else pieces evenly from all over their content."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes from one place, uint8: content of `names` in turn, each from where it begins in `data`.

    offset: of the piece in the content of all files, one behind the other
    """

    offset: int
    data: np.ndarray
    names: tuple[tuple[int, str], ...]


def sample(files: Sequence[tuple[str, Path, int]], most_bytes: int) -> list[Piece]:
    """Return about `most_bytes` of `files` (name, path, size), in pieces of PIECE_BYTES at most.

    What cannot be read any more is left out.
    """
    ends = np.cumsum([size for _, _, size in files], dtype=np.int64)
    total = int(ends[-1]) if files else 0
    wanted = max(most_bytes // PIECE_BYTES, 1)
    length = min(PIECE_BYTES, most_bytes)
    count = -(-total // length)
    chosen = range(count) if count <= wanted else [(2 * n + 1) * count // (2 * wanted) for n in range(wanted)]
    pieces = [_piece(files, ends, number * length, min((number + 1) * length, total)) for number in chosen]
    return [piece for piece in pieces if piece.data.size]


def _piece(files: Sequence[tuple[str, Path, int]], ends: np.ndarray, start: int, stop: int) -> Piece:
    parts, names, filled, at = [], [], 0, start
    number = int(np.searchsorted(ends, start, side="right"))
    while at < stop:
        name, path, size = files[number]
        offset = at - (int(ends[number]) - size)
        length = min(size - offset, stop - at)
        if length:
            part = _read(path, offset, length)
            names.append((filled, name))
            parts.append(part)
            filled += part.size
        at += length
        number += 1
    return Piece(start, np.concatenate(parts) if parts else np.zeros(0, np.uint8), tuple(names))


def _read(path: Path, offset: int, length: int) -> np.ndarray:
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            return np.frombuffer(file.read(length), np.uint8)
    except OSError:
        return np.zeros(0, np.uint8)
