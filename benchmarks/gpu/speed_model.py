"""The numbers behind predicted speeds: what a coded bit takes of a GPU, for each level and architecture.

    python -m benchmarks.gpu.speed_model [--waits]
    python -m benchmarks.gpu.speed_model --measured OUTPUT/throughput.csv

Compiles every level's kernels to the PTX that drivers get, and that to machine code for each
architecture of one_warp.LATENCIES; walks along what a bit runs (one_warp.py), with loads that take as long as
the newest rows of benchmarks/results/memory-trace say; and writes kompakt/estimate/gpu_speed.csv, which
kompakt/estimate/gpu_speed.py reads. Nothing runs on a GPU.

What benchmarks/executed.py has counted by executing a kernel's PTX stands beside its machine instructions, to
compare: PTX has moves that ptxas leaves out, and machine code counts every condition as true.

`--measured` copies the fastest rows of a run of benchmarks/on_gpu.sh to kompakt/estimate/gpu_measured.csv:
measurements then replace the predictions for the same card.
"""

import argparse
import csv
import math
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.executed_rows import newest
from benchmarks.gpu.memory_trace import PREFETCH, READ, ROOT, SHARES_BYTES, WRITE
from benchmarks.gpu.session import versions_of
from benchmarks.machine_code import with_lines
from benchmarks.one_warp import LATENCIES, Alone, Latencies, alone, line_of
from benchmarks.run_facts import run_facts
from benchmarks.sass import Instruction, assemble
from kompakt.estimate.gpu_speed import CARDS, DATA, MEASURED, WARPS_OF_CTA, Measured, Taken
from kompakt.kernels.kernels import LAUNCH_BOUNDS
from kompakt.kernels.offline import ptx
from kompakt.kernels.ptx import TARGETS, portable
from kompakt.kernels.tools import tool
from kompakt.model.spec import SPECS, TABLE_BITS_MIN, Spec
from kompakt.model.state import LEARNED_FROM, layout, state_bytes

RESULTS = ROOT / "benchmarks" / "results"
HIDDEN_CYCLES = 200
"""What passes between asking for a cache line and needing it: a few dot products or an update."""

L1_BYTES = {"sm_80": 192 << 10, "sm_89": 128 << 10, "sm_90": 256 << 10, "sm_100": 256 << 10}
"""L1 and shared memory of a processor, together (NVIDIA's tuning guides)."""

CTAS_OF_PROCESSOR = LAUNCH_BOUNDS[1]


class Traced:
    """What a bit of a level touches, from the rows of memory-trace."""

    def __init__(self, level: int):
        path = max((RESULTS / "memory-trace").glob("*.csv"))
        with open(path, newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["level"] == str(level)]
        if not rows:
            raise SystemExit(f"{path}: no rows of level {level}")
        newest = max(row["date"] for row in rows)
        self._rows = [row for row in rows if row["date"] == newest]
        self._bits = int(self._rows[0]["bits"])

    def reads(self, line: str) -> list[dict[str, str]]:
        """Return the rows of what a line of source reads."""
        return [row for row in self._rows if row["line"] == line and row["what"] == READ]

    def sectors(self, l1_share: float) -> float:
        """Return the sectors a bit that go between L1 and L2: loads that miss, and all stores."""
        read = sum(at_share(row, "misses", l1_share) for row in self._of(READ))
        return (read + sum(int(row["sectors"]) for row in self._of(WRITE, PREFETCH))) / self._bits

    def device_sectors(self, l2_share: float) -> float:
        """Return the sectors a bit that go between L2 and device memory, both ways."""
        return sum(at_share(row, "misses", l2_share) for row in self._rows) / self._bits

    def _of(self, *what: str) -> list[dict[str, str]]:
        return [row for row in self._rows if row["what"] in what]


def at_share(row: dict[str, str], column: str, share_bytes: float) -> float:
    """Return a column of memory-trace at a share between those traced, straight on a logarithmic scale."""
    values = [float(row[f"{column}_{size >> 10}k"]) for size in SHARES_BYTES]
    place = math.log2(max(share_bytes, SHARES_BYTES[0]) / SHARES_BYTES[0])
    low = min(int(place), len(values) - 2)
    return max(values[low] + (values[low + 1] - values[low]) * (place - low), 0.0)


def global_cycles(
    traced: Traced, latencies: Latencies, l1_share: float, l2_share: float
) -> Callable[[Instruction], float]:
    """Return what tells how long a load takes on average, by the line of source that it comes from.

    A warp waits for the slowest of its lanes. Lines that the trace never met take what L2 takes.
    """

    def cycles(load: Instruction) -> float:
        rows = traced.reads(line_of(load))
        accesses = sum(int(row["accesses"]) for row in rows)
        if not accesses:
            return latencies.l2
        announced = sum(int(row["announced"]) for row in rows) / accesses
        beyond_l1 = max(sum(at_share(row, "missing", l1_share) for row in rows) / accesses, announced)
        beyond_l2 = min(sum(at_share(row, "missing", l2_share) for row in rows) / accesses, beyond_l1)
        underway = max(min(announced, beyond_l1 - beyond_l2), 0.0)
        return (
            (1 - beyond_l1) * latencies.l1
            + (beyond_l1 - beyond_l2 - underway) * latencies.l2
            + underway * max(latencies.l2, latencies.device - HIDDEN_CYCLES)
            + beyond_l2 * latencies.device
        )

    return cycles


def shares(architecture: str, shared_bytes: int, ctas: int = CTAS_OF_PROCESSOR) -> tuple[float, float]:
    """Return a warp's share of L1 and of L2, where the first card of the architecture is full."""
    card = next(card for card in CARDS if card.architecture == architecture)
    l1, warps = L1_BYTES[architecture] - ctas * (shared_bytes + 1024), ctas * WARPS_OF_CTA
    return l1 / warps, card.l2_bytes / (card.processors * warps)


def learned_bytes(spec: Spec) -> int:
    """Return the bytes of a state that are the same for every size of its tables."""
    first = next(field.offset for field in layout(spec, TABLE_BITS_MIN) if field.name == LEARNED_FROM)
    return state_bytes(spec, TABLE_BITS_MIN) - first


def taken(spec: Spec, kernel: str, architecture: str, text: str) -> tuple[Taken, Alone]:
    """Return the row of a kernel for an architecture, and what it was made of."""
    resources, instructions = assemble(text, architecture)
    traced, (l1_share, l2_share) = Traced(spec.level), shares(architecture, resources.shared_bytes)
    latencies = LATENCIES[architecture]
    one = alone(instructions, True, latencies, global_cycles(traced, latencies, l1_share, l2_share))
    counted = newest(spec.spec_id, kernel, with_start=True)
    issue = one.cycles["issue"]
    device = one.cycles.get("device memory", 0.0)
    row = Taken(
        architecture=architecture,
        level=spec.level,
        kernel=kernel,
        executed_ptx=float(counted["warp_instructions_per_bit"]) if counted else 0.0,
        registers=resources.registers,
        spill_bytes=resources.spill_bytes,
        shared_bytes=resources.shared_bytes,
        learned_bytes=learned_bytes(spec),
        instructions=round(one.instructions, 1),
        **{f"{pipe}_instructions": round(one.pipes.get(pipe, 0), 1) for pipe in PIPES},
        issue_cycles=round(issue),
        chip_cycles=round(one.total_cycles - one.cycles["issue"] - device),
        memory_cycles=round(device),
        l2_sectors=round(traced.sectors(l1_share), 1),
        **{
            f"device_sectors_{size >> 10}k": round(traced.device_sectors(size), 1)
            for size in SHARES_BYTES[2:]
        },
    )
    return row, one


def versions() -> str:
    """Return what made the machine code, in words."""
    told = subprocess.run([tool("ptxas"), "--version"], capture_output=True, text=True, check=True).stdout
    ptxas = re.search(r"release (\d+\.\d+)", told)[1]
    packages = versions_of(("numba-cuda", "nvidia-nvvm"))
    return ", ".join([f"ptxas {ptxas}", *(f"{name} {number}" for name, number in packages.items())])


PIPES = ("alu", "multiply", "memory", "reduction")


def copy_measured(path: Path) -> None:
    """Put the fastest rows of a throughput.csv into the package, one a card, level and direction."""
    with open(path, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["path"] == "backend" and row["equal"] == "True"]
    with open(MEASURED, newline="") as file:
        kept = {(row["card"], row["level"], row["kernel"]): row for row in csv.DictReader(file)}
    best: dict[tuple, dict] = {}
    for row in rows:
        card = row["machine"].partition(", ")[2]
        key = (card, row["level"], row["direction"])
        if key not in best or float(row["kernel_mb_per_s"]) > float(best[key]["kernel_mb_per_s"]):
            best[key] = row
    for key, row in best.items():
        kept[key] = dict(zip(("card", "level", "kernel"), key, strict=True)) | {
            name: row[name] for name in Measured._fields if name not in ("card", "level", "kernel")
        }
    _write(MEASURED, Measured._fields, [kept[key] for key in sorted(kept)])


def _write(path: Path, columns: tuple[str, ...], rows: list[dict]) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Write the package's numbers anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--waits", action="store_true", help="also print what is waited for, sm_90, encoding")
    parser.add_argument("--measured", type=Path, metavar="FILE", help="take over measurements instead")
    options = parser.parse_args()
    if options.measured:
        copy_measured(options.measured)
        return
    with_lines()
    facts = run_facts()
    made = {"commit": facts.commit, "date": facts.date[:10], "versions": versions()}
    rows = []
    for spec in SPECS.values():
        for kernel in ("encode", "decode"):
            text = portable(ptx(spec, kernel == "decode", TARGETS[0], lineinfo=True))
            for architecture in LATENCIES:
                row, one = taken(spec, kernel, architecture, text)
                rows.append(made | row._asdict())
                print(row, flush=True)
                if options.waits and architecture == "sm_90" and kernel == "encode":
                    print({cause: round(cycles) for cause, cycles in one.cycles.items()})
                    for line, cycles in sorted(one.waits.items(), key=lambda item: -item[1])[:16]:
                        print(f"    {cycles:6.0f} {line}")
    _write(DATA, (*made, *Taken._fields), rows)


if __name__ == "__main__":
    main()
