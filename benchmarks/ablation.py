"""What each part of a spec is worth: whole files coded with the part switched off, on or set otherwise.

    python -m benchmarks.ablation FILE... [--level 9] [--each contexts|selectors] [--variant TEXT]...
                                          [--array WIDTH,STEP,ROW,PHASE,BIG]

A variant is changes with `;` between them: `-order5` and `+order5` drop and add a context, `-set:byte 2` and
`+set:byte 2` a selector of weight sets, `rate=14` sets a field of the spec. --each drops each part in turn.
Every file is one block. Sizes stand against the spec as it is, times are CPU seconds of a thread. Rows are
added to the results file as they come.
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from benchmarks.codecs import ROOT
from benchmarks.rows import append_rows
from benchmarks.run_facts import run_facts
from kompakt.cpu.alone import coded_alone
from kompakt.cpu.compiled import block_loop
from kompakt.model.geometry import Geometry
from kompakt.model.spec import DEFAULT_LEVEL, Spec, array_spec, spec_for_level

AS_IS = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One variant on one file."""

    date: str
    commit: str
    cpu: str
    level: int
    variant: str  # AS_IS: the spec as it is
    file: str
    bytes_in: int
    bytes_out: int
    cpu_s: float


def changed(spec: Spec, variant: str) -> Spec:
    """Return `spec` with the changes that `variant` names. Raises ValueError for one that fits nothing."""
    for change in filter(None, (part.strip() for part in variant.split(";"))):
        if change[0] in "+-":
            is_set = change[1:].startswith("set:")
            field = "selector_names" if is_set else "context_names"
            name = change[5:] if is_set else change[1:]
            names = getattr(spec, field)
            if (name in names) == (change[0] == "+"):
                raise ValueError(f"{change}: {name} is {'already' if name in names else 'not'} there")
            kept = tuple(known for known in names if known != name)
            spec = replace(spec, **{field: (*kept, name) if change[0] == "+" else kept})
        else:
            field, _, value = change.partition("=")
            if field not in (known.name for known in fields(Spec)) or not value.lstrip("-").isdigit():
                raise ValueError(f"{change}: not a number of the spec")
            spec = replace(spec, **{field: type(getattr(spec, field))(int(value))})
    return spec


def code(spec: Spec, path: Path) -> tuple[int, int, float]:
    """Return (bytes in, bytes out, CPU seconds) of a file as one block."""
    data = np.fromfile(path, np.uint8)
    block_loop(spec, False, lambda notice: None)  # compiles it, if that is still to be done
    started = time.thread_time()
    written = coded_alone(spec, data).size
    return len(data), written or len(data), time.thread_time() - started


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print a line for each variant and file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--level", type=int, default=DEFAULT_LEVEL)
    parser.add_argument("--each", choices=("contexts", "selectors"))
    parser.add_argument("--variant", action="append", default=[], metavar="TEXT", dest="variants")
    parser.add_argument("--array", metavar="WIDTH,STEP,ROW,PHASE,BIG", help="the spec for arrays that lie so")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, help="default: benchmarks/results/ablation/DATE.csv")
    options = parser.parse_args(arguments)
    spec = spec_for_level(options.level)
    if options.array:
        spec = array_spec(options.level, Geometry(*map(int, options.array.split(","))))
    variants = [AS_IS, *options.variants]
    if options.each:
        prefix, names = (
            ("-", spec.context_names) if options.each == "contexts" else ("-set:", spec.selector_names)
        )
        variants += [prefix + name for name in names]
    try:
        specs = [changed(spec, variant) for variant in variants]
    except ValueError as error:
        parser.error(str(error))
    facts = run_facts()
    out = options.out or ROOT / "benchmarks" / "results" / "ablation" / f"{facts.date[:10]}.csv"
    sizes: dict[str, list[Row]] = {}
    with ProcessPoolExecutor(options.processes) as pool:
        runs = [
            (variant, path, pool.submit(code, changed_spec, path))
            for variant, changed_spec in zip(variants, specs, strict=True)
            for path in options.files
        ]
        for variant, path, future in runs:
            measured = future.result()
            row = Row(facts.date, facts.commit, facts.cpu, options.level, variant, path.name, *measured)
            append_rows(out, [row])
            sizes.setdefault(variant, []).append(row)
            if len(sizes[variant]) == len(options.files):
                for line in _lines(sizes[AS_IS], sizes[variant]):
                    print(line, flush=True)


def _lines(usual: Sequence[Row], rows: Sequence[Row]) -> Iterator[str]:
    yield rows[0].variant or "as it is"
    for before, row in zip(usual, rows, strict=True):
        yield f"  {row.file:24} {row.bytes_out:>11,} {_change(before, row)}"
    if len(rows) > 1:
        total, before = (
            replace(
                same[0],
                bytes_out=sum(row.bytes_out for row in same),
                cpu_s=sum(row.cpu_s for row in same),
            )
            for same in (rows, usual)
        )
        yield f"  {'all':24} {total.bytes_out:>11,} {_change(before, total)}"


def _change(before: Row, row: Row) -> str:
    size = row.bytes_out / before.bytes_out - 1
    return f"{size:+8.2%} {row.cpu_s:8.1f} s {row.cpu_s / before.cpu_s - 1:+7.1%}"


if __name__ == "__main__":
    main()
