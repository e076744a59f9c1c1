"""How many streams a GPU has in flight when it codes a large batch, by the plan and by memory.

    python -m benchmarks.streams [--levels 1,3,5,9] [--batches 256MB,1GB,2GB,16GB,64GB] [--group 10MB]

The planner cuts the batch into windows, generations and blocks as always, and the GPU's backend says how many
of these blocks fit the device beside their starts. Only the bytes and the device are made up, so that 64 GB
take neither memory nor a GPU; nothing is coded. A launch is taken to be as many blocks, one behind the other,
as fill the device, or `--launch` bytes. The content is one group, or groups of `--group` bytes. Rows are
added to the results file.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.arguments import count, names, size
from benchmarks.codecs import ROOT
from benchmarks.rows import append_rows
from benchmarks.run_facts import run_facts
from kompakt.archive.block_header import Parent
from kompakt.kernels.backend import GpuBackend
from kompakt.kernels.rows import base_bytes
from kompakt.model.spec import Spec, spec_for_level
from kompakt.model.state import TABLE_BITS_MIN, state_bytes
from kompakt.models.none import NoModels
from kompakt.pack import Group, Part, Piece
from kompakt.sizes import format_size
from kompakt.tree import PlannedBlock, TreePlanner, block_bytes_of, child_bits_of


@dataclass(frozen=True, slots=True)
class Row:
    """One batch at one level, as one GPU would code it.

    launch_bytes:   most raw bytes of a launch; 0: no bound
    group_bytes:    of each group; the batch's if it is one
    block_bytes:    where a group is cut
    root_bytes:     of blocks that others start from, which the CPU codes
    state_bytes:    of a stream, the most of all launches
    start_bytes:    of the starts of a launch, the most of all launches
    streams:        in flight, the mean over all blocks
    fewest_streams: in flight in a launch that is not the last
    """

    date: str
    commit: str
    processors: int
    memory_bytes: int
    launch_bytes: int
    level: int
    batch_bytes: int
    group_bytes: int
    block_bytes: int
    blocks: int
    windows: int
    root_bytes: int
    state_bytes: int
    start_bytes: int
    launches: int
    streams: int
    fewest_streams: int


@dataclass(slots=True)
class _Launch:
    """Blocks in flight at once, or one wave after the other: their number, bytes, table bits and starts."""

    blocks: int = 0
    raw_bytes: int = 0
    table_bits: int = TABLE_BITS_MIN
    start_bytes: int = 0
    streams: int = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each level and batch, and add it to the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streams", description=__doc__.split("\n")[0])
    parser.add_argument("--levels", type=names, default="1,3,5,9", help="default: %(default)s")
    parser.add_argument(
        "--batches", type=names, default="256MB,1GB,2GB,16GB,64GB", help="default: %(default)s"
    )
    parser.add_argument("--group", type=size, help="bytes of each group; default: all of the batch")
    parser.add_argument(
        "--launch", type=size, default=0, help="most raw bytes of a launch; default: no bound"
    )
    parser.add_argument("--processors", type=count, default=132)
    parser.add_argument("--memory", type=size, default="139GiB", help="of the device; default: %(default)s")
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/streams/DATE-MACHINE.csv")
    options = parser.parse_args(arguments)
    facts = run_facts()
    out = options.out or ROOT / "benchmarks" / "results" / "streams" / facts.results_path.name
    backend = GpuBackend(_Device(options.processors, options.memory))
    device = options.processors, options.memory, options.launch
    print("level  batch     block     blocks  windows  roots   state     starts    streams  fewest")
    for level in map(int, options.levels):
        for batch_bytes in map(size, options.batches):
            columns = streams(backend, level, batch_bytes, options.group, options.launch)
            row = Row(facts.date, facts.commit, *device, level, batch_bytes, *columns)
            append_rows(out, [row])
            print(
                f"{level:5}  {format_size(batch_bytes):8}  {format_size(row.block_bytes):8} {row.blocks:7}"
                f"  {row.windows:7}  {row.root_bytes / batch_bytes:5.1%}  {format_size(row.state_bytes):8}"
                f"  {format_size(row.start_bytes):8}  {row.streams:7}  {row.fewest_streams:6}"
            )


def streams(
    backend: GpuBackend, level: int, batch_bytes: int, group_bytes: int | None = None, launch_bytes: int = 0
) -> tuple:
    """Return the columns of a Row from `group_bytes` on."""
    spec = spec_for_level(level)
    group_bytes = min(group_bytes or batch_bytes, batch_bytes)
    block_bytes = block_bytes_of(level, group_bytes, batch_bytes)
    planner = TreePlanner(spec, lambda pieces, number: None, NoModels())
    planned = list(planner.blocks(_pieces(level, batch_bytes, group_bytes, block_bytes)))
    launches = _launches(backend, spec, planned, launch_bytes)
    blocks = sum(launch.blocks for launch in launches)
    return (
        group_bytes,
        block_bytes,
        len(planned),
        planned[-1].window,
        sum(block.raw_bytes for block in planned if block.heir is not None),
        max(state_bytes(spec, launch.table_bits) for launch in launches),
        max(launch.start_bytes for launch in launches),
        len(launches),
        round(sum(launch.streams * launch.blocks for launch in launches) / blocks),
        min(launch.streams for launch in launches[:-1] or launches),
    )


def _pieces(level: int, batch_bytes: int, group_bytes: int, block_bytes: int) -> Iterator[Piece]:
    """Yield the pieces that the packer would cut; their data is a single byte."""
    data = np.zeros(1, np.uint8)
    for number, begin in enumerate(range(0, batch_bytes, group_bytes)):
        group = Group(number, block_bytes, None, child_bits_of(level, group_bytes, batch_bytes))
        left = min(group_bytes, batch_bytes - begin)
        while left:
            # A rest below a quarter of a block stays with the piece before it.
            raw_bytes = left if left <= block_bytes + block_bytes // 4 else block_bytes
            yield Piece(group, (Part(number, 0, raw_bytes),), raw_bytes, data)
            left -= raw_bytes


def _launches(
    backend: GpuBackend, spec: Spec, planned: Sequence[PlannedBlock], launch_bytes: int
) -> list[_Launch]:
    """Return the launches of the blocks that nothing starts from."""
    room = cache(lambda bits, start_bytes: backend.slots_for(spec, bits, 1 << 30, start_bytes))

    def grown(launch: _Launch, block: PlannedBlock, start_bytes: int) -> _Launch:
        """Return `launch` with one block more, and bytes of a start that it did not have before."""
        own_bits = spec.table_bits_for(block.raw_bytes) if block.own_bits is None else block.own_bits
        blocks, bits = launch.blocks + 1, max(launch.table_bits, own_bits)
        start_bytes += launch.start_bytes
        streams = min(blocks, room(bits, start_bytes))
        return _Launch(blocks, launch.raw_bytes + block.raw_bytes, bits, start_bytes, streams)

    launches = [_Launch()]
    known_bytes: dict[Parent, int] = {}
    last_parent = Parent.none()
    for block in planned:
        if block.heir is not None:
            before = known_bytes.get(block.parent, 0)
            known_bytes[block.heir] = known_bytes.get(block.heir, before) + block.raw_bytes
            continue
        start_bytes = 0
        if block.parent != Parent.none():
            start_bytes = base_bytes(spec, block.parent.base_bits) + known_bytes[block.parent]
        launch = launches[-1]
        is_new = block.parent != last_parent or not launch.blocks
        last_parent = block.parent
        larger = grown(launch, block, start_bytes if is_new else 0)
        is_full = larger.raw_bytes > launch_bytes if launch_bytes else larger.streams < larger.blocks
        if launch.blocks and is_full:
            launches.append(grown(_Launch(), block, start_bytes))
        else:
            launches[-1] = larger
    return launches


class _Device:
    """As much of a GPU as tells the backend how large it is."""

    number = 0
    name = "a device that is made up"

    def __init__(self, processors: int, memory_bytes: int):
        self.processors = processors
        self.free_bytes = memory_bytes

    def stream(self) -> object:
        """Return what stands for a stream."""
        return object()


if __name__ == "__main__":
    main()
