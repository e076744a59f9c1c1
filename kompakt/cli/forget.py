"""`kompakt-gpu forget`: takes snapshots out of an archive."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kompakt.cli.options import DeviceName, Json, Quiet
from kompakt.cli.report import Report
from kompakt.cli.text import counted
from kompakt.errors import UsageError

ArchiveFile = Annotated[str, typer.Argument(metavar="ARCHIVE", help="The archive, which is changed.")]
SnapshotNames = Annotated[
    list[str] | None, typer.Argument(metavar="SNAPSHOT", help="Snapshots to forget, by number or date.")
]
KeepLast = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Forget all snapshots but the newest N.")
]


def forget(
    archive: ArchiveFile,
    snapshots: SnapshotNames = None,
    keep_last: KeepLast = None,
    device: DeviceName = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Forget snapshots. Their bytes stay in the archive until it is made compact."""
    from kompakt.cli.opening import opened
    from kompakt.device import Device
    from kompakt.versions.choice import chosen_snapshot
    from kompakt.versions.forgetting import forget as forget_snapshots

    if bool(snapshots) == bool(keep_last) or archive == "-":
        raise UsageError("name an archive, and either the snapshots to forget or --keep-last N")
    report = Report(quiet=quiet)
    machine = Device(device, notice=report.notice)
    with opened(archive, machine) as reader:
        known = reader.snapshots
    numbers = (
        [snapshot.number for snapshot in known[:-keep_last]]
        if keep_last
        else sorted({chosen_snapshot(text, known, archive) for text in snapshots})
    )
    left = forget_snapshots(Path(archive), numbers, machine) if numbers else len(known)
    if as_json:
        print(json.dumps({"archive": archive, "forgotten": numbers, "snapshots": left}))
    report.notice(f"{archive}: {counted(len(numbers), 'snapshot')} forgotten, {left} left")
