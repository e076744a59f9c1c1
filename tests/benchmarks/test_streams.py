"""Whether the plan of a large batch fills a GPU, by what planner and backend say."""

import pytest

from benchmarks import streams
from kompakt.kernels.backend import GpuBackend

GIB = 1 << 30
H200 = 132, 139 * GIB
SMALL = 20, 12 * GIB


def row(level: int, batch_bytes: int, device: tuple[int, int] = H200, **others: int) -> streams.Row:
    """Return the row of a batch that is one group, without what is known of the run."""
    measured = streams.streams(GpuBackend(streams._Device(*device)), level, batch_bytes, **others)
    return streams.Row("", "", *device, others.get("launch_bytes", 0), level, batch_bytes, *measured)


@pytest.mark.parametrize(("level", "least"), [(1, 1900), (3, 1900), (5, 1900), (8, 1600)])
def test_large_batches_fill_a_gpu(level: int, least: int) -> None:
    planned = row(level, 3 * 10**9)
    assert planned.fewest_streams >= least
    assert planned.root_bytes < planned.batch_bytes / 25


def test_the_plan_does_not_depend_on_the_device() -> None:
    large, small = row(5, 2 * 10**9), row(5, 2 * 10**9, SMALL)
    assert large.streams > small.streams
    for column in ("block_bytes", "blocks", "windows", "root_bytes"):
        assert getattr(large, column) == getattr(small, column)


def test_a_launch_of_few_bytes_bounds_the_streams() -> None:
    bounded = row(3, GIB, launch_bytes=GIB // 4)
    assert 900 < bounded.streams <= 1024 < row(3, GIB).streams
