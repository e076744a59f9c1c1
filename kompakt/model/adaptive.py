"""Adaptive predictors: neighbours weighed by what made the errors of earlier elements small.

All predict the difference from W by the neighbours' differences from W, divided by a power of two that makes
the largest of 15 bits; so their power is about the same for every element, and the weights learn at a rate
that needs no division (normalised least mean squares: Widrow and Hoff 1960; Nagumo and Noda 1967). One learns
fast, one slowly.
"""

from kompakt.model.compiling import inlined
from kompakt.model.floats import TOP
from kompakt.model.neighbours import (
    ADAPTIVE,
    ADAPTIVE_AT,
    ADAPTIVE_TAPS,
    FIRST_ADAPTIVE,
    MANTISSA,
    MOST_ADAPTIVE_TAPS,
)
from kompakt.model.registers import R
from kompakt.model.wide import bit_length, kept, size_of
from kompakt.model.words import i32, i64, u32, u64

FIRST_ERROR = int(R.ERROR)
SCALE, FIRST_ADAPTED = int(R.SCALE), int(R.ADAPTED)
FIRST_INPUT, FIRST_WEIGHT, FIRST_TAP = int(R.INPUT), int(R.INPUT_WEIGHT), int(R.TAP)
_BITS = i32(15)
_FINE_BITS, _COARSE_BITS = i64(8), i32(16)  # of a weight behind its point, 24 in all
_RATE_SHIFT = i32(12)  # of the fast one; 12 and 14 differ by less than 0.1 %
_SLOWER = i32(3)
_ERROR_BITS = i32(17)
_UNUSUAL_BITS = i32(1)  # an error teaches as if it were at most twice the usual one
_WEIGHT_LIMIT = i64(1 << 28)


@inlined
def scaled(value, scale):
    """Return uint64 `value`, signed, divided by 2**`scale`, int64."""
    moved = i64(value)
    return i64(moved >> i64(scale)) if scale >= i32(0) else i64(moved << i64(i32(-scale)))


@inlined
def tap_register(geometry, place):
    """Return the register of the neighbour that adaptive predictors weigh at `place`."""
    return u32(u32(FIRST_TAP) + u32(geometry[u32(u32(ADAPTIVE_AT) + place)] << u32(1)))


@inlined
def predict_adaptively(registers, geometry, number):
    """Return what adaptive predictor `number` adds to W, uint64."""
    taps = geometry[ADAPTIVE_TAPS]
    if number == u32(0):
        largest = u64(0)
        for place in range(taps):
            largest = u64(largest | size_of(kept(registers, tap_register(geometry, place))))
        scale = i32(i32(bit_length(largest)) - _BITS) if largest != u64(0) else i32(0)
        registers[SCALE] = u32(scale)
        for place in range(taps):
            value = kept(registers, tap_register(geometry, place))
            registers[u32(u32(FIRST_INPUT) + place)] = u32(i32(scaled(value, scale)))
    scale = i32(registers[SCALE])
    total = i64(0)
    weights = u32(u32(FIRST_WEIGHT) + u32(number * u32(MOST_ADAPTIVE_TAPS)))
    for place in range(taps):
        value = i64(i32(registers[u32(u32(FIRST_INPUT) + place)]))
        total = i64(total + i64(value * i64(i32(registers[u32(weights + place)]))))
    total = i64(total >> _FINE_BITS)
    registers[u32(u32(FIRST_ADAPTED) + number)] = u32(i32(i64(total >> i64(_COARSE_BITS))))
    up = i32(scale - _COARSE_BITS)
    return u64(total << i64(up)) if up >= i32(0) else u64(total >> i64(i32(-up)))


@inlined
def adapt(registers, geometry, value):
    """Teach all adaptive predictors that the element was W and `value` more, uint64."""
    scale = i32(registers[SCALE])
    actual = scaled(value, scale) if scale >= i32(0) or bit_length(size_of(value)) < u32(40) else i64(0)
    taps = geometry[ADAPTIVE_TAPS]
    mantissa = geometry[MANTISSA]
    more = i32(_UNUSUAL_BITS + (i32(TOP - i32(mantissa)) if mantissa != u32(0) else i32(0)))
    for number in range(u32(ADAPTIVE)):
        error = i64(actual - i64(i32(registers[u32(u32(FIRST_ADAPTED) + number)])))
        usual = i32(i32(registers[u32(u32(FIRST_ERROR + FIRST_ADAPTIVE) + number)]) >> i32(8))
        most = i64(i64(1) << i64(min(max(i32(i32(usual + more) - scale), i32(0)), _ERROR_BITS)))
        error = min(max(error, i64(-most)), most)
        slower = i64(_RATE_SHIFT + i32(i32(number) * _SLOWER))
        weights = u32(u32(FIRST_WEIGHT) + u32(number * u32(MOST_ADAPTIVE_TAPS)))
        for place in range(taps):
            at = u32(weights + place)
            step = i64(i64(error * i64(i32(registers[u32(u32(FIRST_INPUT) + place)]))) >> slower)
            weight = i64(i64(i32(registers[at])) + step)
            registers[at] = u32(i32(min(max(weight, i64(-_WEIGHT_LIMIT)), _WEIGHT_LIMIT)))
