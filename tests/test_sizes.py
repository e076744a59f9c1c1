import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompakt.errors import UsageError
from kompakt.sizes import format_size, parse_size


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("1", 1),
        ("4096", 4096),
        ("12B", 12),
        ("4KiB", 4096),
        ("4k", 4096),
        ("4MiB", 4 << 20),
        (" 4 mib ", 4 << 20),
        ("4MB", 4_000_000),
        ("1.5G", 3 << 29),
        ("2TiB", 2 << 40),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize("text", ["", "MiB", "-1", "4XB", "4 Mi B", "1e6", "0", "0.3", "٣x", "nan", "4MiBs"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="size"):
        parse_size(text)


@given(st.text(max_size=8))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse_size(text) > 0


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (10 << 10, "10.0 KiB"),
        (100 << 20, "100 MiB"),
        ((1 << 20) - 1, "1.00 MiB"),
        (5 << 60, "5.00 EiB"),
    ],
)
def test_sizes_are_shown_with_few_digits(size_bytes: int, text: str) -> None:
    assert format_size(size_bytes) == text
