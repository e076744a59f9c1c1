"""How model functions are compiled: inlined into one loop, and without reference counts.

Every array a model function sees is kept alive by its caller. With Numba's reference counting left on,
each field read from a `NamedTuple` of arrays costs two atomic operations: the bit loop ran 4 times slower.
"""

from numba import njit

inlined = njit(forceinline=True, _nrt=False)
"""Decorator of a function that disappears into its caller."""
