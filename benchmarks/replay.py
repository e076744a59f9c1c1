"""Training from known bytes against coding them: time, what it shortens, and what it costs in size.

    python -m benchmarks.replay FILE [--level 5] [--block-size 256KiB] [--out FILE]

Takes eight blocks from all over FILE as roots and eight others as children, the same in all ways:

- sequential: the roots are one block;
- generations: one root, then one from that, two from both, four from all, as the planner does it;
- side by side: all start empty.

The children start from a base that has learned from all roots.
"""

import argparse
import csv
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.arguments import size
from benchmarks.codecs import ROOT
from benchmarks.run_facts import run_facts
from kompakt.cpu.backend import CpuBackend
from kompakt.cpu.training import BaseTraining
from kompakt.jobs import EncodeJob
from kompakt.model.spec import DEFAULT_LEVEL, spec_for_level
from kompakt.origin import Generation

REPEATS = 3
ROOTS, CHILDREN = 8, 8
WAYS = {
    "sequential": (((0, 8),),),
    "generations": (((0, 1),), ((1, 2),), ((2, 3), (3, 4)), ((4, 5), (5, 6), (6, 7), (7, 8))),
    "side by side": (tuple((root, root + 1) for root in range(ROOTS)),),
}
"""Of each way the generations, of those the blocks, of those the first root and the one behind the last."""

COLUMNS = (
    "date", "commit", "cpu", "level", "file", "block_bytes", "coding_s_a_mb", "training_s_a_mb",
    "way", "longest_path_bytes", "root_bytes_out", "children_bytes_out",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a line for each way."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--level", type=int, default=DEFAULT_LEVEL)
    parser.add_argument("--block-size", type=size, default=1 << 18)
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/tree/DATE-replay.csv")
    options = parser.parse_args(arguments)
    facts = run_facts()
    spec = spec_for_level(options.level)
    data = np.fromfile(options.file, np.uint8)
    count = len(data) // options.block_size
    places = [place * count // (ROOTS + CHILDREN) for place in range(ROOTS + CHILDREN)]
    blocks = [data[place * options.block_size :][: options.block_size].copy() for place in places]
    roots, children = blocks[::2], blocks[1::2]
    whole = np.concatenate(roots)
    base_bits = spec.table_bits_for(2 * len(whole))
    backend = CpuBackend(1)
    coding = _median_s(lambda: list(backend.encode([EncodeJob(0, whole, spec)]))) / len(whole) * 1e6
    training = _median_s(
        lambda: BaseTraining(spec, base_bits, None, whole, (len(whole),), 0).finish()
    ) / len(whole) * 1e6  # fmt: skip
    out = options.out or ROOT / "benchmarks" / "results" / "tree" / f"{facts.date[:10]}-replay.csv"
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(out, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not file.tell():
            writer.writerow(COLUMNS)
        for way, generations in WAYS.items():
            jobs = _jobs(spec, roots, generations, children, base_bits)
            sizes = [len(result.stream) for result in backend.encode(jobs)]
            longest = sum(max(end - first for first, end in generation) for generation in generations)
            row = (
                facts.date, facts.commit, facts.cpu, options.level, options.file.name, options.block_size,
                round(coding, 3), round(training, 3), way, longest * options.block_size,
                sum(sizes[:-CHILDREN]), sum(sizes[-CHILDREN:]),
            )  # fmt: skip
            writer.writerow(row)
            print(*row[4:])


def _jobs(spec, roots: Sequence[np.ndarray], generations, children: Sequence[np.ndarray], base_bits: int):
    origin, number = None, 0
    for blocks in generations:
        heir = Generation(spec, range(number, number + len(blocks)), origin, base_bits)
        for first, end in blocks:
            data = np.concatenate(roots[first:end])
            heir.supply(number, data)
            yield EncodeJob(number, data, spec, origin, heir)
            number += 1
        origin = heir
    for place, data in enumerate(children):
        yield EncodeJob(number + place, data, spec, origin)


def _median_s(work) -> float:
    work()
    seconds = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return sorted(seconds)[REPEATS // 2]


if __name__ == "__main__":
    main()
