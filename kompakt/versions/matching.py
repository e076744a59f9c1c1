"""What a file has in common with its earlier version: the longest stretches of equal bytes, found by seeds.

The beginning and the end are compared at once. Of what is left between, every SEED_STRIDE-th window of the
earlier version is looked up at every place of the new one; what is found is compared byte by byte and made as
long as it goes. A hash only says where to look.
"""

from typing import NamedTuple

import numpy as np

WINDOW_BYTES = 32
SEED_STRIDE = 16
_WORD_BYTES = 8
_COMPARED_BYTES = 1 << 12
_FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64
)


class Common(NamedTuple):
    """`length` bytes that are at `place` in the new version and at `earlier_place` in the earlier one."""

    place: int
    earlier_place: int
    length: int


def common_parts(earlier: np.ndarray, new: np.ndarray) -> list[Common]:
    """Return what two arrays, uint8 (n,), have in common, in the order of `new`, without overlap there."""
    head = _equal_ahead(earlier, new)
    tail = _equal_ahead(earlier[head:][::-1], new[head:][::-1])
    end, earlier_end = len(new) - tail, len(earlier) - tail
    parts = [
        Common(0, 0, head),
        *_middle(earlier, new, head, end, earlier_end),
        Common(end, earlier_end, tail),
    ]
    return [part for part in parts if part.length >= WINDOW_BYTES]


def _middle(earlier: np.ndarray, new: np.ndarray, start: int, end: int, earlier_end: int) -> list[Common]:
    """Return what is common between `start` and `end` of the new version."""
    seeds = _window_hashes(earlier[start:earlier_end])[::SEED_STRIDE]
    wanted = _window_hashes(new[start:end])
    if not seeds.size or not wanted.size:
        return []
    order = np.argsort(seeds, kind="stable")
    nearest = np.minimum(np.searchsorted(seeds[order], wanted), seeds.size - 1)
    places = np.flatnonzero(seeds[order][nearest] == wanted)
    earlier_places = order[nearest[places]] * SEED_STRIDE + start
    places = places + start
    parts: list[Common] = []
    done, shift, number = start, 0, 0
    while number < places.size:
        place = int(places[number])
        candidates = (place + shift, int(earlier_places[number]))  # as the part before went on, and as found
        earlier_place, ahead = max(
            ((other, _equal_at(earlier, new, other, place, earlier_end, end)) for other in candidates),
            key=lambda candidate: candidate[1],
        )
        if ahead < WINDOW_BYTES:
            number += 1
            continue
        back = min(place - done, earlier_place - start)
        behind = _equal_ahead(
            earlier[earlier_place - back : earlier_place][::-1], new[place - back : place][::-1]
        )
        parts.append(Common(place - behind, earlier_place - behind, behind + ahead))
        done, shift = place + ahead, earlier_place - place
        number = int(np.searchsorted(places, done))
    return parts


def _equal_at(
    earlier: np.ndarray, new: np.ndarray, earlier_place: int, place: int, earlier_end: int, end: int
) -> int:
    if not 0 <= earlier_place < earlier_end:
        return 0
    return _equal_ahead(earlier[earlier_place:earlier_end], new[place:end])


def _equal_ahead(one: np.ndarray, other: np.ndarray) -> int:
    """Return how many bytes both begin with alike."""
    length = min(len(one), len(other))
    for start in range(0, length, _COMPARED_BYTES):
        stop = min(start + _COMPARED_BYTES, length)
        differing = np.flatnonzero(one[start:stop] != other[start:stop])
        if differing.size:
            return start + int(differing[0])
    return length


def _window_hashes(data: np.ndarray) -> np.ndarray:
    """Return a hash of the WINDOW_BYTES from each place on, uint64."""
    count = data.size - WINDOW_BYTES + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    data = np.ascontiguousarray(data)
    words = np.ndarray((data.size - _WORD_BYTES + 1,), "<u8", data, strides=(1,))
    hashes = np.zeros(count, np.uint64)
    for number, factor in enumerate(_FACTORS):
        word = words[number * _WORD_BYTES :][:count]
        hashes = (hashes ^ word) * factor
        hashes ^= hashes >> np.uint64(32)
    return hashes
