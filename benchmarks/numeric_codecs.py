"""Coders that are made for arrays or can be set for them, each with all the settings worth a trial."""

import importlib
import lzma
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np

import kompakt
from benchmarks.child import BenchmarkError, run
from benchmarks.codecs import INPUT, RESTORED

DELTA_DISTANCES = (1, 2, 3, 4, 6, 8, 12, 16)
UNKNOWN_SIZES = (2, 4, 8)  # of values in files that do not say theirs
PACKED = "packed"


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting of a coder; both functions are from bytes to bytes."""

    settings: str
    compress: Callable[[bytes], bytes]
    decompress: Callable[[bytes], bytes]


def bsc(kind: np.dtype | None) -> Iterator[Trial]:
    """Give bsc without and with its reordering of records, in one block."""
    for options in ("b1024e2", "b1024e2r"):
        yield Trial(
            f"-{options}",
            partial(_through_files, ["bsc", "e", INPUT, PACKED, f"-{options}"], INPUT, PACKED),
            partial(_through_files, ["bsc", "d", PACKED, RESTORED], PACKED, RESTORED),
        )


def xz_delta(kind: np.dtype | None) -> Iterator[Trial]:
    """Give xz -9e without a filter and after each delta filter."""
    coder = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}
    yield Trial("--lzma2=preset=9e", partial(lzma.compress, filters=[coder]), lzma.decompress)
    for distance in DELTA_DISTANCES:
        filters = [{"id": lzma.FILTER_DELTA, "dist": distance}, coder]
        yield Trial(
            f"--delta=dist={distance} --lzma2=preset=9e",
            partial(lzma.compress, filters=filters),
            lzma.decompress,
        )


def blosc2(kind: np.dtype | None) -> Iterator[Trial]:
    """Give blosc2 with zstd of level 9 after each shuffle, in blocks of its own choice."""
    module = _module("blosc2")
    for size in UNKNOWN_SIZES if kind is None else (kind.itemsize,):
        for shuffle in (module.Filter.SHUFFLE, module.Filter.BITSHUFFLE):
            yield Trial(
                f"{shuffle.name.lower()} typesize={size} zstd clevel=9",
                partial(
                    module.compress2,
                    typesize=size,
                    clevel=9,
                    codec=module.Codec.ZSTD,
                    filters=[shuffle],
                    nthreads=1,
                ),
                module.decompress2,
            )


def pcodec(kind: np.dtype | None) -> Iterator[Trial]:
    """Give pcodec at its highest level, for files whose type of values is known."""
    module = _module("pcodec")
    if kind is not None:
        config = module.ChunkConfig(compression_level=12)
        yield Trial(
            f"{kind.name} compression_level=12",
            lambda data: module.standalone.simple_compress(np.frombuffer(data, kind), config),
            lambda packed: module.standalone.simple_decompress(packed).tobytes(),
        )


def kompakt_level(level: int, kind: np.dtype | None) -> Iterator[Trial]:
    """Give a level of kompakt."""
    yield Trial(
        f"level={level} threads=1",
        lambda data: kompakt.compress(data, level=level, threads=1),
        lambda packed: kompakt.decompress(packed, threads=1),
    )


CODECS: dict[str, Callable[[np.dtype | None], Iterator[Trial]]] = {
    "bsc": bsc,
    "xz-delta": xz_delta,
    "blosc2": blosc2,
    "pcodec": pcodec,
    "kompakt-5": partial(kompakt_level, 5),
    "kompakt-9": partial(kompakt_level, 9),
}


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise BenchmarkError(f"{name}: is not installed (pip install {name})") from None


def _through_files(command: list[str], source: str, target: str, data: bytes) -> bytes:
    """Return what `command` makes of `data`, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="kompakt-bench-") as name:
        folder = Path(name)
        (folder / source).write_bytes(data)
        run(command, folder)
        return (folder / target).read_bytes()
