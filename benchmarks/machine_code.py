"""What the GPU kernels became: registers, spills, shared memory and instructions for each coded bit.

    python -m benchmarks.machine_code [--parts]

Compiles every level's kernels without a GPU, the PTX that drivers get for sm_90, and appends rows to
benchmarks/results/machine-code/, beside the newest counts of executing the same PTX (benchmarks/executed.py).
Needs numba-cuda, ptxas and nvdisasm. How instructions are counted: benchmarks/sass.py.
"""

import argparse
import csv
import re
import subprocess
import warnings
from datetime import UTC, datetime
from pathlib import Path

from numba.cuda.cudadrv.nvvm import CompilationUnit
from numba.cuda.dispatcher import CUDADispatcher

from benchmarks.executed_rows import newest
from benchmarks.sass import assemble, instructions_by_part, loops_over_sets
from kompakt.kernels.offline import ptx
from kompakt.kernels.ptx import portable
from kompakt.kernels.shared import WARPS_MAX
from kompakt.model.spec import ARRAY_SPECS, SPECS, Spec

CAPABILITY = (8, 0)
_VARIABLE_INFO = re.compile(rb'^\s*call void @"?llvm\.dbg\.(value|declare)"?\(.*$', re.MULTILINE)
ROOT = Path(__file__).parent.parent


def with_lines() -> None:
    """Make every device function carry its source lines; the code stays the same."""
    construct = CUDADispatcher.__init__

    def construct_with_lines(self, function, targetoptions, *rest, **named):
        construct(self, function, targetoptions | {"lineinfo": True}, *rest, **named)

    add_module = CompilationUnit.add_module

    def add_without_variables(self, module):
        # What variables hold is of no use here, and libNVVM (13.3) refuses some of their names.
        add_module(self, _VARIABLE_INFO.sub(b"", module))

    CUDADispatcher.__init__ = construct_with_lines
    CompilationUnit.add_module = add_without_variables
    warnings.filterwarnings("ignore", message="Could not find source for function")


def _executed(spec: Spec, decoding: bool) -> dict[str, str]:
    """Return what benchmarks/executed.py has counted of a kernel, empty where it has not."""
    counts = {}
    for with_start in (False, True):
        row = newest(spec.spec_id, "decode" if decoding else "encode", with_start) or {}
        for name in ("warp_instructions_per_bit", "shared_transactions_per_bit", "global_sectors_per_bit"):
            counts[f"executed_{name}{'_with_start' if with_start else ''}"] = row.get(name, "")
    return counts


def main() -> None:
    """Print the report of all levels and add it to the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", action="store_true", help="also print what the instructions do")
    show_parts = parser.parse_args().parts
    with_lines()
    now = datetime.now(UTC)
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    rows = []
    for spec in (*SPECS.values(), *ARRAY_SPECS.values()):
        for decoding in (False, True):
            resources, instructions = assemble(
                portable(ptx(spec, decoding, CAPABILITY, lineinfo=True)), "sm_90"
            )
            parts = instructions_by_part(instructions, with_start=False)
            parts_with_start = instructions_by_part(instructions, with_start=True)
            text = [instruction.text for instruction in instructions]
            rows.append({
                "date": f"{now:%Y-%m-%dT%H:%M:%SZ}",
                "commit": commit,
                "architecture": "sm_90",
                "level": spec.level,
                "spec": spec.spec_id,
                "kernel": "decode" if decoding else "encode",
                "instructions_per_bit": round(parts.total(), 1),
                "with_start": round(parts_with_start.total(), 1),
                "loops_over_sets": loops_over_sets(instructions),
                "registers": resources.registers,
                "spill_bytes": resources.spill_bytes,
                "shared_bytes": resources.shared_bytes,
                "warps_per_sm": resources.warps(WARPS_MAX),
                "instructions": len(text),
                **_executed(spec, decoding),
            })  # fmt: skip
            print(" ".join(f"{name}={value}" for name, value in list(rows[-1].items())[3:]))
            if show_parts:
                for part, count in parts_with_start.most_common():
                    print(f"    {parts[part]:6.1f} {count:6.1f} {part}")
    path = ROOT / "benchmarks" / "results" / "machine-code" / f"{now:%Y-%m-%d}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with open(path, "a", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
