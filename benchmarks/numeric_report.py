"""The rows of benchmarks/numeric.py as a table.

python -m benchmarks.numeric_report RESULTS.csv
"""

import csv
import sys
from pathlib import Path


def table(path: Path) -> str:
    """Return the CSV file at `path` as Markdown: a line for each file, a column for each coder, and totals.

    The newest row of each file and coder counts. `best peer` is the smallest that is not kompakt, and a coder
    without a row for some file has no total.
    """
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    codecs = list(dict.fromkeys(row["codec"] for row in rows))
    raw = {(row["folder"], row["file"]): int(row["bytes_in"]) for row in rows}
    sizes = {(row["folder"], row["file"], row["codec"]): int(row["bytes_out"]) for row in rows}
    lines = [
        f"| file | bytes | {' | '.join(codecs)} | best peer | its bytes |",
        f"|---|---:|{'---:|' * len(codecs)}---|---:|",
    ]
    best = {input_: _best_peer(sizes, input_, codecs) for input_ in raw}
    for input_, bytes_in in raw.items():
        cells = [f"{sizes[*input_, codec]:,}" if (*input_, codec) in sizes else "–" for codec in codecs]
        cells += [best[input_][1], f"{best[input_][0]:,}"]
        lines.append(f"| {'/'.join(input_)} | {bytes_in:,} | {' | '.join(cells)} |")
    totals = [_total([sizes.get((*input_, codec)) for input_ in raw]) for codec in codecs]
    best_bytes = sum(size for size, _ in best.values())
    lines.append(f"| all | {sum(raw.values()):,} | {' | '.join(totals)} | | {best_bytes:,} |")
    return "\n".join(lines)


def _best_peer(sizes: dict[tuple, int], input_: tuple, codecs: list[str]) -> tuple[int, str]:
    peers = [codec for codec in codecs if not codec.startswith("kompakt-") and (*input_, codec) in sizes]
    return min(((sizes[*input_, codec], codec) for codec in peers), default=(0, "–"))


def _total(sizes: list[int | None]) -> str:
    return "–" if None in sizes else f"{sum(sizes):,}"


if __name__ == "__main__":
    print(table(Path(sys.argv[1])))
