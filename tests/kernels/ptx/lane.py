"""One lane: what each instruction does."""

import numpy as np
from numba import njit

from tests.kernels.ptx import operations as op
from tests.kernels.ptx.access import check, load, store
from tests.kernels.ptx.counting import ROUNDS_COUNTED
from tests.kernels.ptx.problems import BAD_ADDRESS, BAD_OPERATION, DIVIDED_BY_ZERO, FELL_OFF, FINE, UNDERWAY

TURN_INSTRUCTIONS = 256
"""After so many without a meeting it is the next lane's turn: lanes that walk memory together do so."""

_u64 = np.uint64
_i64 = np.int64


@njit(inline="always", cache=True)
def _mask(bits):
    return _u64(0xFFFFFFFFFFFFFFFF) >> _u64(64 - bits)


@njit(inline="always", cache=True)
def _signed(value, bits):
    shift = _i64(64 - bits)
    return _i64(_i64(value) << shift) >> shift


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
def run_lane(code, registers, at, lane, memory, shared_at, shared_bytes, counting, counts):
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
            problem = check(memory, place, bits >> 3, _i64(code[at, op.C]), reads)
            if problem:
                return problem, at, address
            number = code[at, op.MEMORY]
            if counting and number:
                made = counts.rounds[number, lane]
                if made < ROUNDS_COUNTED:
                    counts.addresses[number, made, lane] = address
                counts.rounds[number, lane] = made + 1
            if operation == op.ATOMIC_ADD:
                value = load(memory, place, bits)
                store(memory, place, bits, (value + registers[code[at, op.B]]) & _mask(bits))
                registers[target] = value
            elif reads:
                value = load(memory, place, bits)
                if code[at, op.SIGNED]:
                    value = _u64(_signed(value, bits)) & _mask(_i64(code[at, op.B]))
                registers[target] = value
            else:
                store(memory, place, bits, registers[target])
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
