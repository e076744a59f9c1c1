"""The rows of benchmarks/tree.py as a table for docs/BENCHMARKS.md.

python -m benchmarks.tree_report RESULTS.csv
"""

import csv
import sys
from pathlib import Path


def table(rows: list[dict[str, str]]) -> str:
    """Return rows as Markdown: a line for each input, a column for each plan, the newest row of each."""
    plans = list(dict.fromkeys(row["plan"] for row in rows))
    sizes: dict[str, dict[str, int]] = {}
    raw: dict[str, int] = {}
    for row in rows:
        sizes.setdefault(row["input"], {})[row["plan"]] = int(row["bytes_out"])
        raw[row["input"]] = int(row["bytes_in"])
    lines = [f"| input | bytes | {' | '.join(plans)} |", f"|---|---:|{'---:|' * len(plans)}"]
    for name in sorted(sizes):
        cells = [f"{sizes[name][plan]:,}" if plan in sizes[name] else "–" for plan in plans]
        lines.append(f"| {'all, one batch' if name == '.' else name} | {raw[name]:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    with open(Path(sys.argv[1]), newline="") as file:
        print(table(list(csv.DictReader(file))))
