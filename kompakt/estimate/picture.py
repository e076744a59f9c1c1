"""Where the bytes are, before and after, as a picture. Needs the extra `plot`."""

import io

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from kompakt.estimate.estimate import Estimate, Share
from kompakt.sizes import format_size

BLUE, ORANGE, GREY = "#0b63b0", "#d1661a", "#b8b8b8"
PIXELS_PER_INCH = 110
MOST_BARS = 14
TICK_RATIO = 16


def picture(found: Estimate) -> bytes:
    """Return the shares of kinds and folders, as PNG."""
    bars = [min(len(shares), MOST_BARS) for shares in (found.kinds, found.folders)]
    with pyplot.rc_context({"font.size": 9, "axes.titlesize": 10.5, "axes.titleweight": "bold"}):
        figure, axes = pyplot.subplots(
            *(2, 1),
            sharex=True,
            figsize=(11, 2.6 + 0.42 * sum(bars)),
            dpi=PIXELS_PER_INCH,
            layout="constrained",
            height_ratios=[count + 1 for count in bars],
        )
        figure.suptitle(
            f"{found.files} files, {format_size(found.content_bytes)}: about "
            f"{format_size(found.packed_bytes)} at level {found.level}, "
            f"ratio {found.content_bytes / found.packed_bytes:.2f}",
            fontsize=12,
        )
        _draw(axes[0], "by kind", found.kinds)
        _draw(axes[1], "by folder", found.folders)
        axes[1].set_xlabel("bytes, logarithmic")
        axes[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.12), ncols=3, frameon=False)
        output = io.BytesIO()
        figure.savefig(output, format="png")
        pyplot.close(figure)
    return output.getvalue()


def _draw(axes: Axes, title: str, shares: list[Share]) -> None:
    shown = shares[:MOST_BARS][::-1]
    places = range(len(shown))
    axes.set_title(title, loc="left")
    new = [share.content_bytes - share.repeated_bytes for share in shown]
    axes.barh(places, [share.content_bytes for share in shown], 0.78, color=GREY, label="copies and repeats")
    axes.barh(places, new, 0.78, color=BLUE, label="new content")
    axes.barh(places, [share.packed_bytes for share in shown], 0.4, color=ORANGE, label="in the archive")
    axes.set_yticks(places, [share.name for share in shown])
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(LogLocator(base=TICK_RATIO))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: format_size(round(value)))
    for place, share in zip(places, shown, strict=True):
        text = f" {format_size(share.content_bytes)} → {format_size(share.packed_bytes)}"
        axes.text(max(share.content_bytes, 1), place, text, va="center")
    axes.margins(x=0.2)
    axes.spines[["top", "right"]].set_visible(False)
