"""What RFC 1951 fixes: codes of lengths and distances, the order of the code lengths, the fixed code.

A token is an int32: 0 is a literal, whose byte is in the raw data; else length << 16 | distance.
"""

import numpy as np

MIN_MATCH = 3
MAX_MATCH = 258
MAX_WORD_BITS = 15
MAX_STORED_BYTES = 65_535
END_OF_BLOCK = 256
LITERALS = 286  # symbols of literals, the end of the block, and lengths
DISTANCES = 30
RUN_SYMBOLS = 19  # symbols of the code in which the code lengths are sent
DISTANCES_AT = 288  # where the lengths of distance words begin in an array of all word lengths
WORDS = 320

STORED, FIXED, DYNAMIC = 0, 1, 2

RUN_ORDER = np.array([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15], np.int64)
RUN_EXTRA = np.array([0] * 16 + [2, 3, 7], np.int64)
RUN_BASE = np.array([0] * 16 + [3, 3, 11], np.int64)

LENGTH_EXTRA = np.array([0] * 4 + [code // 4 - 1 for code in range(4, 28)] + [0], np.int64)
LENGTH_BASE = MIN_MATCH + np.cumsum(np.append(0, 1 << LENGTH_EXTRA[:-1]))
LENGTH_BASE[-1] = MAX_MATCH
DISTANCE_EXTRA = np.array([0] * 2 + [code // 2 - 1 for code in range(2, DISTANCES)], np.int64)
DISTANCE_BASE = 1 + np.cumsum(np.append(0, 1 << DISTANCE_EXTRA[:-1]))

LENGTH_CODE = (np.searchsorted(LENGTH_BASE, np.arange(MAX_MATCH + 1), "right") - 1).astype(np.uint8)
"""Code, less 257, of each length from MIN_MATCH on."""

_STEPS = np.append(np.arange(256), np.arange(256) << 7) + 1
DISTANCE_CODE = (np.searchsorted(DISTANCE_BASE, _STEPS, "right") - 1).astype(np.uint8)
"""Code of a distance d: at d - 1 up to 256, and at 256 + (d - 1 >> 7) beyond."""

FIXED_LENGTHS = np.array([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8 + [5] * 32, np.uint8)
