"""The table of stages: name, id, and what a pipeline needs of each codec.

Ids are written in streams and are never used again for something else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from kompakt.classic import huffman, rans, shannon, shannon_fano


@dataclass(frozen=True, slots=True)
class Stage:
    """One codec in a pipeline.

    split: data, uint8 -> `parts` streams, uint8, that the next stage codes one by one
    join:  streams, raw_bytes -> data; raises StreamError
    fixed_bytes: all parts of n bytes take at most 2 · n + fixed_bytes
    """

    stage_id: int
    name: str
    codec: ModuleType
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


STAGES = (
    Stage(1, "shannon", shannon),
    Stage(2, "shannon-fano", shannon_fano),
    Stage(3, "huffman", huffman),
    Stage(4, "rans", rans),
)
STAGE_BY_ID = {stage.stage_id: stage for stage in STAGES}
STAGE_BY_NAME = {stage.name: stage for stage in STAGES}
