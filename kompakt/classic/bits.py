"""Bits packed into bytes, lowest first."""

import numpy as np

from kompakt.classic.compiling import inlined
from kompakt.classic.memory import load_le64


@inlined
def read_bits(stream, last, position, count):
    """Return `count` bits, at most 56, from bit `position` on.

    stream: uint8, with 8 bytes of zeros from index `last` on; what lies behind is read as zeros
    """
    word = load_le64(stream, min(position >> np.uint64(3), last)) >> (position & np.uint64(7))
    return word & ((np.uint64(1) << count) - np.uint64(1))
