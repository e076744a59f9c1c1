"""The length of rows: the distance at which most bytes come again."""

import numpy as np

_LOOKED_AT_BYTES = 1 << 14
_LONGEST_ROW = 4096
_SHORTEST_ROW = 5
_CANDIDATES = 4
_LEAST_EQUAL = 10  # one byte in so many is equal to the one a row before
_ABOVE_NEIGHBOURS = 5, 4


def row_bytes(chunk: np.ndarray) -> int:
    """Return the length of the rows or records, 5 to 4096 bytes, in the middle of `chunk` (uint8), or 0.

    Candidates are the distances at which a byte comes next most often; one of them must have far more equal
    bytes than the distances beside it.
    """
    start = max(0, (chunk.size - _LOOKED_AT_BYTES) // 2)
    middle = chunk[start : start + _LOOKED_AT_BYTES]
    if middle.size < 4 * _SHORTEST_ROW:
        return 0
    places = np.argsort(middle, kind="stable")
    values = middle[places]
    gaps = np.diff(places)[values[1:] == values[:-1]]
    longest = min(_LONGEST_ROW, middle.size // 3)
    counts = np.bincount(gaps[gaps <= longest + 1], minlength=longest + 2)
    rises = counts[_SHORTEST_ROW:-1] * 2 - counts[_SHORTEST_ROW - 1 : -2] - counts[_SHORTEST_ROW + 1 :]
    candidates = np.argsort(-rises, kind="stable")[:_CANDIDATES] + _SHORTEST_ROW
    equal, row = max((_equal(middle, int(candidate)), -int(candidate)) for candidate in candidates)
    above, below = _ABOVE_NEIGHBOURS
    beside = max(_equal(middle, -row - 1), _equal(middle, -row + 1))
    is_row = equal * _LEAST_EQUAL >= middle.size and equal * below >= beside * above
    return -row if is_row else 0


def _equal(data: np.ndarray, distance: int) -> int:
    """Return how many bytes are equal to the one `distance` before, as if `data` had no start."""
    pairs = data.size - distance
    return int(np.count_nonzero(data[distance:] == data[:-distance])) * data.size // pairs
