"""A dictionary of up to 65,536 strings, and the data as 16-bit codes of them.

Codes are given by frequency, so the upper byte of a code says how frequent its string is, and the lower
bytes behind one upper byte are equally so. That is why twelve streams lie apart for the next stage, and
coding each by its bytes loses little:

    lengths of the strings │ their bytes │ upper bytes of the codes │ lower bytes, for upper bytes of 0, 1,
    … 8 bits

The dictionary is trained on the data and travels with them, or comes from outside: then the first two
streams are empty, and the codes mean something only with that dictionary.

A decoder takes copies of its streams and 512 KiB beside its output; the dictionary has 4 MiB at most.

Source: Gage, 1994, for the pairs; Zipf's law for the classes of codes; docs/CODECS.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kompakt.classic import parts
from kompakt.classic.arrays import as_bytes, check_nothing, padded
from kompakt.classic.compiling import compiled
from kompakt.classic.dict16_training import MAX_ENTRIES, MAX_STRING_BYTES, frequent_strings
from kompakt.classic.dict16_trie import tokenised
from kompakt.classic.errors import StreamError
from kompakt.classic.memory import WORD_BYTES, load_le64, store_le64

CLASSES = 9
PARTS = 3 + CLASSES
LEAST_COUNT = 8  # of 4, 6, 8, 12 the best on the first 4 MiB of five Silesia files together
FIXED_BYTES = 4 * MAX_ENTRIES  # a string that is used once may take five bytes more than it has


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Strings by code.

    lengths: uint8 (m,), 1 … MAX_STRING_BYTES, m <= MAX_ENTRIES
    strings: uint8, one behind the other
    Raises StreamError where they are not.
    """

    lengths: np.ndarray
    strings: np.ndarray

    def __post_init__(self):
        if self.lengths.size > MAX_ENTRIES or self.strings.size != self.lengths.sum(dtype=np.int64):
            raise StreamError("the dictionary has too many strings, or not the bytes of all")
        if self.lengths.size and not 1 <= self.lengths.min() <= self.lengths.max() <= MAX_STRING_BYTES:
            raise StreamError("the dictionary has a string that is too short or too long")


def train(data: np.ndarray, whole: bool = True) -> Dictionary:
    """Return a dictionary of the frequent strings of `data`, uint8, the most frequent first.

    whole: with all single bytes, so that it fits any other data too
    """
    dictionary, _ = _trained(as_bytes(data), whole)
    return dictionary


class Dict16:
    """The codec; with `dictionary`, which must have all single bytes, nothing of it stands in the stream."""

    def __init__(self, dictionary: Dictionary | None = None):
        self._dictionary = dictionary

    def split(self, data: np.ndarray) -> list[np.ndarray]:
        """Return the twelve streams, uint8, of `data`, uint8."""
        data = as_bytes(data)
        if not data.size:
            return [data] * PARTS
        nothing = np.zeros(0, np.uint8)
        if self._dictionary:
            lengths, strings = nothing, nothing
            tokens = tokenised(data, self._dictionary.lengths, self._dictionary.strings)
        else:
            dictionary, tokens = _trained(data, whole=False)
            lengths, strings = dictionary.lengths, dictionary.strings
        upper = (tokens >> np.uint16(8)).astype(np.uint8)
        lower = tokens.astype(np.uint8)
        classes = _bit_lengths()[upper]
        return [lengths, strings, upper, *(lower[classes == bits] for bits in range(CLASSES))]

    def join(self, streams: Sequence[np.ndarray], raw_bytes: int) -> np.ndarray:
        """Return the uint8 (raw_bytes,) that the twelve `streams` say. Raises StreamError."""
        lengths, strings, upper, *lower = map(as_bytes, streams)
        dictionary = Dictionary(lengths, strings)
        if self._dictionary:
            if lengths.size:
                raise StreamError("the stream brings a dictionary where one was given")
            dictionary = self._dictionary
        begins = np.cumsum(dictionary.lengths, dtype=np.int64) - dictionary.lengths
        lower_ends = np.cumsum([part.size for part in lower], dtype=np.int64)
        data = np.empty(raw_bytes + MAX_STRING_BYTES + WORD_BYTES, np.uint8)
        filled = _expand(
            upper,
            np.concatenate(lower),
            lower_ends,
            _bit_lengths(),
            dictionary.lengths,
            begins,
            padded(dictionary.strings, WORD_BYTES),
            np.int64(raw_bytes),
            data,
        )
        if not filled:
            raise StreamError("codes do not fill the block, or name no string")
        return data[:raw_bytes]

    def encode(self, data: np.ndarray) -> np.ndarray:
        """Return the stream, uint8, of `data`, uint8."""
        return parts.pack(self.split(data))

    def decode(self, stream: np.ndarray, raw_bytes: int) -> np.ndarray:
        """Return the uint8 (raw_bytes,) that `stream` codes. Raises StreamError."""
        stream = as_bytes(stream)
        if not raw_bytes:
            return check_nothing(stream)
        return self.join(parts.unpack(stream, PARTS), raw_bytes)


DICT16 = Dict16()
"""The codec that trains on each block."""


def _bit_lengths() -> np.ndarray:
    """Return the number of bits of each byte value, 0 … 8: its class."""
    return np.array([value.bit_length() for value in range(256)], np.uint8)


def _trained(data: np.ndarray, whole: bool) -> tuple[Dictionary, np.ndarray]:
    """Return the dictionary and the codes, uint16, of `data`."""
    lengths, strings = frequent_strings(data, LEAST_COUNT)
    single = np.arange(lengths.size) < 256
    counts = np.bincount(tokenised(data, lengths, strings), minlength=lengths.size)
    kept = single | (counts >= LEAST_COUNT // 2)
    lengths, strings, single = lengths[kept], strings[np.repeat(kept, lengths)], single[kept]
    tokens = tokenised(data, lengths, strings)
    counts = np.bincount(tokens, minlength=lengths.size)
    order = np.argsort(-counts, kind="stable")
    order = order[(counts[order] > 0) | (single[order] & whole)]
    ranks = np.zeros(lengths.size, np.uint16)
    ranks[order] = np.arange(order.size)
    begins = np.cumsum(lengths, dtype=np.int64) - lengths
    taken = np.concatenate([strings[begins[code] : begins[code] + lengths[code]] for code in order])
    return Dictionary(lengths[order], taken), ranks[tokens]


@compiled
def _expand(upper, lower, lower_ends, bit_lengths, lengths, begins, strings, raw_bytes, data):
    """Fill data[:raw_bytes]; False unless the codes do so exactly and all streams are used up."""
    at = np.uint64(0)
    end = np.uint64(raw_bytes)
    next_lower = np.zeros(lower_ends.size, np.int64)
    next_lower[1:] = lower_ends[:-1]
    for i in range(np.uint64(upper.size)):
        high = np.uint64(upper[i])
        group = np.uint64(bit_lengths[high])
        index = next_lower[group]
        if index >= lower_ends[group]:
            return False
        next_lower[group] = index + 1
        code = high << np.uint64(8) | np.uint64(lower[np.uint64(index)])
        if code >= np.uint64(lengths.size):
            return False
        length = np.uint64(lengths[code])
        if length > end - at:
            return False
        begin = np.uint64(begins[code])
        for k in range(np.uint64(0), length, np.uint64(WORD_BYTES)):
            store_le64(data, at + k, load_le64(strings, begin + k))
        at += length
    for group in range(lower_ends.size):
        if next_lower[group] != lower_ends[group]:
            return False
    return at == end
