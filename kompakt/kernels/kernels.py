"""The encode and decode kernels of a spec: persistent warps that take block after block from a queue.

A warp owns a slot of device memory for the model's state, and codes one block at a time with the functions
of kompakt/model, compiled for the GPU. What every bit reads lies in shared memory: the tables once a CTA,
and for each warp its registers and the arrays by which its lanes talk. Arrays of which a lane only knows its
own item are registers of that lane. Launch with CTAs of (32, warps) threads.
"""

from collections.abc import Callable

import numpy as np
from numba import cuda
from numba.cuda import types
from numba.cuda.np.numpy_support import from_dtype

import kompakt.kernels.lanes  # noqa: F401, gives the lane functions their CUDA overloads
from kompakt.kernels.memory import array_at, array_behind, far_array, lane_cells, own_cells, thread_array
from kompakt.kernels.reset import reset_state, start_state
from kompakt.kernels.rows import (
    BASE_BITS,
    BASE_HISTORIES,
    BASE_MATCH_BITS,
    BASE_MATCHES,
    BASE_TEXT,
    BASE_TEXT_BYTES,
    FIELDS,
    FIRST_FIELD,
    LEARNED,
    SOURCE,
    SOURCE_BYTES,
    STATE_BYTES,
    TABLE_BITS,
    TARGET,
    TARGET_BYTES,
)
from kompakt.kernels.shared import TABLE_KINDS, WARPS_MAX, SharedLayout
from kompakt.model.lanes import WARP_LANES, lane_first, lane_step, lane_sync
from kompakt.model.loops import block_loops
from kompakt.model.match import MATCH_INPUTS
from kompakt.model.spec import TABLE_BITS_MIN, Spec
from kompakt.model.state import (
    LEARNED_FROM,
    Scratch,
    SpecArrays,
    State,
    layout,
    starting_patterns,
    state_bytes,
)
from kompakt.model.tables import Tables
from kompakt.model.words import i32, u32, u64

_WARP = u32(WARP_LANES)
_ALL = 0xFFFFFFFF


def _array(kind):
    return types.Array(kind, 1, "C")


SIGNATURE = types.void(
    types.Array(types.uint64, 2, "C"),  # rows, see rows.py
    _array(types.uint32),  # statuses (blocks,), see rows.py
    _array(types.uint32),  # queue (1,): the first row that no warp has taken
    _array(types.uint8),  # slots, slot_bytes for each warp
    types.uint64,  # slot_bytes, a multiple of 64
    _array(types.uint8),  # input of all blocks
    _array(types.uint8),  # output of all blocks
    *(_array(from_dtype(np.dtype(kind))) for kind, _ in TABLE_KINDS.values()),
    _array(types.uint32),  # masks
    _array(types.uint32),  # sources
    _array(types.uint32),  # selectors
    _array(types.uint32),  # limits
    _array(types.uint32),  # geometry
    _array(types.uint32),  # what state maps start with
    _array(types.uint16),  # what APMs start with
)
"""Arguments of every kernel, all arrays on the device."""

LAUNCH_BOUNDS = (WARPS_MAX * WARP_LANES, 2)
"""Most threads of a CTA, and how many CTAs a processor must have registers for."""


def kernel(spec: Spec, decoding: bool) -> Callable:
    """Return the kernel of `spec`, uncompiled, for SIGNATURE.

    The rows are taken in order, so they should stand longest first.
    """
    shared = SharedLayout(spec)
    shared_words = shared.total_bytes // 8 if shared.is_declared else 0  # 0: what the launch gives
    at = {name: place.at for name, place in (shared.tables | shared.warp).items()}
    stretch_at, squash_at, next_state_at = at["stretch"], at["squash"], at["next_state"]
    rate_at, reciprocal_at, masks_at, sources_at = at["rate"], at["reciprocal"], at["masks"], at["sources"]
    character_at, length_bucket_at, registers_at = at["character"], at["length_bucket"], at["registers"]
    geometry_at, geometry_numbers = shared.tables["geometry"]
    limits_at, lengths = at["limits"], TABLE_KINDS["length_bucket"][1]
    selectors_at, selector_count = shared.tables["selectors"]
    all_inputs, inputs_bytes = WARPS_MAX * spec.inputs, 4 * spec.inputs
    set_offset_at, sums_at, errors_at = at["set_offset"], at["sums"], at["errors"]
    stretches, squashes, reciprocals = (TABLE_KINDS[name][1] for name in ("stretch", "squash", "reciprocal"))
    base_at, base_sizes_at, base_words = at["base"], at["base_sizes"], shared.warp["base"].count // 2
    warp_base, warp_bytes = shared.warp_base, shared.warp_bytes
    contexts, inputs, sets, shift = len(spec.contexts), spec.inputs, len(spec.selectors), spec.bucket_shift
    quarters, final_mixers = spec.buckets(2), spec.final_mixers
    maps, held = contexts + int(MATCH_INPUTS) + spec.predictors, sets * -(-inputs // WARP_LANES)
    map_cells = array_at if shared.shares_maps else own_cells
    maps_at, map_bytes = (at["maps"], shared.map_bytes) if shared.shares_maps else (0, 0)
    count = {field.name: field.count for field in layout(spec, TABLE_BITS_MIN)}
    state_map_count, match_map_count, weight_count = (
        count["state_maps"],
        count["match_maps"],
        count["weights"],
    )
    element_map_count = count["element_maps"]
    all_maps = state_map_count + match_map_count + element_map_count
    final_count, apm_count, vote_count = count["final_weights"], count["apms"], count["votes"]
    visit_count, sure_count, tag_count = count["set_visits"], count["sure_maps"], count["tag_stack"]
    register_count = count["registers"]
    offsets = {field.name: field.offset for field in layout(spec, TABLE_BITS_MIN)}
    learned_bytes = state_bytes(spec, TABLE_BITS_MIN) - offsets[LEARNED_FROM]
    learned_registers = offsets["registers"] - offsets[LEARNED_FROM]
    first = {name: FIRST_FIELD + number for number, name in enumerate(FIELDS)}
    histories_in, state_maps_in, match_maps_in = first["histories"], first["state_maps"], first["match_maps"]
    element_maps_in = first["element_maps"]
    weights_in, final_in, visits_in, sure_in, tags_in, apms_in, match_in = (
        first[name]
        for name in (
            "weights", "final_weights", "set_visits", "sure_maps", "tag_stack", "apms", "match_table",
        )
    )  # fmt: skip
    followers1_in, followers2_in, seen_in, votes_in = (
        first[name] for name in ("followers1", "followers2", "last_seen", "votes")
    )
    patterns = starting_patterns(spec)
    match_start, element_start, weight_start, final_start = (
        int(patterns[name][0]) for name in ("match_maps", "element_maps", "weights", "final_weights")
    )
    code_block = cuda.jit(device=True, forceinline=True)(_with_status(*block_loops(spec), decoding))

    @cuda.jit(device=True, forceinline=True)
    def copy(target, source):
        step = u32(u32(cuda.blockDim.y) * _WARP)
        at = u32(u32(u32(cuda.threadIdx.y) * _WARP) + u32(cuda.threadIdx.x))
        while at < u32(len(source)):
            target[at] = source[at]
            at = u32(at + step)

    def run(
        rows, statuses, queue, slots, slot_bytes, sources, targets,
        stretch, squash, next_state, rate, reciprocal, character, length_bucket,
        masks, registers_read, selectors, limits, geometry,
        state_map_start, apm_start,
    ):  # fmt: skip
        memory = cuda.shared.array(shared_words, np.uint64)
        # Apart, or the compiler takes each store of a weight set's result for a possible change of inputs.
        inputs_memory = cuda.shared.array(all_inputs, np.int32)
        tables = Tables(
            array_at(memory, u64(stretch_at), stretches, np.int16),
            array_at(memory, u64(squash_at), squashes, np.uint16),
            array_at(memory, u64(next_state_at), 512, np.uint8),
            array_at(memory, u64(rate_at), 256, np.uint16),
            array_at(memory, u64(reciprocal_at), reciprocals, np.uint16),
            array_at(memory, u64(character_at), 256, np.uint8),
            array_at(memory, u64(length_bucket_at), lengths, np.uint8),
        )
        arrays = SpecArrays(
            array_at(memory, u64(masks_at), contexts * 2, np.uint32),
            array_at(memory, u64(sources_at), contexts * 2, np.uint32),
            array_at(memory, u64(selectors_at), selector_count, np.uint32),
            array_at(memory, u64(limits_at), maps, np.uint32),
            array_at(memory, u64(geometry_at), geometry_numbers, np.uint32),
        )
        copy(tables.stretch, stretch)
        copy(tables.squash, squash)
        copy(tables.next_state, next_state)
        copy(tables.rate, rate)
        copy(tables.reciprocal, reciprocal)
        copy(tables.character, character)
        copy(tables.length_bucket, length_bucket)
        copy(arrays.masks, masks)
        copy(arrays.sources, registers_read)
        copy(arrays.selectors, selectors)
        copy(arrays.limits, limits)
        copy(arrays.geometry, geometry)
        cuda.syncthreads()

        own = u64(warp_base) + u64(u32(u32(cuda.threadIdx.y) * u32(warp_bytes)))
        scratch = Scratch(
            lane_cells(contexts, np.uint32),
            lane_cells(contexts, np.uint32),
            lane_cells(contexts, np.uint32),
            map_cells(memory, own + u64(maps_at), maps, np.uint32),
            map_cells(memory, own + u64(maps_at + map_bytes), maps, np.uint32),
            map_cells(memory, own + u64(maps_at + 2 * map_bytes), maps, np.int32),
            map_cells(memory, own + u64(maps_at + 3 * map_bytes), maps, np.uint32),
            lane_cells(contexts, np.int32),
            array_at(inputs_memory, u64(u32(u32(cuda.threadIdx.y) * u32(inputs_bytes))), inputs, np.int32),
            lane_cells(1, np.uint32),
            map_cells(memory, own + u64(maps_at + 4 * map_bytes), maps, np.uint32),
            map_cells(memory, own + u64(maps_at + 5 * map_bytes), maps, np.uint32),
            map_cells(memory, own + u64(maps_at + 6 * map_bytes), maps, np.uint32),
            lane_cells(sets, np.uint32),
            lane_cells(sets, np.uint32),
            lane_cells(sets, np.uint32),
            lane_cells(sets, np.uint32),
            array_at(memory, own + u64(set_offset_at), sets, np.uint32),
            array_at(memory, own + u64(sums_at), sets, np.int32),
            lane_cells(sets, np.int32),
            array_at(memory, own + u64(errors_at), sets, np.int32),
            thread_array(held, np.int32),
            thread_array(final_mixers, np.int32),
            lane_cells(3, np.uint32),
            lane_cells(3, np.uint32),
            lane_cells(3, np.uint32),
            lane_cells(3, np.int32),
        )
        slot = u64(u32(u32(u32(cuda.blockIdx.x) * u32(cuda.blockDim.y)) + u32(cuda.threadIdx.y))) * slot_bytes
        while True:
            ticket = u32(0)
            if lane_first() == u32(0):
                ticket = u32(cuda.atomic.add(queue, 0, u32(1)))
            ticket = u32(cuda.shfl_sync(_ALL, i32(ticket), 0))
            if ticket >= u32(len(statuses)):
                break
            bits, base_bits = u32(rows[ticket, TABLE_BITS]), u32(rows[ticket, BASE_BITS])
            histories = slot + rows[ticket, histories_in]
            size = u64(u64(quarters) << u64(bits)) << u64(shift - 2)
            state = State(
                array_at(slots, histories, size >> u64(3), np.uint64),
                array_at(slots, histories, size, np.uint8),
                array_at(slots, histories, size >> u64(1), np.uint16),
                array_at(slots, slot + rows[ticket, state_maps_in], state_map_count, np.uint32),
                array_at(slots, slot + rows[ticket, match_maps_in], match_map_count, np.uint32),
                array_at(slots, slot + rows[ticket, element_maps_in], element_map_count, np.uint32),
                array_at(slots, slot + rows[ticket, state_maps_in], all_maps, np.uint32),
                array_at(slots, slot + rows[ticket, weights_in], weight_count, np.int32),
                array_at(slots, slot + rows[ticket, final_in], final_count, np.int32),
                array_at(slots, slot + rows[ticket, visits_in], visit_count, np.uint32),
                array_at(slots, slot + rows[ticket, sure_in], sure_count, np.uint32),
                array_at(slots, slot + rows[ticket, tags_in], tag_count, np.uint32),
                array_at(slots, slot + rows[ticket, apms_in], apm_count, np.uint16),
                array_at(slots, slot + rows[ticket, match_in], 0, np.uint32),
                array_at(memory, own + u64(registers_at), register_count, np.uint32),
                array_at(slots, slot + rows[ticket, followers1_in], 256, np.uint16),
                array_at(slots, slot + rows[ticket, followers2_in], 65536, np.uint16),
                array_at(slots, slot + rows[ticket, seen_in], 512, np.uint32),
                array_at(slots, slot + rows[ticket, votes_in], vote_count, np.uint16),
                far_array(memory, own + u64(base_at), np.uint64),
                far_array(memory, own + u64(base_at), np.uint8),
                far_array(memory, own + u64(base_at), np.uint16),
                far_array(memory, own + u64(base_at + 16), np.uint32),
                array_at(memory, own + u64(base_sizes_at), 2, np.uint32),
                far_array(memory, own + u64(base_at + 32), np.uint8),
            )
            base = array_at(memory, own + u64(base_at), base_words, np.uint64)
            if lane_first() == u32(0):
                state.base_sizes[0] = base_bits
                state.base_sizes[1] = u32(rows[ticket, BASE_MATCH_BITS])
                base[0] = rows[ticket, BASE_HISTORIES]
                base[2] = rows[ticket, BASE_MATCHES]
                base[4] = rows[ticket, BASE_TEXT]
                base[5] = rows[ticket, BASE_TEXT_BYTES]
            words = array_at(slots, slot, rows[ticket, STATE_BYTES] >> u64(3), np.uint64)
            if base_bits == u32(0):
                for register in range(lane_first(), u32(register_count), lane_step()):
                    state.registers[register] = u32(0)
                reset_state(
                    state, words,
                    state_map_start, apm_start, u32(match_start), u32(element_start), i32(weight_start),
                    i32(final_start),
                )  # fmt: skip
            else:
                learned = rows[ticket, LEARNED]
                known = array_behind(learned + u64(learned_registers), register_count, np.uint32)
                for register in range(lane_first(), u32(register_count), lane_step()):
                    state.registers[register] = known[register]
                first_learned = u32(rows[ticket, state_maps_in] >> u64(3))
                start_state(words, first_learned, array_behind(learned, learned_bytes // 8, np.uint64))
            lane_state = State(
                state.words,
                state.histories,
                state.counters,
                state.state_maps,
                state.match_maps,
                state.element_maps,
                state.maps,
                array_at(state.weights, u64(lane_first()) << u64(2), weight_count, np.int32),
                array_at(state.final_weights, u64(lane_first()) << u64(2), final_count, np.int32),
                state.set_visits,
                state.sure_maps,
                state.tag_stack,
                state.apms,
                state.match_table,
                state.registers,
                state.followers1,
                state.followers2,
                state.last_seen,
                state.votes,
                state.base_words,
                state.base_histories,
                state.base_counters,
                state.base_matches,
                state.base_sizes,
                state.base_text,
            )
            source = array_at(sources, rows[ticket, SOURCE], rows[ticket, SOURCE_BYTES], np.uint8)
            target = array_at(targets, rows[ticket, TARGET], rows[ticket, TARGET_BYTES], np.uint8)
            status = code_block(lane_state, tables, arrays, scratch, bits, base_bits, source, target)
            lane_sync()
            if lane_first() == u32(0):
                statuses[ticket] = status

    return run


def _with_status(encode_block: Callable, decode_block: Callable, decoding: bool) -> Callable:
    """Return the function that codes a block and returns its status."""
    if not decoding:
        return encode_block
    decode = cuda.jit(device=True, forceinline=True)(decode_block)

    def decode_with_status(state, tables, arrays, scratch, table_bits, base_bits, stream, data):
        decode(state, tables, arrays, scratch, table_bits, base_bits, stream, data)
        return u32(0)

    return decode_with_status
