"""How fast the host is: a folder is scanned, planned, packed and written by a backend that codes nothing.

python -m benchmarks.null_backend FOLDER [--size 1GB] [--level 3] [--threads 1,2] [--repeats 3]
                                  [--against CHECKOUT] [--name NAME]

The folder's files are copied, each copy with edits of its own (gpu/data.py), up to --size, to memory where it
has room; so neither a disk nor what finds equal files flatters. Passes of this version, and of another
checkout where one is named, take turns. Rows go to benchmarks/results/null-backend/NAME.csv.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.arguments import count, names, size
from benchmarks.child import BenchmarkError
from benchmarks.codecs import ROOT
from benchmarks.gpu.data import sample, temporary_folder, write_set
from benchmarks.rows import append_rows
from benchmarks.run_facts import run_facts

PASS = Path(__file__).with_name("null_pass.py")
RESULTS = ROOT / "benchmarks" / "results" / "null-backend"
WARM_UP_BYTES = 20_000_000
MB = 1e6


@dataclass(frozen=True, slots=True)
class NullRow:
    """One pass. `plan` is until the order of contents is known, `pack` until the archive is written."""

    date: str
    commit: str
    cpu: str
    cores: int
    load: float  # average of the last minute when the pass began
    version: str  # `this`, or `other` for the checkout that it is compared with
    folder: str
    level: int
    threads: int
    files: int
    bytes_in: int
    plan_s: float
    plan_cpu_s: float
    pack_s: float
    pack_cpu_s: float

    @property
    def seconds(self) -> float:
        return self.plan_s + self.pack_s

    @property
    def cpu_s(self) -> float:
        return self.plan_cpu_s + self.pack_cpu_s


def one_pass(checkout: Path, arguments: list[str]) -> dict:
    """Return what null_pass.py tells, with `kompakt` from `checkout`."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(checkout), str(ROOT)])}
    command = [sys.executable, "-W", "ignore", str(PASS), *arguments]
    done = subprocess.run(command, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise BenchmarkError(f"{' '.join(command)}: exit code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Make the set, run the passes, and print and keep what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=size, default=10**9)
    parser.add_argument("--level", type=count, default=3)
    parser.add_argument("--threads", type=names, default=["1", "2"])
    parser.add_argument("--repeats", type=count, default=3)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--name", default="rows")
    asked = parser.parse_args()
    facts = run_facts()
    versions = {"this": ROOT} | ({"other": asked.against} if asked.against else {})
    rows: list[NullRow] = []
    with temporary_folder(asked.size + WARM_UP_BYTES) as made:
        folder, warm_up = Path(made) / "set", Path(made) / "warm-up"
        write_set(sample(asked.folder, asked.size), folder, asked.size)
        write_set(sample(asked.folder, WARM_UP_BYTES), warm_up, WARM_UP_BYTES)
        print(f"{asked.size / MB:.0f} MB in {made}, level {asked.level}")
        for _ in range(asked.repeats):
            for threads in asked.threads:
                for version, checkout in versions.items():
                    load = round(os.getloadavg()[0], 2)
                    found = one_pass(checkout, [str(folder), str(warm_up), threads, str(asked.level)])
                    seconds = {key: round(value, 3) for key, value in found.items() if key.endswith("_s")}
                    rows.append(
                        NullRow(
                            facts.date, facts.commit, facts.cpu, facts.cores, load, version,
                            asked.folder.name, asked.level, int(threads),
                            found["files"], found["bytes"], **seconds,
                        )
                    )  # fmt: skip
                    append_rows(RESULTS / f"{asked.name}.csv", rows[-1:])
                    print(rows[-1])
        for threads in asked.threads:
            _print_parts(one_pass(ROOT, [str(folder), str(warm_up), threads, str(asked.level), "parts"]))
    _print_medians(rows)


def _print_parts(found: dict) -> None:
    total = sum(found["parts"].values())
    print(f"{total:.2f} s of all threads, by part:")
    for part, seconds in sorted(found["parts"].items(), key=lambda item: -item[1]):
        print(f"  {part:22}{seconds:9.3f} s {seconds / total:7.1%}")


def _print_medians(rows: list[NullRow]) -> None:
    print(f"{'version':9}{'threads':>8}{'MB/s':>9}{'pack MB/s':>11}{'CPU s/100 MB':>14}{'of it packing':>15}")
    for version, threads in sorted({(row.version, row.threads) for row in rows}):
        alike = [row for row in rows if (row.version, row.threads) == (version, threads)]
        speed, packing = (
            median(row.bytes_in / MB / seconds(row) for row in alike)
            for seconds in (lambda row: row.seconds, lambda row: row.pack_s)
        )
        cpu, pack_cpu = (
            median(cpu_s(row) / row.bytes_in * 1e8 for row in alike)
            for cpu_s in (lambda row: row.cpu_s, lambda row: row.pack_cpu_s)
        )
        print(f"{version:9}{threads:8}{speed:9.0f}{packing:11.0f}{cpu:14.2f}{pack_cpu:15.2f}")


if __name__ == "__main__":
    main()
