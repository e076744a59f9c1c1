"""`kompakt-gpu analyze`: what data are made of, and what each code makes of them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kompakt.cli.options import Force, Json, Level, Quiet, Threads
from kompakt.cli.report import Report
from kompakt.cli.text import counted
from kompakt.errors import KompaktError, UsageError
from kompakt.model.spec import DEFAULT_LEVEL
from kompakt.sizes import format_size, parse_size

if TYPE_CHECKING:
    from kompakt.analysis.analyse import Analysis

DEFAULT_SAMPLE = "8MiB"

AnalyzedPaths = Annotated[list[Path], typer.Argument(metavar="PATH", help="Files and folders.")]
Codecs = Annotated[
    str | None,
    typer.Option(metavar="NAME,NAME", help="Codecs to try, such as huffman,lz77+rans; a dozen by default."),
]
Sample = Annotated[
    int,
    typer.Option(
        metavar="SIZE", parser=parse_size, help="Bytes to try codecs on, from all over the content."
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(metavar="FILE.html|FILE.png", help="Write the report as a page or a picture."),
]
Exclude = Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Leave out names that match.")]


def analyze(
    paths: AnalyzedPaths,
    codecs: Codecs = None,
    sample: Sample = DEFAULT_SAMPLE,
    level: Level = DEFAULT_LEVEL,
    plot: Plot = None,
    exclude: Exclude = None,
    threads: Threads = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Tell entropy, kinds and duplicates of files, and size and speed of each codec on them."""
    from kompakt.analysis.analyse import CODECS, analyse, chosen_pipelines
    from kompakt.archive.entry import Kind
    from kompakt.cpu.threads import usable_threads
    from kompakt.errors import shown
    from kompakt.scan import scan

    if plot is not None and plot.suffix not in (".html", ".png"):
        raise UsageError(f"{plot}: a report is a page, .html, or a picture, .png")
    pipelines = chosen_pipelines((codecs or CODECS).split(","), level)
    draw = _drawing() if plot is not None else None
    with Report(quiet=quiet) as report:
        scanned = scan(paths, exclude or [])
        for warning in scanned.warnings:
            report.warning(warning)
        files = [
            (shown(source.entry.name), source.path, source.entry.size)
            for source in scanned.sources
            if source.entry.kind == Kind.FILE
        ]
        report.start(sum(size for _, _, size in files))
        analysis = analyse(
            files,
            pipelines,
            sample,
            level,
            threads or usable_threads(),
            lambda done: report.progress(done, 0),
            report.notice,
        )
        report.stop()
    for name in analysis.contents.unreadable:
        report.warning(f"{name}: could not be read; left out")
    if plot is not None:
        from kompakt.atomic_file import AtomicFile

        with AtomicFile(plot, replace=force) as target:
            target.file.write(draw(analysis, plot.suffix))
            target.commit()
    if as_json:
        print(json.dumps(analysis.as_table()))
    else:
        _print_tables(analysis)
    return 1 if scanned.unreadable or analysis.contents.unreadable else 0


def _drawing():
    """Return what draws a report, or say what is missing."""
    try:
        from kompakt.analysis.page import report_bytes
    except ImportError as error:
        raise KompaktError(f"--plot needs matplotlib ({error}): pip install 'kompakt-gpu[plot]'") from None
    return report_bytes


def _print_tables(analysis: "Analysis") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    told = analysis.as_table()
    console = Console(highlight=False, soft_wrap=True)

    def show(title: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
        for number, name in enumerate(header):
            table.add_column(name, justify="right" if number else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)

    size = told["bytes"]
    duplicates = told["duplicates"]
    print(f"{counted(told['files'], 'file')}, {size} bytes ({format_size(size)})")
    print(
        f"duplicates: {counted(duplicates['files'], 'file')} of {duplicates['file_bytes']} bytes, "
        f"{_percent(duplicates['file_bytes'], size)}; aligned pieces of 4 KiB: "
        f"{duplicates['chunk_bytes']} bytes, "
        f"{_percent(duplicates['chunk_bytes'], size)}"
    )
    show(
        "kinds, judged in stretches of 64 KiB",
        ("kind", "files that begin so", "bytes", "share"),
        [
            (row["kind"], str(row["files"]), str(row["bytes"]), _percent(row["bytes"], size))
            for row in told["kinds"]
        ],
    )
    sampled = (
        f"of a sample of {format_size(told['sample_bytes'])}"
        if told["sample_bytes"] < size
        else "of all bytes"
    )
    show(
        f"entropy {sampled}, by its own counts",
        ("order", "bits a byte", "ratio at best"),
        [
            (str(order), f"{bits:.3f}", f"{8 / bits:.2f}" if bits > 0.001 else "–")
            for order, bits in enumerate(told["entropy_bits_per_byte"])
        ],
    )
    coded = sum(row["bits"] for row in told["byte_classes"])
    show(
        "bytes by class, and what they cost a model of order 2",
        ("class", "share of bytes", "bits a byte", "share of cost"),
        [
            (
                row["class"],
                _percent(row["bytes"], sum(row["bytes"] for row in told["byte_classes"])),
                f"{row['bits'] / row['bytes']:.2f}",
                _percent(row["bits"], coded),
            )
            for row in told["byte_classes"]
        ],
    )
    show(
        f"codecs {sampled}, in blocks of 1 MiB, one thread (cm: level {told['level']}, from nothing)",
        ("codec", "bytes", "ratio", "encode MB/s", "decode MB/s"),
        [
            (
                row["codec"],
                str(row["bytes"]),
                f"{row['ratio']:.3f}",
                f"{row['encode_mb_s']:.3g}",
                f"{row['decode_mb_s']:.3g}",
            )
            for row in sorted(told["codecs"], key=lambda row: row["ratio"])
        ],
    )


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
