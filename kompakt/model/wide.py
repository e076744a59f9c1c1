"""Numbers of 64 bits: signs, sizes, and how two registers hold one."""

from kompakt.model.compiling import inlined
from kompakt.model.words import u32, u64


@inlined
def bit_length(value):
    """Return how many bits uint64 `value` has: 0 to 64."""
    bits = u32(0)
    step = u32(32)
    while step != u32(0):
        if u64(value >> u64(step)) != u64(0):
            value = u64(value >> u64(step))
            bits = u32(bits + step)
        step = u32(step >> u32(1))
    return u32(bits + u32(value))


@inlined
def size_of(value):
    """Return uint64 `value`, signed, without its sign."""
    return u64(~value) if u64(value >> u64(63)) != u64(0) else value


@inlined
def keep(registers, at, value):
    """Store uint64 `value` in registers `at` and behind it, its low half first."""
    registers[at] = u32(value & u64(0xFFFFFFFF))
    registers[u32(at + u32(1))] = u32(value >> u64(32))


@inlined
def kept(registers, at):
    """Return what keep() stored."""
    return u64(u64(registers[at]) | u64(u64(registers[u32(at + u32(1))]) << u64(32)))


@inlined
def sign_extended(value, width):
    """Return uint64 `value`, of which the lower `width` bytes count, with its sign in all the others."""
    shift = u64(u64(64) - u64(width << u32(3)))
    moved = u64(value << shift)
    if u64(moved >> u64(63)) != u64(0):
        return u64(~u64(u64(~moved) >> shift))
    return u64(moved >> shift)


@inlined
def quartered(value):
    """Return a quarter of a signed number in uint64, rounded down."""
    sign = u64(u64(0) - u64(value >> u64(63)))
    return u64(u64(value >> u64(2)) | u64(sign << u64(62)))
