"""Inputs of array specs: what a prediction says of the next bit, learned by how near it is to the border.

The next bit splits what the byte can still be in two. How far the prediction lies from where they meet, by
the size of its errors, is the place of the input in State.maps: the shape of the errors is learned once,
for all values together, where a context would learn it for each.
"""

from kompakt.model.arrays import ELEMENT_BYTE, FIRST_NEARNESS, error_size
from kompakt.model.compiling import inlined
from kompakt.model.lanes import lane_from, lane_step
from kompakt.model.match import MATCH_INPUTS
from kompakt.model.neighbours import BIG_ENDIAN, WIDTH
from kompakt.model.words import i32, u32

NEARNESS_LIMIT = 1000
KNOWN_BYTES = 4
SIZES = 32
DISTANCES = 64
ENTRIES = KNOWN_BYTES * SIZES * 8 * DISTANCES
"""Entries of an input: for each number of bytes known, size of errors, bit, and distance."""

_HALF = i32(DISTANCES // 2)


@inlined
def near_byte(state, geometry, numbers, scratch):
    """Prepare the inputs for the byte that comes; their lanes are those behind the match model's."""
    registers = state.registers
    first = u32(numbers.contexts + MATCH_INPUTS)
    first_entry = u32(u32(len(state.state_maps)) + u32(len(state.match_maps)))
    known = registers[ELEMENT_BYTE]
    is_big = geometry[BIG_ENDIAN] != u32(0)
    place = u32(u32(geometry[WIDTH] - u32(1)) - known) if is_big else known
    weight_bits = u32(place << u32(3))
    wrap = u32(16) if is_big and known != u32(0) else u32(21)
    for lane in range(lane_from(first), u32(first + numbers.predictors), lane_step()):
        number = u32(lane - first)
        size = error_size(registers, number, weight_bits)
        row = u32(u32(u32(u32(number << u32(2)) | min(known, u32(KNOWN_BYTES - 1))) << u32(5)) | size)
        scratch.idle_places[lane] = u32(first_entry + u32(row << u32(9)))
        scratch.match_places[lane] = registers[u32(u32(FIRST_NEARNESS) + number)]
        unit = u32(max(size, u32(8)) - u32(8)) >> u32(1)
        scratch.match_steps[lane] = u32(wrap | u32(unit << u32(8)))


@inlined
def near_bit(numbers, scratch, c0, bit_index):
    """Place the inputs in State.maps."""
    first = u32(numbers.contexts + MATCH_INPUTS)
    middle = u32(u32(u32(u32(c0 << u32(1)) | u32(1)) << u32(u32(7) - bit_index)) & u32(255))
    for lane in range(lane_from(first), u32(first + numbers.predictors), lane_step()):
        steps = scratch.match_steps[lane]
        wrap = u32(steps & u32(255))
        away = u32(u32(scratch.match_places[lane] - u32(middle << u32(3))) << wrap)
        away = i32(i32(i32(away) >> i32(wrap)) >> i32(steps >> u32(8)))
        near = u32(min(max(i32(away + _HALF), i32(0)), i32(DISTANCES - 1)))
        scratch.places[lane] = u32(scratch.idle_places[lane] + u32(u32(bit_index << u32(6)) | near))
