"""figures.png: speed against blocks in flight, and where a batch's time goes. Drawn from the rows."""

from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.gpu.session import Session

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DIRECTIONS = ("encode", "decode")


def run(session: Session) -> None:
    """Draw what there are rows for; panels without rows stay empty. Without matplotlib, say so."""
    try:
        import matplotlib
    except ImportError:
        print("no pictures: matplotlib is missing; --stages figures draws them later from the rows")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(2, 2, figsize=(13, 9), dpi=120, layout="constrained")
    speeds = [row for row in session.rows("throughput") if row["path"] == "backend" and not row["error"]]
    for axes, direction in zip(panels[0], DIRECTIONS, strict=True):
        _draw_speeds(axes, [row for row in speeds if row["direction"] == direction])
        axes.set_title(f"{direction}: backend (lines), kernel alone (crosses)", fontsize=10)
    split = session.rows("split")
    for axes, direction in zip(panels[1], DIRECTIONS, strict=True):
        _draw_split(axes, [row for row in split if row["direction"] == direction])
        axes.set_title(f"{direction}: where the time of a batch goes", fontsize=10)
    machines = sorted({row["machine"] for row in speeds + split})
    figure.suptitle(", ".join(machines) or "no rows", fontsize=11)
    figure.savefig(session.output / "figures.png", metadata={"Software": None})
    pyplot.close(figure)
    print(f"figures.png: {len(speeds)} speeds, {len(split)} parts")


def _draw_speeds(axes: "Axes", rows: list[dict[str, str]]) -> None:
    """Draw a line for each level and block size."""
    series = defaultdict(list)
    for row in rows:
        point = (
            int(row["blocks_in_flight"]),
            float(row["end_to_end_mb_per_s"]),
            float(row["kernel_mb_per_s"]),
        )
        series[int(row["block_bytes"]), int(row["level"]), int(row["root_bytes"])].append(point)
    for number, ((block_bytes, level, root_bytes), points) in enumerate(sorted(series.items())):
        in_flight, end_to_end, kernel = zip(*sorted(points), strict=True)
        colour = f"C{number % 10}"
        label = f"level {level}, {block_bytes >> 10} KiB{', with a root' if root_bytes else ''}"
        axes.plot(in_flight, end_to_end, "o-", color=colour, label=label, markersize=4)
        axes.plot(in_flight, kernel, "x", color=colour)
    axes.set_xlabel("blocks in flight")
    axes.set_ylabel("MB/s of raw bytes")
    axes.set_ylim(bottom=0)
    axes.grid(color="#dddddd")
    if series:
        axes.set_xscale("log", base=2)
        axes.legend(fontsize=7)


def _draw_split(axes: "Axes", rows: list[dict[str, str]]) -> None:
    """Draw a bar for each part, the longest on top."""
    rows = sorted(rows, key=lambda row: float(row["seconds"]))
    axes.barh([row["part"] for row in rows], [float(row["seconds"]) for row in rows], color="#0b63b0")
    axes.set_xlabel("seconds")
    axes.grid(axis="x", color="#dddddd")
