"""The table of stages: name, id, and what a pipeline needs of each codec.

Ids are written in streams and are never used again for something else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kompakt.classic import bwt, dict16, huffman, lz77, lzw, mtf, rans, shannon, shannon_fano
from kompakt.classic.cm import CM
from kompakt.classic.orders import ORDER_0, ORDER_1, ORDER_2


class Codec(Protocol):
    """A module or object of this package that codes bytes; __init__.py has the contract."""

    def encode(self, data: np.ndarray) -> np.ndarray:
        """Return the stream of `data`."""

    def decode(self, stream: np.ndarray, raw_bytes: int) -> np.ndarray:
        """Return the bytes of `stream`; raise StreamError."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One codec in a pipeline.

    split: data, uint8 -> `parts` streams, uint8, that the next stage codes one by one
    join:  streams, raw_bytes -> data; raises StreamError
    fixed_bytes: all parts of n bytes take at most 2 · n + fixed_bytes
    """

    stage_id: int
    name: str
    codec: Codec
    parts: int = 1
    fixed_bytes: int = 4096

    @property
    def split(self) -> Callable[[np.ndarray], Sequence[np.ndarray]]:
        return self.codec.split if self.parts > 1 else lambda data: (self.codec.encode(data),)

    @property
    def join(self) -> Callable[[Sequence[np.ndarray], int], np.ndarray]:
        if self.parts > 1:
            return self.codec.join
        return lambda parts, raw_bytes: self.codec.decode(parts[0], raw_bytes)

    def most_bytes(self, raw_bytes: int) -> int:
        """Return the most bytes that the parts of `raw_bytes` bytes have together."""
        return 2 * raw_bytes + self.fixed_bytes


HUFFMAN_ID, RANS_ID, DICT16_ID, CM_ID = 3, 4, 12, 13

STAGES = (
    Stage(1, "shannon", shannon),
    Stage(2, "shannon-fano", shannon_fano),
    Stage(HUFFMAN_ID, "huffman", huffman),
    Stage(RANS_ID, "rans", rans),
    Stage(5, "order0", ORDER_0),
    Stage(6, "order1", ORDER_1),
    Stage(7, "order2", ORDER_2),
    Stage(8, "lz77", lz77, lz77.PARTS),
    Stage(9, "bwt", bwt, bwt.PARTS),
    Stage(10, "mtf", mtf),
    Stage(11, "lzw", lzw),
    Stage(DICT16_ID, "dict16", dict16.DICT16, dict16.PARTS, dict16.FIXED_BYTES),
    Stage(CM_ID, "cm", CM),
)
STAGE_BY_ID = {stage.stage_id: stage for stage in STAGES}
STAGE_BY_NAME = {stage.name: stage for stage in STAGES}
