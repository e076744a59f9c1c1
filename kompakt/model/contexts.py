"""Contexts: what the model looks at before it predicts a byte.

After every coded byte the registers are brought up to date (`update_registers`); then each lane
hashes its own selection of them (`hash_contexts`). A context is four numbers of its spec: a mask
over bytes 1..4 back, a mask over bytes 5..8 back, and two registers.
"""

from kompakt.model.characters import CLASS, LETTER, SEPARATOR
from kompakt.model.compiling import inlined
from kompakt.model.lanes import lane_first, lane_step, lane_sync
from kompakt.model.registers import R
from kompakt.model.tags import update_tags
from kompakt.model.words import u32

C4, C8 = int(R.C4), int(R.C8)
WORD, LAST_WORD, LAST_WORDS = int(R.WORD), int(R.LAST_WORD), int(R.LAST_WORDS)
WORD_START, WORD_BEFORE = int(R.WORD_START), int(R.WORD_BEFORE)
POSITION, ALIGN = int(R.POSITION), int(R.ALIGN)
RECORD, COLUMN, COLUMN_LOW = int(R.RECORD), int(R.COLUMN), int(R.COLUMN_LOW)
ABOVE, ABOVE2 = int(R.ABOVE), int(R.ABOVE2)
INDIRECT1, INDIRECT2 = int(R.INDIRECT1), int(R.INDIRECT2)
LINE_START, LAST_LINE_START = int(R.LINE_START), int(R.LAST_LINE_START)
LINE_ABOVE, FIELD, CONTROL = int(R.LINE_ABOVE), int(R.FIELD), int(R.CONTROL)
TOPS, SHAPE = int(R.TOPS), int(R.SHAPE)
TEXT_START, SEEN = int(R.TEXT_START), int(R.SEEN)

RECORD_LIMIT = 4096
"""Longest record whose repetition is looked for, in bytes."""

_FOLD = u32(0x9E3779B1)
_M2 = u32(0x85EBCA6B)
_M3 = u32(0xC2B2AE35)
_M4 = u32(0x27D4EB2F)
_FINISH = u32(0x2C1B3C6D)
_CLASS, _LETTER, _SEPARATOR = u32(CLASS), u32(LETTER), u32(SEPARATOR)


@inlined
def scramble(x):
    """Return uint32 `x` with every input bit spread over the output (multiply-xorshift)."""
    x = u32(x ^ (x >> u32(15)))
    x = u32(x * _FINISH)
    return u32(x ^ (x >> u32(13)))


@inlined
def hash_contexts(spec, registers, hashes):
    """Write each lane's context hash, uint32, from the registers.

    spec.masks:    uint32 (contexts * 2,), over C4 and C8
    spec.sources:  uint32 (contexts * 2,), register numbers
    """
    contexts = u32(len(hashes))
    for lane in range(lane_first(), contexts, lane_step()):
        at = u32(lane * u32(2))
        near = u32(u32(registers[C4] & spec.masks[at]) * _FOLD)
        far = u32(u32(registers[C8] & spec.masks[at + u32(1)]) * _M2)
        a = u32(registers[spec.sources[at]] * _M3)
        b = u32(registers[spec.sources[at + u32(1)]] * _M4)
        mixed = u32(near ^ u32((far << u32(7)) | (far >> u32(25))))
        mixed = u32(u32(mixed + a) ^ u32((b << u32(13)) | (b >> u32(19))))
        hashes[lane] = scramble(u32(mixed + u32(u32(lane + u32(1)) * _FOLD)))


@inlined
def begin_text(state, start):
    """Forget the last bytes: what begins at `start` does not go on where the state's last text ended.

    The record length that was found stays, and SEEN.
    """
    registers = state.registers
    for register in range(lane_first(), u32(len(registers)), lane_step()):
        if register == u32(LINE_START) or register == u32(LAST_LINE_START) or register == u32(TEXT_START):
            registers[register] = start
        elif register != u32(RECORD) and register != u32(SEEN):
            registers[register] = u32(0)
    for byte in range(lane_first(), u32(2 * 256), lane_step()):
        state.last_seen[byte] = u32(0)
    for level in range(lane_first(), u32(len(state.tag_stack)), lane_step()):
        state.tag_stack[level] = u32(0)
    lane_sync()


@inlined
def update_words(registers, c, marks):
    """Follow words: letters and bytes above 127 build one, anything else ends it."""
    if u32(marks & _LETTER) != u32(0):
        folded = u32(c | u32(32)) if c < u32(128) else c
        if registers[WORD] == u32(0):
            registers[WORD_START] = u32(folded << u32(8))
        registers[WORD] = u32(u32(u32(registers[WORD] + folded) * u32(0x2F0B4C47)) + u32(1))
        registers[WORD_START] = u32(registers[WORD_START] + u32(1))
    elif registers[WORD] != u32(0):
        registers[LAST_WORDS] = u32(u32(registers[LAST_WORD] * u32(0x3C6EF372)) + registers[WORD])
        registers[WORD_BEFORE] = registers[LAST_WORD]
        registers[LAST_WORD] = registers[WORD]
        registers[WORD] = u32(0)
        registers[WORD_START] = u32(0)


@inlined
def update_record(state, registers, c, position):
    """Look for the distance at which bytes repeat, and describe the place inside that record.

    state.last_seen:  uint32 (512,), position + 1 of each byte value, then its last distance
    state.votes:      uint16 (RECORD_LIMIT,), how often a distance repeated itself
    """
    distance = u32(position + u32(1) - state.last_seen[c])
    if state.last_seen[c] != u32(0) and distance > u32(1) and distance < u32(RECORD_LIMIT):
        if state.last_seen[c + u32(256)] == distance:
            votes = u32(state.votes[distance] + u32(1))
            state.votes[distance] = votes
            if votes > u32(state.votes[registers[RECORD]]):
                registers[RECORD] = distance
            if votes >= u32(60000):
                for at in range(u32(RECORD_LIMIT)):
                    state.votes[at] = state.votes[at] >> 1
        state.last_seen[c + u32(256)] = distance
    state.last_seen[c] = u32(position + u32(1))


@inlined
def update_followers(state, registers, c, c4):
    """Note that `c` followed the two bytes before it, and recall what followed the last two of `c4`.

    c4: uint32, the last bytes, `c` behind them included
    """
    followers = state.followers1
    c1 = u32(u32(c4 >> u32(8)) & u32(255))
    followers[c1] = u32(u32(followers[c1] << u32(8)) | c) & u32(0xFFFF)
    at2 = u32(u32(u32(u32(c4 >> u32(8)) & u32(0xFFFF)) * _FOLD) >> u32(16))
    state.followers2[at2] = u32(u32(state.followers2[at2] << u32(8)) | c) & u32(0xFFFF)
    registers[INDIRECT1] = u32(followers[c] | u32(c << u32(16)))
    registers[INDIRECT2] = u32(
        state.followers2[u32(u32(u32(c4 & u32(0xFFFF)) * _FOLD) >> u32(16))] | u32(c << u32(16))
    )


@inlined
def update_lines(registers, data, c, marks, following):
    """Describe the place inside the line and its fields, and find the byte above."""
    if c == u32(10):
        registers[LAST_LINE_START] = registers[LINE_START]
        registers[LINE_START] = following
        registers[FIELD] = u32(0)
    elif u32(marks & _SEPARATOR) != u32(0):
        registers[FIELD] = u32(registers[FIELD] + u32(0x101)) ^ u32(c << u32(16))
    column = u32(following - registers[LINE_START])
    above = u32(registers[LAST_LINE_START] + column)
    registers[LINE_ABOVE] = (
        u32(data[above]) | u32(min(column, u32(255)) << u32(8)) if above < registers[LINE_START] else u32(0)
    )


@inlined
def update_control(registers, c):
    """Count the bytes since the last control character: its value is the length of many a field behind it."""
    if c < u32(32):
        registers[CONTROL] = u32(c << u32(8))
    else:
        registers[CONTROL] = u32(registers[CONTROL] + u32(u32(registers[CONTROL] & u32(255)) != u32(255)))


@inlined
def update_column(state, registers, data, c, position):
    """Bring RECORD up to date with byte `c`, and describe the place inside the record and what lies above."""
    following = u32(position + u32(1))
    column = u32(following - registers[LINE_START])
    before = registers[RECORD]
    update_record(state, registers, c, position)
    record = registers[RECORD]
    if record != u32(0) and u32(following - registers[TEXT_START]) >= u32(record + record):
        one = u32(data[u32(following - record)])
        registers[ABOVE] = one
        registers[ABOVE2] = u32(one | u32(u32(data[u32(following - u32(record + record))]) << u32(8)))
    if record != u32(0):
        column = u32(registers[COLUMN] + u32(1))
        if record != before:
            column = u32(following % record)
        elif column == record:
            column = u32(0)
    else:
        column = min(column, u32(255))
    registers[COLUMN] = column
    registers[COLUMN_LOW] = min(column, u32(255))


@inlined
def update_registers(state, tables, numbers, data, position):
    """Bring the registers that the spec looks at up to date after byte `data[position]` was coded.

    data: uint8 (≥ position + 1,), everything of this text before `position` included
    """
    registers = state.registers
    c = u32(data[position])
    before = registers[C4]
    following = u32(position + u32(1))

    registers[C8] = u32(u32(registers[C8] << u32(8)) | u32(before >> u32(24)))
    c4 = u32(u32(before << u32(8)) | c)
    registers[C4] = c4
    if numbers.with_followers != u32(0):
        update_followers(state, registers, c, c4)
    if numbers.with_tags != u32(0):
        update_tags(state.tag_stack, registers, c, u32(before & u32(255)))
    marks = u32(tables.character[c])
    if numbers.with_words != u32(0):
        update_words(registers, c, marks)
    registers[SHAPE] = u32(u32(registers[SHAPE] << u32(4)) | u32(marks & _CLASS))
    if numbers.with_lines != u32(0):
        update_lines(registers, data, c, marks, following)
    if numbers.with_control != u32(0):
        update_control(registers, c)
    if numbers.with_records != u32(0):
        update_column(state, registers, data, c, position)
    registers[POSITION] = following
    registers[ALIGN] = u32(u32(following - registers[TEXT_START]) & u32(3))
    registers[TOPS] = u32(
        u32(u32(c4 >> u32(5)) & u32(7))
        | u32(u32(c4 >> u32(10)) & u32(0x38))
        | u32(u32(c4 >> u32(16)) & u32(0xC0))
    )
