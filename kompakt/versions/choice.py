"""What a person calls a snapshot: its number, or a moment, which means the last one not later."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from kompakt.archive.history import Snapshot
from kompakt.errors import UsageError


def chosen_snapshot(text: str, snapshots: Sequence[Snapshot], archive: str) -> int:
    """Return the number of the snapshot that `text` means: a number, or a date and time as in ISO 8601.

    Without a time zone it is local time; a date without a time of day is the end of that day.
    Raises UsageError, whose message begins with `archive`.
    """
    if text.isdecimal() and text.isascii() and len(text) < len("20000101"):
        if int(text) not in {snapshot.number for snapshot in snapshots}:
            raise UsageError(f"{archive}: has no snapshot {text}: list --snapshots shows those there are")
        return int(text)
    moment_s = _seconds(text)
    before = [snapshot for snapshot in snapshots if snapshot.time_s and snapshot.time_s <= moment_s]
    if before:
        return before[-1].number
    if not any(snapshot.time_s for snapshot in snapshots):
        raise UsageError(f"{archive}: does not say when its snapshot was made: take its number")
    raise UsageError(f"{archive}: has no snapshot as early as {text}")


def _seconds(text: str) -> float:
    """Return the moment that `text` means, in seconds since 1970."""
    try:
        moment = datetime.fromisoformat(text)
        is_day = moment.time() == time() and len(text) <= len("2000-01-01")
        return (moment + timedelta(days=1, microseconds=-1) if is_day else moment).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"snapshot {text!r} is neither a number nor a date such as 2026-01-31 or 2026-01-31T12:00"
        ) from None
