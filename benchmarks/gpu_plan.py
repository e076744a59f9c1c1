"""What a GPU would do with a folder: blocks that run at once in each wave, and the predicted time.

    python -m benchmarks.gpu_plan FOLDER [--level 5] [--processors 132] [--mhz 1700] [--cpu-threads 16]

Nothing is coded. Roots and generations are coded and trained by CPU threads, all other blocks by warps, 16
on each processor. Instructions a bit are those of the newest rows of benchmarks/results/machine-code.
"""

import argparse
import csv
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from benchmarks.codecs import ROOT
from kompakt.batch import file_contents
from kompakt.model.spec import DEFAULT_LEVEL, spec_for_level
from kompakt.models.none import NoModels
from kompakt.pack import Packer
from kompakt.scan import scan
from kompakt.tree import PlannedBlock, TreePlanner

WARPS_OF_PROCESSOR = 16
ISSUES_A_CYCLE = 4


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each window, and the sums."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu_plan", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB")
    parser.add_argument("--level", type=int, default=DEFAULT_LEVEL)
    parser.add_argument("--processors", type=int, default=132)
    parser.add_argument("--mhz", type=int, default=1700)
    parser.add_argument("--cpu-threads", type=int, default=16)
    parser.add_argument("--coding-us", type=float, default=1.6, help="a CPU thread's time a byte")
    parser.add_argument("--training-us", type=float, default=0.5, help="the same, for training")
    options = parser.parse_args(arguments)
    spec = spec_for_level(options.level)
    sources = scan([options.folder], options.exclude).sources
    packer = Packer(spec.max_block_bytes)
    planner = TreePlanner(spec, packer.place, NoModels())
    pieces = packer.pieces(file_contents(sources, spec))
    blocks = [_measured(block) for block in planner.blocks(pieces)]
    modelled = [block for block in blocks if block[1]]
    generations: dict[tuple, list[int]] = {}
    leaves: list[int] = []
    sequential_s = 0.0
    print("window  root, KiB  generations (blocks)  last generation")
    for window, members in groupby(modelled, lambda block: block[0]):
        by_heir: dict[object, list[int]] = {}
        for _, size, heir in members:
            by_heir.setdefault(heir, []).append(size)
        last = by_heir.pop(None, [])
        leaves += last
        generations |= {(window, heir): sizes for heir, sizes in by_heir.items()}
        waves = [len(sizes) for sizes in by_heir.values()]
        path_us = sum(_wave_us(sizes, options) for sizes in by_heir.values())
        sequential_s = max(sequential_s, path_us / 1e6)
        root = next(iter(by_heir.values()), [0])
        print(f"{window:6} {root[0] >> 10:10} {waves!s:>21} {len(last):16}")
    warps = options.processors * WARPS_OF_PROCESSOR
    instructions = _instructions_a_bit(options.level)
    all_bytes = sum(leaves)
    root_bytes = sum(sum(sizes) for sizes in generations.values())
    rate = options.processors * ISSUES_A_CYCLE * options.mhz * 1e6 / (8 * instructions)
    at_once = min(len(leaves), warps)
    full_s = all_bytes / rate
    # A warp alone issues at most one instruction in about four cycles; the longest block bounds the wave.
    longest_s = max(leaves, default=0) * 8 * instructions * 4 / (options.mhz * 1e6)
    gpu_s = max(full_s, longest_s)
    cpu_s = root_bytes * (options.coding_us + options.training_us) / 1e6 / options.cpu_threads
    known = sum(map(len, generations.values()))
    total_s = gpu_s + sequential_s
    print(f"{len(leaves)} blocks on the GPU ({all_bytes:,} bytes): {at_once} of {warps} warps at once")
    print(f"{known} blocks of roots and generations on the CPU ({root_bytes:,} bytes)")
    print(
        f"predicted: GPU {gpu_s:.1f} s ({full_s:.1f} s if all warps were busy), CPU {cpu_s:.1f} s beside it"
    )
    print(f"longest path before a last generation: {sequential_s:.1f} s, in all at most {total_s:.1f} s")
    share = sequential_s / total_s if total_s else 0
    print(f"sequential: {100 * share:.0f} % of that, less what other windows hide")


def _measured(block: PlannedBlock) -> tuple:
    """Return window, bytes for the model and heir of a block, and let its bytes go."""
    return block.window, 0 if block.data is None or block.is_random else block.raw_bytes, block.heir


def _wave_us(sizes: Sequence[int], options: argparse.Namespace) -> float:
    rounds = -(-len(sizes) // options.cpu_threads)
    return max(sizes) * options.coding_us * rounds + sum(sizes) * options.training_us / options.cpu_threads


def _instructions_a_bit(level: int) -> float:
    newest = max((ROOT / "benchmarks" / "results" / "machine-code").glob("*.csv"))
    with open(newest, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] == str(level)]
    return float(next(row["with_start"] for row in reversed(rows) if row["kernel"] == "encode"))


if __name__ == "__main__":
    main()
