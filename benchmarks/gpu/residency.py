"""What more warps on a processor would bring, and the registers they would cost: predicted, for sm_90.

    python -m benchmarks.gpu.residency [--levels 1,3]

The same PTX with other launch bounds, assembled and walked as speed_model.py does it, each warp with a
smaller share of the caches. Appends rows to benchmarks/results/residency/. Memory for that many models is not
looked at.
"""

import argparse
import csv
import re

from benchmarks.gpu.memory_trace import ROOT
from benchmarks.gpu.speed_model import Traced, global_cycles, shares
from benchmarks.machine_code import with_lines
from benchmarks.one_warp import LATENCIES, alone
from benchmarks.run_facts import run_facts
from benchmarks.sass import assemble
from kompakt.estimate.gpu_speed import CARDS, ISSUES, RATES, WARPS_OF_CTA
from kompakt.kernels.offline import ptx
from kompakt.kernels.ptx import TARGETS, portable
from kompakt.model.spec import spec_for_level

ARCHITECTURE = "sm_90"
CTAS = (2, 3, 4)


def row_of(level: int, kernel: str, text: str, ctas: int) -> dict[str, object]:
    """Return what becomes of a kernel when a processor shall hold so many of its CTAs."""
    bounded = re.sub(r"\.minnctapersm \d+", f".minnctapersm {ctas}", text)
    resources, instructions = assemble(bounded, ARCHITECTURE)
    latencies, warps = LATENCIES[ARCHITECTURE], ctas * WARPS_OF_CTA
    l1_share, l2_share = shares(ARCHITECTURE, resources.shared_bytes, ctas)
    loads = global_cycles(Traced(level), latencies, l1_share, l2_share)
    one = alone(instructions, True, latencies, loads)
    cycles = max(
        one.total_cycles / warps,
        one.instructions / ISSUES,
        *(one.pipes.get(pipe, 0) / rate for pipe, rate in RATES.items()),
    )
    card = next(card for card in CARDS if card.architecture == ARCHITECTURE)
    return {
        "level": level,
        "kernel": kernel,
        "warps_of_processor": warps,
        "registers": resources.registers,
        "spill_bytes": resources.spill_bytes,
        "instructions": round(one.instructions, 1),
        "alone_cycles": round(one.total_cycles),
        "cycles_of_processor": round(cycles, 1),
        "card": card.name,
        "predicted_mb_per_s": round(card.processors * card.clock_mhz / cycles / 8),
    }


def main() -> None:
    """Append a row for each level, kernel and number of CTAs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--levels", default="1,2,3,4,5,6,7,8,9")
    levels = map(int, parser.parse_args().levels.split(","))
    with_lines()
    facts = run_facts()
    target = ROOT / "benchmarks" / "results" / "residency" / f"{facts.date[:10]}.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    for level in levels:
        for kernel in ("encode", "decode"):
            text = portable(ptx(spec_for_level(level), kernel == "decode", TARGETS[0], lineinfo=True))
            for ctas in CTAS:
                row = {"date": facts.date, "commit": facts.commit} | row_of(level, kernel, text, ctas)
                print(row, flush=True)
                with open(target, "a", newline="") as file:
                    writer = csv.DictWriter(file, row, lineterminator="\n")
                    if not file.tell():
                        writer.writeheader()
                    writer.writerow(row)


if __name__ == "__main__":
    main()
