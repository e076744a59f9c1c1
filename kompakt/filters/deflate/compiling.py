"""How the loops are compiled: as those of `classic`, but without reference counts.

All scratch is made by the callers, who keep it alive. With counts, each array taken out of a `NamedTuple`
costs two atomic operations: the loops ran 2 to 4 times slower.
"""

from collections.abc import Callable

from numba import njit


def compiled(function: Callable) -> Callable:
    """Return `function`, which makes no arrays, compiled on its first call, and kept on disk if possible."""
    try:
        return njit(nogil=True, cache=True, error_model="numpy", _nrt=False)(function)
    except RuntimeError:
        return njit(nogil=True, error_model="numpy", _nrt=False)(function)


inlined = njit(inline="never", forceinline=True, error_model="numpy", _nrt=False)
"""Decorator of a function that disappears into its caller."""
