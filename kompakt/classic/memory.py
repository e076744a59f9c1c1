"""Loads and stores of 8 bytes at any address of a uint8 array, in one instruction. Nothing checks the bounds.

A caller leaves room for 8 bytes behind the last byte it means: WORD_BYTES of padding.
"""

from llvmlite import ir
from numba import types
from numba.core.extending import intrinsic

WORD_BYTES = 8

_WORD = ir.IntType(64)


def _address(context, builder, signature, arguments):
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.bitcast(builder.gep(array.data, [arguments[1]]), _WORD.as_pointer())


@intrinsic
def load_le64(typing_context, array, index):
    """Return the uint64 whose little-endian bytes are array[index : index + 8]."""

    def generate(context, builder, signature, arguments):
        return builder.load(_address(context, builder, signature, arguments), align=1)

    return types.uint64(array, types.uint64), generate


@intrinsic
def load_be64(typing_context, array, index):
    """Return the uint64 whose big-endian bytes are array[index : index + 8]."""

    def generate(context, builder, signature, arguments):
        return builder.bswap(builder.load(_address(context, builder, signature, arguments), align=1))

    return types.uint64(array, types.uint64), generate


@intrinsic
def store_le64(typing_context, array, index, word):
    """Write the uint64 `word` to array[index : index + 8], lowest byte first."""

    def generate(context, builder, signature, arguments):
        builder.store(arguments[2], _address(context, builder, signature, arguments), align=1)
        return context.get_dummy_value()

    return types.void(array, types.uint64, types.uint64), generate


@intrinsic
def store_be64(typing_context, array, index, word):
    """Write the uint64 `word` to array[index : index + 8], highest byte first."""

    def generate(context, builder, signature, arguments):
        word = builder.bswap(arguments[2])
        builder.store(word, _address(context, builder, signature, arguments), align=1)
        return context.get_dummy_value()

    return types.void(array, types.uint64, types.uint64), generate


@intrinsic
def trailing_zeros(typing_context, word):
    """Return how many low bits of the uint64 `word`, which is not 0, are zeros: uint64."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@intrinsic
def leading_zeros(typing_context, word):
    """Return how many high bits of the uint64 `word`, which is not 0, are zeros: uint64."""

    def generate(context, builder, signature, arguments):
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate
