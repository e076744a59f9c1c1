"""What to do on a machine whose numba is too old, too new or missing: the GPU needs none of it.

The model's modules decorate their functions when they are imported. Without a numba that can be imported a
stand-in takes its place, which leaves every function as it is; nothing is compiled then, and nothing coded on
the CPU.
"""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_NAMES = ("numba", "llvmlite")
_missing = ""


class _AnyName(type):
    def __getattr__(cls, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything


class Anything(metaclass=_AnyName):
    """A class of any name, whose attributes are such classes; as a decorator it returns the function."""

    def __new__(cls, *arguments, **options):
        if len(arguments) == 1 and callable(arguments[0]) and not options:
            return arguments[0]
        return Anything


class _StandIn(ModuleType):
    __path__ = ()

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in _NAMES:
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _StandIn(spec.name)

    def exec_module(self, module):
        pass


def import_or_stand_in() -> None:
    """Import what the model needs of numba, or put a stand-in in its place; for the start of a process."""
    global _missing
    try:
        import kompakt.model.compiling  # noqa: F401
    except Exception as error:
        _missing = f"numba cannot be used: {type(error).__name__}: {str(error).partition(chr(10))[0]}"
        print(_missing)
        for name in [name for name in sys.modules if name.partition(".")[0] in (*_NAMES, "kompakt")]:
            del sys.modules[name]
        sys.meta_path.insert(0, _Finder())


def missing() -> str:
    """Return why numba cannot be used in this process, or nothing."""
    return _missing
