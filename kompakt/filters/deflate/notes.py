"""Where predictions were wrong: for each, how many before it were right, and what is true. All varints.

A writer's state is an int64 array (2,): bytes written, right predictions since. A reader's has bytes read,
right predictions still to come. A reader that has met what no writer writes is at BAD.
"""

import numpy as np

from kompakt.filters.deflate.compiling import compiled, inlined

MAX_NOTE_BYTES = 32
"""Room that a writer needs for one note, without trees."""

BAD = -1
_POSITION = 0
_RIGHT = 1
_FOR_EVER = 1 << 62
_MAX_VALUE_BITS = 35


@compiled
def add_value(notes, state, value):
    """Append `value` >= 0 to the note that was begun."""
    at = state[_POSITION]
    while value > 0x7F:
        notes[at] = value & 0x7F | 0x80
        value >>= 7
        at += 1
    notes[at] = value
    state[_POSITION] = at + 1


@compiled
def begin_note(notes, state):
    """Note that the next prediction is wrong; its truth has to follow."""
    add_value(notes, state, state[_RIGHT])
    state[_RIGHT] = 0


@inlined
def was_right(state):
    """Count a prediction that is right."""
    state[_RIGHT] += 1


@inlined
def bytes_used(state):
    """Return the bytes written or read; BAD for a reader that has met a mistake."""
    return state[_POSITION]


@compiled
def take_value(notes, state):
    """Return the next value of the note; 0 with the state BAD where there is none."""
    at = state[_POSITION]
    value = 0
    for shift in range(0, _MAX_VALUE_BITS, 7):
        if at < 0 or at >= notes.size:
            break
        byte = np.int64(notes[at])
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            state[_POSITION] = at
            return value
    state[_POSITION] = BAD
    return 0


@compiled
def next_note(notes, state):
    """Go on to the next note, or to the first from position 0."""
    state[_RIGHT] = take_value(notes, state) if state[_POSITION] != notes.size else _FOR_EVER


@inlined
def is_wrong(state):
    """Tell whether there is a note on the next prediction, which is to be taken; else count it."""
    if state[_RIGHT] == 0:
        return True
    state[_RIGHT] -= 1
    return False


@inlined
def all_read(notes, state):
    """Tell whether no note is left."""
    return state[_POSITION] == notes.size and state[_RIGHT] > _FOR_EVER >> 1
