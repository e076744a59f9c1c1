"""One measured call of a classical code. Prints the seconds of the second of two equal calls.

    python -m benchmarks.classic_worker compress|decompress SOURCE TARGET CODEC RAW_BYTES

The first call loads compiled code, or makes it. Reading and writing files is not measured.
"""

import bz2
import lzma
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kompakt.classic.pipeline import parse_pipeline


def _zlib_huffman(data: memoryview) -> bytes:
    """Return `data` as zlib's Huffman code alone makes it, with new tables as often as zlib likes."""
    packer = zlib.compressobj(9, strategy=zlib.Z_HUFFMAN_ONLY)
    return packer.compress(data) + packer.flush()


REFERENCES = {
    "zlib-huffman": (_zlib_huffman, zlib.decompress),
    "zlib-6": (lambda data: zlib.compress(data, 6), zlib.decompress),
    "zlib-9": (lambda data: zlib.compress(data, 9), zlib.decompress),
    "bz2-9": (lambda data: bz2.compress(data, 9), bz2.decompress),
    "lzma-6": (lambda data: lzma.compress(data, preset=6), lzma.decompress),
}
"""Coders of Python's own library, by name: compress and decompress."""


def coder(codec: str, action: str, raw_bytes: int) -> Callable[[np.ndarray], bytes | np.ndarray]:
    """Return what does `action` with bytes as `codec`, a name in REFERENCES or a pipeline, does it."""
    if codec in REFERENCES:
        function = REFERENCES[codec][action == "decompress"]
        return lambda data: function(memoryview(data))
    pipeline = parse_pipeline(codec)
    return pipeline.encode if action == "compress" else lambda stream: pipeline.decode(stream, raw_bytes)


def main() -> None:
    action, source, target, codec, raw_bytes = sys.argv[1:]
    code = coder(codec, action, int(raw_bytes))
    data = np.fromfile(source, np.uint8)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        result = code(data)
        seconds.append(time.perf_counter() - start)
    Path(target).write_bytes(bytes(memoryview(result)))
    print(seconds[-1])


if __name__ == "__main__":
    main()
