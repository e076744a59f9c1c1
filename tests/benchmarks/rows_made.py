"""Rows that no run has measured, for tests."""

from dataclasses import replace

from benchmarks.rows import Row

ROW = Row(
    date="2026-01-02T03:04:05Z",
    commit="0123456789ab",
    cpu="Some CPU",
    cores=2,
    versions="kompakt 0.1.0, numba 0.61.0",
    folder="corpus",
    scope="files",
    file="a.txt",
    codec="kompakt-5",
    command="kompakt.compress(data, level=5)",
    level="5",
    block_bytes=8 << 20,
    threads=1,
    bytes_in=4_000_000,
    bytes_out=1_000_000,
    compress_s=(4.0, 2.0, 3.0),
    decompress_s=(1.0, 2.0, 1.0),
    compress_warm_up_s=(9.0, 1.0, 1.0),
    decompress_warm_up_s=(1.0, 1.0, 1.0),
    compress_peak_bytes=100 << 20,
    decompress_peak_bytes=90 << 20,
)


def row(**changes: object) -> Row:
    """Return ROW with some fields changed."""
    return replace(ROW, **changes)
