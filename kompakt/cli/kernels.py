"""`kompakt-gpu kernels`: GPU kernels compiled here, for machines that have GPUs and no compiler."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kompakt.cli.options import Force, Json, Quiet, Threads
from kompakt.cli.report import Report
from kompakt.cli.text import counted
from kompakt.errors import UsageError
from kompakt.model.spec import SPECS
from kompakt.sizes import format_size

Output = Annotated[Path, typer.Argument(metavar="OUTPUT", help="Where to write them, such as all.kernels.")]
Levels = Annotated[
    list[int] | None,
    typer.Option("--level", "-l", min=1, max=9, help="Only this level, with its arrays; may be repeated."),
]
Architectures = Annotated[
    list[int] | None,
    typer.Option(
        "--arch",
        metavar="NN",
        help="Compute capability to make machine code for, without its dot, such as 90; may be repeated. "
        "By default 80, 86, 90 and 100; other GPUs take the PTX, which is always there.",
    ),
]


def kernels(
    output: Output,
    levels: Levels = None,
    architectures: Architectures = None,
    threads: Threads = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compile the kernels for GPUs into one file, which KOMPAKT_KERNELS names on another machine.

    Needs numba-cuda and ptxas, and no GPU.
    """
    from kompakt.atomic_file import AtomicFile
    from kompakt.cpu.threads import usable_threads
    from kompakt.kernels.making import ARCHITECTURES, CODES, made_by, makers, packed, specs_of
    from kompakt.kernels.packed import SUFFIX, write_packed

    if output.suffix != SUFFIX:
        raise UsageError(f"{output}: the name of a file of kernels ends with {SUFFIX}")
    wanted = sorted(set(ARCHITECTURES if architectures is None else architectures))
    if wanted and wanted[0] < 80:
        raise UsageError(f"--arch {wanted[0]}: kernels for GPUs older than 80 are compiled where they run")
    report = Report(quiet=quiet)
    specs = specs_of(levels or [spec.level for spec in SPECS.values()])
    with AtomicFile(output, replace=force) as file:
        versions = made_by(wanted)
        kernels = makers(specs, CODES, report.notice)
        made = packed(kernels, wanted, threads or usable_threads(), report.notice)
        write_packed(file.file, made, versions)
        file.commit()
    size = output.stat().st_size
    if as_json:
        told = {"file": str(output), "bytes": size, "kernels": list(made), "archs": wanted}
        print(json.dumps(told | {"made_by": versions}))
    report.notice(f"{output}: {counted(len(made), 'kernel')}, {format_size(size)}")
