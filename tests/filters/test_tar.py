"""Tars of every make come back through the filter, whole, cut short and damaged."""

import contextlib
import io
import tarfile

import numpy as np
import pytest

from kompakt import filters
from kompakt.archive.layout import Filter
from kompakt.filters.tar import headers, splitting
from tests.filters.test_filters import applied, undone
from tests.inputs import random_bytes, text, tiny_files

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def a_tar(form: int = tarfile.USTAR_FORMAT, mtime: float = 1_700_000_000) -> bytes:
    """Return a tar with one of everything."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for number, (name, content) in enumerate(tiny_files(40).items()):
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uid = len(content), mtime + number % 3, number % 2
            archive.addfile(member, io.BytesIO(content))
        for size in (0, 1, 511, 512, 513, 3000):
            member = tarfile.TarInfo(f"{'long' * 20}/{size:032}")
            member.size = size
            archive.addfile(member, io.BytesIO(text(size)))
        for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo(f"kind{kind!r}")
            member.type, member.linkname = kind, "folder0/file0000.txt"
            archive.addfile(member)
        if form != tarfile.USTAR_FORMAT:
            archive.addfile(tarfile.TarInfo("x" * 300))
    return file.getvalue()


def check(content: bytes, align: int = 1) -> bytes:
    """Check that `content` comes back, and return what was stored of it."""
    found, parts = filters.apply(Filter.TAR, iter([np.frombuffer(content, np.uint8)]), align)
    stored = b"".join(part.tobytes() for part in parts)
    assert found == Filter.TAR
    assert undone(found, stored, len(content)) == content
    return stored


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("align", [1, 8])
def test_tars_come_back(form: int, align: int) -> None:
    content = a_tar(form, mtime=1_700_000_000.25 if form == tarfile.PAX_FORMAT else 0)
    assert len(check(content, align)) < len(content) // 2


def test_parts_of_any_length_will_do() -> None:
    content = a_tar()
    found, stored = applied(Filter.TAR, content)
    assert undone(found, stored, len(content)) == content


@pytest.mark.parametrize("window_bytes", [1, 700, 5000])
def test_members_go_on_from_window_to_window(monkeypatch: pytest.MonkeyPatch, window_bytes: int) -> None:
    monkeypatch.setattr(splitting, "WINDOW_BYTES", window_bytes)
    check(a_tar())
    check(a_tar(), 8)


def test_a_tar_that_ends_anywhere_comes_back() -> None:
    content = a_tar()
    for end in [*range(0, 3000, 7), *range(len(content) - 30_000, len(content), 501)]:
        check(content[: max(end, 0)])


def test_a_tar_with_any_byte_changed_comes_back() -> None:
    content = a_tar()
    for at in range(0, 8000, 13):
        check(content[:at] + bytes([content[at] ^ 0x15]) + content[at + 1 :])


def test_what_follows_a_tar_comes_back() -> None:
    content = a_tar()
    check(content + random_bytes(1000))
    check(content + content)
    check(b"")
    check(random_bytes(5000))


def test_a_member_lies_by_itself() -> None:
    content = a_tar()
    _, parts = filters.apply(Filter.TAR, iter([np.frombuffer(content, np.uint8)]))
    pieces = [b""]
    for part in parts:
        pieces[-1] += part.tobytes()
        if not part.size:
            pieces.append(b"")
    assert text(3000) in pieces


def test_only_what_has_a_right_header_is_a_tar() -> None:
    head = a_tar()[:512]
    assert headers.is_tar(head)
    assert not headers.is_tar(head[:511])
    assert not headers.is_tar(bytes([head[0] ^ 1]) + head[1:])
    assert not headers.is_tar(bytes(512))


def test_every_number_of_a_stored_tar_is_checked() -> None:
    content = a_tar()
    stored = check(content)
    for at in range(3000):
        damaged = stored[:at] + bytes([stored[at] ^ 0x81]) + stored[at + 1 :]
        with contextlib.suppress(ValueError):
            assert len(undone(Filter.TAR, damaged, len(content))) == len(content)
    for end in range(0, len(stored), 97):
        with pytest.raises(ValueError):
            undone(Filter.TAR, stored[:end], len(content))
