"""The block loops of one spec, as plain functions ready to be compiled.

A spec's numbers become constants of its own compiled loop: with trip counts known, the compiler drops the
remainders and alias checks around its vector loops (level 5: 11 % less time a bit, level 1: 28 %).
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from kompakt.model.block import decode, encode
from kompakt.model.compiling import inlined
from kompakt.model.lanes import near
from kompakt.model.replay import replay
from kompakt.model.spec import MATCH_BITS_MAX, MATCH_BITS_MIN, Spec
from kompakt.model.state import scratch_counts
from kompakt.model.words import i32, u32


class Numbers(NamedTuple):
    """The scalars of a spec inside a compiled loop: uint32, the rates int32."""

    contexts: int
    inputs: int
    sets: int
    apms: int
    bucket_shift: int  # log2 of a bucket's bytes: 4, or 6 with direct counters
    table_bits: int  # log2 of the buckets of a context; the only one that differs from block to block
    match_bits: int  # log2 of the match table's entries
    base_bits: int  # table_bits of the base; 0 without one
    base_match_bits: int
    min_match: int
    map_limit: int
    rate: int
    rate_extra: int
    final_rate: int
    counter_limit: int
    linear_inputs: int  # 0 or 1
    set_rate_extra: int
    sure_match: int  # 0: no match is sure
    with_tags: int  # 0 or 1, as all below: which registers the spec looks at
    with_words: int
    with_followers: int
    with_lines: int
    with_records: int
    with_control: int
    with_known: int  # 0 or 1
    final_mixers: int
    small_contexts: int
    large_contexts: int
    predictors: int  # of arrays (arrays.py), 0 in other specs


def source_digest() -> int:
    """Return 32 bits over the sources of the model.

    Numba's disk cache notices a change in the file that holds the cached function, not in the files that
    were inlined into it. The digest is a constant of the loops, so a changed model is compiled again.
    """
    digest = hashlib.blake2b(digest_size=4)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest(), "little")


_LEAST, _MOST = u32(MATCH_BITS_MIN), u32(MATCH_BITS_MAX)


@inlined
def with_bits(fixed, table_bits, base_bits):
    """Return the `Numbers` of a block from those of its spec, a tuple of ints in the order of `_fixed`."""
    bits, known = u32(table_bits), u32(base_bits)
    match_bits = min(max(u32(bits + u32(1)), _LEAST), _MOST)
    base_match_bits = min(max(u32(known + u32(1)), _LEAST), _MOST)
    return Numbers(
        u32(fixed[0]), u32(fixed[1]), u32(fixed[2]), u32(fixed[3]), u32(fixed[4]),
        bits, match_bits, known, base_match_bits,
        u32(fixed[5]), u32(fixed[6]), i32(fixed[7]), i32(fixed[8]), i32(fixed[9]),
        u32(fixed[10]), u32(fixed[11]), i32(fixed[12]), u32(fixed[13]), u32(fixed[14]),
        u32(fixed[15]), u32(fixed[16]), u32(fixed[17]), u32(fixed[18]), u32(fixed[19]),
        u32(fixed[20]), u32(fixed[21]), u32(fixed[22]), u32(fixed[23]), u32(fixed[24]),
    )  # fmt: skip


def _fixed(spec: Spec) -> tuple[int, ...]:
    """Return the numbers that are the same for all blocks of a spec.

    A closure over plain ints is what Numba's disk cache can recognise; one over a function it cannot.
    """
    return (
        len(spec.contexts), spec.inputs, len(spec.selectors), spec.apms, spec.bucket_shift,
        spec.min_match, spec.map_limit, spec.rate, spec.rate_extra, spec.final_rate,
        spec.counter_limit, int(spec.linear_inputs), spec.set_rate_extra,
        spec.sure_match, int(spec.with_tags), int(spec.with_words),
        int(spec.with_followers), int(spec.with_lines), int(spec.with_records), int(spec.with_control),
        int(spec.with_known), spec.final_mixers, spec.small_contexts, spec.large_contexts, spec.predictors,
    )  # fmt: skip


def block_loops(spec: Spec) -> tuple[Callable, Callable]:
    """Return (encode_block, decode_block) of `spec`, uncompiled.

    encode_block(state, tables, arrays, scratch, table_bits, base_bits, data, out)
                                                                     -> bytes written, 0 if `out` is short
    decode_block(state, tables, arrays, scratch, table_bits, base_bits, stream, data)
    """
    fixed, counts = _fixed(spec), scratch_counts(spec)
    digest = source_digest()

    def encode_block(state, tables, arrays, scratch, table_bits, base_bits, data, out):
        _ = u32(digest)
        numbers = with_bits(fixed, table_bits, base_bits)
        return encode(state, tables, arrays, numbers, near(scratch, counts), data, out)

    def decode_block(state, tables, arrays, scratch, table_bits, base_bits, stream, data):
        _ = u32(digest)
        numbers = with_bits(fixed, table_bits, base_bits)
        decode(state, tables, arrays, numbers, near(scratch, counts), stream, data)

    return encode_block, decode_block


def replay_loop(spec: Spec) -> Callable:
    """Return replay_text of `spec`, uncompiled.

    replay_text(state, tables, arrays, scratch, table_bits, text, start, first, step)
    """
    fixed, counts = _fixed(spec), scratch_counts(spec)
    digest = source_digest()

    def replay_text(state, tables, arrays, scratch, table_bits, text, start, first, step):
        _ = u32(digest)
        numbers = with_bits(fixed, table_bits, u32(0))
        replay(state, tables, arrays, numbers, near(scratch, counts), text, u32(start), u32(first), u32(step))

    return replay_text
