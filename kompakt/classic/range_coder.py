"""Binary range coder with carries: 48-bit range, 16-bit words, 16-bit probabilities.

The interval [low, low + range) is cut in proportion to p16, the probability of a one times 2**16; a one
takes the lower part. When the range falls below 2**32 the highest 16 bits of `low` leave. A carry out of
`low` is added to the words already written, so nothing is lost to intervals that straddle a boundary.

Source: Martin, "Range encoding: an algorithm for removing redundancy from a digitised message", 1979;
docs/CODECS.md.
"""

import numpy as np

from kompakt.classic.compiling import inlined

FULL_RANGE = np.uint64(1 << 48)
_RENORMALISE_BELOW = np.uint64(1 << 32)
_LOW_MASK = np.uint64((1 << 48) - 1)
AHEAD_WORDS = 3  # that a decoder holds


@inlined
def encode_bit(low, span, words, at, bit, p16):
    """Return low, range and end of `words`, uint16, after `bit`; at most one word is written."""
    part = (span >> np.uint64(16)) * p16
    if bit:
        span = part
    else:
        low += part
        span -= part
    if span < _RENORMALISE_BELOW:
        at = _put_word(low, words, at)
        low = (low << np.uint64(16)) & _LOW_MASK
        span <<= np.uint64(16)
    return low, span, at


@inlined
def _put_word(low, words, at):
    """Write bits 47 … 32 of `low`, and add bit 48, the carry, to the words before."""
    if low > _LOW_MASK:
        i = at - np.uint64(1)
        while words[i] == np.uint16(0xFFFF):
            words[i] = np.uint16(0)
            i -= np.uint64(1)
        words[i] += np.uint16(1)
    words[at] = np.uint16((low >> np.uint64(32)) & np.uint64(0xFFFF))
    return at + np.uint64(1)


@inlined
def finish(low, words, at):
    """Write the one word that lies in the interval whatever follows it; return the end of `words`."""
    return _put_word(low + np.uint64((1 << 32) - 1), words, at)


@inlined
def start(words):
    """Return the first 48 bits of `words`, which must hold AHEAD_WORDS."""
    return np.uint64(words[0]) << np.uint64(32) | np.uint64(words[1]) << np.uint64(16) | np.uint64(words[2])


@inlined
def decode_bit(code, span, words, at, last, p16):
    """Return the bit, `code` less low, the range, and the next word. Behind `last` that word comes again."""
    part = (span >> np.uint64(16)) * p16
    bit = code < part
    if bit:
        span = part
    else:
        code -= part
        span -= part
    if span < _RENORMALISE_BELOW:
        code = code << np.uint64(16) | np.uint64(words[min(at, last)])
        span <<= np.uint64(16)
        at += np.uint64(1)
    return bit, code, span, at
