"""Write the tables and plots of docs/BENCHMARKS.md from rows.

    python -m benchmarks.report [RESULTS.csv …] [--doc docs/BENCHMARKS.md] [--images docs/images]

By default all of benchmarks/results/ is reported. Without the extra `plot` there are tables only.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks.child import BenchmarkError
from benchmarks.codecs import ROOT
from benchmarks.groups import Group, group_rows
from benchmarks.rows import read_rows
from benchmarks.tables import section

BEGIN = "<!-- results: written by benchmarks/report.py, do not edit -->"
END = "<!-- end of results -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__.split("\n")[0])
    parser.add_argument("results", type=Path, nargs="*", help="default: all of benchmarks/results/")
    parser.add_argument("--doc", type=Path, default=ROOT / "docs" / "BENCHMARKS.md")
    parser.add_argument(
        "--images", type=Path, help="folder of the plots (default: images/ beside the document)"
    )
    options = parser.parse_args(arguments)
    paths = options.results or sorted((ROOT / "benchmarks" / "results").glob("*.csv"))
    try:
        write_report(paths, options.doc, options.images or options.doc.parent / "images")
    except BenchmarkError as error:
        parser.error(str(error))
    return 0


def write_report(results: Sequence[Path], document: Path, images: Path) -> None:
    """Replace what stands between the markers of `document`, and draw a plot for each group of rows."""
    groups = group_rows(row for path in results for row in read_rows(path))
    with_plots = find_spec("matplotlib") is not None
    if not with_plots:
        print("no plots: matplotlib is not installed (pip install '.[plot]')", file=sys.stderr)
    sections = [
        section(group, _image(group, document, images) if with_plots and group.totals() else None)
        for group in groups
    ]
    document.write_text(replace_results(document.read_text(), "\n\n".join(sections)))


def replace_results(text: str, results: str) -> str:
    """Return `text` with `results` between its markers. Raises BenchmarkError when it lacks them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise BenchmarkError(f"the document lacks the lines {BEGIN} and {END}")
    return f"{before}{begin}\n\n{results}\n\n{end}{after}"


def _image(group: Group, document: Path, images: Path) -> str:
    """Draw the plot of a group and return its path as the document writes it."""
    from benchmarks.plot import plot_group

    name = re.sub(r"[^a-z0-9]+", "-", group.title.lower()).strip("-")
    path = images / f"{name}.png"
    plot_group(group, path)
    return os.path.relpath(path, document.parent)


if __name__ == "__main__":
    sys.exit(main())
