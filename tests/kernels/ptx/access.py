"""Memory in items of all sizes, with a shadow that says of each byte whether it is allocated and written."""

from typing import NamedTuple

import numpy as np
from numba import njit

from tests.kernels.ptx.problems import BAD_ADDRESS, FINE, MISALIGNED, READ_UNWRITTEN

NOT_ALLOCATED, UNWRITTEN, WRITTEN = range(3)
"""What the shadow says of a byte."""

_u64 = np.uint64


class Memory(NamedTuple):
    """The same memory in items of all sizes, and its shadow; indices count bytes from `base`."""

    bytes1: np.ndarray
    bytes2: np.ndarray
    bytes4: np.ndarray
    bytes8: np.ndarray
    shadow: np.ndarray
    shadow2: np.ndarray
    shadow4: np.ndarray
    shadow8: np.ndarray
    base: int


@njit(inline="always", cache=True)
def _is_written(memory, at, size):
    if size == 4:
        return memory.shadow4[at >> 2] == 0x02020202
    if size == 8:
        return memory.shadow8[at >> 3] == _u64(0x0202020202020202)
    if size == 2:
        return memory.shadow2[at >> 1] == 0x0202
    return memory.shadow[at] == WRITTEN


@njit(inline="always", cache=True)
def check(memory, at, size, align, reads):
    if at < 0 or at + size > len(memory.bytes1):
        return BAD_ADDRESS
    if (at + memory.base) % align:
        return MISALIGNED
    if _is_written(memory, at, size):
        return FINE
    worst = memory.shadow[at]
    for i in range(1, size):
        worst = min(worst, memory.shadow[at + i])
    if worst == NOT_ALLOCATED:
        return BAD_ADDRESS
    if reads and worst == UNWRITTEN:
        return READ_UNWRITTEN
    return FINE


@njit(inline="always", cache=True)
def load(memory, at, bits):
    if bits == 8:
        return _u64(memory.bytes1[at])
    if bits == 16:
        return _u64(memory.bytes2[at >> 1])
    if bits == 32:
        return _u64(memory.bytes4[at >> 2])
    return memory.bytes8[at >> 3]


@njit(inline="always", cache=True)
def store(memory, at, bits, value):
    if bits == 8:
        memory.bytes1[at] = np.uint8(value & _u64(0xFF))
    elif bits == 16:
        memory.bytes2[at >> 1] = np.uint16(value & _u64(0xFFFF))
    elif bits == 32:
        memory.bytes4[at >> 2] = np.uint32(value & _u64(0xFFFFFFFF))
    else:
        memory.bytes8[at >> 3] = value
    if not _is_written(memory, at, bits >> 3):
        for i in range(bits >> 3):
            memory.shadow[at + i] = WRITTEN
