"""Takes snapshots out of what an archive offers. Their content stays until the archive is made compact."""

from collections.abc import Collection
from pathlib import Path

from kompakt.archive.commit import Commit
from kompakt.device import Device
from kompakt.errors import UsageError
from kompakt.versions.adding import adding


def forget(path: Path, snapshots: Collection[int], device: Device) -> int:
    """Forget `snapshots`, which the archive at `path` has, and return how many are left.

    Raises UsageError when none would be left, and what adding() raises.
    """
    with adding(path, device, has_parents=False) as addition:
        known = {snapshot.number for snapshot in addition.archive.snapshots}
        left = len(known - set(snapshots))
        if not left:
            raise UsageError(f"{path}: at least one snapshot has to be left")
        addition.commit(Commit(forgotten=sorted(known & set(snapshots))), device)
        return left
