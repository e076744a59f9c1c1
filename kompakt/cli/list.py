"""`kompakt-gpu list`: the entries of an archive, without their content, or its snapshots."""

import json
import os
import stat
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from kompakt.cli.options import ArchivePath, DeviceName, Json, Names, SnapshotName
from kompakt.cli.report import Report
from kompakt.cli.text import moment
from kompakt.errors import UsageError, shown
from kompakt.sizes import format_size

if TYPE_CHECKING:
    from kompakt.archive.entry import Entry
    from kompakt.archive.history import Snapshot

Snapshots = Annotated[bool, typer.Option("--snapshots", help="List the snapshots and not the names.")]


def list_names(
    archive: ArchivePath,
    names: Names = None,
    snapshot: SnapshotName = None,
    snapshots: Snapshots = False,
    device: DeviceName = "auto",
    as_json: Json = False,
) -> None:
    """List what an archive holds: mode, size, time and name."""
    from kompakt.cli.opening import opened
    from kompakt.device import Device
    from kompakt.restore import select

    if snapshots and (names or snapshot):
        raise UsageError("--snapshots lists all snapshots, without names")
    with opened(archive, Device(device, notice=Report(quiet=False).notice), snapshot) as reader:
        if snapshots:
            _list_snapshots(reader.snapshots, as_json)
            return
        entries = select(reader.entries, [os.fsencode(name) for name in names]) if names else reader.entries
        if as_json:
            print(json.dumps([_as_json(entry) for entry in entries]))
            return
        width = max((len(str(entry.size)) for entry in entries), default=1)
        for entry in entries:
            print(_as_line(entry, width))


def _list_snapshots(snapshots: "list[Snapshot]", as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(snapshot) for snapshot in snapshots]))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("snapshot", "made", "files", "content", "added", box=box.SIMPLE_HEAD)
    for snapshot in snapshots:
        made = moment(snapshot.time_s) if snapshot.time_s else ""
        sizes = format_size(snapshot.content_bytes), format_size(snapshot.added_bytes)
        table.add_row(str(snapshot.number), made, str(snapshot.files), *sizes)
    Console(highlight=False, soft_wrap=True).print(table)


def _as_line(entry: "Entry", size_width: int) -> str:
    from kompakt.archive.entry import Kind

    file_type = {Kind.DIRECTORY: stat.S_IFDIR, Kind.SYMLINK: stat.S_IFLNK}.get(entry.kind, stat.S_IFREG)
    mode = stat.filemode(file_type | entry.mode)
    if entry.kind == Kind.HARDLINK:
        mode = "h" + mode[1:]
    arrow = {Kind.SYMLINK: " -> ", Kind.HARDLINK: " link to "}.get(entry.kind, "")
    slash = "/" if entry.kind == Kind.DIRECTORY else ""
    name = f"{shown(entry.name)}{slash}{arrow}{shown(entry.target)}"
    return f"{mode} {entry.size:{size_width}d} {moment(entry.mtime_ns // 10**9)} {name}"


def _as_json(entry: "Entry") -> dict[str, str | int]:
    described: dict[str, str | int] = {
        "name": os.fsdecode(entry.name),
        "kind": entry.kind.name.lower(),
        "mode": f"{entry.mode:04o}",
        "mtime_ns": entry.mtime_ns,
        "size": entry.size,
    }
    if entry.target:
        described["target"] = os.fsdecode(entry.target)
    if entry.content_hash:
        described["blake3"] = entry.content_hash.hex()
    return described
