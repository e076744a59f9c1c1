"""Floating-point numbers as fixed-point ones and back, in integers, so that all machines agree.

A number is a fixed-point one against an exponent: at that exponent its highest bit is TOP. Larger numbers
have bits above TOP, modulo 2**64, which is right for a sum of several whose own size is ordinary.
"""

from kompakt.model.compiling import inlined
from kompakt.model.wide import bit_length
from kompakt.model.words import i32, u32, u64

TOP = i32(54)


@inlined
def shifted(value, shift):
    """Return uint64 `value` << `shift`, or >> where that is negative."""
    if shift >= i32(0):
        return u64(value << u64(min(shift, i32(63))))
    return u64(value >> u64(min(i32(-shift), i32(63))))


@inlined
def exponent_mask(mantissa, width):
    """Return the largest exponent."""
    return u32(u32(u32(1) << u32(u32(u32(width << u32(3)) - u32(1)) - mantissa)) - u32(1))


@inlined
def exponent_of(number, mantissa, width):
    """Return the exponent of a float's bits, uint64; that of denormal numbers is 1."""
    return max(u32(u32(u64(number >> u64(mantissa))) & exponent_mask(mantissa, width)), u32(1))


@inlined
def fixed_point(number, mantissa, width, exponent):
    """Return a float's bits as a number against `exponent`, uint64."""
    own = u32(u32(u64(number >> u64(mantissa))) & exponent_mask(mantissa, width))
    value = u64(number & u64(u64(u64(1) << u64(mantissa)) - u64(1)))
    if own != u32(0):
        value = u64(value | u64(u64(1) << u64(mantissa)))
    own = max(own, u32(1))
    value = shifted(value, i32(i32(TOP - i32(mantissa)) + i32(i32(own) - i32(exponent))))
    is_negative = u64(number >> u64(u32(u32(width << u32(3)) - u32(1)))) & u64(1)
    return u64(u64(0) - value) if is_negative != u64(0) else value


@inlined
def float_bits(value, mantissa, width, exponent):
    """Return the bits of the float nearest to a fixed-point number against `exponent`."""
    is_negative = u64(value >> u64(63))
    size = u64(u64(0) - value) if is_negative != u64(0) else value
    top = i32(i32(bit_length(size)) - i32(1))
    own = max(i32(i32(i32(exponent) + top) - TOP), i32(1))
    down = i32(i32(TOP - i32(mantissa)) + i32(i32(own) - i32(exponent)))
    if down > i32(0):
        size = u64(size + u64(u64(1) << u64(min(i32(down - i32(1)), i32(63)))))
    bits = u64(shifted(size, i32(-down)) + u64(u64(own - i32(1)) << u64(mantissa)))
    most = u64(u64(u64(exponent_mask(mantissa, width)) << u64(mantissa)) - u64(1))
    return u64(min(bits, most) | u64(is_negative << u64(u32(u32(width << u32(3)) - u32(1)))))
