"""A slot's state back to where its next block starts, by the warp that owns the slot."""

from kompakt.model.compiling import inlined
from kompakt.model.lanes import lane_first, lane_step, lane_sync
from kompakt.model.words import u32, u64


@inlined
def fill(array, pattern):
    """Write `pattern`, as long as a power of two, over and over into `array`."""
    last = u32(u32(len(pattern)) - u32(1))
    for at in range(lane_first(), u32(len(array)), lane_step()):
        array[at] = pattern[u32(at & last)]


@inlined
def start_state(words, first, learned):
    """Do what kompakt.model.state.begin does with a start, to memory in which a block was coded before.

    words:   uint64, the whole state: what stands before `first` is zeroed, `learned` copied behind that
    learned: uint64, learned_part() of a state
    """
    for at in range(lane_first(), first, lane_step()):
        words[at] = u64(0)
    for at in range(lane_first(), u32(len(learned)), lane_step()):
        words[u32(first + at)] = learned[at]
    lane_sync()


@inlined
def reset_state(state, words, state_map_start, apm_start, match_start, element_start, weight, final_weight):
    """Do what kompakt.model.state.reset does, to memory in which a block was coded before.

    words:           uint64, the whole state, zeroed here
    state_map_start: uint32 (256,); apm_start: uint16 (APM_STRIDE,); see starting_patterns()
    match_start, element_start, weight, final_weight: what fills match_maps, element_maps, weights and
                     final_weights
    """
    for at in range(lane_first(), u32(len(words)), lane_step()):
        words[at] = u64(0)
    lane_sync()
    fill(state.state_maps, state_map_start)
    fill(state.apms, apm_start)
    for at in range(lane_first(), u32(len(state.match_maps)), lane_step()):
        state.match_maps[at] = match_start
    for at in range(lane_first(), u32(len(state.element_maps)), lane_step()):
        state.element_maps[at] = element_start
    for at in range(lane_first(), u32(len(state.weights)), lane_step()):
        state.weights[at] = weight
    for at in range(lane_first(), u32(len(state.final_weights)), lane_step()):
        state.final_weights[at] = final_weight
    lane_sync()
