"""`kompakt-gpu estimate`: how small files will become, how long it will take, and where the bytes are."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kompakt.cli.options import Force, Json, Level, Quiet, Threads
from kompakt.cli.report import Report, speed
from kompakt.cli.text import counted
from kompakt.errors import KompaktError, UsageError
from kompakt.model.spec import DEFAULT_LEVEL
from kompakt.sizes import format_size, parse_size

if TYPE_CHECKING:
    from kompakt.driver import VisibleGpu
    from kompakt.estimate.estimate import Estimate, Share
    from kompakt.estimate.gpu_speed import Prediction

DEFAULT_SAMPLE = "16MiB"
MOST_FOLDERS = 12

EstimatedPaths = Annotated[list[Path], typer.Argument(metavar="PATH", help="Files and folders.")]
Sample = Annotated[
    int,
    typer.Option(metavar="SIZE", parser=parse_size, help="Bytes to code, from all over the content."),
]
Plot = Annotated[
    Path | None, typer.Option(metavar="FILE.png", help="Draw where the bytes are, before and after.")
]
Exclude = Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Leave out names that match.")]


def estimate(
    paths: EstimatedPaths,
    level: Level = DEFAULT_LEVEL,
    sample: Sample = DEFAULT_SAMPLE,
    plot: Plot = None,
    exclude: Exclude = None,
    threads: Threads = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Tell from a sample how small an archive of files would be, and how long making it would take."""
    from kompakt.device import Device
    from kompakt.driver import find_gpus
    from kompakt.estimate.estimate import estimate as estimated
    from kompakt.model.spec import spec_for_level
    from kompakt.models.choice import chosen_models
    from kompakt.scan import scan

    if plot is not None and plot.suffix != ".png":
        raise UsageError(f"{plot}: the plot is a picture, .png")
    draw = _drawing() if plot is not None else None
    with Report(quiet=quiet) as report:
        scanned = scan(paths, exclude or [])
        for warning in scanned.warnings:
            report.warning(warning)
        report.notice(f"coding a sample of up to {format_size(sample)}")
        device = Device("cpu", threads, report.notice)
        models = chosen_models("auto", notice=report.notice)
        found = estimated(scanned.sources, spec_for_level(level), device, models, sample)
    if plot is not None:
        from kompakt.atomic_file import AtomicFile

        with AtomicFile(plot, replace=force) as target:
            target.file.write(draw(found))
            target.commit()
    gpus = [(gpu.name, _speed(gpu, found)) for gpu in find_gpus().gpus]
    if as_json:
        speeds = [{"name": name, "speed": speed and speed._asdict()} for name, speed in gpus]
        print(json.dumps(asdict(found) | {"gpus": speeds}))
    else:
        _print_tables(found, gpus)
    return 1 if scanned.unreadable else 0


def _drawing():
    """Return what draws the plot, or say what is missing."""
    try:
        from kompakt.estimate.picture import picture
    except ImportError as error:
        raise KompaktError(f"--plot needs matplotlib ({error}): pip install 'kompakt-gpu[plot]'") from None
    return picture


def _speed(gpu: "VisibleGpu", found: "Estimate") -> "Prediction | None":
    """Return how fast new content becomes an archive with one GPU, and this machine's threads beside it."""
    from kompakt.estimate.gpu_speed import Host
    from kompakt.estimate.gpu_time import expected_on

    return expected_on(gpu, found.level, _new_bytes(found), Host(found.threads, found.mb_per_s))


def _new_bytes(found: "Estimate") -> int:
    return max(found.content_bytes - found.equal_bytes - found.repeated_bytes, 1)


def _print_tables(found: "Estimate", gpus: "list[tuple[str, Prediction | None]]") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    content_bytes = found.content_bytes
    low, high = (content_bytes / size for size in (found.high_bytes, found.low_bytes))
    print(f"{counted(found.files, 'file')}, {content_bytes} bytes ({format_size(content_bytes)})")
    print(
        f"archive at level {found.level}: about {format_size(found.packed_bytes)}, "
        f"{format_size(found.low_bytes)} to {format_size(found.high_bytes)}; "
        f"ratio {content_bytes / found.packed_bytes:.2f}, {low:.2f} to {high:.2f}"
    )
    print(
        f"stored once: {_percent(found.equal_bytes, content_bytes)} are copies of other files, "
        f"{_percent(found.repeated_bytes, content_bytes)} repeat elsewhere in large files"
        + (f" ({format_size(found.unsearched_bytes)} not searched)" if found.unsearched_bytes else "")
    )
    seconds = found.cpu_s / found.threads
    print(
        f"time: cpu, {counted(found.threads, 'thread')}: {_duration(seconds)} "
        f"({speed(int(found.mb_per_s * 1e6), 1)} a thread, measured on {format_size(found.sample_bytes)})"
    )
    for name, expected in gpus:
        print(f"      {name}: {_gpu_time(expected, _new_bytes(found))}")

    def show(title: str, shares: "list[Share]") -> None:
        table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
        for number, name in enumerate(
            ("", "files", "bytes", "stored once", "in the archive", "ratio", "share")
        ):
            table.add_column(name, justify="right" if number else "left")
        for share in shares:
            table.add_row(
                share.name,
                str(share.files),
                format_size(share.content_bytes),
                format_size(share.repeated_bytes) if share.repeated_bytes else "",
                format_size(share.packed_bytes),
                f"{share.content_bytes / max(share.packed_bytes, 1):.2f}",
                _percent(share.packed_bytes, found.packed_bytes),
            )
        console.print(table)

    show("by kind", found.kinds)
    shown = found.folders[:MOST_FOLDERS]
    left_out = len(found.folders) - len(shown)
    show("by folder" + (f", {left_out} smaller ones left out" if left_out else ""), shown)


def _gpu_time(expected: "Prediction | None", new_bytes: int) -> str:
    if expected is None:
        return "not known"
    mb_per_s = expected.end_to_end_mb_per_s
    label = "by a measurement on such a card" if expected.is_measured else "predicted, never measured"
    why = f"; limit: {expected.limit}" if expected.limit else ""
    return f"{_duration(new_bytes / 1e6 / mb_per_s)} ({speed(int(mb_per_s * 1e6), 1)}, {label}{why})"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
