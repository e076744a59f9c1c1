"""Specs: everything that fixes what a model computes, frozen under a number.

A spec id stands in the header of each block. A spec never changes once archives carry its id: a better
model is a new spec with a new id. This file imports neither numpy nor numba, so the command line can
look at levels without paying for them.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from kompakt.model.geometry import NO_ARRAY, Geometry
from kompakt.model.registers import R

MIB = 1 << 20
ALL = 0xFFFFFFFF
SELECTOR_COLUMNS = 7
KNOWN_SHIFT = 3
TABLE_BITS_MIN = 8
MATCH_BITS_MIN = 10
MATCH_BITS_MAX = 22
_GEOMETRY_SHIFT = 8
_BASE = (1 << _GEOMETRY_SHIFT) - 1
MATCH_LIMITS = (1000, 127)  # map_limit of the two inputs of the match model

type_context = tuple[int, int, int, int]

# A context: mask over bytes 1..4 back, mask over bytes 5..8 back, two registers.
CONTEXTS: dict[str, type_context] = {
    "order0": (0, 0, R.ZERO, R.ZERO),
    "order1": (0xFF, 0, R.ZERO, R.ZERO),
    "order2": (0xFFFF, 0, R.ZERO, R.ZERO),
    "order3": (0xFFFFFF, 0, R.ZERO, R.ZERO),
    "order4": (ALL, 0, R.ZERO, R.ZERO),
    "order5": (ALL, 0xFF, R.ZERO, R.ZERO),
    "order6": (ALL, 0xFFFF, R.ZERO, R.ZERO),
    "order8": (ALL, ALL, R.ZERO, R.ZERO),
    "word": (0, 0, R.WORD, R.ZERO),
    "word pair": (0, 0, R.WORD, R.LAST_WORD),
    "word triple": (0, 0, R.WORD, R.LAST_WORDS),
    "word skip": (0, 0, R.WORD, R.WORD_BEFORE),
    "byte 2": (0xFF00, 0, R.ZERO, R.ZERO),
    "byte 3": (0xFF0000, 0, R.ZERO, R.ZERO),
    "bytes 2-3": (0xFFFF00, 0, R.ZERO, R.ZERO),
    "bytes 3-4": (0xFFFF0000, 0, R.ZERO, R.ZERO),
    "bytes 1,3": (0x00FF00FF, 0, R.ZERO, R.ZERO),
    "bytes 2,4": (0xFF00FF00, 0, R.ZERO, R.ZERO),
    "high nibbles 4": (0xF0F0F0F0, 0, R.ZERO, R.ZERO),
    "high bits 8": (0xE0E0E0E0, 0xE0E0E0E0, R.ZERO, R.ZERO),
    "order1 aligned": (0xFF, 0, R.ALIGN, R.ZERO),
    "order3 aligned": (0xFFFFFF, 0, R.ALIGN, R.ZERO),
    "above, order1": (0xFF, 0, R.ABOVE, R.ZERO),
    "two above, order1": (0xFF, 0, R.ABOVE2, R.ZERO),
    "above, column": (0, 0, R.ABOVE, R.COLUMN),
    "column, order1": (0xFF, 0, R.COLUMN, R.ZERO),
    "indirect1": (0, 0, R.INDIRECT1, R.ZERO),
    "indirect1, order2": (0xFFFF, 0, R.INDIRECT1, R.ZERO),
    "indirect2": (0, 0, R.INDIRECT2, R.ZERO),
    "expected, order1": (0xFF, 0, R.EXPECTED, R.ZERO),
    "line above, order1": (0xFF, 0, R.LINE_ABOVE, R.ZERO),
    "field, order2": (0xFFFF, 0, R.FIELD, R.ZERO),
    "field, word": (0, 0, R.FIELD, R.WORD),
    "shape": (0, 0, R.SHAPE, R.ZERO),
    "shape, order1": (0xFF, 0, R.SHAPE, R.ZERO),
    "tag, order2": (0xFFFF, 0, R.TAG, R.ZERO),
    "tag, word": (0, 0, R.TAG, R.WORD),
    "control": (0, 0, R.CONTROL, R.ZERO),
    "control, order1": (0xFF, 0, R.CONTROL, R.ZERO),
    **{f"element {n}": (0, 0, R.EXPECTED_ELEMENT + n, R.ZERO) for n in range(16)},
    **{f"element {n}, activity": (0, 0, R.EXPECTED_ELEMENT + n, R.ACTIVITY_CONTEXT) for n in range(16)},
    **{f"element {n}, order1": (0xFF, 0, R.EXPECTED_ELEMENT + n, R.ZERO) for n in range(16)},
    **{
        f"elements {n}, {m}": (0, 0, R.EXPECTED_ELEMENT + n, R.EXPECTED_ELEMENT + m)
        for n in range(16)
        for m in range(n)
    },
    "element byte, order1": (0xFF, 0, R.ELEMENT_BYTE, R.ZERO),
    "element byte, order2": (0xFFFF, 0, R.ELEMENT_BYTE, R.ZERO),
}

# A selector of weight sets: register, shift, mask, multiplier, mask over c0, mask over the bit index with the
# number of contexts that know the place above it (KNOWN_SHIFT).
SELECTORS: dict[str, tuple[int, int, int, int, int, int]] = {
    "partial byte": (R.ZERO, 0, 0, 0, 255, 0),
    "byte 1": (R.C4, 0, 255, 1, 0, 0),
    "byte 1 high, partial byte": (R.C4, 4, 15, 256, 255, 0),
    "byte 2": (R.C4, 8, 255, 1, 0, 0),
    "byte 3": (R.C4, 16, 255, 1, 0, 0),
    "match length": (R.MATCH_BUCKET, 0, 15, 8, 0, 7),
    "top bits": (R.TOPS, 0, 255, 8, 0, 7),
    "shape": (R.SHAPE, 0, 4095, 1, 0, 0),
    "known": (R.ZERO, 0, 0, 0, 0, 255),
    "tag": (R.TAG, 24, 255, 1, 0, 0),
    "word length": (R.WORD_START, 0, 15, 8, 0, 7),
    "column": (R.COLUMN_LOW, 0, 255, 1, 0, 0),
    "element byte, partial byte": (R.ELEMENT_BYTE, 0, 7, 256, 255, 0),
    "activity": (R.ACTIVITY_SET, 0, 127, 8, 0, 7),
    "best element": (R.BEST, 0, 127, 8, 0, 7),
    "element 2": (R.EXPECTED_ELEMENT + 2, 0, 255, 8, 0, 7),
    "element 8": (R.EXPECTED_ELEMENT + 8, 0, 4095, 1, 0, 0),
}


@dataclass(frozen=True)
class Spec:
    """One frozen model. Rates are in 1/65536 of a weight per unit of error and input.

    geometry: of a spec for arrays
    """

    spec_id: int
    level: int
    context_names: tuple[str, ...]
    selector_names: tuple[str, ...]
    with_counters: bool
    apms: int
    table_bits_max: int
    block_bytes: int
    rate: int
    rate_extra: int
    final_rate: int
    min_match: int = 6
    map_limit: int = 255
    counter_limit: int = 0  # most visits of a direct counter; 0: its rate is read from the history beside it
    linear_inputs: bool = False  # whether a counter gives a second input, in the linear domain
    set_rate_extra: int = 0  # more of `rate` for a weight set that has learned little; 0: the same for all
    sure_match: int = 0  # least length of a match whose bytes are asked about as a whole (sure.py); 0: none
    final_mixers: int = 1  # 2: the second's weights are chosen by how many contexts know the place
    small_contexts: int = 0  # so many contexts, the first, have a quarter of the buckets
    large_contexts: int = 0  # so many, the last, four times the buckets
    predictors: int = 0  # of a spec for arrays: how many of the predictions (neighbours.py) it uses
    geometry: Geometry = NO_ARRAY

    max_block_bytes = 1 << 30

    @property
    def name(self) -> str:
        """Return `cm` and the spec's id, as archives and reports show it."""
        return f"cm-{self.spec_id}"

    @property
    def is_array(self) -> bool:
        """Tell whether the spec is for arrays and needs a geometry."""
        return self.predictors > 0

    @cached_property
    def compiled_as(self) -> "Spec":
        """Return the spec whose compiled loops this one runs: they only read the geometry."""
        return self if not self.is_array else replace(self, spec_id=self.spec_id & _BASE, geometry=NO_ARRAY)

    @property
    def contexts(self) -> list[type_context]:
        return [CONTEXTS[name] for name in self.context_names]

    @property
    def selectors(self) -> list[tuple[int, ...]]:
        return [SELECTORS[name] for name in self.selector_names]

    @property
    def inputs(self) -> int:
        """Return the mixer's inputs: 1 to 3 for each context, 2 of the match model, 1 a predictor."""
        return len(self.context_names) * (1 + self.with_counters + self.linear_inputs) + 2 + self.predictors

    def looks_at(self, *registers: R) -> bool:
        """Tell whether a context or a selector looks at one of `registers`, so that they must be followed."""
        looked_at = {register for context in self.contexts for register in context[2:]}
        looked_at.update(selector[0] for selector in self.selectors)
        return not looked_at.isdisjoint(registers)

    @property
    def with_tags(self) -> bool:
        return self.looks_at(R.TAG)

    @property
    def with_words(self) -> bool:
        return self.looks_at(R.WORD, R.LAST_WORD, R.LAST_WORDS, R.WORD_START, R.WORD_BEFORE)

    @property
    def with_followers(self) -> bool:
        return self.looks_at(R.INDIRECT1, R.INDIRECT2)

    @property
    def with_lines(self) -> bool:
        """Tell so of lines; without a record, the column of one is that of the line."""
        return self.looks_at(R.LINE_ABOVE, R.FIELD) or self.with_records

    @property
    def with_control(self) -> bool:
        return self.looks_at(R.CONTROL)

    @property
    def with_records(self) -> bool:
        return self.looks_at(R.ABOVE, R.ABOVE2, R.COLUMN, R.COLUMN_LOW)

    @property
    def with_known(self) -> bool:
        """Tell whether it is counted how many contexts know the place."""
        return self.final_mixers > 1 or any(selector[5] >> KNOWN_SHIFT for selector in self.selectors)

    def buckets(self, table_bits: int) -> int:
        """Return the buckets of all contexts together."""
        quarters = 4 * len(self.context_names) - 3 * self.small_contexts + 12 * self.large_contexts
        return quarters << table_bits >> 2

    @property
    def bucket_shift(self) -> int:
        """Return log2 of a bucket's bytes."""
        return 6 if self.with_counters else 4

    def selector_rows(self) -> list[tuple[int, ...]]:
        """Return each selector with the index of its first weight set behind it."""
        rows, base = [], 0
        for selector in self.selectors:
            rows.append((*selector, base))
            base += _weight_sets(selector)
        return rows

    @cached_property
    def weight_sets(self) -> int:
        """Return the number of weight sets of all selectors together."""
        return sum(_weight_sets(selector) for selector in self.selectors)

    @property
    def first_weight(self) -> int:
        """Return the weight every input starts with, 16.16: two shared by all inputs."""
        return 2 * 65536 // self.inputs

    def table_bits_for(self, raw_bytes: int) -> int:
        """Return log2 of the buckets of each context that suit a block of `raw_bytes`."""
        return min(max((max(raw_bytes, 1) - 1).bit_length() - 2, TABLE_BITS_MIN), self.table_bits_max)

    def match_bits(self, table_bits: int) -> int:
        """Return log2 of the match model's hash table entries."""
        return min(max(table_bits + 1, MATCH_BITS_MIN), MATCH_BITS_MAX)


def _weight_sets(selector: tuple[int, ...]) -> int:
    _, _, mask, multiplier, c0_mask, index_mask = selector
    return mask * multiplier + c0_mask + index_mask + 1


_ORDERS = ("order1", "order2", "order3", "order4")
_FASTEST = ("order2", "order4")
_FAST = (*_ORDERS, "order6", "word")
_LIGHT = (*_FAST, "field, order2", "bytes 2,4")
_MIDDLE = (*_LIGHT, "word pair", "byte 2", "two above, order1")
_USUAL = (*_MIDDLE, "byte 3", "high bits 8", "indirect2", "line above, order1")
_GOOD = (*_USUAL, "above, column", "expected, order1", "order8")
_BETTER = (*_GOOD, "order1 aligned", "shape, order1", "bytes 3-4", "order0")
_STRONG = (*_BETTER, "order5", "word triple", "indirect1", "above, order1")
# Of the contexts of level 9, those that occur with few values, and those with the most.
_SMALL = (
    "order0", "order1", "byte 2", "byte 3", "above, column", "control", "order1 aligned",
    "bytes 1,3", "bytes 2,4", "bytes 3-4", "expected, order1",
)  # fmt: skip
_LARGE = ("order8", "word pair", "word triple")
_BEST = (
    *_SMALL, "order2", "order3", "order4", "order5", "order6", "word", "word skip", "tag, word",
    "control, order1", "field, order2", "two above, order1", "line above, order1", "shape, order1",
    "high bits 8", "indirect1", "indirect2", "order3 aligned", *_LARGE,
)  # fmt: skip

_ARRAY_FASTEST = ("element 2, activity", "element byte, order1")
_ARRAY_FAST = (
    "element 0", "element 2", "element 8", "element 8, activity", "elements 1, 0", "element byte, order1",
    "order1", "order2",
)  # fmt: skip
_ARRAY_MIDDLE = (*_ARRAY_FAST, "element 4", "element 2, activity", "element byte, order2", "order4")
_ARRAY_BEST = (
    *_ARRAY_MIDDLE, "elements 2, 0", "elements 8, 2", "element 8, order1", "order3", "order6", "order0",
    "byte 2", "byte 3", "bytes 2-3", "bytes 3-4", "bytes 1,3", "bytes 2,4",
)  # fmt: skip
_ARRAY_SETS = (
    "element byte, partial byte", "activity", "element 2", "element 8", "best element", "match length",
    "partial byte", "byte 1", "byte 2",
)  # fmt: skip

_SET = ("partial byte",)
_SETS = (*_SET, "byte 1 high, partial byte", "byte 2", "match length", "top bits", "shape", "byte 3")
_ALL_SETS = (*_SETS, "byte 1")
_BEST_SETS = (*_SETS[:-1], "tag", "byte 1")


def _spec(
    spec_id: int, level: int, contexts, sets, with_counters, apms, table_bits_max, block_mib, **others
) -> Spec:
    return Spec(
        spec_id, level, contexts, sets, with_counters, apms, table_bits_max, block_mib * MIB, 20, 120, 150,
        **others,
    )  # fmt: skip


_STEADY = {"counter_limit": 250, "set_rate_extra": 600}
_UNEVEN = {
    "linear_inputs": True,
    "final_mixers": 2,
    "small_contexts": len(_SMALL),
    "large_contexts": len(_LARGE),
}

# Laid on the measured curve of docs/BENCHMARKS.md. Specs 1 to 9 were levels 1 to 9 before the first release.
SPECS: dict[int, Spec] = {
    spec.spec_id: spec
    for spec in (
        _spec(14, 1, _FASTEST, ("match length",), False, 1, 20, 4, sure_match=16),
        _spec(15, 2, _FAST, (*_SET, "match length"), False, 1, 20, 4, sure_match=20),
        _spec(16, 3, _LIGHT, _SETS[:4], False, 2, 20, 4, sure_match=32),
        _spec(17, 4, _MIDDLE, _SETS[:4], True, 2, 18, 4, sure_match=32, **_STEADY),
        _spec(18, 5, _USUAL, _SETS, True, 3, 19, 8, sure_match=32, **_STEADY),
        _spec(19, 6, _GOOD, _SETS, True, 3, 19, 8, sure_match=32, **_STEADY),
        _spec(20, 7, _BETTER, _SETS, True, 3, 20, 16, sure_match=32, **_STEADY),
        _spec(21, 8, _STRONG, _ALL_SETS, True, 3, 20, 32, sure_match=32, **_STEADY),
        _spec(27, 9, _BEST, _BEST_SETS, True, 3, 20, 64, sure_match=400, **_UNEVEN, **_STEADY),
    )
}

ARRAY_SPECS: dict[int, Spec] = {
    spec.spec_id: spec
    for spec in (
        _spec(26, 1, _ARRAY_FASTEST, _ARRAY_SETS[:1], False, 1, 20, 4, predictors=5),
        _spec(11, 3, _ARRAY_FAST, _ARRAY_SETS[:2], False, 1, 20, 4, predictors=10),
        _spec(12, 6, _ARRAY_MIDDLE, _ARRAY_SETS[:6], True, 2, 19, 8, predictors=12),
        _spec(13, 9, _ARRAY_BEST, _ARRAY_SETS, True, 3, 20, 64, predictors=16, **_STEADY),
    )
}
"""Specs for arrays, of no use without a geometry, whose number stands in the upper bits of the id with it."""

DEFAULT_LEVEL = 3


def spec_by_id(spec_id: int) -> Spec:
    """Return the spec with this id; KeyError when this version does not know it."""
    if spec_id in SPECS:
        return SPECS[spec_id]
    base = ARRAY_SPECS[spec_id & _BASE]
    return with_geometry(base, Geometry.of(spec_id >> _GEOMETRY_SHIFT))


def is_known(spec_id: int) -> bool:
    """Return whether there is a spec with this id."""
    try:
        spec_by_id(spec_id)
    except KeyError:
        return False
    return True


def spec_for_level(level: int) -> Spec:
    """Return the newest spec of a level, 1..9."""
    return next(spec for spec in reversed(SPECS.values()) if spec.level == level)


def array_spec(level: int, geometry: Geometry) -> Spec:
    """Return the spec of a level, 1..9, for arrays that lie so; several levels share one."""
    base = next(spec for spec in ARRAY_SPECS.values() if spec.level >= level)
    return with_geometry(base, geometry)


def with_geometry(base: Spec, geometry: Geometry) -> Spec:
    """Return one of ARRAY_SPECS with a geometry."""
    return replace(base, spec_id=base.spec_id | geometry.number << _GEOMETRY_SHIFT, geometry=geometry)
