import os
import time

import pytest

from kompakt.archive.entry import Entry, Kind
from kompakt.archive.history import Snapshot
from kompakt.errors import UsageError
from kompakt.versions.choice import chosen_snapshot
from kompakt.versions.comparing import Change, differences

TIMES = {1: "2026-01-10T12:00:00", 2: "2026-01-11T09:30:00", 4: "2026-01-11T18:00:00"}


@pytest.fixture
def snapshots(monkeypatch: pytest.MonkeyPatch):
    """Three snapshots, whose times are those of Berlin."""
    monkeypatch.setitem(os.environ, "TZ", "Europe/Berlin")
    time.tzset()
    made = {
        number: int(time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))) for number, text in TIMES.items()
    }
    yield [Snapshot(number, time_s, 1, 1, 1) for number, time_s in made.items()]
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("4", 4),
        ("2026-01-10", 1),
        ("2026-01-11", 4),
        ("20260111", 4),
        ("2030-01-01", 4),
        ("2026-01-11T09:29:59", 1),
        ("2026-01-11T09:30", 2),
        ("2026-01-11 17:59", 2),
        ("2026-01-11T08:30:00Z", 2),
        ("2026-01-11T08:29:59+00:00", 1),
        ("2026-01-11T00:00", 1),
    ],
)
def test_a_date_means_the_last_snapshot_not_later(snapshots: list[Snapshot], text: str, number: int) -> None:
    assert chosen_snapshot(text, snapshots, "x.kmp") == number


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3", "x.kmp: has no snapshot 3"),
        ("0", "no snapshot 0"),
        ("2026-01-09", "no snapshot as early as"),
        ("yesterday", "neither a number nor a date"),
        ("-1", "neither a number nor a date"),
        ("", "neither a number nor a date"),
        ("2026-13-01", "neither a number nor a date"),
        ("0001-01-01", "as early as|neither"),
    ],
)
def test_other_words_are_refused(snapshots: list[Snapshot], text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        chosen_snapshot(text, snapshots, "x.kmp")


def test_a_snapshot_that_does_not_know_its_time_has_a_number() -> None:
    snapshots = [Snapshot(1, 0, 1, 1, 1)]
    assert chosen_snapshot("1", snapshots, "x.kmp") == 1
    with pytest.raises(UsageError, match="does not say when"):
        chosen_snapshot("2026-01-01", snapshots, "x.kmp")


def test_differences_say_what_became_of_each_name() -> None:
    def entry(name: bytes, kind: Kind = Kind.FILE, mode: int = 0o644, content: bytes = b"h") -> Entry:
        return Entry(name, kind, mode, 5, content_hash=content)

    before = [entry(b"a"), entry(b"b"), entry(b"c"), entry(b"d"), entry(b"e")]
    after = [
        entry(b"a"),
        entry(b"b", mode=0o600),
        entry(b"c", content=b"i"),
        entry(b"d", Kind.SYMLINK),
        entry(b"f"),
    ]
    assert [(found.name, found.change) for found in differences(before, after)] == [
        (b"b", Change.TOUCHED),
        (b"c", Change.CHANGED),
        (b"d", Change.CHANGED),
        (b"e", Change.REMOVED),
        (b"f", Change.ADDED),
    ]
    assert differences(after, after) == []
