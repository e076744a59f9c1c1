"""`kompakt-gpu compact`: gives back the room of what no snapshot needs."""

import json
from dataclasses import asdict
from pathlib import Path

from kompakt.cli.forget import ArchiveFile
from kompakt.cli.options import DeviceName, Json, Quiet
from kompakt.cli.report import Report
from kompakt.errors import UsageError


def compact(
    archive: ArchiveFile, device: DeviceName = "auto", as_json: Json = False, quiet: Quiet = False
) -> None:
    """Rewrite an archive without the blocks that none of its snapshots needs; nothing is coded anew."""
    from kompakt.device import Device
    from kompakt.versions.compacting import compact as compact_archive

    if archive == "-":
        raise UsageError("an archive that is changed has to be a file")
    report = Report(quiet=quiet)
    done = compact_archive(Path(archive), Device(device, notice=report.notice))
    if as_json:
        print(json.dumps({"archive": archive, **asdict(done)}))
    report.notice(
        f"{archive}: {done.bytes_before} -> {done.bytes_after} bytes, "
        f"{done.blocks_before} -> {done.blocks_after} blocks"
    )
