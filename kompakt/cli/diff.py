"""`kompakt-gpu diff`: what differs between two snapshots of an archive."""

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from kompakt.cli.options import ArchivePath, DeviceName, Json
from kompakt.cli.report import Report
from kompakt.errors import UsageError, shown

if TYPE_CHECKING:
    from kompakt.versions.comparing import Difference

Before = Annotated[
    str | None, typer.Argument(metavar="A", help="Snapshot, by number or date; the last but one by default.")
]
After = Annotated[str | None, typer.Argument(metavar="B", help="Snapshot to compare it with; the newest.")]


def diff(
    archive: ArchivePath,
    before: Before = None,
    after: After = None,
    device: DeviceName = "auto",
    as_json: Json = False,
) -> None:
    """Tell what was added, removed, changed and touched from snapshot A to snapshot B."""
    from kompakt.cli.opening import opened
    from kompakt.device import Device
    from kompakt.versions.choice import chosen_snapshot
    from kompakt.versions.comparing import differences

    with opened(archive, Device(device, notice=Report(quiet=False).notice)) as reader:
        known = reader.snapshots
        if before is None and len(known) == 1:
            raise UsageError(f"{archive}: has only one snapshot")
        first = chosen_snapshot(before, known, archive) if before else known[-2].number
        second = chosen_snapshot(after, known, archive) if after else known[-1].number
        found = differences(reader.history.entries_of(first), reader.history.entries_of(second))
    if as_json:
        print(json.dumps({"from": first, "to": second, "differences": [_as_json(one) for one in found]}))
        return
    width = max((len(_sizes(one)) for one in found), default=0)
    for one in found:
        print(f"{one.change.value:8}{_sizes(one):>{width}}  {shown(one.name)}")


def _sizes(difference: "Difference") -> str:
    before, after = difference.before, difference.after
    if before is None or after is None:
        return str((before or after).size)
    return f"{before.size} -> {after.size}" if before.size != after.size else str(after.size)


def _as_json(difference: "Difference") -> dict[str, str | int | None]:
    before, after = difference.before, difference.after
    return {
        "name": os.fsdecode(difference.name),
        "change": difference.change.value,
        "size_before": before and before.size,
        "size_after": after and after.size,
    }
