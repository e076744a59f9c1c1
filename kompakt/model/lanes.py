"""Lanes: the only words in which the model speaks about parallelism.

A loop over model inputs is written

    for lane in range(lane_first(), count, lane_step()):
        ...
    total = lane_sum(partial)
    lane_sync()

and means something different on each machine. On the CPU one thread walks all lanes, `lane_sum` is
the identity and `lane_sync` is nothing. On the GPU each lane of a warp takes its own inputs and
`lane_sum` adds across the warp. In plain Python (``NUMBA_DISABLE_JIT=1``) the four functions ask the
`Warp` that the calling thread has entered, so 32 threads and a barrier emulate a warp.

The CUDA overloads of these functions live in `kompakt/kernels/`, which alone imports numba.cuda.
"""

import threading

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.extending import intrinsic, overload

from kompakt.model.compiling import INLINED

WARP_LANES = 32

_thread = threading.local()


class SingleLane:
    """The machine with one lane: what the CPU is."""

    first = np.uint32(0)
    step = np.uint32(1)

    def sum(self, value):
        return value

    def sync(self):
        pass

    def lane_from(self, first):
        return first

    def worth_doing(self, condition):
        return condition

    def lanes_with(self, own, extra):
        return own

    def lanes_without(self, own, extra):
        return own

    def usual_or(self, usual, values, lane):
        return values[lane]

    def looked_up(self, known, array, index):
        return known


_SINGLE_LANE = SingleLane()


def enter_warp(lane_machine) -> None:
    """Make `lane_machine`, which has what SingleLane has, answer for the calling Python thread."""
    _thread.machine = lane_machine


def _machine():
    return getattr(_thread, "machine", _SINGLE_LANE)


def lane_first():
    """Return the first lane this thread owns, uint32."""
    return _machine().first


def lane_step():
    """Return the distance between the lanes this thread owns, uint32."""
    return _machine().step


def lane_from(first):
    """Return the first lane this thread owns that is not below `first`, uint32."""
    return _machine().lane_from(first)


def lanes_agree(condition):
    """Return `condition`, which is the same in all lanes; a GPU cannot see that, and has to be told."""
    return condition


def worth_doing(condition):
    """Return `condition`; on a GPU always true, where a warp saves nothing by not doing it."""
    return _machine().worth_doing(condition)


def lanes_with(own, extra):
    """Return how many of the `own` lanes, and `extra` lanes behind them, one loop should walk.

    On a GPU all, because lanes side by side cost nothing; elsewhere the `own` ones, because what is special
    about the others would spoil vector instructions. A loop from lanes_without() on walks the rest.
    """
    return _machine().lanes_with(own, extra)


def lanes_without(own, extra):
    """Return the first lane that a loop up to lanes_with() left out."""
    return _machine().lanes_without(own, extra)


def item_place(group, shift, item):
    """Return the index of `item` in a group of 2**shift items, in the width in which the machine counts."""
    return (group << shift) + item


def usual_or(usual, values, lane):
    """Return values[lane]; `usual` where a loop up to lanes_with() meets only lanes for which it is that."""
    return _machine().usual_or(usual, values, lane)


def lane_place(first, lane):
    """Return the index of item `first + lane`, as the arrays count that are only read through this function.

    On a GPU each lane sees such an array from its own item on, which makes the address one instruction.
    """
    return first + lane


def hold(held, number, count, lane, value):
    """Keep item `lane` of `count`, of array `number`, for recall() by the same thread.

    held: int32, registers of the thread on a GPU; not used where reading again is as fast
    """


def recall(held, number, count, lane, array, index):
    """Return what hold() kept, which is still `array[index]`."""
    return array[index]


def looked_up(known, array, index):
    """Return `known`, which is also array[index]: a GPU looks there, and needs no register for it."""
    return _machine().looked_up(known, array, index)


def lane_sum(value):
    """Return the int32 sum of `value` over all lanes, wrapping; every lane gets the total."""
    return _machine().sum(value)


def lane_sync():
    """Wait for all lanes and make their writes to shared arrays visible."""
    _machine().sync()


def prefetch(array, index):
    """Ask for the cache line of `array[index]`; a hint, and nothing outside the CPU."""


def near(arrays, counts):
    """Return `arrays`, a NamedTuple, or arrays of the same types that this thread reaches faster.

    counts: items of each array, known when the model is compiled
    """
    return arrays


@intrinsic(prefer_literal=True)
def _on_stack(typingctx, arrays, counts):
    def generate(context, builder, signature, arguments):
        kinds, sizes = signature.args
        made = []
        for kind, size in zip(kinds.types, sizes.types, strict=True):
            item = context.get_data_type(kind.dtype)
            cells = cgutils.alloca_once(builder, ir.ArrayType(item, size.literal_value))
            builder.store(ir.Constant(cells.type.pointee, None), cells)
            array = context.make_array(kind)(context, builder)
            width = context.get_abi_sizeof(item)
            context.populate_array(
                array,
                data=builder.bitcast(cells, item.as_pointer()),
                shape=(ir.Constant(ir.IntType(64), size.literal_value),),
                strides=(ir.Constant(ir.IntType(64), width),),
                itemsize=ir.Constant(ir.IntType(64), width),
                meminfo=None,
            )
            made.append(array._getvalue())
        return context.make_tuple(builder, signature.return_type, made)

    return arrays(arrays, counts), generate


@overload(near, target="cpu", jit_options=INLINED, prefer_literal=True)
def _near_cpu(arrays, counts):
    return lambda arrays, counts: _on_stack(arrays, counts)


@intrinsic
def _prefetch_address(typingctx, array, index):
    def generate(context, builder, signature, arguments):
        view = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=arguments[0])
        byte = ir.IntType(8).as_pointer()
        address = builder.bitcast(builder.gep(view.data, [arguments[1]]), byte)
        word = ir.IntType(32)
        hint = builder.module.declare_intrinsic(
            "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        )
        write, keep, data = (ir.Constant(word, value) for value in (1, 3, 1))
        builder.call(hint, [address, write, keep, data])
        return context.get_dummy_value()

    return types.void(array, types.uint64), generate


@overload(prefetch, target="cpu", jit_options=INLINED)
def _prefetch_cpu(array, index):
    return lambda array, index: _prefetch_address(array, np.uint64(index))


@overload(lane_first, target="cpu", jit_options=INLINED)
def _lane_first_cpu():
    return lambda: np.uint32(0)


@overload(lane_step, target="cpu", jit_options=INLINED)
def _lane_step_cpu():
    return lambda: np.uint32(1)


@overload(lane_from, target="cpu", jit_options=INLINED)
def _lane_from_cpu(first):
    return lambda first: first


@overload(lanes_agree, target="cpu", jit_options=INLINED)
def _lanes_agree_cpu(condition):
    return lambda condition: condition


@overload(worth_doing, target="cpu", jit_options=INLINED)
def _worth_doing_cpu(condition):
    return lambda condition: condition


@overload(lanes_with, target="cpu", jit_options=INLINED)
def _lanes_with_cpu(own, extra):
    return lambda own, extra: own


@overload(lanes_without, target="cpu", jit_options=INLINED)
def _lanes_without_cpu(own, extra):
    return lambda own, extra: own


@overload(item_place, target="cpu", jit_options=INLINED)
def _item_place_cpu(group, shift, item):
    return lambda group, shift, item: (np.uint64(group) << np.uint64(shift)) + np.uint64(item)


@overload(usual_or, target="cpu", jit_options=INLINED)
def _usual_or_cpu(usual, values, lane):
    return lambda usual, values, lane: usual


@overload(lane_place, target="cpu", jit_options=INLINED)
def _lane_place_cpu(first, lane):
    return lambda first, lane: np.uint64(first) + np.uint64(lane)


@overload(hold, target="cpu", jit_options=INLINED)
def _hold_cpu(held, number, count, lane, value):
    return lambda held, number, count, lane, value: None


@overload(recall, target="cpu", jit_options=INLINED)
def _recall_cpu(held, number, count, lane, array, index):
    return lambda held, number, count, lane, array, index: array[index]


@overload(looked_up, target="cpu", jit_options=INLINED)
def _looked_up_cpu(known, array, index):
    return lambda known, array, index: known


@overload(lane_sum, target="cpu", jit_options=INLINED)
def _lane_sum_cpu(value):
    return lambda value: value


@overload(lane_sync, target="cpu", jit_options=INLINED)
def _lane_sync_cpu():
    return lambda: None
