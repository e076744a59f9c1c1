from pathlib import Path

from benchmarks.snapshots import SnapshotRow, _edit, table
from tests.inputs import random_bytes, text


def row(**fields: object) -> SnapshotRow:
    """Return a row with these fields."""
    usual = {"date": "d", "commit": "c", "cpu": "x", "folder": "f", "level": 5, "threads": 1, "files": 3}
    counts = {"bytes_in": 9000, "edited": 5, "added_bytes": 1234, "seconds": 2.25, "list_s": 0.5}
    return SnapshotRow(**(usual | counts | fields))


def test_rows_become_a_table() -> None:
    lines = table([row(edited=None), row()]).splitlines()
    assert lines[2:] == ["| 5 | new archive | 1,234 | 2.2 | 0.5 |", "| 5 | 5 | 1,234 | 2.2 | 0.5 |"]


def test_edits_change_as_many_texts_as_wanted_and_no_other_files(tmp_path: Path) -> None:
    files = {f"{number}.txt": text(3000, number) for number in range(6)} | {"noise": random_bytes(3000)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    _edit(tmp_path, 4, 1)
    changed = [name for name, content in files.items() if (tmp_path / name).read_bytes() != content]
    assert len(changed) == 4 and "noise" not in changed
    assert all(b"another one, number 100" in (tmp_path / name).read_bytes() for name in changed)
