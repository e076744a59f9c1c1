"""Lanes, warps and CTAs: runs a Program's code until every thread has returned, or one did what it may not.

A lane runs until it needs the others, or for a turn, then the next one does, in an order shuffled anew after
each meeting; when all 32 of a warp wait at the same instruction it is done for all of them.
"""

import numpy as np
from numba import njit

from tests.kernels.ptx import operations as op
from tests.kernels.ptx.counting import LANES, count
from tests.kernels.ptx.lane import run_lane
from tests.kernels.ptx.problems import (
    APART,
    BAD_OPERATION,
    ENDLESS,
    FINE,
    LEFT_OTHERS,
    PARTIAL_MASK,
    UNDERWAY,
)

MOST_TURNS = 1 << 20
"""Of a lane between two meetings."""

_u64 = np.uint64
_i64 = np.int64
_ALL = 0xFFFFFFFF


@njit(cache=True)
def _shuffle(order, random):
    for last in range(len(order) - 1, 0, -1):
        random ^= random << _u64(13)
        random ^= random >> _u64(7)
        random ^= random << _u64(17)
        other = _i64(random % _u64(last + 1))
        order[last], order[other] = order[other], order[last]
    return random


@njit(cache=True)
def _meet(row, registers):
    """Do a warp's collective; `registers` are those of its lanes. Return a problem."""
    operation, target, a = row[op.OP], row[op.TARGET], row[op.A]
    for lane in range(LANES):
        if registers[lane, row[op.C]] & _u64(_ALL) != _u64(_ALL):
            return PARTIAL_MASK
    if operation == op.SUM_WARP:
        total = _u64(0)
        for lane in range(LANES):
            total += registers[lane, a]
        for lane in range(LANES):
            registers[lane, target] = total & _u64(_ALL)
    elif operation == op.ANY_WARP or operation == op.ALL_WARP:
        some, every = False, True
        for lane in range(LANES):
            some = some or registers[lane, a] != _u64(0)
            every = every and registers[lane, a] != _u64(0)
        for lane in range(LANES):
            registers[lane, target] = _u64(1) if (some if operation == op.ANY_WARP else every) else _u64(0)
    elif operation == op.SHUFFLE_INDEX or operation == op.SHUFFLE_XOR:
        given = registers[:, a].copy()
        for lane in range(LANES):
            other = _i64(registers[lane, row[op.B]] & _u64(31))
            clamp = _i64(registers[lane, row[op.PLACE]])
            fixed = (clamp >> 8) & 31
            last = (lane & fixed) | (clamp & 31 & ~fixed)
            source = (lane & fixed) | (other & ~fixed) if operation == op.SHUFFLE_INDEX else lane ^ other
            inside = source <= last
            registers[lane, target] = given[source if inside else lane]
            if row[op.COLLECTIVE_TARGET] >= 0:
                registers[lane, row[op.COLLECTIVE_TARGET]] = _u64(1) if inside else _u64(0)
    elif operation != op.SYNC_WARP:
        return BAD_OPERATION
    return FINE


@njit(cache=True)
def run(code, registers, ctas, warps, memory, shared_at, shared_bytes, seed, counting, counts, places):
    """Run a launch of `ctas` CTAs of `warps` warps; return (problem, thread, place, address).

    registers: uint64 (threads, registers), the threads of a CTA one behind the other
    shared_at: int64 (ctas,), where each CTA's shared memory lies in `memory`
    places:    int64 (memories + 1,), where each access stands in the code
    """
    all_warps = ctas * warps
    at = np.zeros((all_warps, LANES), np.int64)
    waiting = np.zeros(all_warps, np.bool_)  # for its CTA
    done = np.zeros(all_warps, np.bool_)
    random = _u64(seed) * _u64(0x9E3779B97F4A7C15) + _u64(0xD1B54A32D192ED03)
    order = np.arange(all_warps)
    lanes = np.arange(LANES)
    underway = np.zeros(LANES, np.bool_)
    left = all_warps
    while left:
        random = _shuffle(order, random)
        for warp in order:
            if done[warp] or waiting[warp]:
                continue
            cta = warp // warps
            first = warp * LANES
            random = _shuffle(lanes, random)
            underway[:] = True
            turns = 0
            while underway.any():
                turns += 1
                if turns > MOST_TURNS:
                    return ENDLESS, first, at[warp, 0], 0
                for lane in lanes:
                    if not underway[lane]:
                        continue
                    problem, place, address = run_lane(
                        code, registers[first + lane], at[warp, lane], lane, memory, shared_at[cta],
                        shared_bytes, counting, counts,
                    )  # fmt: skip
                    at[warp, lane] = place
                    underway[lane] = problem == UNDERWAY
                    if problem and problem != UNDERWAY:
                        return problem, first + lane, place, address
            if counting:
                count(code, counts, places)
            place = at[warp, 0]
            for lane in range(LANES):
                if at[warp, lane] != place:
                    problem = LEFT_OTHERS if min(at[warp, lane], place) < 0 else APART
                    return problem, first + lane, max(place, at[warp, lane]), 0
            if place < 0:
                done[warp] = True
                left -= 1
            elif code[place, op.OP] == op.SYNC_CTA:
                waiting[warp] = True
            else:
                problem = _meet(code[place], registers[first : first + LANES])
                if problem:
                    return problem, first, place, 0
                at[warp, :] = place + 1
            if waiting[warp] or done[warp]:
                ready = True
                for other in range(cta * warps, (cta + 1) * warps):
                    ready = ready and (waiting[other] or done[other])
                for other in range(cta * warps, (cta + 1) * warps):
                    if ready and waiting[other]:
                        waiting[other] = False
                        at[other, :] += 1
    return FINE, 0, 0, 0
