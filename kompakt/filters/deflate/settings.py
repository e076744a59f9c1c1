"""What a user of zlib chooses, and what follows from it for the search and the blocks."""

from typing import NamedTuple

import numpy as np

from kompakt.filters.deflate.format import MAX_MATCH

GREEDY, LAZY, RUNS, NONE = 0, 1, 2, 3
"""Ways to choose tokens: the first match, or one byte of patience; runs of one byte only; literals only."""

MIN_WINDOW_BITS, MAX_WINDOW_BITS = 9, 15
MAX_MEMORY_LEVEL = 9
GZIP_MEMORY_LEVEL = 10
"""What gzip and Info-ZIP use: the blocks of level 9, the hash of level 8."""

LEVELS = 9
DEFAULT, FILTERED, HUFFMAN_ONLY, RUN_LENGTHS = 0, 1, 2, 3
_STRATEGIES = 4
LOOK_AHEAD = 262  # bytes that zlib wants to have behind the position it searches at

_SEARCH = (
    (GREEDY, 4, 4, 8, 4),
    (GREEDY, 4, 5, 16, 8),
    (GREEDY, 4, 6, 32, 32),
    (LAZY, 4, 4, 16, 16),
    (LAZY, 8, 16, 32, 32),
    (LAZY, 8, 16, 128, 128),
    (LAZY, 8, 32, 128, 256),
    (LAZY, 32, 128, 258, 1024),
    (LAZY, 32, 258, 258, 4096),
)
"""Of the levels 1 to 9: way, good, lazy and nice length, chain steps."""


class Rules(NamedTuple):
    """Settings as the loops use them, all int.

    good: length of a match from which on only a quarter of the chain is searched
    patience: longest match that waits for a better one (LAZY) or whose bytes are hashed (GREEDY)
    nice: length that ends a search; steps: how many earlier positions a search tries
    reach: longest distance; shortest: a lazy match must be longer than this
    shift, slots: of the hash; window: positions that chains remember; tokens: of a full block
    refill: bytes behind the position searched at that are so few that more are read into the window
    """

    way: int
    good: int
    patience: int
    nice: int
    steps: int
    reach: int
    shortest: int
    shift: int
    slots: int
    window: int
    tokens: int
    refill: int


class Settings(NamedTuple):
    """Arguments of zlib's deflateInit2: level 1 … 9, strategy, memory level 1 … 10, window bits 9 … 15."""

    level: int = 6
    strategy: int = DEFAULT
    memory_level: int = 8
    window_bits: int = MAX_WINDOW_BITS

    def rules(self) -> Rules:
        """Return what follows for the loops."""
        way, good, patience, nice, steps = _SEARCH[self.level - 1]
        refill = LOOK_AHEAD - 1
        if self.strategy == RUN_LENGTHS:
            way, refill = RUNS, MAX_MATCH
        elif self.strategy == HUFFMAN_ONLY:
            way, refill = NONE, 0
        window = 1 << self.window_bits
        hash_bits = 7 + (8 if self.memory_level == GZIP_MEMORY_LEVEL else self.memory_level)
        return Rules(
            way=way,
            good=good,
            patience=patience,
            nice=nice,
            steps=steps,
            reach=window - LOOK_AHEAD,
            shortest=5 if self.strategy == FILTERED else 2,
            shift=(hash_bits + 2) // 3,
            slots=1 << hash_bits,
            window=window,
            tokens=(1 << (6 + min(self.memory_level, MAX_MEMORY_LEVEL))) - 1,
            refill=refill,
        )

    def to_number(self) -> int:
        """Return the settings as one number below 2**14."""
        number = self.window_bits - MIN_WINDOW_BITS
        number = number * GZIP_MEMORY_LEVEL + GZIP_MEMORY_LEVEL - self.memory_level
        return (number * _STRATEGIES + self.strategy) * LEVELS + self.level - 1

    @staticmethod
    def from_number(number: int) -> "Settings":
        """Return the settings of `number`. Raises ValueError."""
        number, level = divmod(number, LEVELS)
        number, strategy = divmod(number, _STRATEGIES)
        window, memory = divmod(number, GZIP_MEMORY_LEVEL)
        if window > MAX_WINDOW_BITS - MIN_WINDOW_BITS:
            raise ValueError("a stream has settings that zlib has not")
        return Settings(level + 1, strategy, GZIP_MEMORY_LEVEL - memory, window + MIN_WINDOW_BITS)


class Chains(NamedTuple):
    """The hash table of one thread.

    heads: int32, the last position with each hash
    links: uint16, how many bytes before a position is the last one with the same hash; 0 ends a chain
    """

    heads: np.ndarray
    links: np.ndarray


def new_chains() -> Chains:
    """Return chains for any settings."""
    return Chains(np.zeros(1 << (MAX_MEMORY_LEVEL + 7), np.int32), np.zeros(1 << MAX_WINDOW_BITS, np.uint16))
