"""Arrays of numbers: what the elements around predict of the next one.

Where a new element begins, its neighbours predict it, each predictor in its way (neighbours.py, adaptive.py).
An element is up to eight bytes, with the lowest or the highest first. When a byte of it comes, the bytes of
the element that are known already tell how far each prediction was off: a register holds the byte that the
prediction, corrected by that, expects, and how sure it can be; another where in eighths of a byte, for the
inputs of nearness.py.

Integers are taken modulo 2**64. Floating-point numbers are summed as fixed-point ones (floats.py), and what
they sum to is a floating-point number again, whose bits are then compared like integers.
"""

from kompakt.model.adaptive import adapt, predict_adaptively
from kompakt.model.compiling import inlined
from kompakt.model.floats import exponent_of, fixed_point, float_bits
from kompakt.model.neighbours import (
    ADAPTIVE,
    BIG_ENDIAN,
    DISTANCES,
    FIRST_ADAPTIVE,
    MANTISSA,
    PAIRS,
    PHASE,
    STARTS,
    TAPS,
    WIDTH,
)
from kompakt.model.registers import R
from kompakt.model.wide import bit_length, keep, kept, quartered, sign_extended, size_of
from kompakt.model.words import i32, u32, u64

FIRST_PREDICTION, FIRST_EXPECTED = int(R.PREDICTION), int(R.EXPECTED_ELEMENT)
FIRST_NEARNESS, FIRST_ERROR, FIRST_TAP = int(R.NEARNESS), int(R.ERROR), int(R.TAP)
ACTIVITY_SET, ACTIVITY_CONTEXT, BEST = int(R.ACTIVITY_SET), int(R.ACTIVITY_CONTEXT), int(R.BEST)
ELEMENT_BYTE, EXPONENT, WEST_VALUE = int(R.ELEMENT_BYTE), int(R.EXPONENT), int(R.WEST_VALUE)
_TEXT_START = int(R.TEXT_START)
_ANCHORS = 3
_FORGETTING = u32(3)
_SIZES = u32(31)


@inlined
def neighbour(data, geometry, behind, distance, first):
    """Return the element `distance` bytes before that which ends before `behind`, uint64.

    0 where it does not lie wholly behind `first`.
    """
    width = geometry[WIDTH]
    value = u64(0)
    if behind >= u32(u32(first + width) + distance):
        start = u32(u32(behind - distance) - width)
        for byte in range(width):
            place = byte if geometry[BIG_ENDIAN] != u32(0) else u32(u32(width - u32(1)) - byte)
            value = u64(u64(value << u64(8)) | u64(data[u32(start + place)]))
    return value


@inlined
def read_taps(registers, data, geometry, behind, first):
    """Write the values of all neighbours less that of W, and what these count from."""
    width, mantissa = geometry[WIDTH], geometry[MANTISSA]
    exponent = u32(1)
    if mantissa != u32(0):
        for tap in range(u32(_ANCHORS)):
            number = neighbour(data, geometry, behind, geometry[u32(u32(DISTANCES) + tap)], first)
            exponent = max(exponent, exponent_of(number, mantissa, width))
    registers[EXPONENT] = exponent
    west = u64(0)
    for tap in range(geometry[TAPS]):
        value = neighbour(data, geometry, behind, geometry[u32(u32(DISTANCES) + tap)], first)
        if mantissa != u32(0):
            value = fixed_point(value, mantissa, width, exponent)
        if tap == u32(0):
            west = value
        value = u64(value - west)
        if mantissa == u32(0):
            value = sign_extended(value, width)
        keep(registers, u32(u32(FIRST_TAP) + u32(tap << u32(1))), value)
    keep(registers, u32(WEST_VALUE), west)


@inlined
def keep_prediction(registers, geometry, number, value):
    """Store that prediction `number` is W and `value` more."""
    sum_ = u64(kept(registers, u32(WEST_VALUE)) + value)
    if geometry[MANTISSA] != u32(0):
        sum_ = float_bits(sum_, geometry[MANTISSA], geometry[WIDTH], registers[EXPONENT])
    keep(registers, u32(u32(FIRST_PREDICTION) + u32(number << u32(1))), sum_)


@inlined
def predict_element(registers, data, geometry, predictors, here):
    """Predict the element that begins at `here` from its neighbours."""
    first = registers[_TEXT_START]
    behind = u32(here + geometry[WIDTH])
    read_taps(registers, data, geometry, behind, first)
    adaptive = u32(ADAPTIVE) if predictors > u32(FIRST_ADAPTIVE) else u32(0)
    for number in range(u32(predictors - adaptive)):
        at = geometry[u32(u32(STARTS) + number)]
        end = geometry[u32(u32(STARTS + 1) + number)]
        place = number if number < u32(FIRST_ADAPTIVE) else u32(number + u32(ADAPTIVE))
        if u32(end - at) == u32(1):
            tap = u32(geometry[u32(u32(PAIRS) + at)] & u32(0xFFFF))
            value = neighbour(data, geometry, behind, geometry[u32(u32(DISTANCES) + tap)], first)
            keep(registers, u32(u32(FIRST_PREDICTION) + u32(place << u32(1))), value)
        else:
            total = u64(0)
            while at < end:
                pair = geometry[u32(u32(PAIRS) + at)]
                tap = u32(u32(FIRST_TAP) + u32(u32(pair & u32(0xFFFF)) << u32(1)))
                weight = sign_extended(u64(pair >> u32(16)), u32(2))
                total = u64(total + u64(kept(registers, tap) * weight))
                at = u32(at + u32(1))
            keep_prediction(registers, geometry, place, quartered(total))
    for number in range(adaptive):
        value = predict_adaptively(registers, geometry, number)
        keep_prediction(registers, geometry, u32(u32(FIRST_ADAPTIVE) + number), value)


@inlined
def learn_element(registers, data, geometry, predictors, here):
    """Take note of how far each prediction of the element that ends before `here` was off."""
    width, mantissa = geometry[WIDTH], geometry[MANTISSA]
    actual = neighbour(data, geometry, here, u32(0), registers[_TEXT_START])
    for number in range(predictors):
        prediction = kept(registers, u32(u32(FIRST_PREDICTION) + u32(number << u32(1))))
        off = sign_extended(u64(actual - prediction), width)
        size = size_of(off)
        bits = bit_length(size)
        below = u32(u64(u64(size << u64(4)) >> u64(max(bits, u32(1)) - u32(1))) & u64(15))
        at = u32(u32(FIRST_ERROR) + number)
        now = i32(u32(u32(bits << u32(4)) | below) << u32(4))
        before = i32(registers[at])
        registers[at] = u32(before + i32(i32(now - before) >> i32(_FORGETTING)))
    if predictors > u32(FIRST_ADAPTIVE):
        value = actual
        if mantissa != u32(0):
            value = fixed_point(actual, mantissa, width, registers[EXPONENT])
        value = u64(value - kept(registers, u32(WEST_VALUE)))
        adapt(registers, geometry, value if mantissa != u32(0) else sign_extended(value, width))


@inlined
def error_size(registers, number, weight_bits):
    """Return the size of errors of prediction `number` in half bits, 0 to 31; 4 is an eighth of a byte.

    weight_bits: log2 of what 1 of the byte is in the element
    """
    size = i32(i32(registers[u32(u32(FIRST_ERROR) + number)] >> u32(4)) - i32(weight_bits << u32(4)))
    return u32(min(max(i32(i32(size + i32(48 + 32)) >> i32(3)), i32(0)), i32(_SIZES)))


@inlined
def expect_bytes(registers, data, geometry, predictors, here):
    """Turn each prediction into the byte that it expects at `here`, now that the bytes before are known."""
    width = geometry[WIDTH]
    known = registers[ELEMENT_BYTE]
    first = u32(here - known)
    actual = u64(0)
    is_big = geometry[BIG_ENDIAN] != u32(0)
    for byte in range(known):
        value = u64(data[u32(first + byte)])
        actual = (
            u64(u64(actual << u64(8)) | value) if is_big else u64(actual | u64(value << u64(byte << u32(3))))
        )
    weight_bits = u32(u32(u32(u32(width - u32(1)) - known) if is_big else known) << u32(3))
    shift = u64(weight_bits)
    best, least = u32(0), u32(0xFFFFFFFF)
    for number in range(predictors):
        prediction = kept(registers, u32(u32(FIRST_PREDICTION) + u32(number << u32(1))))
        sure = u32(0)
        if is_big:
            expected = u32(u64(prediction >> shift) & u64(255))
            near = i32(u32(expected << u32(3)))
            if shift != u64(0):
                near = i32(u32(u64(prediction >> u64(shift - u64(3))) & u64(0x7FF)))
            if known != u32(0):
                off = u64(actual - u64(prediction >> u64(shift + u64(8))))
                off = sign_extended(off, known)
                sure = u32(3)
                if off != u64(0):
                    sure = u32(4) if off == u64(1) else u32(2)
                    if u64(off + u64(1)) > u64(2):
                        sure = u32(5) if u64(off >> u64(63)) == u64(0) else u32(1)
                near = i32(near - i32(i32(i32(sure) - i32(3)) << i32(11)))
        else:
            off = u64(u64(prediction - actual) + u64(u64(u64(1) << shift) >> u64(1)))
            expected = u32(u64(off >> shift) & u64(255))
            near = i32(u32(expected << u32(3)) + u32(4))
            if known != u32(0):
                sure = u32(u64(u64(off << u64(3)) >> shift) & u64(7))
                near = i32(u32(u64(u64(prediction - actual) >> u64(shift - u64(3))) & u64(0x7FF)) + u32(4))
        registers[u32(u32(FIRST_NEARNESS) + number)] = u32(near)
        registers[u32(u32(FIRST_EXPECTED) + number)] = u32(
            u32(u32(expected | u32(sure << u32(8))) | u32(known << u32(12))) | u32(1 << 16)
        )
        error = registers[u32(u32(FIRST_ERROR) + number)]
        if error < least:
            best, least = number, error
    size = error_size(registers, best, weight_bits)
    registers[ACTIVITY_SET] = u32(u32(known << u32(4)) | u32(size >> u32(1)))
    registers[ACTIVITY_CONTEXT] = u32(u32(size | u32(known << u32(8))) | u32(1 << 16))
    registers[BEST] = u32(u32(known << u32(4)) | best)


@inlined
def update_elements(registers, data, geometry, predictors, here):
    """Bring the registers of array specs up to date; the next byte to come is at `here`.

    predictors: how many of them the spec uses
    """
    since = u32(here - registers[_TEXT_START])
    known = u32(u32(since + geometry[PHASE]) & u32(geometry[WIDTH] - u32(1)))
    registers[ELEMENT_BYTE] = known
    if known == u32(0):
        if since >= geometry[WIDTH]:
            learn_element(registers, data, geometry, predictors, here)
        predict_element(registers, data, geometry, predictors, here)
    if since >= known:
        expect_bytes(registers, data, geometry, predictors, here)
