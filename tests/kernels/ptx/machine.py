"""Lanes, warps and CTAs: runs a Program's code until every thread has returned, or one did what it may not.

A lane runs until it needs the others, or for a turn, then the next one does, in an order shuffled anew after
each meeting; when all 32 of a warp wait at the same instruction it is done for all of them. Memory is one
array with a shadow that says of each byte whether it is allocated and whether anybody has written it.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from tests.kernels.ptx import operations as op

LANES = 32
NOT_ALLOCATED, UNWRITTEN, WRITTEN = range(3)
"""What the shadow says of a byte."""

(
    FINE, BAD_ADDRESS, MISALIGNED, READ_UNWRITTEN, APART, PARTIAL_MASK, ENDLESS, BAD_OPERATION, FELL_OFF,
    DIVIDED_BY_ZERO, LEFT_OTHERS, UNDERWAY,
) = range(12)  # fmt: skip

WHAT_WENT_WRONG = {
    BAD_ADDRESS: "an address outside of every allocation",
    MISALIGNED: "a misaligned address",
    READ_UNWRITTEN: "a read of memory that nobody has written",
    APART: "lanes of a warp wait at different instructions",
    PARTIAL_MASK: "a meeting of some lanes only",
    ENDLESS: "too many instructions without a meeting",
    BAD_OPERATION: "an operation that the machine does not know",
    FELL_OFF: "the end of the code",
    DIVIDED_BY_ZERO: "a division by zero",
    LEFT_OTHERS: "lanes that have returned while others wait for them",
}

TURN_INSTRUCTIONS = 256
"""After so many without a meeting it is the next lane's turn: lanes that walk memory together do so."""

MOST_TURNS = 1 << 20
"""Of a lane between two meetings."""

ROUNDS_COUNTED = 16
"""How often between two meetings an access's transactions are counted; what resets states goes beyond."""

_u64 = np.uint64
_i64 = np.int64
_ALL = 0xFFFFFFFF


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


@njit(inline="always", cache=True)
def _mask(bits):
    return _u64(0xFFFFFFFFFFFFFFFF) >> _u64(64 - bits)


@njit(inline="always", cache=True)
def _signed(value, bits):
    shift = _i64(64 - bits)
    return _i64(_i64(value) << shift) >> shift


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
def _check(memory, at, size, align, reads):
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
def _load(memory, at, bits):
    if bits == 8:
        return _u64(memory.bytes1[at])
    if bits == 16:
        return _u64(memory.bytes2[at >> 1])
    if bits == 32:
        return _u64(memory.bytes4[at >> 2])
    return memory.bytes8[at >> 3]


@njit(inline="always", cache=True)
def _store(memory, at, bits, value):
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


@njit(cache=True)
def _product_high(a, b):
    """Return the upper 64 bits of a product of unsigned numbers."""
    low = _u64(0xFFFFFFFF)
    half = _u64(32)
    a0, a1, b0, b1 = a & low, a >> half, b & low, b >> half
    middle = a1 * b0 + ((a0 * b0) >> half)
    other = a0 * b1 + (middle & low)
    return a1 * b1 + (middle >> half) + (other >> half)


@njit(cache=True)
def _permuted(a, b, selector):
    both = (b << _u64(32)) | a
    result = _u64(0)
    for place in range(4):
        choice = (selector >> _u64(4 * place)) & _u64(15)
        byte = (both >> (_u64(8) * (choice & _u64(7)))) & _u64(0xFF)
        if choice & _u64(8):
            byte = _u64(0xFF) if byte & _u64(0x80) else _u64(0)
        result |= byte << _u64(8 * place)
    return result


@njit(cache=True)
def _run_lane(code, registers, at, lane, memory, shared_at, shared_bytes, counting, counts):
    """Run a thread to its next meeting, its end, or for a turn; return (problem, place, address)."""
    for _ in range(TURN_INSTRUCTIONS):
        if at >= len(code):
            return FELL_OFF, at, 0
        if counting and code[at, op.LEADER]:
            counts.lane_rounds[lane, code[at, op.LEADER] - 1] += 1
        guard = code[at, op.GUARD]
        if guard:
            holds = registers[abs(guard) - 1] != _u64(0)
            if holds != (guard > 0):
                at += 1
                continue
        operation = code[at, op.OP]
        if operation >= op.FIRST_COLLECTIVE:
            return FINE, at, 0
        bits = _i64(code[at, op.BITS])
        target = code[at, op.TARGET]
        if operation == op.BRANCH:
            at = code[at, op.PLACE]
            continue
        if operation == op.RETURN:
            return FINE, -1, 0
        if op.LOAD_GLOBAL <= operation <= op.ATOMIC_ADD:
            address = _i64(registers[code[at, op.A]]) + _i64(code[at, op.PLACE])
            if operation == op.PREFETCH:
                at += 1
                continue
            place = address - memory.base
            if operation == op.LOAD_SHARED or operation == op.STORE_SHARED:
                if address < 0 or address + (bits >> 3) > shared_bytes:
                    return BAD_ADDRESS, at, address
                place = shared_at + address
            reads = operation != op.STORE_GLOBAL and operation != op.STORE_SHARED
            problem = _check(memory, place, bits >> 3, _i64(code[at, op.C]), reads)
            if problem:
                return problem, at, address
            number = code[at, op.MEMORY]
            if counting and number:
                made = counts.rounds[number, lane]
                if made < ROUNDS_COUNTED:
                    counts.addresses[number, made, lane] = address
                counts.rounds[number, lane] = made + 1
            if operation == op.ATOMIC_ADD:
                value = _load(memory, place, bits)
                _store(memory, place, bits, (value + registers[code[at, op.B]]) & _mask(bits))
                registers[target] = value
            elif reads:
                value = _load(memory, place, bits)
                if code[at, op.SIGNED]:
                    value = _u64(_signed(value, bits)) & _mask(_i64(code[at, op.B]))
                registers[target] = value
            else:
                _store(memory, place, bits, registers[target])
            at += 1
            continue
        a, b = registers[code[at, op.A]], registers[code[at, op.B]]
        signed = code[at, op.SIGNED] != 0
        result = _u64(0)
        if operation == op.MOV:
            result = a
        elif operation == op.ADD:
            result = a + b
        elif operation == op.SUB:
            result = a - b
        elif operation == op.MUL:
            result = a * b
        elif operation == op.MAD:
            result = a * b + registers[code[at, op.C]]
        elif operation == op.MUL_WIDE or operation == op.MAD_WIDE:
            if signed:
                result = _u64(_signed(a, bits) * _signed(b, bits))
            else:
                result = (a & _mask(bits)) * (b & _mask(bits))
            if operation == op.MAD_WIDE:
                result += registers[code[at, op.C]]
            bits = 2 * bits
        elif operation == op.MUL_HIGH:
            if bits == 64:
                result = _product_high(a, b)
                if signed:
                    result -= (b if _i64(a) < 0 else _u64(0)) + (a if _i64(b) < 0 else _u64(0))
            elif signed:
                result = _u64((_signed(a, bits) * _signed(b, bits)) >> bits)
            else:
                result = ((a & _mask(bits)) * (b & _mask(bits))) >> _u64(bits)
        elif operation == op.DIV or operation == op.REM:
            if (b & _mask(bits)) == _u64(0):
                return DIVIDED_BY_ZERO, at, 0
            if signed:
                x, y = _signed(a, bits), _signed(b, bits)
                quotient = abs(x) // abs(y)
                if (x < 0) != (y < 0):
                    quotient = -quotient
                result = _u64(quotient if operation == op.DIV else x - quotient * y)
            elif operation == op.DIV:
                result = (a & _mask(bits)) // (b & _mask(bits))
            else:
                result = (a & _mask(bits)) % (b & _mask(bits))
        elif operation == op.NEG:
            result = _u64(0) - a
        elif operation == op.NOT:
            result = ~a
        elif operation == op.AND:
            result = a & b
        elif operation == op.OR:
            result = a | b
        elif operation == op.XOR:
            result = a ^ b
        elif operation == op.SHL:
            count = b & _u64(0xFFFFFFFF)
            result = a << count if count < _u64(bits) else _u64(0)
        elif operation == op.SHR:
            count = min(b & _u64(0xFFFFFFFF), _u64(bits))
            if signed:
                result = _u64(_signed(a, bits) >> _i64(min(count, _u64(63))))
            else:
                result = (a & _mask(bits)) >> count if count < _u64(bits) else _u64(0)
        elif operation == op.MIN or operation == op.MAX:
            first = (a & _mask(bits)) < (b & _mask(bits))
            if signed:
                first = _signed(a, bits) < _signed(b, bits)
            result = a if first == (operation == op.MIN) else b
        elif operation == op.ABS:
            result = _u64(abs(_signed(a, bits)))
        elif operation == op.SELECT:
            result = a if registers[code[at, op.C]] != _u64(0) else b
        elif operation == op.CONVERT:
            width = _i64(code[at, op.PLACE])
            result = _u64(_signed(a, width)) if signed else a & _mask(width)
        elif operation == op.PERMUTE:
            result = _permuted(a & _mask(32), b & _mask(32), registers[code[at, op.C]])
        elif operation == op.INSERT:
            first = registers[code[at, op.C]] & _u64(0xFF)
            count = registers[code[at, op.PLACE]] & _u64(0xFF)
            field = _u64(0)
            if first < _u64(bits) and count > _u64(0):
                field = (_mask(min(_i64(count), bits)) << first) & _mask(bits)
            result = (b & ~field) | ((a << min(first, _u64(63))) & field)
        elif operation == op.EXTRACT:
            first = min(_i64(b & _u64(0xFF)), 32)
            count = min(_i64(registers[code[at, op.C]] & _u64(0xFF)), 32)
            if count == 0:
                result = _u64(0)
            elif signed:
                result = _u64(_signed(_u64(_signed(a, 32) >> first), count))
            else:
                result = ((a & _mask(32)) >> _u64(first)) & _mask(count)
        elif operation == op.POPULATION:
            left = a & _mask(bits)
            while left:
                left &= left - _u64(1)
                result += _u64(1)
            bits = 32
        elif operation == op.LEADING_ZEROS:
            result = _u64(bits)
            left = a & _mask(bits)
            while left:
                left >>= _u64(1)
                result -= _u64(1)
            bits = 32
        else:
            if bits == 1:
                return BAD_OPERATION, at, 0
            if signed:
                x, y = _signed(a, bits), _signed(b, bits)
                less, same = x < y, x == y
            else:
                p, q = a & _mask(bits), b & _mask(bits)
                less, same = p < q, p == q
            if operation == op.EQUAL:
                holds = same
            elif operation == op.NOT_EQUAL:
                holds = not same
            elif operation == op.LESS:
                holds = less
            elif operation == op.LESS_EQUAL:
                holds = less or same
            elif operation == op.GREATER:
                holds = not (less or same)
            elif operation == op.GREATER_EQUAL:
                holds = not less
            else:
                return BAD_OPERATION, at, 0
            result = _u64(1) if holds else _u64(0)
            bits = 1
        registers[target] = result & _mask(bits)
        at += 1
    return UNDERWAY, at, 0


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
def _count(code, counts, places):
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


@njit(cache=True)
def run(code, registers, ctas, warps, memory, shared_at, shared_bytes, seed, counting, counts, places):
    """Run a launch of `ctas` CTAs of `warps` warps; return (problem, thread, place, address).

    registers: uint64 (threads, registers), the threads of a CTA one behind the other
    shared_at: int64 (ctas,), where each CTA's shared memory lies in `memory`
    places:    int64 (memories + 1,), where each access stands in the code
    """
    count = ctas * warps
    at = np.zeros((count, LANES), np.int64)
    waiting = np.zeros(count, np.bool_)  # for its CTA
    done = np.zeros(count, np.bool_)
    random = _u64(seed) * _u64(0x9E3779B97F4A7C15) + _u64(0xD1B54A32D192ED03)
    order = np.arange(count)
    lanes = np.arange(LANES)
    underway = np.zeros(LANES, np.bool_)
    left = count
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
                    problem, place, address = _run_lane(
                        code, registers[first + lane], at[warp, lane], lane, memory, shared_at[cta],
                        shared_bytes, counting, counts,
                    )  # fmt: skip
                    at[warp, lane] = place
                    underway[lane] = problem == UNDERWAY
                    if problem and problem != UNDERWAY:
                        return problem, first + lane, place, address
            if counting:
                _count(code, counts, places)
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
