"""The report as a picture, or as a page with the picture and its numbers. Needs the extra `plot`."""

import base64
import html
import io
from collections.abc import Sequence

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator
from matplotlib.transforms import Bbox

from kompakt.analysis.analyse import Analysis
from kompakt.sizes import format_size

BLUE, ORANGE, GREEN, GREY, GRID = "#0b63b0", "#d1661a", "#2a8a57", "#8a8a8a", "#dddddd"
PIXELS_PER_INCH = 110
MOST_FILE_NAMES = 10
NAME_PLACES = (
    (0, 7, "center"),
    (0, -15, "center"),
    (8, -3, "left"),
    (-8, -3, "right"),
    (8, 8, "left"),
    (-8, -15, "right"),
)

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Kompakt: what these data are made of</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; max-width: 1430px; margin: 2em auto; color: #222 }
img { width: 100% }
table { border-collapse: collapse }
td, th { padding: .2em .9em; border-bottom: 1px solid #ddd; text-align: right }
td:first-child, th:first-child { text-align: left }
</style>
<h1>What these data are made of</h1>
<img alt="Bits per byte along the content; cost by class of bytes; bytes by kind; ratio and speed of codecs"
     src="data:image/png;base64,PICTURE">
TABLES
</html>
"""


def report_bytes(analysis: Analysis, suffix: str) -> bytes:
    """Return the report as PNG for the suffix `.png`, or as HTML that needs no other file for `.html`."""
    told = analysis.as_table()
    picture = _picture(analysis, told)
    return picture if suffix == ".png" else _page(told, picture)


def _picture(analysis: Analysis, told: dict) -> bytes:
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
        _name_codecs(scatter, told["codecs"])
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
    return f"{files}, {format_size(told['bytes'])}{sample}\nentropy in bits per byte, by order: {entropies}"


def _draw_profile(axes: Axes, analysis: Analysis) -> None:
    axes.set_title("Bits per byte along the content, adaptive model of order 2", loc="left")
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
    axes.set_xlabel("offset in the content of all files, MiB")
    axes.set_ylabel("bits per byte")
    axes.axhline(8, color=GREY, linewidth=0.8, linestyle="--")
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    _name_files(axes, analysis)


def _name_files(axes: Axes, analysis: Analysis) -> None:
    """Write the names of the longest files over where they lie."""
    places: dict[str, list[float]] = {}
    for offset, _, name in analysis.profile:
        places.setdefault(name, []).append(offset / 2**20)
    width, top = axes.get_xlim()[1], axes.get_ylim()[1]
    longest = sorted(places, key=lambda name: places[name][0] - places[name][-1])[:MOST_FILE_NAMES]
    for name in longest:
        begin, end = places[name][0], places[name][-1]
        if end - begin < width / 25:
            continue
        axes.axvline(begin, color=GREY, linewidth=0.6)
        room = max(int((end - begin) / width * 150), 6)
        short = name if len(name) <= room else "…" + name[1 - room :]
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


def _draw_classes(axes: Axes, told: dict) -> None:
    axes.set_title("Cost by class of bytes", loc="left")
    rows = told["byte_classes"][::-1]
    coded = sum(row["bits"] for row in rows) or 1
    bytes_in = sum(row["bytes"] for row in rows)
    sizes = [100 * row["bytes"] / bytes_in for row in rows]
    costs = [100 * row["bits"] / coded for row in rows]
    places = range(len(rows))
    axes.barh([place + 0.2 for place in places], sizes, 0.38, color=GREY, label="share of the bytes")
    bars = axes.barh([place - 0.2 for place in places], costs, 0.38, color=ORANGE, label="share of the cost")
    axes.bar_label(
        bars, [f"{row['bits'] / row['bytes']:.2f} bits per byte" for row in rows], padding=3, fontsize=8
    )
    axes.set_yticks(list(places), [row["class"] for row in rows])
    axes.set_xlabel("percent")
    axes.set_xlim(0, 1.3 * max(sizes + costs))
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0.1)


def _draw_kinds(axes: Axes, told: dict) -> None:
    axes.set_title("Bytes by kind", loc="left")
    rows = told["kinds"][::-1]
    sizes = [row["bytes"] / 2**20 for row in rows]
    bars = axes.barh([row["kind"] for row in rows], sizes, 0.6, color=GREEN)
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


def _name_codecs(axes: Axes, rows: Sequence[dict]) -> None:
    """Write each name at its encoding speed, clear of all points and of the names before it."""
    taken = []
    for row in rows:
        for way in ("encode_mb_s", "decode_mb_s"):
            x, y = axes.transData.transform((row[way], row["ratio"]))
            taken.append(Bbox.from_extents(x - 5, y - 5, x + 5, y + 5))
    for row in rows:
        point = row["encode_mb_s"], row["ratio"]
        for dx, dy, align in NAME_PLACES:
            text = axes.annotate(
                row["codec"], point, (dx, dy), textcoords="offset points", ha=align, color=BLUE
            )
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.85})
            box = text.get_window_extent()
            if not any(box.overlaps(other) for other in taken):
                break
            if (dx, dy, align) != NAME_PLACES[-1]:
                text.remove()
        taken.append(box)


def _page(told: dict, picture: bytes) -> bytes:
    duplicates = told["duplicates"]
    sections = [
        _html_table(
            f"Codecs, on a sample of {format_size(told['sample_bytes'])}, in blocks of 1 MiB, one thread",
            ("codec", "bytes", "ratio", "encode MB/s", "decode MB/s"),
            [tuple(row.values()) for row in told["codecs"]],
        ),
        _html_table(
            "Kinds, judged in stretches of 64 KiB",
            ("kind", "files that begin so", "bytes"),
            [tuple(row.values()) for row in told["kinds"]],
        ),
        _html_table(
            "Entropy of the sample, by its own counts",
            ("order", "bits per byte"),
            list(enumerate(told["entropy_bits_per_byte"])),
        ),
        _html_table(
            "Duplicates",
            ("what", "bytes"),
            [
                (f"whole files ({duplicates['files']})", duplicates["file_bytes"]),
                ("aligned pieces of 4 KiB", duplicates["chunk_bytes"]),
            ],
        ),
    ]
    page = PAGE.replace("PICTURE", base64.b64encode(picture).decode())
    return page.replace("TABLES", "".join(sections)).encode()


def _html_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    def line(cells: Sequence[object], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<h2>{html.escape(title)}</h2><table>{line(header, 'th')}{body}</table>"
