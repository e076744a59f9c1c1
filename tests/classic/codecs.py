"""The codecs and pipelines that the tests go through, and inputs beside those of tests/inputs.py.

`cm` is slow and large, and has tests of its own.
"""

import numpy as np

from kompakt.classic.pipeline import parse_pipeline
from kompakt.classic.stages import STAGES
from tests.inputs import CONTENTS, random_bytes, text

CODECS = {stage.name: stage.codec for stage in STAGES if stage.name != "cm"}
PIPELINES = {
    name: parse_pipeline(name)
    for name in (
        "lz77+huffman",
        "lz77+rans",
        "lz77+order1",
        "bwt+mtf+rans",
        "bwt+mtf+order1",
        "lzw+huffman",
        "dict16+huffman",
        "dict16+rans",
        "dict16+lz77+rans",
        "lz77+bwt+mtf+huffman",
    )
}
ALL = {**CODECS, **PIPELINES}

SEVERAL = {
    **CONTENTS,
    "two values": random_bytes(3000).translate(bytes(i & 1 for i in range(256))),
    "period of 7": b"kompakt" * 3000,
    "every byte once": bytes(range(256)),
    "long match far away": text(9000, seed=3) + random_bytes(20_000, seed=4) + text(9000, seed=3),
}


def array(data: bytes) -> np.ndarray:
    """Return `data` as a read-only uint8 array."""
    return np.frombuffer(data, np.uint8)


def skewed(size: int, seed: int = 0, ratio: float = 0.8) -> np.ndarray:
    """Return `size` independent bytes, value v with a probability in proportion to ratio**v."""
    weights = ratio ** np.arange(256)
    return np.random.default_rng(seed).choice(256, size, p=weights / weights.sum()).astype(np.uint8)


def entropy_bits(data: np.ndarray) -> float:
    """Return the order-0 entropy of `data`, all of it, in bits."""
    counts = np.bincount(data, minlength=256)
    counts = counts[counts > 0]
    return float(-(counts * np.log2(counts / data.size)).sum())
