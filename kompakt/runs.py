"""Long runs of one byte, which become blocks of their own."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

RUN_BYTES = 1 << 16  # a run shorter than this costs the model little
_PROBE_STRIDE = 4096


def split_runs(data: np.ndarray) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, stop, is_run) of the parts of the uint8 array `data`.

    A run is one byte over and over, in whole windows of RUN_BYTES.
    """
    if data.size < RUN_BYTES:
        yield 0, data.size, False
        return
    windows = data[: data.size - data.size % RUN_BYTES].reshape(-1, RUN_BYTES)
    probes = windows[:, ::_PROBE_STRIDE]
    bytes_of_run = np.full(len(windows), -1)
    for window in np.flatnonzero((probes == probes[:, :1]).all(axis=1)):
        words = windows[window].view(np.uint64)
        if words[0] == words[0] >> np.uint64(8) | words[0] << np.uint64(56) and (words == words[0]).all():
            bytes_of_run[window] = windows[window, 0]
    borders = np.flatnonzero(np.diff(bytes_of_run)) + 1
    position = 0
    for start, stop in pairwise([0, *borders.tolist(), len(windows)]):
        if bytes_of_run[start] >= 0:
            if position < start * RUN_BYTES:
                yield position, start * RUN_BYTES, False
            yield start * RUN_BYTES, stop * RUN_BYTES, True
            position = stop * RUN_BYTES
    if position < data.size:
        yield position, data.size, False
