"""Huffman and rANS codes for a warp: many blocks side by side, to the bytes of kompakt/classic.

A prefix code has four lanes a block (one, if it is small), which need nothing of each other: each is a
thread. The four states of a rANS block are four lanes of a warp that share a row of words, so a warp codes
eight blocks: lane_sum() of bits tells each lane which of its neighbours take or give a word in this step, and
so where its own lies. Code lengths and frequencies come from the host, which counts symbols.

The functions are compiled for a GPU (kernels below), for the CPU by tests, and run in the emulated warp.
"""

import numpy as np

from kompakt.model.compiling import inlined
from kompakt.model.lanes import WARP_LANES, lane_first, lane_step, lane_sum
from kompakt.model.words import i32, u16, u32, u64

STATES = 4
BLOCKS_OF_WARP = WARP_LANES // STATES
LOWEST = 1 << 16

SOURCE, SOURCE_END, TARGET, SYMBOLS, TABLE, BITS, FIRST_STATE = range(7)
"""Columns of a row, uint64: where a lane or block reads, and where its bytes end; where it writes; how many
symbols it has; where its table begins; bits of the table, or of the frequencies; states, four of them."""

COLUMNS = FIRST_STATE + STATES

_EVERY_LANE = u32(WARP_LANES)


def encode_prefix_lane(rows, lane, source, tables, target):
    """Write the words of a lane's symbols, highest bit first; return how many bytes they take.

    rows:   uint64 (lanes, COLUMNS)
    source: uint8; tables: uint32, 256 for each block, code · 16 + length; target: uint8
    """
    begin, symbols = rows[lane, SOURCE], rows[lane, SYMBOLS]
    table, out = rows[lane, TABLE], rows[lane, TARGET]
    at = out
    held = u64(0)
    count = u32(0)
    for i in range(symbols):
        word = tables[table + u64(source[begin + u64(i)])]
        length = u32(word & u32(15))
        held = u64(held << u64(length)) | u64(word >> u32(4))
        count = u32(count + length)
        while count >= u32(8):
            count = u32(count - u32(8))
            target[at] = np.uint8(u64(held >> u64(count)) & u64(0xFF))
            at += u64(1)
    if count:
        target[at] = np.uint8(u64(held << u64(u32(8) - count)) & u64(0xFF))
        at += u64(1)
    return u32(at - out)


def decode_prefix_lane(rows, lane, source, tables, target):
    """Decode a lane; return 1 if its words end where they should and all exist, else 0.

    tables: uint16, 2**BITS for each block: symbol · 256 + length, bit 7 for what is no word
    source: uint8, with four bytes behind the end of each block
    """
    symbols, table, bits = rows[lane, SYMBOLS], rows[lane, TABLE], u32(rows[lane, BITS])
    end, out = rows[lane, SOURCE_END], rows[lane, TARGET]
    at = rows[lane, SOURCE]
    held = u32(0)  # the next bits, at its top; `count` of them are of the stream
    count = u32(0)
    seen = u32(0)
    for i in range(symbols):
        while count < u32(16):
            byte = u32(source[min(at, end)])
            held |= u32(byte << u32(u32(24) - count))
            count = u32(count + u32(8))
            at += u64(1)
        entry = u32(tables[table + u64(held >> u32(u32(32) - bits))])
        length = u32(entry & u32(15))
        target[out + u64(i)] = np.uint8(entry >> u32(8))
        held = u32(held << length)
        count = u32(count - length)
        seen |= entry
    unread = u64(count >> u32(3))  # whole bytes that were taken ahead
    fits = at - unread == end
    return u32(1) if fits and not seen & u32(0x80) else u32(0)


@inlined
def _steps(rows, first):
    """Return in how many steps of four symbols the longest of a warp's blocks is done."""
    longest = u64(0)
    for k in range(u32(BLOCKS_OF_WARP)):
        longest = max(longest, rows[first + u32(k), SYMBOLS])
    return u32((longest + u64(STATES - 1)) >> u64(2))


@inlined
def _bits_of(four):
    """Return how many of four bits are set."""
    lower = u32(u32(u32(0xE994) >> u32(u32(four & u32(7)) << u32(1))) & u32(3))  # two bits for each of 0 … 7
    return u32(lower + u32(four >> u32(3)))


def encode_rans_warp(rows, first, source, tables, target, results, x, at):
    """Code eight blocks from their ends.

    rows:    uint64 (blocks, COLUMNS); rows from `first` on, with as many empty blocks as are missing
    tables:  uint64, for each block 256 · 5: frequency, start, factor, addend, shift
    target:  uint16 words, written downwards from SOURCE_END, which is no word of the block any more
    results: uint32 (blocks, 5): the states, and where in `target` the words begin
    x, at:   uint32 (32,), of which a lane has one item
    """
    for lane in range(lane_first(), _EVERY_LANE, lane_step()):
        x[lane] = u32(LOWEST)
        at[lane] = u32(rows[first + u32(lane >> u32(2)), SOURCE_END])
    step = _steps(rows, first)
    while step > u32(0):
        step = u32(step - u32(1))
        flags = u32(0)
        for lane in range(lane_first(), _EVERY_LANE, lane_step()):
            block = u32(first + u32(lane >> u32(2)))
            i = u64(step) * u64(STATES) + u64(lane & u32(3))
            if i < rows[block, SYMBOLS]:
                symbol = u64(source[rows[block, SOURCE] + i])
                frequency = tables[rows[block, TABLE] + u64(symbol * u64(5))]
                if u64(x[lane]) >= frequency << (u64(32) - rows[block, BITS]):
                    flags |= u32(u32(1) << lane)
        given = u32(lane_sum(i32(flags)))
        for lane in range(lane_first(), _EVERY_LANE, lane_step()):
            block = u32(first + u32(lane >> u32(2)))
            state = u32(lane & u32(3))
            four = u32(u32(given >> u32(lane & u32(28))) & u32(15))
            i = u64(step) * u64(STATES) + u64(state)
            if i < rows[block, SYMBOLS]:
                if u32(four >> state) & u32(1):
                    target[u32(at[lane] - _bits_of(u32(four >> state)))] = u16(x[lane] & u32(0xFFFF))
                    x[lane] = u32(x[lane] >> u32(16))
                row = rows[block, TABLE] + u64(source[rows[block, SOURCE] + i]) * u64(5)
                quotient = (u64(x[lane]) * tables[row + u64(2)] + tables[row + u64(3)]) >> tables[
                    row + u64(4)
                ]
                rest = u64(x[lane]) - quotient * tables[row]
                x[lane] = u32((quotient << rows[block, BITS]) + tables[row + u64(1)] + rest)
            at[lane] = u32(at[lane] - _bits_of(four))
    for lane in range(lane_first(), _EVERY_LANE, lane_step()):
        block = u32(first + u32(lane >> u32(2)))
        results[block, lane & u32(3)] = x[lane]
        if not lane & u32(3):
            results[block, u32(4)] = at[lane]


def decode_rans_warp(rows, first, source, tables, target, results, x, at):
    """Decode eight blocks.

    source:  uint16 words, with one behind the end of each block
    tables:  uint32, for each block 2**BITS slots: frequency << 16 | slot - start; then 2**BITS symbols
    target:  uint8
    results: uint32 (blocks, 5): for each state 1 if it ends as it began and the words are used up
    """
    for lane in range(lane_first(), _EVERY_LANE, lane_step()):
        block = u32(first + u32(lane >> u32(2)))
        x[lane] = u32(rows[block, u32(FIRST_STATE) + u32(lane & u32(3))])
        at[lane] = u32(rows[block, SOURCE])
    steps = _steps(rows, first)
    for step in range(steps):
        flags = u32(0)
        for lane in range(lane_first(), _EVERY_LANE, lane_step()):
            block = u32(first + u32(lane >> u32(2)))
            i = u64(step) * u64(STATES) + u64(lane & u32(3))
            if i < rows[block, SYMBOLS]:
                bits = u32(rows[block, BITS])
                slot = u32(x[lane] & u32(u32(u32(1) << bits) - u32(1)))
                place = rows[block, TABLE] + u64(slot)
                entry = tables[place]
                symbol = tables[place + u64(u32(1) << bits)]
                target[rows[block, TARGET] + i] = np.uint8(symbol & u32(0xFF))
                x[lane] = u32(u32(u32(entry >> u32(16)) * u32(x[lane] >> bits)) + u32(entry & u32(0xFFFF)))
                if x[lane] < u32(LOWEST):
                    flags |= u32(u32(1) << lane)
        taken = u32(lane_sum(i32(flags)))
        for lane in range(lane_first(), _EVERY_LANE, lane_step()):
            block = u32(first + u32(lane >> u32(2)))
            state = u32(lane & u32(3))
            four = u32(u32(taken >> u32(lane & u32(28))) & u32(15))
            if u32(four >> state) & u32(1):
                before = _bits_of(u32(four & u32(u32(u32(1) << state) - u32(1))))
                place = min(u64(u32(at[lane] + before)), rows[block, SOURCE_END])
                x[lane] = u32(u32(x[lane] << u32(16)) | u32(source[place]))
            at[lane] = u32(at[lane] + _bits_of(four))
    for lane in range(lane_first(), _EVERY_LANE, lane_step()):
        block = u32(first + u32(lane >> u32(2)))
        fits = x[lane] == u32(LOWEST) and u64(at[lane]) == rows[block, SOURCE_END]
        results[block, lane & u32(3)] = u32(1) if fits else u32(0)
