"""Logistic mixing: several weight sets chosen by contexts, and a final mixer over their results."""

from kompakt.model.compiling import inlined
from kompakt.model.lanes import hold, lane_first, lane_place, lane_step, lane_sum, recall
from kompakt.model.tables import MIX_LIMIT
from kompakt.model.words import i32

_LIMIT = i32(MIX_LIMIT)


@inlined
def clamp(stretched):
    """Return int32 `stretched` within ±MIX_LIMIT."""
    return min(max(stretched, i32(-_LIMIT)), _LIMIT)


@inlined
def dot(weights, first, inputs, count, held, number):
    """Return the weighted sum of the inputs, int32, 24 bits of fraction, wrapping.

    weights: int32, 16.16 fixed point; the set starts at `first`
    inputs:  int32 (count,), stretched, 8 bits of fraction
    held:    keeps the weights for train(), as those of set `number` among the sets of this bit
    """
    total = i32(0)
    for lane in range(lane_first(), count, lane_step()):
        weight = weights[lane_place(first, lane)]
        hold(held, number, count, lane, weight)
        total = i32(total + i32(inputs[lane] * weight))
    return lane_sum(total)


@inlined
def train(weights, first, inputs, count, held, number, error):
    """Move a weight set that dot() has seen along its inputs by `error`: (bit - p) * 65536 * rate / 1024."""
    for lane in range(lane_first(), count, lane_step()):
        at = lane_place(first, lane)
        weight = recall(held, number, count, lane, weights, at)
        weights[at] = i32(weight + i32(i32(i32(inputs[lane] * error) + i32(0x2000)) >> i32(14)))
