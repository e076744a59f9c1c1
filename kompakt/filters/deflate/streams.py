"""One DEFLATE stream: what it expands to and how it comes back."""

from typing import NamedTuple

import numpy as np

from kompakt.filters.deflate.bits import PADDING_BYTES
from kompakt.filters.deflate.blocks import MAX_TREE_BITS
from kompakt.filters.deflate.inflate import GOOD, inflate, read_block
from kompakt.filters.deflate.learn import MAX_BLOCK_NOTE_BYTES, TOO_MANY, learn
from kompakt.filters.deflate.rebuild import MALFORMED, rebuild
from kompakt.filters.deflate.settings import (
    DEFAULT,
    FILTERED,
    GZIP_MEMORY_LEVEL,
    HUFFMAN_ONLY,
    MAX_MEMORY_LEVEL,
    RUN_LENGTHS,
    Settings,
)
from kompakt.filters.deflate.workspace import Workspace, new_workspace

OUTPUT_PADDING_BYTES = 4 * PADDING_BYTES + MAX_TREE_BITS // 8
"""Room behind what is rebuilt, which the loops may write to."""

MIN_RAW_BYTES = 64
MAX_RAW_BYTES = 1 << 28
_MAX_GROWTH = 1032  # of DEFLATE
_NOTES_SHARE = 16  # a stream is left as it is if the notes are more than one byte in so many
_SAMPLES = (1 << 16, 1 << 20)  # raw bytes
_GOOD_SHARE = 256  # notes so few say that the settings are right

_LEVELS = ((1,), (5, 4, 3, 2), (6,), (9, 8, 7))
"""Levels of zlib, by what its header says of them."""

FASTEST, FAST, USUAL, SLOWEST = range(len(_LEVELS))


class Stream(NamedTuple):
    """A stream that can be written again. end: byte behind it; notes, raw: uint8."""

    end: int
    settings: Settings
    notes: np.ndarray
    raw: np.ndarray


class Inflated(NamedTuple):
    """A whole stream that has been read. end: byte behind it; raw: uint8, which the next one overwrites."""

    end: int
    raw: np.ndarray


class Guess(NamedTuple):
    """Settings that may have been used, and the notes, uint8, that they need."""

    settings: Settings
    notes: np.ndarray


class StreamReader:
    """Reads the streams of an input and finds out how they were made, with scratch of up to MAX_RAW_BYTES."""

    def __init__(self, input_bytes: int) -> None:
        self.work: Workspace = new_workspace()
        self._room = min(MAX_RAW_BYTES, input_bytes * _MAX_GROWTH)
        self._raw = np.empty(self._room + PADDING_BYTES, np.uint8)
        self._settings = Settings()
        self.spent = 0  # bytes read and written so far

    def inflate(self, source: np.ndarray, begin: int, end: int, max_raw_bytes: int) -> Inflated | None:
        """Return the stream at source[begin:end], or None where there is none that ends within the limits.

        source: uint8, contiguous, writable, with PADDING_BYTES behind `end`
        """
        room = min(self._room, max_raw_bytes)
        status, bit, size = inflate(source, begin << 3, end << 3, self._raw, room, self.work.parser)
        self.spent += size + (bit >> 3) - begin
        return Inflated(bit + 7 >> 3, self._raw[:size]) if status == GOOD else None

    def explain(
        self, source: np.ndarray, begin: int, inflated: Inflated, window_bits: int, effort: int
    ) -> Stream | None:
        """Return how to write the stream at source[begin:] again, or None where zlib hardly made it.

        inflated: what `inflate` has just returned for it; window_bits, effort: what its header says
        """
        stream_bytes = inflated.end - begin
        most = stream_bytes // _NOTES_SHARE
        best = None
        for sample in _SAMPLES:
            guess = self._guess(source, begin, inflated, window_bits, effort, sample)
            if guess is not None and inflated.raw.size > sample:
                notes = self._learn(source, begin, inflated, guess.settings, MAX_RAW_BYTES, most)
                guess = None if notes is None else Guess(guess.settings, notes)
            if guess is not None and (best is None or guess.notes.size < best.notes.size):
                best = guess
            if inflated.raw.size <= sample or (best and best.notes.size * _GOOD_SHARE <= stream_bytes):
                break
        if best is None or best.notes.size > most:
            return None
        settings, notes = best
        raw = np.zeros(inflated.raw.size + PADDING_BYTES, np.uint8)
        raw[: inflated.raw.size] = inflated.raw
        again = np.empty(stream_bytes + OUTPUT_PADDING_BYTES, np.uint8)
        end = rebuild(raw, inflated.raw.size, settings.rules(), self.work, notes, again, 0)
        if end != stream_bytes or not np.array_equal(again[:end], source[begin : inflated.end]):
            return None
        self._settings = settings
        return Stream(inflated.end, settings, notes, raw[: inflated.raw.size])

    def _learn(
        self, source: np.ndarray, begin: int, inflated: Inflated, settings: Settings, stop: int, most: int
    ) -> np.ndarray | None:
        """Return the notes on the first `stop` raw bytes, None if they are more than `most` bytes."""
        notes = np.empty(most + MAX_BLOCK_NOTE_BYTES, np.uint8)
        end = inflated.end << 3
        size = inflated.raw.size
        used = learn(source, begin << 3, end, self._raw, size, stop, settings.rules(), self.work, notes)
        return notes[:used].copy() if used != TOO_MANY and used <= most else None

    def _guess(
        self, source: np.ndarray, begin: int, inflated: Inflated, window_bits: int, effort: int, sample: int
    ) -> Guess | None:
        """Return the settings with the fewest notes on the first `sample` raw bytes, and those notes."""
        share = min(1.0, sample / inflated.raw.size)
        most = int((inflated.end - begin) * share) // _NOTES_SHARE * 2 + MIN_RAW_BYTES
        best = None
        for settings in self._candidates(source, begin, inflated, window_bits, effort):
            notes = self._learn(source, begin, inflated, settings, sample, most)
            if notes is not None:
                best = Guess(settings, notes)
                if not notes.size:
                    break
                most = notes.size - 1
        return best

    def _candidates(
        self, source: np.ndarray, begin: int, inflated: Inflated, window_bits: int, effort: int
    ) -> list[Settings]:
        """Return settings that may have been used, the most likely first."""
        memories = self._memory_levels(source, begin, inflated)
        levels = _LEVELS[effort] + tuple(k for e, group in enumerate(_LEVELS) if e != effort for k in group)
        kinds = [(level, DEFAULT) for level in levels]
        kinds += [(level, FILTERED) for level in levels if level > 3]
        kinds += [(6, HUFFMAN_ONLY), (6, RUN_LENGTHS)]
        last = self._settings
        kinds.sort(key=lambda kind: kind != (last.level, last.strategy))
        return [Settings(*kind, memory, window_bits) for kind in kinds for memory in memories]

    def _memory_levels(self, source: np.ndarray, begin: int, inflated: Inflated) -> tuple[int, ...]:
        """Return the memory levels that make blocks as long as the first, the most likely first."""
        size = inflated.raw.size
        _, final, _, _, _, _, count = read_block(
            source, begin << 3, inflated.end << 3, self._raw, 0, size, self.work.parser
        )
        usual = Settings().memory_level
        if count >= 1 << (usual + 6):
            return GZIP_MEMORY_LEVEL, MAX_MEMORY_LEVEL
        level = (count + 1).bit_length() - 7
        return (level,) if not final and level > 0 and count + 1 == 1 << (level + 6) else (usual,)


def rebuild_into(
    out: np.ndarray, at: int, raw: np.ndarray, settings: Settings, notes: bytes, work: Workspace
) -> int:
    """Write the stream of `raw` to `out` from `at` on; return where it ends. Raises ValueError.

    out: uint8, with OUTPUT_PADDING_BYTES behind what may be written; raw: uint8; notes: any bytes
    """
    padded = np.zeros(raw.size + PADDING_BYTES, np.uint8)
    padded[: raw.size] = raw
    noted = np.frombuffer(bytearray(notes), np.uint8)
    end = rebuild(padded, raw.size, settings.rules(), work, noted, out, at)
    if end == MALFORMED:
        raise ValueError("the notes on a stream are not those of its bytes")
    return end
