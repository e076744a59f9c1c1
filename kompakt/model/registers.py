"""Registers: the byte-level memory of a model, one uint32 each, in `State.registers`.

A context or a mixer selector names the registers it looks at, so a spec is data, not code.
"""

from enum import IntEnum


class R(IntEnum):
    """Index of each register. C4 and C8 hold the last bytes, the newest in the low bits of C4."""

    ZERO = 0
    C4 = 1  # bytes 1..4 back
    C8 = 2  # bytes 5..8 back
    WORD = 3  # hash of the letters since the last non-letter, case folded; 0 outside words
    LAST_WORD = 4  # hash of the word before
    POSITION = 5  # bytes seen so far, low 32 bits; 0 before the first of a block
    RECORD = 6  # record length that repeats best, in bytes; 0 while unknown
    COLUMN = 7  # position inside the record or the line
    ABOVE = 8  # byte one record back
    ABOVE2 = 9  # bytes one and two records back, 8 bits each
    INDIRECT1 = 10  # the two bytes that followed the last two occurrences of byte 1
    INDIRECT2 = 11  # the same for bytes 1 and 2
    EXPECTED = 12  # match model: expected byte + 1 in the low 9 bits, length bucket above; 0 without a match
    MATCH_POINTER = 13  # where the match model expects the next byte
    MATCH_LENGTH = 14  # bytes matched so far, 0 without a match
    MATCH_BUCKET = 15  # quantised match length, 0..15
    LINE_START = 16  # position of the first byte of this line
    LAST_LINE_START = 17
    LINE_ABOVE = 18  # byte above in the previous line, and the column if it is small
    TOPS = 19  # high bits of the last three bytes, 8 bits
    SHAPE = 20  # character classes of the last eight bytes, 4 bits each
    FIELD = 21  # first byte of this line and the number of separators since
    CONTROL = 22  # bytes since the last one below 32, at most 255, and that byte above
    LAST_WORDS = 23  # hash of the two words before
    TAG = 24  # hash of the innermost open element's name and the place in it; 0 in specs without its contexts
    ALIGN = 25  # position in the block modulo 4
    COLUMN_LOW = 26  # column as a selector, at most 255
    WORD_BEFORE = 27  # hash of the word before LAST_WORD
    TAG_STATE = 28  # open elements << 2, and what is being read, see tags.py
    WORD_START = 29  # first letter and length of this word
    TEXT_START = 30  # position at which the block began
    SEEN = 31  # bytes that the mixer's weights have learned from before this block
    PREDICTION = 32  # of arrays (arrays.py): predicted elements, two registers each, the low half first
    EXPECTED_ELEMENT = 64  # the byte that each expects, with how sure it is
    NEARNESS = 80  # where each expects the byte to be, in eighths of one
    ERROR = 96  # mean size of each one's errors, log2 in 1/256
    ELEMENT_BYTE = 112  # how many bytes of the element are known
    ACTIVITY_SET = 113  # that and the size of the errors of the best prediction, as a selector
    ACTIVITY_CONTEXT = 114  # the same, as a context
    BEST = 115  # the best prediction and how many bytes are known, as a selector
    EXPONENT = 116  # that of the numbers around
    WEST_VALUE = 117  # two registers, the low half first
    SCALE = 119  # log2 of what the adaptive predictors' inputs are divided by
    ADAPTED = 120  # what they predicted, divided so
    INPUT = 124  # their inputs
    INPUT_WEIGHT = 148  # their weights, 24 of each
    TAP = 196  # values of neighbours less that of W, two registers each, the low half first


REGISTERS = 32
ARRAY_REGISTERS = 388
"""Registers of specs that are not for arrays, and of those that are."""
