"""How model functions are compiled: inlined into one loop, optimised there, and without reference counts.

Every array a model function sees is kept alive by its caller. With Numba's reference counting left on,
each field read from a `NamedTuple` of arrays costs two atomic operations: the bit loop ran 4 times slower.

Numba would optimise each function for itself before it is inlined, when nothing is known of how many contexts
a spec has: its loops would be unrolled and made vector loops for any number, and stay so. Left as they are
until all of it is one loop, and numbers are constants, a bit takes a third fewer instructions.

Numba would also make machine code of each function together with all that it calls, which never runs. Without
that a loop is compiled in a third of the time.
"""

from typing import NamedTuple

import llvmlite.binding as llvm
from numba import config, njit
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

MOST_UNROLLED = 12
"""Turns of a loop that are written out; longer ones become vector loops.

A vector load has to wait for the single stores before it, which costs short loops more than vectors win.
"""

llvm.set_option("kompakt", f"-unroll-full-max-count={MOST_UNROLLED}")


class _Effort(NamedTuple):
    """Numba's settings NUMBA_OPT, NUMBA_LOOP_VECTORIZE and NUMBA_SLP_VECTORIZE."""

    level: int
    vector_loops: int
    vector_lines: int


_NONE = _Effort(0, 0, 0)
_ALL = _Effort(3, 1, 1)


def _effort() -> _Effort:
    return _Effort(config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE)


def _set_effort(effort: _Effort) -> None:
    config.OPT, config.LOOP_VECTORIZE, config.SLP_VECTORIZE = effort


class _Compiler(Compiler):
    effort: _Effort

    def _compile_core(self):
        usual = _effort()
        _set_effort(self.effort)
        try:
            compiled = super()._compile_core()
            compiled.library._ensure_finalized()  # with this effort, and not with that of a caller
            return compiled
        finally:
            _set_effort(usual)


class _PartLibrary(JITCodeLibrary):
    """What is linked into the code of callers, and never becomes machine code by itself."""

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        self._finalized = True


class Part(_Compiler):
    """Leaves what it makes of a function for the loop that it becomes a part of; Python cannot call it."""

    effort = _NONE

    def _compile_core(self):
        state = self.state
        state.flags.no_compile = state.flags.no_cpython_wrapper = state.flags.no_cfunc_wrapper = True
        state.library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        compiled = super()._compile_core()
        # Numba knows a function by the built-in one that runs it; this one refuses, and no other has its list
        name = ["only compiled code calls model functions"].index
        state.targetctx.insert_user_function(name, compiled.fndesc, [compiled.library])
        return compiled._replace(entry_point=name)


class Whole(_Compiler):
    """Optimises a loop, with all that was inlined into it."""

    effort = _ALL


INLINED = {"forceinline": True, "pipeline_class": Part}
"""Options of a function that disappears into its caller."""

inlined = njit(_nrt=False, **INLINED)
"""Decorator of such a function."""
