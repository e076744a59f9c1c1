"""All that is told about a batch, as one table of plain values."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kompakt.analysis.entropy import byte_costs, entropies
from kompakt.analysis.files import Contents, read_contents
from kompakt.analysis.sample import Piece, sample
from kompakt.classic.pipeline import Pipeline, parse_pipeline, with_level
from kompakt.errors import UsageError

CODECS = (
    "huffman,rans,order0,order1,order2,lzw,lz77+huffman,lz77+rans,lz77+order1,bwt+mtf+rans,bwt+mtf+order1,"
    "dict16+rans,cm"
)
PROFILE_BYTES = 1 << 26  # of content for the profile and the classes, or the sample if that is larger
WINDOWS = 400
"""Most points of the profile."""

WARM_UP_BYTES = 4096
CLASSES = (
    ("zero", (0x00,)),
    ("control", (*range(0x01, 0x09), *range(0x0E, 0x20), 0x7F)),
    ("white space", (*range(0x09, 0x0E), 0x20)),
    ("digits", tuple(b"0123456789")),
    ("lower case", tuple(b"abcdefghijklmnopqrstuvwxyz")),
    ("upper case", tuple(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    ("punctuation", tuple(b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")),
    ("0x80 to 0xFE", tuple(range(0x80, 0xFF))),
    ("0xFF", (0xFF,)),
)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of a batch.

    entropies:  of orders 0 … 4 of the sample, bits a byte
    codecs:     one table for each: codec, bytes, ratio, encode_mb_s and decode_mb_s of one thread's CPU time
    profile:    (offset in all content, bits a byte, name of the file there) for windows of a larger sample
    classes:    one table for each class of bytes in that: class, bytes, bits
    """

    files: int
    content_bytes: int
    sample_bytes: int
    level: int
    contents: Contents
    entropies: list[float]
    codecs: list[dict[str, str | int | float]]
    profile: list[tuple[int, float, str]]
    classes: list[dict[str, str | int | float]]

    def as_table(self) -> dict[str, object]:
        """Return everything as JSON takes it."""
        kinds = sorted(self.contents.kinds.items(), key=lambda kind: -kind[1][1])
        return {
            "files": self.files,
            "bytes": self.content_bytes,
            "unreadable": self.contents.unreadable,
            "kinds": [{"kind": name, "files": files, "bytes": size} for name, (files, size) in kinds],
            "duplicates": {
                "files": self.contents.duplicate_files,
                "file_bytes": self.contents.duplicate_file_bytes,
                "chunk_bytes": self.contents.duplicate_chunk_bytes,
            },
            "sample_bytes": self.sample_bytes,
            "level": self.level,
            "entropy_bits_per_byte": [round(bits, 4) for bits in self.entropies],
            "codecs": self.codecs,
            "byte_classes": self.classes,
            "profile": [
                {"offset": offset, "bits_per_byte": round(bits, 3), "file": name}
                for offset, bits, name in self.profile
            ],
        }  # fmt: skip


def chosen_pipelines(names: Sequence[str], level: int) -> list[Pipeline]:
    """Return the pipelines of these names. Raises UsageError."""
    try:
        return [with_level(parse_pipeline(name), level) for name in names]
    except ValueError as error:
        raise UsageError(str(error)) from None


def analyse(
    files: Sequence[tuple[str, Path, int]],
    pipelines: Sequence[Pipeline],
    sample_bytes: int,
    level: int,
    threads: int,
    progress: Callable[[int], None] = lambda done: None,
    notice: Callable[[str], None] = lambda text: None,
) -> Analysis:
    """Return what is to be known of `files` (name, path, size). Raises UsageError when there are no bytes."""
    contents = read_contents(files, progress)
    pieces = sample(files, sample_bytes)
    if not pieces:
        raise UsageError("there is no content to analyse")
    data = np.concatenate([piece.data for piece in pieces])
    profiled = sample(files, max(PROFILE_BYTES, sample_bytes))
    everything = np.concatenate([piece.data for piece in profiled])
    costs = byte_costs(everything)
    codecs = []
    with ThreadPoolExecutor(threads) as pool:
        for pipeline in pipelines:
            notice(f"trying {pipeline.name}")
            codecs.append(_measured(pipeline, pieces, pool))
    return Analysis(
        len(files),
        sum(size for _, _, size in files),
        data.size,
        level,
        contents,
        entropies(data),
        codecs,
        _profile(profiled, costs),
        _classes(everything, costs),
    )


def _measured(
    pipeline: Pipeline, pieces: Sequence[Piece], pool: ThreadPoolExecutor
) -> dict[str, str | int | float]:
    pipeline.decode(pipeline.encode(pieces[0].data[:WARM_UP_BYTES]), min(WARM_UP_BYTES, pieces[0].data.size))
    results = list(pool.map(lambda piece: _timed(pipeline, piece.data), pieces))
    raw_bytes = sum(piece.data.size for piece in pieces)
    coded_bytes, encode_s, decode_s = (sum(column) for column in zip(*results, strict=True))
    return {
        "codec": pipeline.name,
        "bytes": coded_bytes,
        "ratio": round(raw_bytes / coded_bytes, 4),
        "encode_mb_s": round(raw_bytes / max(encode_s, 1e-6) / 1e6, 3),
        "decode_mb_s": round(raw_bytes / max(decode_s, 1e-6) / 1e6, 3),
    }


def _timed(pipeline: Pipeline, data: np.ndarray) -> tuple[int, float, float]:
    began = time.thread_time()
    stream = pipeline.encode(data)
    coded = time.thread_time()
    restored = pipeline.decode(stream, data.size)
    ended = time.thread_time()
    if not np.array_equal(restored, data):
        raise AssertionError(f"{pipeline.name} gave other bytes back")
    return min(stream.size, data.size), coded - began, ended - coded


def _profile(pieces: Sequence[Piece], costs: np.ndarray) -> list[tuple[int, float, str]]:
    window = max(-(-costs.size // WINDOWS), 1)
    points, at = [], 0
    for piece in pieces:
        own = costs[at : at + piece.data.size]
        at += piece.data.size
        for start in range(0, own.size, window):
            name = [name for begin, name in piece.names if begin <= start][-1]
            points.append((piece.offset + start, float(own[start : start + window].mean()), name))
    return points


def _classes(data: np.ndarray, costs: np.ndarray) -> list[dict[str, str | int | float]]:
    counts = np.bincount(data, minlength=256)
    bits = np.bincount(data, costs, minlength=256)
    return [
        {
            "class": name,
            "bytes": int(counts[list(members)].sum()),
            "bits": round(float(bits[list(members)].sum()), 1),
        }
        for name, members in CLASSES
        if counts[list(members)].any()
    ]
