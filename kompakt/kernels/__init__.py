"""The GPU backend. Nothing here is imported before a GPU is asked for."""

import numpy as np

# numba-cuda 0.30, the last of its line, names np.row_stack while it is imported; NumPy 2.5 no longer has it.
if not hasattr(np, "row_stack"):
    np.row_stack = np.vstack
