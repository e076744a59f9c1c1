"""Training from known bytes against coding them: time, what it shortens, and what it costs in size.

    python -m benchmarks.replay FILE [--level 5] [--block-size 256KiB] [--out FILE]

Takes 1 MiB from all over FILE as a root. Sequential: one block; the children start from it. Side by side:
four blocks that start empty, replayed into one base. The children, four more blocks, are the same for both.
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
ROOTS, CHILDREN = 4, 4
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
        for way, parts in (("sequential", [whole]), ("side by side", roots)):
            sizes = [len(result.stream) for result in backend.encode(_jobs(spec, parts, children, base_bits))]
            longest = len(parts[0])
            row = (
                facts.date, facts.commit, facts.cpu, options.level, options.file.name, options.block_size,
                round(coding, 3), round(training, 3), way, longest,
                sum(sizes[: len(parts)]), sum(sizes[len(parts) :]),
            )  # fmt: skip
            writer.writerow(row)
            print(*row[4:])


def _jobs(spec, roots: Sequence[np.ndarray], children: Sequence[np.ndarray], base_bits: int):
    generation = Generation(spec, range(len(roots)), None, base_bits)
    for number, data in enumerate(roots):
        generation.supply(number, data)
        yield EncodeJob(number, data, spec, None, generation)
    for number, data in enumerate(children, len(roots)):
        yield EncodeJob(number, data, spec, generation)


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
