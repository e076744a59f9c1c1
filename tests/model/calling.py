"""Model functions as Python can call them: compiled code for them exists inside of loops only."""

import functools
from collections.abc import Callable

from numba import config, njit

from kompakt.model.compiling import Whole


@functools.cache
def called(part: Callable) -> Callable:
    """Return a compiled function that does nothing but call `part`."""
    if config.DISABLE_JIT:
        return part
    return njit(_nrt=False, pipeline_class=Whole)(lambda *values: part(*values))
