"""`kompakt-gpu decompress`: files out of an archive."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kompakt.cli.options import (
    ArchivePath,
    DeviceMemory,
    DeviceName,
    Force,
    Json,
    Names,
    Quiet,
    SnapshotName,
    Threads,
)
from kompakt.cli.report import Report, speed
from kompakt.cli.text import counted
from kompakt.errors import ArchiveError, UsageError, shown

if TYPE_CHECKING:
    from kompakt.archive.reader import ArchiveReader
    from kompakt.batch import Restored
    from kompakt.device import Device

Output = Annotated[
    str, typer.Option("--output", "-o", metavar="DIR", help="Where to restore; - is standard output.")
]
UnsafeLinks = Annotated[
    bool, typer.Option("--unsafe-links", help="Restore symbolic links that lead out of the folder, too.")
]


def decompress(
    archive: ArchivePath,
    names: Names = None,
    output: Output = ".",
    snapshot: SnapshotName = None,
    device: DeviceName = "auto",
    device_memory: DeviceMemory = None,
    threads: Threads = None,
    force: Force = False,
    unsafe_links: UnsafeLinks = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Restore files, decoding only the blocks they lie in."""
    from kompakt.batch import restore
    from kompakt.cli.opening import opened
    from kompakt.cli.streaming import write_contents
    from kompakt.device import Device
    from kompakt.restore import select

    if output == "-" and as_json:
        raise UsageError("--json and the files cannot both go to standard output")
    with Report(quiet=quiet) as report:
        machine = Device(device, threads, report.notice, device_memory)
        with opened(archive, machine, snapshot) as reader:
            if output == "-":
                write_contents(reader, names or [], machine, sys.stdout.buffer)
                return
            entries = reader.entries
            if names:
                entries = select(entries, [os.fsencode(name) for name in names])
            report.start(sum(entry.size for entry in entries), lambda: machine.bytes_underway)
            restored = restore(
                reader,
                entries,
                Path(output),
                machine,
                force=force,
                unsafe_links=unsafe_links,
                progress=report.progress,
            )
            report.stop()
            _finish(reader, restored, machine, report, as_json)


def _finish(
    archive: "ArchiveReader", restored: "Restored", device: "Device", report: Report, as_json: bool
) -> None:
    for error in restored.errors:
        report.warning(str(error))
    ratio = restored.bytes_out / archive.archive_bytes
    if as_json:
        result = {
            "files": restored.files,
            "bytes_in": archive.archive_bytes,
            "bytes_out": restored.bytes_out,
            "ratio": round(ratio, 4),
            "seconds": round(report.seconds, 3),
            "device": device.name,
            "missing": [shown(name) for name in restored.missing],
        }
        print(json.dumps(result))
    if restored.missing:
        raise ArchiveError(f"{archive.name}: {len(restored.missing)} files are damaged and not restored")
    report.notice(
        f"{archive.name}: {counted(restored.files, 'file')}, "
        f"{archive.archive_bytes} -> {restored.bytes_out} bytes, "
        f"ratio {ratio:.3f}, {report.seconds:.1f} s, {speed(restored.bytes_out, report.seconds)}"
    )
