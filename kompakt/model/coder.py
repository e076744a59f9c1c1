"""Binary arithmetic coder: 32-bit `low` and `high`, 16-bit probabilities, no carries.

A bit splits the interval [low, high] in proportion to its probability. Bytes leave as soon as low and
high agree in them. The decoder keeps the same interval and four bytes of the stream.
"""

from kompakt.model.compiling import inlined
from kompakt.model.words import u32


@inlined
def split(low, high, p16):
    """Return the last value of the lower part, which stands for a one. low <= split < high."""
    width = u32(high - low)
    return u32(low + u32(u32(width >> u32(16)) * p16) + u32(u32(u32(width & u32(0xFFFF)) * p16) >> u32(16)))
