"""`kompakt-gpu list`: the entries of an archive, without their content."""

import json
import os
import stat
import time
from typing import TYPE_CHECKING

from kompakt.cli.options import ArchivePath, DeviceName, Json, Names
from kompakt.cli.report import Report
from kompakt.errors import shown

if TYPE_CHECKING:
    from kompakt.archive.entry import Entry


def list_names(
    archive: ArchivePath, names: Names = None, device: DeviceName = "auto", as_json: Json = False
) -> None:
    """List what an archive holds: mode, size, time and name."""
    from kompakt.cli.opening import opened
    from kompakt.device import Device
    from kompakt.restore import select

    with opened(archive, Device(device, notice=Report(quiet=False).notice)) as reader:
        entries = select(reader.entries, [os.fsencode(name) for name in names]) if names else reader.entries
        if as_json:
            print(json.dumps([_as_json(entry) for entry in entries]))
            return
        width = max((len(str(entry.size)) for entry in entries), default=1)
        for entry in entries:
            print(_as_line(entry, width))


def _as_line(entry: "Entry", size_width: int) -> str:
    from kompakt.archive.entry import Kind

    file_type = {Kind.DIRECTORY: stat.S_IFDIR, Kind.SYMLINK: stat.S_IFLNK}.get(entry.kind, stat.S_IFREG)
    mode = stat.filemode(file_type | entry.mode)
    if entry.kind == Kind.HARDLINK:
        mode = "h" + mode[1:]
    arrow = {Kind.SYMLINK: " -> ", Kind.HARDLINK: " link to "}.get(entry.kind, "")
    slash = "/" if entry.kind == Kind.DIRECTORY else ""
    name = f"{shown(entry.name)}{slash}{arrow}{shown(entry.target)}"
    return f"{mode} {entry.size:{size_width}d} {_time(entry.mtime_ns)} {name}"


def _time(mtime_ns: int) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(mtime_ns // 10**9))
    except (OverflowError, ValueError, OSError):
        return f"@{mtime_ns // 10**9}"


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
