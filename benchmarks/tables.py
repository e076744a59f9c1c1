"""Markdown from groups of rows."""

from collections.abc import Iterable, Sequence

from benchmarks.groups import Group, Total


def section(group: Group, image: str | None) -> str:
    """Return the tables of a group under a heading of the third level, with its plot where there is one."""
    parts = [f"### {group.title}", _provenance(group)]
    if image:
        parts.append(f"![Ratio against speed, {group.title}]({image})")
    parts.append(totals_table(group.totals()))
    if group.incomplete():
        parts.append(f"Not run on every file, so without a total: {', '.join(group.incomplete())}.")
    if len(group.files) > 1:
        parts += ["Archive bytes of each file, the smallest in bold:", bytes_table(group)]
    parts.append(_commands(group))
    return "\n\n".join(parts)


def totals_table(totals: Sequence[Total]) -> str:
    """Return a line for each codec: bytes, ratio, speeds, memory and warm-up."""
    header = [
        "codec",
        "archive bytes",
        "ratio",
        "compress MB/s",
        "decompress MB/s",
        "peak MiB compress",
        "peak MiB decompress",
        "warm-up s, median / longest",
    ]
    lines = [
        [
            _bold_if(total.codec, total.is_kompakt),
            f"{total.bytes_out:,}",
            f"{total.ratio:.3f}",
            speed(total.compress_mb_s),
            speed(total.decompress_mb_s),
            f"{total.compress_peak_bytes / 2**20:,.0f}",
            f"{total.decompress_peak_bytes / 2**20:,.0f}",
            f"{total.warm_up_s:.1f} / {total.longest_warm_up_s:.1f}" if total.is_kompakt else "–",
        ]
        for total in totals
    ]
    return table(header, lines)


def bytes_table(group: Group) -> str:
    """Return a line for each file: its bytes, and those of each codec's archive."""
    codecs = group.codecs
    lines = []
    for file in group.files:
        rows = {codec: group.rows[file, codec] for codec in codecs if (file, codec) in group.rows}
        least = min(row.bytes_out for row in rows.values())
        cells = [
            _bold_if(f"{rows[codec].bytes_out:,}", rows[codec].bytes_out == least) if codec in rows else "–"
            for codec in codecs
        ]
        lines.append([file, f"{next(iter(rows.values())).bytes_in:,}", *cells])
    return table(["file", "bytes", *codecs], lines)


def table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a markdown table: the first column to the left, all others to the right."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *lines))


def speed(mb_s: float) -> str:
    """Return a speed with three digits."""
    return f"{mb_s:.{2 if mb_s >= 1 else 3}f}" if mb_s < 10 else f"{mb_s:.{1 if mb_s < 100 else 0}f}"


def _provenance(group: Group) -> str:
    rows = group.rows.values()
    runs = sorted({row.date[:10] for row in rows})
    commits = dict.fromkeys(row.commit for row in rows if row.codec.startswith("kompakt-"))
    repeats = sorted({len(row.compress_s) for row in rows})
    bytes_in = sum({row.file: row.bytes_in for row in rows}.values())
    inputs, turns = _count(str(len(group.files)), "input"), _count(_span(repeats), "repeat")
    return f"{inputs}, {bytes_in:,} bytes; {turns}; {_span(runs)}; commit {', '.join(commits) or 'none'}."


def _commands(group: Group) -> str:
    rows = {row.codec: row for row in group.rows.values()}
    lines = [f"- {codec}: `{row.command}`, {row.versions}" for codec, row in rows.items()]
    return "\n".join(["<details><summary>Commands and versions</summary>", "", *lines, "", "</details>"])


def _span(values: Sequence[object]) -> str:
    return str(values[0]) if values[0] == values[-1] else f"{values[0]} to {values[-1]}"


def _count(number: str, noun: str) -> str:
    return f"{number} {noun}" + ("s" if number != "1" else "")


def _bold_if(text: str, condition: bool) -> str:
    return f"**{text}**" if condition else text
