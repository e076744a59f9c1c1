"""Which cache lines a coded bit touches: the model run in plain Python, with arrays that take notes.

    python -m benchmarks.gpu.memory_trace FOLDER [--levels 1,3] [--bytes 600]

A block of each of some files is coded by the compiled loop up to WARM_BYTES, from a start of ROOT_BYTES
before it. Then a process with NUMBA_DISABLE_JIT=1 goes on for some bytes. What the lanes of one loop touch in
one line of source counts as one access of a warp; its sectors go through a cache that forgets what was used
longest ago. Rows, one for each line of source that touches device memory, go to
benchmarks/results/memory-trace/.

What a warp's share of a cache holds decides; SHARES_BYTES are the shares looked at. What lies in shared
memory or registers on a GPU is left out, as are tables, which lie there too.
"""

import argparse
import csv
import io
import os
import subprocess
import sys
import tempfile
from collections import Counter, OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.one_warp import source_line
from benchmarks.run_facts import run_facts
from kompakt.model import buckets, mixer, predictor
from kompakt.model.lanes import SingleLane, enter_warp
from kompakt.model.loops import _fixed, with_bits
from kompakt.model.spec import SPECS, Spec, spec_for_level
from kompakt.model.state import Start, State, allocate, begin, scratch, spec_arrays, views
from kompakt.model.tables import tables
from kompakt.model.words import u32

ROOT = Path(__file__).parents[2]
ROOT_BYTES = 1 << 20
WARM_BYTES = 1 << 17
SECTOR_SHIFT = 5
SHARES_BYTES = (4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10)
SETTLED = 0.25
"""Share of the trace that only fills the caches."""

ON_CHIP = ("registers", "base_sizes")
READ, WRITE, PREFETCH = "read", "write", "prefetch"


class Trace:
    """Accesses in the order in which they began: (line, array, what) and the sectors touched.

    `epoch` counts the meetings of lanes, so that each turn of a loop over weight sets is one of its own.
    """

    def __init__(self) -> None:
        self.epoch = 0
        self._open: dict[tuple, dict[int, None]] = {}

    def note(self, name: str, what: str, address: int, frame) -> None:
        """Take note of an access by the function of `frame`."""
        line = source_line(frame.f_code.co_filename, frame.f_lineno)
        key = (self.epoch, line, name, what)
        self._open.setdefault(key, {})[address >> SECTOR_SHIFT] = None

    def take(self) -> list[tuple[str, str, str, list[int]]]:
        """Return what was noted since the last call."""
        taken = [(line, name, what, list(at)) for (_, line, name, what), at in self._open.items()]
        self._open.clear()
        return taken


class Noted:
    """An array that tells a trace what is read and written."""

    def __init__(self, name: str, array: np.ndarray, trace: Trace):
        self.array, self._name, self._trace = array, name, trace
        self._at = array.__array_interface__["data"][0]

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, index):
        self.note(READ, index, sys._getframe(1))
        return self.array[index]

    def __setitem__(self, index, value) -> None:
        self.note(WRITE, index, sys._getframe(1))
        self.array[index] = value

    def note(self, what: str, index, frame) -> None:
        """Take note of an access to an item."""
        self._trace.note(self._name, what, self._at + int(index) * self.array.itemsize, frame)


class _OneLane(SingleLane):
    """Walks all lanes in turn, and counts meetings."""

    def __init__(self, trace: Trace):
        self._trace = trace

    def sum(self, value):
        self._trace.epoch += 1
        return value

    def sync(self) -> None:
        self._trace.epoch += 1


def trace_bits(spec: Spec, bits: int, buffer: np.ndarray, start: Start, data: np.ndarray, count: int):
    """Yield the accesses of each bit of the `count` bytes behind WARM_BYTES; `buffer` is the state there."""
    trace = Trace()
    enter_warp(_OneLane(trace))
    for module in (predictor, buckets):
        module.prefetch = lambda array, index: array.note(PREFETCH, index, sys._getframe(1))
    mixer.recall = lambda held, number, count, lane, array, index: array.array[index]  # is in a register
    plain = views(buffer, spec, bits, start)
    state = State(
        **{
            name: array if name in ON_CHIP else Noted(name, array, trace)
            for name, array in plain._asdict().items()
        }
    )
    noted = Noted("data", data, trace)
    arrays, shared, own = spec_arrays(spec), tables(), scratch(spec)
    numbers = with_bits(_fixed(spec), np.uint32(bits), np.uint32(start.base_bits))
    position = u32(WARM_BYTES)
    seen = u32(ROOT_BYTES + WARM_BYTES)
    predictor.begin_block(arrays, numbers, own)
    rate = predictor.first_rate(numbers, seen)
    predictor.begin_byte(state, arrays, numbers, own)
    predictor.announce_nibble(state, numbers, own, u32(1))
    trace.take()
    while position < WARM_BYTES + count:
        byte, c0 = u32(data[position]), u32(1)
        for half in range(2):
            predictor.open_nibble(state, numbers, own)
            node = u32(1)
            for step in range(4):
                index = u32(4 * half + step)
                prediction = predictor.predict(state, shared, numbers, own, c0, index, node)
                bit = u32(u32(byte >> u32(u32(7) - index)) & u32(1))
                longer = u32(u32(c0 << u32(1)) | bit)
                if step == 3:
                    following = longer
                    if half == 1:
                        position = u32(position + u32(1))
                        predictor.remember_byte(state, shared, arrays, numbers, noted, position)
                        predictor.begin_byte(state, arrays, numbers, own)
                        following = u32(1)
                    predictor.announce_nibble(state, numbers, own, following)
                predictor.update(state, shared, numbers, own, prediction, rate, c0, node, bit)
                c0, node = longer, u32(u32(node << u32(1)) | bit)
                yield trace.take()


class Share:
    """A warp's share of a cache: sectors, those used longest ago first, and whether they were written."""

    def __init__(self, size_bytes: int):
        self._room = size_bytes >> SECTOR_SHIFT
        self._held: OrderedDict[int, bool] = OrderedDict()
        self.written_back = 0

    def touch(self, sector: int, writes: bool) -> bool:
        """Return whether the sector is held, and hold it from now on."""
        dirty = self._held.pop(sector, None)
        self._held[sector] = bool(dirty) or writes
        if len(self._held) > self._room:
            self.written_back += self._held.popitem(last=False)[1]
        return dirty is not None


def measured(bits: Sequence[list]) -> tuple[int, list[dict]]:
    """Return how many bits were counted, and the rows: one for each line and array, sums over these bits."""
    first = int(len(bits) * SETTLED)
    shares = [Share(size) for size in SHARES_BYTES]
    asked: OrderedDict[int, None] = OrderedDict()
    sums: dict[tuple, Counter] = {}
    before = []
    for number, accesses in enumerate(bits):
        if number == first:
            before = [share.written_back for share in shares]
            sums.clear()
        for line, name, what, sectors in accesses:
            row = sums.setdefault((line, name, what), Counter())
            row["accesses"] += 1
            row["sectors"] += len(sectors)
            if what == PREFETCH:
                asked.update(dict.fromkeys(sectors))
            elif any(asked.pop(sector, 0) is None for sector in sectors):
                row["announced"] += 1
            for share, size in zip(shares, SHARES_BYTES, strict=True):
                hits = [share.touch(sector, what == WRITE) for sector in sectors]
                row[f"misses_{size >> 10}k"] += hits.count(False)
                row[f"missing_{size >> 10}k"] += not all(hits)
    rows = [{"line": line, "array": name, "what": what, **row} for (line, name, what), row in sums.items()]
    back = [share.written_back - early for share, early in zip(shares, before, strict=True)]
    rows.append(
        {"line": "", "array": "", "what": "write back"}
        | {f"misses_{size >> 10}k": count for size, count in zip(SHARES_BYTES, back, strict=True)}
    )
    return len(bits) - first, rows


COLUMNS = (
    "line", "array", "what", "accesses", "sectors", "announced",
    *(f"{what}_{size >> 10}k" for size in SHARES_BYTES for what in ("misses", "missing")),
)  # fmt: skip


def _warm(spec: Spec, data: np.ndarray, path: Path) -> None:
    """Write the state behind WARM_BYTES of the block that follows ROOT_BYTES, and where it began."""
    from benchmarks.gpu.jobs import Root
    from kompakt.cpu.compiled import block_loop

    child = data[ROOT_BYTES : ROOT_BYTES + (1 << 18)]
    start = Root(np.ascontiguousarray(data[:ROOT_BYTES]), spec).start()
    bits = spec.table_bits_for(1 << 18)
    buffer = allocate(spec, bits)
    state = begin(buffer, spec, bits, start)
    out = np.empty(2 * WARM_BYTES, np.uint8)
    block_loop(spec, False, print)(
        state, tables(), spec_arrays(spec), scratch(spec), np.uint32(bits), np.uint32(start.base_bits),
        np.ascontiguousarray(child[:WARM_BYTES]), out,
    )  # fmt: skip
    write_state(path, buffer, bits, child, start)


def write_state(path: Path, buffer: np.ndarray, bits: int, data: np.ndarray, start: Start) -> None:
    """Write the state behind WARM_BYTES of `data`, and where it began, for traced()."""
    np.savez(path, buffer=buffer, bits=bits, data=data, base=start.base, base_bits=start.base_bits,
             text=start.text, learned=start.learned)  # fmt: skip


def traced(spec: Spec, path: Path, count: int) -> str:
    """Return the rows of a state that was written, as CSV, made by a process without compiled code."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.gpu.memory_trace",
        "--child",
        str(spec.spec_id),
        str(path),
        str(count),
    ]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def _child(spec_id: int, path: Path, count: int) -> None:
    spec = SPECS[spec_id]
    with np.load(path) as file, np.errstate(over="ignore"):
        buffer = allocate(spec, int(file["bits"]))
        buffer[:] = file["buffer"]
        start = Start(file["base"], int(file["base_bits"]), file["text"], (), file["learned"])
        bits, rows = measured(list(trace_bits(spec, int(file["bits"]), buffer, start, file["data"], count)))
    writer = csv.DictWriter(sys.stdout, ("bits", *COLUMNS), restval=0, lineterminator="\n")
    writer.writeheader()
    writer.writerows({"bits": bits} | row for row in rows)


def main() -> None:
    """Trace the levels asked for and append the rows, summed over the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="files of 1.5 MB or more; of each the middle is taken")
    parser.add_argument("--levels", default="1,2,3,4,5,6,7,8,9")
    parser.add_argument("--bytes", type=int, default=600)
    parser.add_argument("--files", default="*", metavar="GLOB")
    options = parser.parse_args()
    needed = ROOT_BYTES + (1 << 18)
    paths = [
        path for path in sorted(options.folder.rglob(options.files))
        if path.is_file() and path.stat().st_size >= needed
    ]  # fmt: skip
    facts = run_facts()
    target = ROOT / "benchmarks" / "results" / "memory-trace" / f"{facts.date[:10]}.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    for level in map(int, options.levels.split(",")):
        spec = spec_for_level(level)
        sums: dict[tuple, Counter] = {}
        for path in paths:
            middle = (path.stat().st_size - needed) // 2
            data = np.fromfile(path, np.uint8, count=needed, offset=middle)
            with tempfile.TemporaryDirectory() as folder:
                _warm(spec, data, Path(folder, "state.npz"))
                text = traced(spec, Path(folder, "state.npz"), options.bytes)
            for row in csv.DictReader(io.StringIO(text)):
                key = tuple(row.pop(name) for name in ("line", "array", "what"))
                sums.setdefault(key, Counter()).update({name: int(n) for name, n in row.items()})
            print(level, path.name, flush=True)
        bits = max(row["bits"] for row in sums.values())
        first = {"date": facts.date, "commit": facts.commit, "files": len(paths), "level": level}
        with open(target, "a", newline="") as file:
            writer = csv.DictWriter(file, (*first, "spec", "bits", *COLUMNS), lineterminator="\n")
            if not file.tell():
                writer.writeheader()
            for key, row in sums.items():
                named = dict(zip(("line", "array", "what"), key, strict=True))
                writer.writerow(first | {"spec": spec.spec_id} | named | row | {"bits": bits})


if __name__ == "__main__":
    if "--child" in sys.argv:
        _child(int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
