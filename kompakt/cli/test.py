"""`kompakt-gpu test`: decodes everything and compares it with its checksums and hashes."""

import json
from typing import TYPE_CHECKING

from kompakt.cli.options import ArchivePath, DeviceMemory, DeviceName, Json, Quiet, Threads
from kompakt.cli.report import Report, speed
from kompakt.cli.text import counted
from kompakt.errors import ArchiveError, shown

if TYPE_CHECKING:
    from kompakt.archive.reader import ArchiveReader
    from kompakt.batch import Verified
    from kompakt.device import Device


def test(
    archive: ArchivePath,
    device: DeviceName = "auto",
    device_memory: DeviceMemory = None,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check an archive, and list every damaged block and file in it."""
    from kompakt.batch import verify
    from kompakt.cli.opening import opened
    from kompakt.device import Device

    with Report(quiet=quiet) as report:
        machine = Device(device, threads, report.notice, device_memory)
        with opened(archive, machine) as reader:
            report.start(sum(entry.size for entry in reader.entries), lambda: machine.bytes_underway)
            verified = verify(reader, machine, report.progress)
            report.stop()
            _print_result(reader, verified, machine, report, as_json)


def _print_result(
    archive: "ArchiveReader", verified: "Verified", device: "Device", report: Report, as_json: bool
) -> None:
    from kompakt.batch import count_files

    files = count_files(archive.entries)
    bytes_out = sum(entry.size for entry in archive.entries)
    if as_json:
        result = {
            "files": files,
            "blocks": len(archive.blocks),
            "bytes_in": archive.archive_bytes,
            "bytes_out": bytes_out,
            "seconds": round(report.seconds, 3),
            "device": device.name,
            "bad_blocks": [str(error) for error in verified.block_errors],
            "bad_files": [shown(name) for name in verified.file_errors],
        }
        print(json.dumps(result))
    else:
        for error in verified.block_errors:
            print(error)
        for name in verified.file_errors:
            print(f"{archive.name}: {shown(name)}: damaged")
    if verified.block_errors or verified.file_errors:
        raise ArchiveError(
            f"{archive.name}: {len(verified.block_errors)} of {len(archive.blocks)} blocks and "
            f"{len(verified.file_errors)} of {files} files are damaged"
        )
    report.notice(
        f"{archive.name}: intact: {counted(files, 'file')}, {bytes_out} bytes in "
        f"{counted(len(archive.blocks), 'block')}, {report.seconds:.1f} s, {speed(bytes_out, report.seconds)}"
    )
