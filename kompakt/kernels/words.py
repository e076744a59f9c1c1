"""What the words of kompakt/model/lanes.py mean on a GPU, as far as plain functions say it.

lanes.py compiles them for CUDA. The emulated warp of the tests runs those by which a lane finds its items, as
they are.
"""

from kompakt.model.lanes import WARP_LANES, lane_first
from kompakt.model.words import u32

_WARP = u32(WARP_LANES)
_LANE_MASK = u32(WARP_LANES - 1)
_ROUNDS = u32(0xFFFFFFFF - (WARP_LANES - 1))


def lane_from(first):
    """Return this thread's first lane that is not below `first`, in whatever round that is."""
    own = u32(u32(first & _ROUNDS) + lane_first())
    return own if own >= first else u32(own + _WARP)


def near(arrays, counts):
    """Return `arrays`, which are near already."""
    return arrays


def worth_doing(condition):
    """Return True: a warp saves nothing where a lane does not do something."""
    return True


def lanes_with(own, extra):
    """Return the lanes of both."""
    return u32(own + extra)


def lanes_without(own, extra):
    """Return the lane behind those of both: none is left out."""
    return u32(own + extra)


def item_place(group, shift, item):
    """Return the index of an item, in 32 bits."""
    return u32(u32(group << u32(shift)) + item)


def usual_or(usual, values, lane):
    """Return the lane's value."""
    return values[lane]


def looked_up(known, array, index):
    """Return what lies there."""
    return array[index]


def held_at(count, lane, number):
    """Return the register that holds item `lane` of `count` of array `number`."""
    rounds = u32(u32(count + _LANE_MASK) // _WARP)
    return u32(u32(number * rounds) + u32(u32(lane - lane_first()) // _WARP))
