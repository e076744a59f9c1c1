"""What lanes mean on a GPU: one lane a thread, sums and barriers of one warp.

Importing this file gives the functions of kompakt/model/lanes.py their CUDA overloads. A warp must be
whole: all 32 lanes take part in every sum and barrier. lane_step() returns a type of its own here, so that
`range(lane_first(), count, lane_step())` becomes a loop in 32 bits whose trip count the compiler can see:
where `count` is at most 32, no loop is left.
"""

from llvmlite import ir
from numba import cuda
from numba.cuda import cgutils, types
from numba.cuda.core.imputils import RefType, iternext_impl
from numba.cuda.core.targetconfig import ConfigStack
from numba.cuda.datamodel import models
from numba.cuda.extending import intrinsic, lower_builtin, overload, register_model

from kompakt.kernels import words
from kompakt.kernels.memory import item_address
from kompakt.model.lanes import (
    WARP_LANES,
    hold,
    item_place,
    lane_first,
    lane_from,
    lane_place,
    lane_step,
    lane_sum,
    lane_sync,
    lanes_agree,
    lanes_with,
    lanes_without,
    looked_up,
    near,
    prefetch,
    recall,
    usual_or,
    worth_doing,
)
from kompakt.model.words import i32, u32, u64

REDUX_CAPABILITY = (8, 0)
"""First compute capability with redux.sync; older devices add with five shuffles."""

_INLINE = {"forceinline": True}
_LANE_MASK = u32(WARP_LANES - 1)
_ALL_LANES = 0xFFFFFFFF
_WORD = ir.IntType(32)


class _LaneStep(types.Type):
    """Type of lane_step(): a stride known at compile time."""


class _LaneIterator(types.SimpleIteratorType):
    """Yields this thread's lanes, uint32."""


LANE_STEP = _LaneStep("LaneStep")
LANE_ITERATOR = _LaneIterator("LaneIterator", types.uint32)
LANE_RANGE = types.SimpleIterableType("LaneRange", LANE_ITERATOR)

register_model(_LaneStep)(models.OpaqueModel)


@register_model(types.SimpleIterableType)
class _LaneRangeModel(models.StructModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, [("first", types.uint32), ("stop", types.uint32)])


@register_model(_LaneIterator)
class _LaneIteratorModel(models.StructModel):
    def __init__(self, manager, kind):
        members = [("lane", types.EphemeralPointer(types.uint32)), ("stop", types.uint32)]
        super().__init__(manager, kind, members)


@lower_builtin("getiter", LANE_RANGE)
def _begin_lanes(context, builder, signature, arguments):
    lanes = cgutils.create_struct_proxy(LANE_RANGE)(context, builder, value=arguments[0])
    iterator = cgutils.create_struct_proxy(LANE_ITERATOR)(context, builder)
    iterator.lane = cgutils.alloca_once_value(builder, lanes.first)
    iterator.stop = lanes.stop
    return iterator._getvalue()


@lower_builtin("iternext", LANE_ITERATOR)
@iternext_impl(RefType.BORROWED)
def _next_lane(context, builder, signature, arguments, result):
    iterator = cgutils.create_struct_proxy(LANE_ITERATOR)(context, builder, value=arguments[0])
    lane = builder.load(iterator.lane)
    result.set_valid(builder.icmp_unsigned("<", lane, iterator.stop))
    result.yield_(lane)
    builder.store(builder.add(lane, _WORD(WARP_LANES), flags=("nuw",)), iterator.lane)


@intrinsic
def _own_lanes(typingctx, first, stop):
    def generate(context, builder, signature, arguments):
        lanes = cgutils.create_struct_proxy(LANE_RANGE)(context, builder)
        lanes.first, lanes.stop = arguments
        return lanes._getvalue()

    return LANE_RANGE(types.uint32, types.uint32), generate


@overload(range, jit_options=_INLINE)
def _range(start, stop, step):
    if step == LANE_STEP:
        return lambda start, stop, step: _own_lanes(u32(start), u32(stop))
    return None


@intrinsic
def _warp_stride(typingctx):
    return LANE_STEP(), lambda context, builder, signature, arguments: context.get_dummy_value()


@overload(lane_first, jit_options=_INLINE)
def _lane_first():
    return lambda: u32(u32(cuda.threadIdx.x) & _LANE_MASK)


@overload(lane_step, jit_options=_INLINE)
def _lane_step():
    return lambda: _warp_stride()


@overload(lane_from, jit_options=_INLINE)
def _lane_from(first):
    return words.lane_from


@overload(lanes_agree, jit_options=_INLINE)
def _lanes_agree(condition):
    return lambda condition: cuda.any_sync(_ALL_LANES, condition)


@overload(near, jit_options=_INLINE)
def _near(arrays, counts):
    return words.near


@overload(worth_doing, jit_options=_INLINE)
def _worth_doing(condition):
    return words.worth_doing


@overload(lanes_with, jit_options=_INLINE)
def _lanes_with(own, extra):
    return words.lanes_with


@overload(lanes_without, jit_options=_INLINE)
def _lanes_without(own, extra):
    return words.lanes_without


@overload(item_place, jit_options=_INLINE)
def _item_place(group, shift, item):
    return words.item_place


@overload(usual_or, jit_options=_INLINE)
def _usual_or(usual, values, lane):
    return words.usual_or


@overload(lane_place, jit_options=_INLINE)
def _lane_place(first, lane):
    def own_place(first, lane):
        return u32(first + u32(lane - lane_first()))

    return own_place


_held_at = cuda.jit(device=True, forceinline=True)(words.held_at)


@overload(hold, jit_options=_INLINE)
def _hold(held, number, count, lane, value):
    def keep(held, number, count, lane, value):
        held[_held_at(count, lane, number)] = value

    return keep


@overload(recall, jit_options=_INLINE)
def _recall(held, number, count, lane, array, index):
    def kept(held, number, count, lane, array, index):
        return held[_held_at(count, lane, number)]

    return kept


@overload(looked_up, jit_options=_INLINE)
def _looked_up(known, array, index):
    return words.looked_up


@intrinsic
def _redux_sum(typingctx, value):
    def generate(context, builder, signature, arguments):
        kind = ir.FunctionType(_WORD, [_WORD])
        code = ir.InlineAsm(kind, "redux.sync.add.s32 $0, $1, 0xffffffff;", "=r,r", side_effect=True)
        return builder.call(code, arguments, attrs=("convergent", "nounwind", "readnone"))

    return types.int32(types.int32), generate


def _sum_by_shuffles(value):
    total = i32(value)
    for distance in (1, 2, 4, 8, 16):
        total = i32(total + i32(cuda.shfl_xor_sync(0xFFFFFFFF, total, distance)))
    return total


@overload(lane_sum, jit_options=_INLINE)
def _lane_sum(value):
    if ConfigStack().top().compute_capability >= REDUX_CAPABILITY:
        return lambda value: _redux_sum(i32(value))
    return _sum_by_shuffles


@overload(lane_sync, jit_options=_INLINE)
def _lane_sync():
    return lambda: cuda.syncwarp()


@intrinsic
def _prefetch_l2(typingctx, address):
    def generate(context, builder, signature, arguments):
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)])
        code = ir.InlineAsm(kind, "prefetch.global.L2 [$0];", "l", side_effect=True)
        builder.call(code, arguments, attrs=("nounwind",))
        return context.get_dummy_value()

    return types.void(types.uint64), generate


@overload(prefetch, jit_options=_INLINE)
def _prefetch(array, index):
    return lambda array, index: _prefetch_l2(item_address(array, u64(index)))
