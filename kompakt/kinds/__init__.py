"""What kind of data a chunk of bytes is, so that the like can lie side by side and share what a model learns.

    classify(chunk: uint8 (n,)) -> ChunkKind        n >= 1; any memory layout; read-only is fine

Decides by integer counts of the bytes alone: the same on every machine. Most tests look at eight windows of
2 KiB; only what seems to be compressed is looked at as a whole.
"""

import numpy as np

from kompakt.kinds.arrays import PHASES, element_bytes, phase_counts, pixel_bytes, smooth_element_bytes
from kompakt.kinds.kind import ARRAYS, ChunkKind, Kind
from kompakt.kinds.machine_code import looks_like_arm64, looks_like_x86
from kompakt.kinds.noise import Noise, noise_in
from kompakt.kinds.rows import row_bytes
from kompakt.kinds.sample import histogram, windows_of
from kompakt.kinds.text import is_text, text_kind

__all__ = ["ChunkKind", "Kind", "classify"]


def classify(chunk: np.ndarray) -> ChunkKind:
    """Return the kind of the bytes in `chunk`: uint8, one dimension. Raises ValueError if it is empty."""
    if chunk.dtype != np.uint8 or chunk.ndim != 1 or chunk.size == 0:
        raise ValueError("a chunk is an array of uint8 with one dimension and at least one byte")
    windows = windows_of(chunk)
    counts = histogram(windows)
    if is_text(counts):
        kind = text_kind(windows, counts)
        return ChunkKind(kind, stride=row_bytes(chunk) if kind == Kind.TABLE else 0)
    noise = noise_in(chunk)
    if noise:
        return ChunkKind(Kind.RANDOM if noise == Noise.CHANCE else Kind.COMPRESSED)
    if windows.shape[1] < PHASES:
        return ChunkKind(Kind.BINARY)
    phases = phase_counts(windows)
    width = element_bytes(phases)
    if not width and looks_like_x86(windows):
        return ChunkKind(Kind.X86)
    if looks_like_arm64(windows):
        return ChunkKind(Kind.ARM64, width=4)
    row = row_bytes(chunk)
    pixel = pixel_bytes(windows, phases)
    width = width or smooth_element_bytes(windows)
    if pixel in (2, 4) or (pixel and not width):
        return ChunkKind(Kind.ARRAY8, width=1, stride=row or pixel)
    if width:
        return ChunkKind(ARRAYS[width], width=width, stride=row if row % width == 0 else 0)
    return ChunkKind(Kind.BINARY, stride=row)
