"""What warps did: basic blocks, and transactions of memory, as if lanes did together what they can."""

from typing import NamedTuple

import numpy as np
from numba import njit

from tests.kernels.ptx import operations as op

LANES = 32
ROUNDS_COUNTED = 16
"""How often between two meetings an access's transactions are counted; what resets states goes beyond."""


class Counts(NamedTuple):
    """What a launch has done, where it is counted; else arrays without items.

    issues:  int64 (blocks,): how often a warp went through each basic block, all lanes together
    accesses: int64 (memories + 1, 2): of each access, how often a warp made it, and its transactions
    lane_rounds: int64 (32, blocks), since the last meeting; touched, touched_count: blocks with any
    addresses: int64 (memories + 1, ROUNDS_COUNTED, 32); rounds: int64 (memories + 1, 32)
    """

    issues: np.ndarray
    accesses: np.ndarray
    lane_rounds: np.ndarray
    rounds: np.ndarray
    addresses: np.ndarray
    widths: np.ndarray


def counts_for(blocks: int, memories: int) -> Counts:
    """Return counts of zero for a program; for 0 blocks arrays that cannot count."""
    return Counts(
        np.zeros(blocks, np.int64),
        np.zeros((memories + 1, 2), np.int64),
        np.zeros((LANES, blocks), np.int64),
        np.zeros((memories + 1, LANES), np.int64),
        np.zeros((memories + 1 if blocks else 0, ROUNDS_COUNTED, LANES), np.int64),
        np.zeros(memories + 1, np.int64),
    )


@njit(cache=True)
def _transactions(addresses, lanes, row):
    """Return how many 32-byte sectors, or rounds of 32 banks, an access of these lanes takes."""
    size = max(row[op.BITS] >> 3, row[op.C])
    if row[op.OP] == op.LOAD_SHARED or row[op.OP] == op.STORE_SHARED:
        words = np.empty(LANES * 4, np.int64)
        count = 0
        of_bank = np.zeros(32, np.int64)
        for lane in range(LANES):
            if not lanes[lane]:
                continue
            for word in range(addresses[lane] >> 2, (addresses[lane] + size + 3) >> 2):
                known = False
                for i in range(count):
                    known = known or words[i] == word
                if not known:
                    words[count] = word
                    count += 1
                    of_bank[word & 31] += 1
        return of_bank.max()
    sectors = np.empty(LANES * 2, np.int64)
    count = 0
    for lane in range(LANES):
        if not lanes[lane]:
            continue
        for sector in range(addresses[lane] >> 5, ((addresses[lane] + size - 1) >> 5) + 1):
            known = False
            for i in range(count):
                known = known or sectors[i] == sector
            if not known:
                sectors[count] = sector
                count += 1
    return count


@njit(cache=True)
def count(code, counts, places):
    """Add what lanes did since their last meeting, as if they had done together what they can."""
    for block in range(counts.lane_rounds.shape[1]):
        most = 0
        for lane in range(LANES):
            most = max(most, counts.lane_rounds[lane, block])
            counts.lane_rounds[lane, block] = 0
        counts.issues[block] += most
    lanes = np.empty(LANES, np.bool_)
    for number in range(1, len(counts.rounds)):
        most = 0
        for lane in range(LANES):
            most = max(most, counts.rounds[number, lane])
        if most == 0:
            continue
        row = code[places[number]]
        counts.accesses[number, 0] += most
        for made in range(min(most, ROUNDS_COUNTED)):
            for lane in range(LANES):
                lanes[lane] = counts.rounds[number, lane] > made
            counts.accesses[number, 1] += _transactions(counts.addresses[number, made], lanes, row)
        counts.rounds[number, :] = 0
