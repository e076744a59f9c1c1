"""How the loops are compiled: for this machine's CPU, without the GIL, kept on disk between runs."""

from collections.abc import Callable

from numba import njit


def compiled(function: Callable) -> Callable:
    """Return `function` compiled on its first call; without a cache where no folder can be written."""
    try:
        return njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(nogil=True, error_model="numpy")(function)


inlined = njit(inline="never", forceinline=True, error_model="numpy")
"""Decorator of a function that disappears into its caller."""
