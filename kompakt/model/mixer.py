"""Logistic mixing: several weight sets chosen by contexts, and a final mixer over their results."""

from kompakt.model.compiling import inlined
from kompakt.model.lanes import lane_first, lane_step, lane_sum
from kompakt.model.tables import MIX_LIMIT
from kompakt.model.words import i32, u64

_LIMIT = i32(MIX_LIMIT)


@inlined
def clamp(stretched):
    """Return int32 `stretched` within ±MIX_LIMIT."""
    return min(max(stretched, i32(-_LIMIT)), _LIMIT)


@inlined
def dot(weights, first, inputs, count):
    """Return the weighted sum of the inputs, int32, 24 bits of fraction, wrapping.

    weights: int32, 16.16 fixed point; the set starts at `first`
    inputs:  int32 (count,), stretched, 8 bits of fraction
    """
    total = i32(0)
    for lane in range(lane_first(), count, lane_step()):
        total = i32(total + i32(inputs[lane] * weights[u64(first) + u64(lane)]))
    return lane_sum(total)


@inlined
def train(weights, first, inputs, count, error):
    """Move one weight set along its inputs by `error`, int32: (bit - p) * 65536 * rate / 1024."""
    for lane in range(lane_first(), count, lane_step()):
        at = u64(first) + u64(lane)
        weights[at] = i32(weights[at] + i32(i32(i32(inputs[lane] * error) + i32(0x2000)) >> i32(14)))
