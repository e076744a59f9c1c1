"""One block through the predictor and the coder: the loop that CPU threads and GPU warps run."""

from kompakt.model.coder import split
from kompakt.model.compiling import inlined
from kompakt.model.contexts import SEEN, begin_text
from kompakt.model.lanes import lane_first, lanes_agree
from kompakt.model.predictor import (
    announce_nibble,
    begin_block,
    begin_byte,
    first_rate,
    following_rate,
    open_nibble,
    predict,
    remember_byte,
    update,
)
from kompakt.model.sure import drop_match, is_sure, sure_byte, sure_probability
from kompakt.model.words import u8, u32

_TOP_BYTE = u32(1 << 24)
STREAM_TAIL = 4
"""Bytes that close a stream; the shortest stream of a non-empty block."""


@inlined
def next_byte(stream, at):
    """Return stream[at], or 0 behind its end."""
    return u32(stream[at]) if at < u32(len(stream)) else u32(0)


@inlined
def shift_out(low, high, out, written):
    """Write bytes in which `low` and `high` agree, as far as there is room; return (low, high, written)."""
    room = u32(len(out))
    while u32(low ^ high) < _TOP_BYTE:
        if written < room:
            out[written] = u8(low >> u32(24))
        written = u32(written + u32(1))
        low = u32(low << u32(8))
        high = u32(u32(high << u32(8)) | u32(255))
    return low, high, written


@inlined
def shift_in(low, high, value, stream, read):
    """Read a byte for each in which `low` and `high` agree; return (low, high, value, read)."""
    while u32(low ^ high) < _TOP_BYTE:
        low = u32(low << u32(8))
        high = u32(u32(high << u32(8)) | u32(255))
        value = u32(u32(value << u32(8)) | next_byte(stream, read))
        read = u32(read + u32(1))
    return low, high, value, read


@inlined
def end_block(state, seen):
    """Note for the blocks that go on from here how many bytes the weights have `seen`."""
    if lane_first() == u32(0):
        state.registers[SEEN] = seen


@inlined
def encode(state, tables, spec, numbers, scratch, data, out):
    """Code all of `data` into `out`; return the bytes written, or 0 when `out` is too short.

    state: where the block starts, see state.begin()
    data:  uint8 (n,), n < 2**31
    out:   uint8 (m,)
    """
    low = u32(0)
    high = u32(0xFFFFFFFF)
    written = u32(0)
    room = u32(len(out))
    size = u32(len(data))
    seen = state.registers[SEEN]
    begin_block(spec, numbers, scratch)
    begin_text(state, u32(0))
    rate = first_rate(numbers, seen)
    begin_byte(state, spec, numbers, scratch)
    announce_nibble(state, numbers, scratch, u32(1))
    position = u32(0)
    while lanes_agree(position < size):
        byte = u32(data[position])
        rate = following_rate(numbers, rate, seen)
        c0 = u32(1)
        half = u32(0)
        while half < u32(2):
            open_nibble(state, numbers, scratch)
            node = u32(1)
            step = u32(0)
            while step < u32(4):
                bit_index = u32(u32(half << u32(2)) | u32(step))
                prediction = predict(state, tables, numbers, scratch, c0, bit_index, node)
                middle = split(low, high, prediction.p16)
                bit = u32(u32(byte >> u32(u32(7) - bit_index)) & u32(1))
                if bit == u32(1):
                    high = middle
                else:
                    low = u32(middle + u32(1))
                low, high, written = shift_out(low, high, out, written)
                longer = u32(u32(c0 << u32(1)) | bit)
                if step == u32(3):
                    following = longer
                    if half == u32(1):
                        position = u32(position + u32(1))
                        remember_byte(state, tables, spec, numbers, data, position)
                        while lanes_agree(position < size and is_sure(state, numbers)):
                            middle = split(low, high, sure_probability(state))
                            came = u32(u32(data[position]) == sure_byte(state))
                            if came == u32(1):
                                high = middle
                            else:
                                low = u32(middle + u32(1))
                            low, high, written = shift_out(low, high, out, written)
                            if lanes_agree(came == u32(0)):
                                drop_match(state, tables, numbers)
                                break
                            position = u32(position + u32(1))
                            remember_byte(state, tables, spec, numbers, data, position)
                        begin_byte(state, spec, numbers, scratch)
                        following = u32(1)
                    announce_nibble(state, numbers, scratch, following)
                update(state, tables, numbers, scratch, prediction, rate, c0, node, bit)
                c0 = longer
                node = u32(u32(node << u32(1)) | bit)
                step = u32(step + u32(1))
            half = u32(half + u32(1))
        seen = u32(seen + u32(1))
        if lanes_agree(u32(written + u32(STREAM_TAIL)) > room):
            return u32(0)
    end_block(state, seen)
    if u32(written + u32(STREAM_TAIL)) > room:
        return u32(0)
    for _ in range(u32(STREAM_TAIL)):
        out[written] = u8(high >> u32(24))
        high = u32(high << u32(8))
        written = u32(written + u32(1))
    return written


@inlined
def decode(state, tables, spec, numbers, scratch, stream, data):
    """Fill `data` from `stream`; bytes missing at the end of the stream count as zeros.

    stream: uint8 (m,)
    data:   uint8 (n,), written
    """
    low = u32(0)
    high = u32(0xFFFFFFFF)
    value = u32(0)
    read = u32(0)
    for _ in range(u32(STREAM_TAIL)):
        value = u32(u32(value << u32(8)) | next_byte(stream, read))
        read = u32(read + u32(1))
    seen = state.registers[SEEN]
    begin_block(spec, numbers, scratch)
    begin_text(state, u32(0))
    rate = first_rate(numbers, seen)
    begin_byte(state, spec, numbers, scratch)
    announce_nibble(state, numbers, scratch, u32(1))
    size = u32(len(data))
    position = u32(0)
    while lanes_agree(position < size):
        rate = following_rate(numbers, rate, seen)
        c0 = u32(1)
        half = u32(0)
        while half < u32(2):
            open_nibble(state, numbers, scratch)
            node = u32(1)
            step = u32(0)
            while step < u32(4):
                bit_index = u32(u32(half << u32(2)) | u32(step))
                prediction = predict(state, tables, numbers, scratch, c0, bit_index, node)
                middle = split(low, high, prediction.p16)
                bit = u32(value <= middle)
                if bit == u32(1):
                    high = middle
                else:
                    low = u32(middle + u32(1))
                low, high, value, read = shift_in(low, high, value, stream, read)
                longer = u32(u32(c0 << u32(1)) | bit)
                if step == u32(3):
                    following = longer
                    if half == u32(1):
                        if lane_first() == u32(0):
                            data[position] = u8(longer & u32(255))
                        position = u32(position + u32(1))
                        remember_byte(state, tables, spec, numbers, data, position)
                        while lanes_agree(position < size and is_sure(state, numbers)):
                            middle = split(low, high, sure_probability(state))
                            came = u32(value <= middle)
                            if came == u32(1):
                                high = middle
                                if lane_first() == u32(0):
                                    data[position] = u8(sure_byte(state))
                            else:
                                low = u32(middle + u32(1))
                            low, high, value, read = shift_in(low, high, value, stream, read)
                            if lanes_agree(came == u32(0)):
                                drop_match(state, tables, numbers)
                                break
                            position = u32(position + u32(1))
                            remember_byte(state, tables, spec, numbers, data, position)
                        begin_byte(state, spec, numbers, scratch)
                        following = u32(1)
                    announce_nibble(state, numbers, scratch, following)
                update(state, tables, numbers, scratch, prediction, rate, c0, node, bit)
                c0 = longer
                node = u32(u32(node << u32(1)) | bit)
                step = u32(step + u32(1))
            half = u32(half + u32(1))
        seen = u32(seen + u32(1))
    end_block(state, seen)
