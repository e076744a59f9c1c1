"""What is compressed: a sample of a folder, or of data made here, and any amount of it that never repeats.

Repetition alone would be found by anything that looks for equal chunks. So each copy of the sample has edits
of its own, one in every EDIT_STRIDE bytes at a random place: two copies have no stretch of 1 KiB in common.
An edit puts a byte from nearby in place of another, as a changed word or number would.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

SAMPLE_BYTES = 40_000_000
EDIT_STRIDE = 512
NEAR_BYTES = 4096


class Part(NamedTuple):
    """One file of the sample: its name, without folders, and its bytes, uint8."""

    name: str
    data: np.ndarray


def sample(folder: Path | None, limit_bytes: int = SAMPLE_BYTES) -> list[Part]:
    """Return at most `limit_bytes` of the files of `folder`, or of data made here; small files whole."""
    if folder is None:
        return made(limit_bytes)
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    if not paths:
        raise ValueError(f"{folder}: holds no file with content")
    parts = []
    left_bytes = limit_bytes
    by_size = sorted(paths, key=lambda path: path.stat().st_size)
    for number, path in enumerate(by_size):
        data = np.fromfile(path, np.uint8, count=left_bytes // (len(by_size) - number))
        left_bytes -= data.size
        if data.size:
            parts.append(Part(str(path.relative_to(folder)).replace("/", "-"), data))
    return sorted(parts)


def made(limit_bytes: int = SAMPLE_BYTES) -> list[Part]:
    """Return text, a table, and waves with noise, a third of `limit_bytes` each."""
    source = np.random.default_rng(1)
    third = limit_bytes // 3
    words = np.array(
        [bytes(source.integers(97, 123, n).astype(np.uint8)) for n in source.integers(2, 9, 3000)], object
    )
    text = b" ".join(words[np.minimum(source.zipf(1.3, third // 4), len(words)) - 1])
    table = b"".join(b"%07d,%d,ok\n" % pair for pair in enumerate(source.integers(0, 999, third // 14)))
    steps = np.arange(third // 2)
    waves = (np.sin(steps / 50) * 20_000 + source.normal(0, 30, steps.size)).astype(np.int16)
    contents = {"table.csv": table, "text.txt": text, "waves.raw": waves.tobytes()}
    return [Part(name, np.frombuffer(data, np.uint8)[:third]) for name, data in contents.items()]


def edited(data: np.ndarray, copy: int) -> np.ndarray:
    """Return `data` with the edits of copy number `copy`."""
    source = np.random.default_rng([2, copy])
    changed = data.copy()
    places = np.arange(0, data.size, EDIT_STRIDE)
    places = np.minimum(places + source.integers(0, EDIT_STRIDE, places.size), data.size - 1)
    near = np.clip(places + source.integers(-NEAR_BYTES, NEAR_BYTES, places.size), 0, data.size - 1)
    values = data[near]
    same = values == data[places]
    values[same] ^= (1 << source.integers(0, 8, int(same.sum()))).astype(np.uint8)
    changed[places] = values
    return changed


def stream(parts: Sequence[Part], size: int) -> np.ndarray:
    """Return `size` bytes: copy after copy of the sample, each with its edits."""
    whole = np.concatenate([part.data for part in parts])
    result = np.empty(size, np.uint8)
    for copy, start in enumerate(range(0, size, whole.size)):
        stop = min(start + whole.size, size)
        result[start:stop] = edited(whole, copy)[: stop - start]
    return result


def write_set(parts: Sequence[Part], folder: Path, size: int) -> int:
    """Write a folder for each copy of the sample, up to `size` bytes; return the bytes written."""
    written = 0
    for copy, part in _endless(parts):
        if written >= size:
            return written
        place = folder / f"copy{copy:03}"
        place.mkdir(parents=True, exist_ok=True)
        data = edited(part.data, copy)[: size - written]
        data.tofile(place / part.name)
        written += data.size


def _endless(parts: Sequence[Part]) -> Iterator[tuple[int, Part]]:
    copy = 0
    while True:
        yield from ((copy, part) for part in parts)
        copy += 1


def temporary_folder(needed_bytes: int) -> tempfile.TemporaryDirectory:
    """Return a folder in memory if there is room for `needed_bytes`, else on disk."""
    memory = Path("/dev/shm")
    in_memory = memory.is_dir() and shutil.disk_usage(memory).free > 2 * needed_bytes
    return tempfile.TemporaryDirectory(prefix="kompakt-gpu-", dir=memory if in_memory else None)
