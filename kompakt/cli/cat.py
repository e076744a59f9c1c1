"""`kompakt-gpu cat`: the content of files on standard output."""

import json
import sys
from typing import Annotated

import typer

from kompakt.cli.options import ArchivePath, DeviceMemory, DeviceName, Quiet, SnapshotName, Threads
from kompakt.cli.report import Report

FileNames = Annotated[
    list[str], typer.Argument(metavar="NAME", help="Files, or folders with all below them.")
]

JsonLast = Annotated[
    bool,
    typer.Option("--json", help="At the end, on standard error: what was read and decoded, as JSON."),
]


def cat(
    archive: ArchivePath,
    names: FileNames,
    snapshot: SnapshotName = None,
    device: DeviceName = "auto",
    device_memory: DeviceMemory = None,
    threads: Threads = None,
    as_json: JsonLast = False,
    quiet: Quiet = False,
) -> None:
    """Write the content of files to standard output, decoding only the blocks they lie in."""
    from kompakt.cli.opening import opened
    from kompakt.cli.streaming import write_contents
    from kompakt.device import Device

    report = Report(quiet=quiet)
    machine = Device(device, threads, report.notice, device_memory)
    with opened(archive, machine, snapshot) as reader:
        touched = write_contents(reader, names, machine, sys.stdout.buffer)
        if as_json:
            told = {
                "archive": archive,
                "files": touched.files,
                "bytes_out": touched.bytes,
                "archive_bytes": reader.archive_bytes,
                "bytes_read": reader.bytes_read,
                "blocks": len(reader.blocks),
                "blocks_decoded": touched.blocks_decoded,
            }
            print(json.dumps(told), file=sys.stderr)
