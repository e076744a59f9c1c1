"""Arrays of numbers: what the elements around predict of the next one, as contexts.

Where a new element begins, its neighbours predict it: the one before (west), the one a row above (north), and
sums of these and others. An element is up to eight bytes, with the lowest or the highest first. When a byte
of it comes, the bytes of the element that are known already tell how far each prediction was off; so the
context of a byte is the byte that a prediction, corrected by that, expects, and how sure it can be.

All arithmetic is modulo 2**64, on the bytes as they are: of floating-point numbers of one sign it keeps the
order. Source: the predictors of lossless image and floating-point coders (MED: Weinberger, Seroussi and
Sapiro, "LOCO-I", 1996; Lorenzo: Lindstrom and Isenburg, "fpzip", 2006).
"""

from kompakt.model.compiling import inlined
from kompakt.model.registers import R
from kompakt.model.words import u32, u64

PREDICTORS = 8
WIDTH, STEP, ROW, PHASE, BIG_ENDIAN = range(5)
"""Places in SpecArrays.geometry; STEP and ROW in bytes."""

GEOMETRY_NUMBERS = 5

FIRST_PREDICTION, FIRST_EXPECTED = int(R.PREDICTION), int(R.EXPECTED_ELEMENT)
ACTIVITY, ELEMENT_BYTE = int(R.ACTIVITY), int(R.ELEMENT_BYTE)
ACTIVITY_SET, ACTIVITY_CONTEXT = int(R.ACTIVITY_SET), int(R.ACTIVITY_CONTEXT)
_TEXT_START = int(R.TEXT_START)


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
def magnitude(difference):
    """Return the bits of uint64 `difference` without its sign: 0 to 64."""
    if u64(difference >> u64(63)) != u64(0):
        difference = u64(~difference)
    bits = u32(0)
    step = u32(32)
    while step != u32(0):
        if u64(difference >> u64(step)) != u64(0):
            difference = u64(difference >> u64(step))
            bits = u32(bits + step)
        step = u32(step >> u32(1))
    return u32(bits + u32(difference))


@inlined
def keep(registers, number, value):
    """Store uint64 prediction `number`, its low half first."""
    at = u32(u32(FIRST_PREDICTION) + u32(u32(number) << u32(1)))
    registers[at] = u32(value & u64(0xFFFFFFFF))
    registers[at + u32(1)] = u32(value >> u64(32))


@inlined
def sign_extended(value, width):
    """Return uint64 `value`, of which the lower `width` bytes count, with its sign in all the others."""
    shift = u64(u64(64) - u64(width << u32(3)))
    moved = u64(value << shift)
    if u64(moved >> u64(63)) != u64(0):
        return u64(~u64(u64(~moved) >> shift))
    return u64(moved >> shift)


@inlined
def halved(value):
    """Return half of a signed number in uint64, rounded down."""
    return u64(u64(value >> u64(1)) | u64(value & u64(0x8000000000000000)))


@inlined
def predict_element(registers, data, geometry, here):
    """Predict the element that begins at `here` from its neighbours."""
    width, step, row = geometry[WIDTH], geometry[STEP], geometry[ROW]
    first = registers[_TEXT_START]
    behind = u32(here + width)
    west = neighbour(data, geometry, behind, step, first)
    west2 = neighbour(data, geometry, behind, u32(step + step), first)
    north, north_west, north_east, north2 = west, west2, west, west
    if row != u32(0):
        north = neighbour(data, geometry, behind, row, first)
        north_west = neighbour(data, geometry, behind, u32(row + step), first)
        north_east = neighbour(data, geometry, behind, u32(row - min(step, row)), first)
        north2 = neighbour(data, geometry, behind, u32(row + row), first)
    gradient = u64(u64(west + north) - north_west)
    keep(registers, 0, west)
    keep(registers, 1, north)
    keep(registers, 2, gradient)
    keep(registers, 3, u64(u64(west + west) - west2))
    keep(registers, 4, u64(u64(north + north) - north2))
    keep(registers, 5, u64(u64(west + north_east) - north))
    south = sign_extended(u64(north - west), width)
    middle = u64(west + halved(south))
    keep(registers, 6, middle)
    east = sign_extended(u64(north_east - north), width)
    keep(registers, 7, u64(middle + halved(halved(east))))
    rough = magnitude(sign_extended(u64(west - north_west), width))
    steep = magnitude(sign_extended(u64(north - north_west), width))
    registers[ACTIVITY] = u32(u32(rough << u32(8)) | steep)


@inlined
def expect_bytes(registers, data, geometry, here):
    """Turn each prediction into the byte that it expects at `here`, now that the bytes before are known."""
    width = geometry[WIDTH]
    known = registers[ELEMENT_BYTE]
    rough = u32(registers[ACTIVITY] >> u32(8))
    steep = u32(registers[ACTIVITY] & u32(255))
    first = u32(here - known)
    actual = u64(0)
    is_big = geometry[BIG_ENDIAN] != u32(0)
    for byte in range(known):
        value = u64(data[u32(first + byte)])
        actual = (
            u64(u64(actual << u64(8)) | value) if is_big else u64(actual | u64(value << u64(byte << u32(3))))
        )
    shift = u64(u32(u32(width - u32(1)) - known) << u32(3)) if is_big else u64(known << u32(3))
    for number in range(u32(PREDICTORS)):
        at = u32(u32(FIRST_PREDICTION) + u32(number << u32(1)))
        prediction = u64(u64(registers[at]) | u64(u64(registers[at + u32(1)]) << u64(32)))
        if is_big:
            expected = u32(u64(prediction >> shift) & u64(255))
            off = u64(actual - u64(prediction >> u64(shift + u64(8)))) if known != u32(0) else u64(0)
            off = sign_extended(off, max(known, u32(1)))
            sure = u32(3)
            if off != u64(0):
                sure = u32(4) if off == u64(1) else u32(2)
                if u64(off + u64(1)) > u64(2):
                    sure = u32(5) if u64(off >> u64(63)) == u64(0) else u32(1)
        else:
            off = u64(u64(prediction - actual) + u64(u64(u64(1) << shift) >> u64(1)))
            expected = u32(u64(off >> shift) & u64(255))
            sure = u32(u64(u64(off << u64(3)) >> shift) & u64(7)) if known != u32(0) else u32(0)
        registers[u32(u32(FIRST_EXPECTED) + number)] = u32(
            u32(u32(expected | u32(sure << u32(8))) | u32(known << u32(12))) | u32(1 << 16)
        )
    registers[ACTIVITY_SET] = u32(u32(known << u32(4)) | min(u32(max(rough, steep) >> u32(1)), u32(15)))
    registers[ACTIVITY_CONTEXT] = u32(u32(u32(rough << u32(8)) | steep) | u32(known << u32(16)))


@inlined
def update_elements(registers, data, geometry, here):
    """Bring the registers of array specs up to date; the next byte to come is at `here`."""
    since = u32(here - registers[_TEXT_START])
    known = u32(u32(since + geometry[PHASE]) & u32(geometry[WIDTH] - u32(1)))
    registers[ELEMENT_BYTE] = known
    if known == u32(0):
        predict_element(registers, data, geometry, here)
    if since >= known:
        expect_bytes(registers, data, geometry, here)
