"""Ratio against speed as a picture. Needs the extra `plot` (matplotlib)."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator
from matplotlib.transforms import Bbox

from benchmarks.groups import Group, Total

KOMPAKT_COLOUR, PEER_COLOUR, GRID_COLOUR = "#0b63b0", "#c2571a", "#dddddd"
PIXELS_PER_INCH = 130
POINT_PIXELS = 12
NAME_PLACES = (  # offset from the point in typographic points, alignment; the first that is free is taken
    ((0, 7), "center"),
    ((0, -15), "center"),
    ((8, -3), "left"),
    ((-8, -3), "right"),
    ((8, 7), "left"),
    ((-8, -15), "right"),
)

Point = tuple[Total, float]  # a codec and its speed, 10**6 bytes in a second


def plot_group(group: Group, path: Path) -> None:
    """Write a PNG with one panel for compression and one for decompression."""
    totals = group.totals()
    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(11, 5.4), dpi=PIXELS_PER_INCH, sharey=True, layout="constrained"
    )
    figure.suptitle(group.title, fontsize=11)
    panels = (
        (left, "compression speed, MB/s of input", [(total, total.compress_mb_s) for total in totals]),
        (right, "decompression speed, MB/s of output", [(total, total.decompress_mb_s) for total in totals]),
    )
    for axes, label, points in panels:
        _draw_points(axes, points)
        _scale(axes, label)
    left.set_ylabel("compression ratio, bytes in / archive bytes")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    figure.draw_without_rendering()  # places everything, so that names can be put where there is room
    for axes, _, points in panels:
        _name_points(axes, points)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)


def _draw_points(axes: Axes, points: Sequence[Point]) -> None:
    levels = sorted((point for point in points if point[0].is_plain_level), key=lambda point: point[0].level)
    variants = [point for point in points if point[0].is_kompakt and not point[0].is_plain_level]
    peers = [point for point in points if not point[0].is_kompakt]
    axes.plot(*_coordinates(levels), "o-", color=KOMPAKT_COLOUR, label="kompakt, by level")
    axes.plot(*_coordinates(variants), "o", color=KOMPAKT_COLOUR)
    axes.plot(*_coordinates(peers), "D", color=PEER_COLOUR, label="other programs")


def _coordinates(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    return [speed for _, speed in points], [total.ratio for total, _ in points]


def _scale(axes: Axes, label: str) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda speed, _: f"{speed:g}"))
    axes.xaxis.set_minor_locator(LogLocator(subs=range(1, 10)))
    axes.xaxis.set_minor_formatter("")
    axes.set_xlabel(label)
    axes.grid(color=GRID_COLOUR)
    axes.set_axisbelow(True)
    axes.margins(0.12)


def _name_points(axes: Axes, points: Sequence[Point]) -> None:
    """Write the name of each point beside it, clear of all points and of the names before it."""
    half = POINT_PIXELS / 2
    taken = []
    for total, speed in points:
        x, y = axes.transData.transform((speed, total.ratio))
        taken.append(Bbox.from_extents(x - half, y - half, x + half, y + half))
    for total, speed in points:
        for offset, align in NAME_PLACES:
            name = axes.annotate(
                total.codec.removeprefix("kompakt-"),
                (speed, total.ratio),
                xytext=offset,
                textcoords="offset points",
                ha=align,
                color=KOMPAKT_COLOUR if total.is_kompakt else PEER_COLOUR,
                fontsize=9,
            )
            box = name.get_window_extent()
            if not any(box.overlaps(other) for other in taken):
                break
            if (offset, align) != NAME_PLACES[-1]:
                name.remove()
        taken.append(box)
