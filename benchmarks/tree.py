"""What the block tree costs and saves: the same content as independent blocks, as a tree and as one block.

    python -m benchmarks.tree FOLDER [--level 5] [--at-least 3MB] [--plans NAME,NAME] [--out FILE]

Each file of at least that size by itself, then the whole folder as one batch. Every archive is read back and
compared with its hashes. Rows are added to the results file as they come.
"""

import argparse
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.arguments import names, size
from benchmarks.codecs import ROOT
from benchmarks.rows import append_rows
from benchmarks.run_facts import run_facts
from kompakt.archive.layout import Codec, ParentKind
from kompakt.batch import file_contents, open_archive, verify, write_archive
from kompakt.device import Device
from kompakt.model.spec import DEFAULT_LEVEL, spec_for_level
from kompakt.models.choice import chosen_models
from kompakt.scan import scan

KIB, MIB = 1 << 10, 1 << 20
PLANS: dict[str, tuple[int | None, bool, str]] = {
    "independent 256 KiB": (256 * KIB, False, "none"),
    "independent 4 MiB": (4 * MIB, False, "none"),
    "one block": (1 << 30, False, "none"),
    "tree 256 KiB": (256 * KIB, True, "none"),
    "tree and models 256 KiB": (256 * KIB, True, "auto"),
    "default": (None, True, "auto"),
}
"""Where blocks are cut (None: by the size of the batch), whether they may start from others, and models."""


@dataclass(frozen=True, slots=True)
class Row:
    """One plan on one input."""

    date: str
    commit: str
    cpu: str
    threads: int
    level: int
    input: str
    plan: str
    bytes_in: int
    bytes_out: int
    blocks: int
    blocks_from_blocks: int
    compress_s: float
    decompress_s: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a line for each row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tree", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--level", type=int, default=DEFAULT_LEVEL)
    parser.add_argument("--at-least", type=size, default=3_000_000, help="of files taken alone")
    parser.add_argument("--plans", type=names, default=",".join(PLANS), help="default: %(default)s")
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="names to leave out")
    parser.add_argument("--only-files", action="store_true", help="not the whole folder")
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/tree/DATE-MACHINE.csv")
    options = parser.parse_args(arguments)
    facts = run_facts()
    out = options.out or ROOT / "benchmarks" / "results" / "tree" / facts.results_path.name
    sources = scan([options.folder], options.exclude).sources
    large = [source.path for source in sources if source.entry.size >= options.at_least]
    inputs = [(str(path.relative_to(options.folder)), path) for path in large]
    if not options.only_files:
        inputs.append((".", options.folder))
    device = Device("cpu", notice=print)
    for name, path in inputs:
        for plan in options.plans:
            measured = _measure(path, options.exclude, plan, options.level, device)
            threads = int(device.name.split()[1])
            row = Row(facts.date, facts.commit, facts.cpu, threads, options.level, name, plan, *measured)
            append_rows(out, [row])
            print(
                f"{name:30} {plan:20} {row.bytes_out:>11,} {row.compress_s:7.1f} s {row.decompress_s:7.1f} s"
            )


def _measure(path: Path, exclude: Sequence[str], plan: str, level: int, device: Device) -> tuple:
    spec = spec_for_level(level)
    block_bytes, grows, model = PLANS[plan]
    sources = scan([path], exclude).sources
    output = io.BytesIO()
    begin = time.perf_counter()
    written = write_archive(
        output,
        plan,
        [source.entry for source in sources],
        file_contents(sources, spec, block_bytes),
        spec=spec,
        device=device,
        models=chosen_models(model, notice=print),
        grows=grows,
    )
    compressed = time.perf_counter()
    archive = open_archive(io.BytesIO(output.getvalue()), plan, device)
    verified = verify(archive, device)
    end = time.perf_counter()
    if verified.block_errors or verified.file_errors or written.unreadable:
        raise SystemExit(f"{path}: {plan}: does not come back")
    headers = [record.header for record in archive.blocks]
    return (
        written.bytes_in,
        written.bytes_out,
        sum(header.codec == Codec.CM for header in headers),
        sum(header.parent.kind == ParentKind.BLOCKS for header in headers),
        round(compressed - begin, 2),
        round(end - compressed, 2),
    )


if __name__ == "__main__":
    main()
