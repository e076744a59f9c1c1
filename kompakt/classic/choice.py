"""The codec of a batch: one pipeline for all blocks, or for each block the best that a budget allows.

The budget of `auto` is CPU seconds a gigabyte on one thread, and what a pipeline costs is COSTS, measured
once: so equal data and options give equal archives on every machine. All pipelines within the budget are
tried on a sample of the block, four slices of it; trials take at most TRIAL_SHARE of the budget, but the
sample of a small block is all of it. A sample ranks pipelines with the same first stage well, but block
sorting against LZ77 less so, because both gain with size: the best of another first stage within FAR_PERCENT,
or else the second best within CLOSE_PERCENT, codes the block too, and the smaller stream stays.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from kompakt.classic.pipeline import Pipeline, parse_pipeline, with_level
from kompakt.classic.stages import CM_ID
from kompakt.errors import UsageError

AUTO = "auto"
DEFAULT_BUDGET = 100
TRIAL_SHARE = 1 / 2
CLOSE_PERCENT = 2
FAR_PERCENT = 20
LEARNING_PERCENT = 4  # what an adaptive last stage takes less of a block than of its sample, about
ADAPTIVE = ("order1", "order2", "cm")
SLICES = 4
SMALLEST_SAMPLE_BYTES = 1 << 19  # with 64 KiB, up to 2.8 % was lost on files of 100 to 330 KB

COSTS = {
    "huffman": 2,
    "rans": 5,
    "lz77+huffman": 32,
    "lz77+rans": 36,
    "bwt+mtf+rans": 60,
    "lz77+order1": 85,
    "bwt+mtf+order1": 100,
    "order2": 125,
    "dict16+order1": 260,
}
"""CPU seconds to encode a gigabyte: docs/CODECS.md, over all files of the table there, rounded."""

CM_COSTS = (340, 550, 760, 1130, 1500, 2000, 2130, 2330, 2390)
"""The same of `cm` at levels 1 to 9, from the speeds that `kompakt-gpu devices` tells."""


class Codec(Protocol):
    """What codes the blocks of a batch. `with_cm` tells whether it may take the memory of a model."""

    name: str
    with_cm: bool

    @property
    def for_index(self) -> "Codec":
        """What codes the index of an archive without models."""
        return One(parse_pipeline("lz77+order1"))

    def encode(self, data: np.ndarray) -> tuple[Pipeline, np.ndarray]:
        """Return the stream of `data`, both uint8, and the pipeline that made it."""


@dataclass(frozen=True)
class One(Codec):
    """The same pipeline for all blocks."""

    pipeline: Pipeline

    @property
    def name(self) -> str:
        return self.pipeline.name

    @property
    def with_cm(self) -> bool:
        return CM_ID in self.pipeline.ids

    def encode(self, data: np.ndarray) -> tuple[Pipeline, np.ndarray]:
        """Return the stream of `data`, both uint8, and the pipeline that made it."""
        return self.pipeline, self.pipeline.encode(data)


@dataclass(frozen=True)
class Best(Codec):
    """For each block the best pipeline of those that cost at most `budget`, CPU seconds a gigabyte.

    level: of `cm`, which is among them if the budget is that large
    """

    budget: int = DEFAULT_BUDGET
    level: int = 5

    name = AUTO

    def __post_init__(self):
        if not self.candidates:
            raise UsageError(
                f"no codec has a budget of {self.budget} seconds: at least {min(COSTS.values())}"
            )

    @property
    def with_cm(self) -> bool:
        return "cm" in self.candidates

    @cached_property
    def candidates(self) -> dict[str, int]:
        """The names of the pipelines within the budget, and what they cost; the cheapest first."""
        costs = COSTS | {"cm": CM_COSTS[self.level - 1]}
        return {name: cost for name, cost in costs.items() if cost <= self.budget}

    def encode(self, data: np.ndarray) -> tuple[Pipeline, np.ndarray]:
        """Return the stream of `data`, both uint8, and the pipeline that made it."""
        sample = self.sample(data)
        tried = self._pipelines
        if sample.size < data.size:
            sizes = {name: pipeline.encode(sample).size for name, pipeline in tried.items()}
            for name in sizes:
                sizes[name] -= sizes[name] * LEARNING_PERCENT // 100 * name.endswith(ADAPTIVE)
            tried = {name: tried[name] for name in _finalists(sizes)}
        streams = [(pipeline, pipeline.encode(data)) for pipeline in tried.values()]
        return min(streams, key=lambda coded: coded[1].size)

    def sample(self, data: np.ndarray) -> np.ndarray:
        """Return what of `data` the pipelines are tried on: slices from all over it, or all of it."""
        share = self.budget * TRIAL_SHARE / sum(self.candidates.values())
        size = max(int(data.size * share), SMALLEST_SAMPLE_BYTES)
        if size >= data.size:
            return data
        length = size // SLICES
        starts = (number * (data.size - length) // (SLICES - 1) for number in range(SLICES))
        return np.concatenate([data[start : start + length] for start in starts])

    @cached_property
    def _pipelines(self) -> dict[str, Pipeline]:
        return {name: with_level(parse_pipeline(name), self.level) for name in self.candidates}


def _finalists(sizes: dict[str, int]) -> list[str]:
    """Return the one or two pipelines that code the whole block, by the sizes of their samples."""
    best, *others = sorted(sizes, key=sizes.get)
    unlike = [name for name in others if name.partition("+")[0] != best.partition("+")[0]]
    for names, percent in ((unlike, FAR_PERCENT), (others, CLOSE_PERCENT)):
        if names and 100 * sizes[names[0]] <= (100 + percent) * sizes[best]:
            return [best, names[0]]
    return [best]


def chosen_codec(name: str, level: int, budget: int | None = None) -> Codec | None:
    """Return the codec that `name` stands for: a pipeline, `auto`, or None for `cm`, the block tree.

    level:  of `cm` where it is a stage
    budget: of `auto`, CPU seconds a gigabyte
    Raises UsageError.
    """
    if budget is not None and name != AUTO:
        raise UsageError("a budget is for the codec auto, which chooses within it")
    if name == AUTO:
        return Best(DEFAULT_BUDGET if budget is None else budget, level)
    if name == "cm":
        return None
    try:
        return One(with_level(parse_pipeline(name), level))
    except ValueError as error:
        raise UsageError(f"codec {name}: {error}") from None
