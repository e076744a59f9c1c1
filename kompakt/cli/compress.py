"""`kompakt-gpu compress`: files into a new archive, or as a snapshot into one that is there."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from kompakt.cli.options import DeviceMemory, DeviceName, Force, Json, Level, Quiet, Threads
from kompakt.cli.packing import Batch
from kompakt.cli.report import Report
from kompakt.errors import UsageError
from kompakt.model.spec import DEFAULT_LEVEL
from kompakt.sizes import parse_size

Paths = Annotated[list[str], typer.Argument(metavar="PATH", help="Files and folders; - is standard input.")]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="OUT.kmp", help="PATH.kmp by default; - is standard output."),
]
BlockSize = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="Bytes coded one after the other, such as 4MiB; more is smaller."),
]
Independent = Annotated[
    bool, typer.Option("--independent", help="Let no block start from others: larger, read with less work.")
]
Model = Annotated[
    str,
    typer.Option(
        metavar="auto|none|NAME|ID|FILE", help="Trained model to start from; see `kompakt-gpu models list`."
    ),
]
NoDedup = Annotated[
    bool, typer.Option("--no-dedup", help="Do not look for content that is there several times.")
]
EmbedModel = Annotated[
    bool, typer.Option("--embed-model", help="Put the models that are used into the archive.")
]
CodecName = Annotated[
    str,
    typer.Option(
        "--codec",
        metavar="cm|auto|NAME+NAME",
        help="Context mixing; classical codes, such as lz77+huffman; or auto, the best for each block.",
    ),
]
Budget = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="SECONDS",
        help="CPU time for a gigabyte that a codec of auto may take; by default 100.",
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Leave out names that match; may be given several times."),
]

Append = Annotated[
    str | None,
    typer.Option(metavar="ARCHIVE", help="Add a snapshot to this archive, which pays only for what changed."),
]
Checksum = Annotated[
    bool, typer.Option("--checksum", help="With --append, read files that look unchanged, too.")
]


def compress(
    paths: Paths,
    output: Output = None,
    append: Append = None,
    checksum: Checksum = False,
    device: DeviceName = "auto",
    device_memory: DeviceMemory = None,
    level: Level = None,
    block_size: BlockSize = None,
    independent: Independent = False,
    model: Model = "auto",
    embed_model: EmbedModel = False,
    no_dedup: NoDedup = False,
    codec: CodecName = "cm",
    budget: Budget = None,
    threads: Threads = None,
    exclude: Exclude = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Pack files and folders into a new archive, or with --append as a snapshot into an archive."""
    from kompakt.device import Device

    block_bytes = parse_size(block_size) if block_size else None
    if "-" in paths and (append or len(paths) > 1):
        raise UsageError("standard input (-) goes into an archive of its own")
    if append and (output or force or append == "-"):
        raise UsageError("--append ARCHIVE takes neither -o nor --force, and no pipe")
    if checksum and not append:
        raise UsageError("--checksum is for --append")
    output = append or output or _default_output(paths)
    if output == "-" and as_json:
        raise UsageError("--json and the archive cannot both go to standard output")
    if output == "-" and sys.stdout.isatty():
        raise UsageError("an archive is not for a terminal: give -o FILE, or a pipe to take it")
    with Report(quiet=quiet) as report:
        machine = Device(device, threads, report.notice, device_memory)
        from kompakt.models.choice import codec_and_models

        coder, models = codec_and_models(
            codec, level or DEFAULT_LEVEL, budget, model, embed_model, report.notice
        )
        if append and coder:
            raise UsageError("--append codes with the model: it takes no --codec")
        batch = Batch(
            paths,
            exclude or [],
            level,
            block_bytes,
            grows=not independent,
            dedup=not no_dedup,
            codec=coder,
            models=models,
            device=machine,
            report=report,
        )
        if append:
            batch.append_to(Path(append), checksum)
        elif output == "-":
            batch.write(sys.stdout.buffer, "standard output", skip=())
        else:
            batch.write_file(Path(output), force)
        report.stop()
        return batch.summarise(output, as_json)


def _default_output(paths: list[str]) -> str:
    """Return the name of the archive when none is given."""
    if len(paths) > 1:
        raise UsageError("several paths need -o OUT.kmp")
    if paths == ["-"]:
        return "-"
    name = os.path.normpath(paths[0])
    return (os.path.abspath(name) if os.path.basename(name) in ("", ".", "..") else name) + ".kmp"
