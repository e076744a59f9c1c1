"""The integer widths of the model, under the short names in which every line writes them.

Numba widens `int32 + int32` to int64 and `uint32 * uint32` to uint64; both machines must wrap at the
same width, so each expression states its own.
"""

import numpy as np

i32 = np.int32
i64 = np.int64
u8 = np.uint8
u16 = np.uint16
u32 = np.uint32
u64 = np.uint64
