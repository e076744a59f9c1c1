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


_SINGLE_LANE = SingleLane()


def enter_warp(lane_machine) -> None:
    """Make `lane_machine` (first, step, sum, sync) answer for the calling Python thread."""
    _thread.machine = lane_machine


def _machine():
    return getattr(_thread, "machine", _SINGLE_LANE)


def lane_first():
    """Return the first lane this thread owns, uint32."""
    return _machine().first


def lane_step():
    """Return the distance between the lanes this thread owns, uint32."""
    return _machine().step


def lane_sum(value):
    """Return the int32 sum of `value` over all lanes, wrapping; every lane gets the total."""
    return _machine().sum(value)


def lane_sync():
    """Wait for all lanes and make their writes to shared arrays visible."""
    _machine().sync()


def prefetch(array, index):
    """Ask for the cache line of `array[index]`; a hint, and nothing outside the CPU."""


_INLINE = {"forceinline": True}


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


@overload(prefetch, target="cpu", jit_options=_INLINE)
def _prefetch_cpu(array, index):
    return lambda array, index: _prefetch_address(array, np.uint64(index))


@overload(lane_first, target="cpu", jit_options=_INLINE)
def _lane_first_cpu():
    return lambda: np.uint32(0)


@overload(lane_step, target="cpu", jit_options=_INLINE)
def _lane_step_cpu():
    return lambda: np.uint32(1)


@overload(lane_sum, target="cpu", jit_options=_INLINE)
def _lane_sum_cpu(value):
    return lambda value: value


@overload(lane_sync, target="cpu", jit_options=_INLINE)
def _lane_sync_cpu():
    return lambda: None
