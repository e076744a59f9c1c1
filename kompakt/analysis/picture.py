"""The report as a picture. Needs the extra `plot`."""

import io
from collections.abc import Iterator, Sequence
from itertools import pairwise

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator
from matplotlib.transforms import Bbox

from kompakt.analysis.analyse import Analysis
from kompakt.sizes import format_size

BLUE, ORANGE, GREEN, GREY, LIGHT, GRID = "#0b63b0", "#d1661a", "#2a8a57", "#8a8a8a", "#b8b8b8", "#dddddd"
PIXELS_PER_INCH = 110
NAMED_SHARE = 1 / 25  # of the width, from which on a file or folder has its name written
NAME_PLACES = (
    (0, 7, "center"),
    (0, -15, "center"),
    (8, -3, "left"),
    (-8, -3, "right"),
    (8, 8, "left"),
    (-8, -15, "right"),
    (-12, 24, "right"),
    (12, -32, "left"),
    (-12, -32, "right"),
    (12, 24, "left"),
    (-12, 40, "right"),
    (12, -48, "left"),
)
LETTERS = 200  # of names fit the width
FAR_POINTS = 20  # from where on a thin line leads from the name to its point
KINDS = {
    "english": "English text",
    "european": "European text",
    "source": "source code",
    "table": "tables as text",
    "x86": "x86 machine code",
    "arm64": "ARM machine code",
    "binary": "other binary",
    "array8": "8-bit samples",
    "array16": "16-bit numbers",
    "array32": "32-bit numbers",
    "array64": "64-bit numbers",
}
"""What the names of kinds that are short elsewhere mean."""


def picture(analysis: Analysis, told: dict) -> bytes:
    """Return PNG of an analysis, `told` by its table."""
    with pyplot.rc_context({"font.size": 9, "axes.titlesize": 10.5, "axes.titleweight": "bold"}):
        figure = pyplot.figure(figsize=(13, 12), dpi=PIXELS_PER_INCH, layout="constrained")
        grid = figure.add_gridspec(3, 2, height_ratios=(1, 1.1, 1.35))
        figure.suptitle(_headline(told), fontsize=12)
        _draw_profile(figure.add_subplot(grid[0, :]), analysis)
        _draw_classes(figure.add_subplot(grid[1, 0]), told)
        _draw_kinds(figure.add_subplot(grid[1, 1]), told)
        scatter = figure.add_subplot(grid[2, :])
        _draw_codecs(scatter, told)
        figure.draw_without_rendering()
        _name_codecs(scatter, told)
        output = io.BytesIO()
        figure.savefig(output, format="png", metadata={"Software": None})
        pyplot.close(figure)
    return output.getvalue()


def _headline(told: dict) -> str:
    entropies = ", ".join(f"{order}: {bits:.2f}" for order, bits in enumerate(told["entropy_bits_per_byte"]))
    files = f"{told['files']} file{'s' if told['files'] != 1 else ''}"
    sample = (
        "" if told["sample_bytes"] == told["bytes"] else f", sample of {format_size(told['sample_bytes'])}"
    )
    return (
        f"{files}, {format_size(told['bytes'])}{sample}\n"
        f"entropy in bits per byte, by order: {entropies} (of little data, high orders come out too low)"
    )


def _draw_profile(axes: Axes, analysis: Analysis) -> None:
    axes.set_title(
        "Bits per byte along the content, adaptive model of order 2 (dashed: 8, what storing takes)",
        loc="left",
    )
    offsets = [offset / 2**20 for offset, _, _ in analysis.profile]
    bits = [cost for _, cost, _ in analysis.profile]
    gaps = [
        n for n in range(1, len(offsets)) if offsets[n] - offsets[n - 1] > 1.01
    ]  # between pieces of a sample
    for begin, end in zip([0, *gaps], [*gaps, len(offsets)], strict=True):
        axes.fill_between(
            offsets[begin:end], bits[begin:end], step="post", color=BLUE, alpha=0.25, linewidth=0
        )
        axes.step(offsets[begin:end], bits[begin:end], where="post", color=BLUE, linewidth=1.2)
    axes.set_ylim(0, max(8, *bits) * 1.12)  # a model that finds nothing spends more than 8
    axes.set_xlim(0, max(analysis.content_bytes / 2**20, offsets[-1] * 1.001, 1e-9))
    axes.set_xlabel("offset in the content of all files, MiB" + " (gaps: not in the sample)" * bool(gaps))
    axes.set_ylabel("bits per byte")
    axes.axhline(8, color=GREY, linewidth=0.8, linestyle="--")
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    _name_files(axes, analysis)


def _name_files(axes: Axes, analysis: Analysis) -> None:
    """Write the names of long files, and of folders of short ones, over where they lie."""
    width, top = axes.get_xlim()[1], axes.get_ylim()[1]
    points = [(offset / 2**20, name.split("/")) for offset, _, name in analysis.profile]
    for begin, end, name in _stretches([*points, (width, [])], 0, NAMED_SHARE * width):
        axes.axvline(begin, color=GREY, linewidth=0.6)
        room = max(int((end - begin) / width * LETTERS), 6)
        short = name if len(name) <= room else name.rpartition("/")[2]
        short = short if len(short) <= room else "…" + short[1 - room :]
        axes.text(
            (begin + end) / 2,
            0.985 * top,
            short,
            ha="center",
            va="top",
            fontsize=7.5,
            color="#333333",
            parse_math=False,
        )


def _stretches(
    points: Sequence[tuple[float, list[str]]], depth: int, least: float
) -> Iterator[tuple[float, float, str]]:
    """Yield begin, end and name of folders and files no shorter than `least`, the deepest of them.

    points: where stretches begin and the parts of their names, the first `depth` of them alike; and the end
    """
    begins = [n for n in range(len(points) - 1) if not n or points[n][1][depth] != points[n - 1][1][depth]]
    for first, last in pairwise([*begins, len(points) - 1]):
        begin, end, parts = points[first][0], points[last][0], points[first][1]
        if end - begin < least:
            continue
        below = []
        if all(len(parts) > depth + 1 for _, parts in points[first:last]):
            below = list(_stretches(points[first : last + 1], depth + 1, least))
        yield from below or [(begin, end, "/".join(parts[: depth + 1]))]


def _draw_classes(axes: Axes, told: dict) -> None:
    axes.set_title("Cost by class of bytes", loc="left")
    rows = told["byte_classes"][::-1]
    coded = sum(row["bits"] for row in rows) or 1
    bytes_in = sum(row["bytes"] for row in rows)
    sizes = [100 * row["bytes"] / bytes_in for row in rows]
    costs = [100 * row["bits"] / coded for row in rows]
    places = range(len(rows))
    axes.barh([place + 0.2 for place in places], sizes, 0.38, color=LIGHT, label="share of the bytes")
    bars = axes.barh([place - 0.2 for place in places], costs, 0.38, color=ORANGE, label="share of the cost")
    axes.bar_label(
        bars, [f"{row['bits'] / row['bytes']:.2f} bits per byte" for row in rows], padding=3, fontsize=8
    )
    axes.set_yticks(list(places), [row["class"] for row in rows])
    axes.set_xlabel("percent")
    axes.set_xlim(0, 1.3 * max(sizes + costs))
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    place = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0.1}
    axes.legend(**place, ncols=2, frameon=False, handlelength=1.2, columnspacing=1.2)


def _draw_kinds(axes: Axes, told: dict) -> None:
    axes.set_title("Bytes by kind", loc="left")
    rows = told["kinds"][::-1]
    sizes = [row["bytes"] / 2**20 for row in rows]
    bars = axes.barh([KINDS.get(row["kind"], row["kind"]) for row in rows], sizes, 0.6, color=GREEN)
    labels = [f"{100 * row['bytes'] / (told['bytes'] or 1):.1f} %" for row in rows]
    axes.bar_label(bars, labels, padding=3, fontsize=8)
    axes.set_xlabel("MiB")
    axes.set_xlim(0, 1.15 * max(sizes))
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)


def _draw_codecs(axes: Axes, told: dict) -> None:
    axes.set_title(
        "Codecs: ratio against speed, one thread (further up is smaller, further right is faster)", loc="left"
    )
    for way, colour, marker in (("encode", BLUE, "o"), ("decode", ORANGE, "D")):
        axes.plot(
            [row[f"{way}_mb_s"] for row in told["codecs"]],
            [row["ratio"] for row in told["codecs"]],
            marker,
            color=colour,
            label=f"{way}",
            markersize=6,
        )
    for row in told["codecs"]:
        axes.plot(
            [row["encode_mb_s"], row["decode_mb_s"]], [row["ratio"]] * 2, color=GREY, linewidth=0.7, zorder=0
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda speed, _: f"{speed:g}"))
    axes.xaxis.set_minor_formatter("")
    axes.set_xlabel("speed, MB/s (10⁶ bytes of content a second of CPU time)")
    axes.set_ylabel("ratio, bytes in / bytes out")
    axes.grid(color=GRID)
    axes.set_axisbelow(True)
    axes.margins(0.08, 0.12)
    axes.legend(loc="upper right")


def _name_codecs(axes: Axes, told: dict) -> None:
    """Write each name at its encoding speed, clear of all points and lines and of the names before it."""
    taken = []
    for row in told["codecs"]:
        (left, y), (right, _) = (
            axes.transData.transform((row[way], row["ratio"])) for way in ("encode_mb_s", "decode_mb_s")
        )
        taken += [Bbox.from_extents(x - 5, y - 5, x + 5, y + 5) for x in (left, right)]
        taken.append(Bbox.from_extents(min(left, right), y - 1, max(left, right), y + 1))
    for row in told["codecs"]:
        point = row["encode_mb_s"], row["ratio"]
        for dx, dy, align in NAME_PLACES:
            text = axes.annotate(
                codec_name(row["codec"], told),
                point,
                (dx, dy),
                textcoords="offset points",
                ha=align,
                color=BLUE,
            )
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.85})
            box = text.get_window_extent()
            if not any(box.overlaps(other) for other in taken):
                break
            if (dx, dy, align) != NAME_PLACES[-1]:
                text.remove()
        taken.append(box)
        if abs(dy) > FAR_POINTS:
            line = {"arrowstyle": "-", "color": BLUE, "linewidth": 0.6}
            axes.annotate("", point, (dx, dy + 3), textcoords="offset points", arrowprops=line, zorder=0)


def codec_name(codec: str, told: dict) -> str:
    """Return the name of a codec as readers take it."""
    return f"cm, level {told['level']}" if codec == "cm" else codec
