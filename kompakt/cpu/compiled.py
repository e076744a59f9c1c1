"""The block loops of each spec, compiled for this machine's CPU and kept on disk between runs."""

import functools
import threading
import warnings
from collections.abc import Callable

import numpy as np
from numba import njit, typeof
from numba.core import event

from kompakt.model.compiling import Whole
from kompakt.model.loops import block_loops, replay_loop
from kompakt.model.spec import TABLE_BITS_MIN, Spec
from kompakt.model.state import allocate, scratch, spec_arrays, views
from kompakt.model.tables import tables

_OPTIONS = {"nogil": True, "_nrt": False, "pipeline_class": Whole}
_compiling = threading.Lock()


class _Announce(event.Listener):
    """Calls `notice`, once in a process, when the compiler starts because nothing was on disk."""

    said = False

    def __init__(self, notice: Callable[[str], None]):
        self._notice = notice

    def on_start(self, event):
        if not _Announce.said:
            _Announce.said = True
            self._notice("compiling the model for this machine (once for each level, half a minute)")

    def on_end(self, event):
        pass


def _dispatcher(function):
    try:
        return njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # no folder to keep compiled code in: neither the package's nor the user's
        warnings.warn("no writable cache folder: the model is compiled anew in each run", stacklevel=2)
        return njit(**_OPTIONS)(function)


@functools.cache
def _loops(spec: Spec):
    return tuple(_dispatcher(function) for function in (*block_loops(spec), replay_loop(spec)))


def block_loop(spec: Spec, decoding: bool, notice: Callable[[str], None]) -> Callable:
    """Return the compiled encode_block or decode_block of `spec` (kompakt/model/loops.py)."""
    some_bytes = np.zeros(1, np.uint8)
    return _compiled(spec, int(decoding), (np.uint32(0), some_bytes, some_bytes), notice)


def training_loop(spec: Spec, notice: Callable[[str], None]) -> Callable:
    """Return the compiled replay_text of `spec` (kompakt/model/loops.py)."""
    number = np.uint32(0)
    return _compiled(spec, 2, (np.zeros(1, np.uint8), number, number, number), notice)


def _compiled(spec: Spec, which: int, behind_bits: tuple, notice: Callable[[str], None]) -> Callable:
    spec = spec.compiled_as
    loop = _loops(spec)[which]
    with _compiling:
        if not loop.signatures:
            state = views(allocate(spec, TABLE_BITS_MIN), spec, TABLE_BITS_MIN)
            bits = np.uint32(TABLE_BITS_MIN)
            arguments = (state, tables(), spec_arrays(spec), scratch(spec), bits, *behind_bits)
            with event.install_listener("numba:compile", _Announce(notice)):
                loop.compile(tuple(typeof(argument) for argument in arguments))
    return loop
