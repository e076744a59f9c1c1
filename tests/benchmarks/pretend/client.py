"""CuPy on a machine whose GPU is another process (server.py): needs NumPy only, as CuPy does.

Calls and checks are those of tests/kernels/fake_cupy.py; memory is an arena that the GPU sees too.
"""

import importlib
import os
import socket
import sys
import weakref
from types import ModuleType, SimpleNamespace

from tests.benchmarks.pretend.arena import Arena, ArenaFullError
from tests.benchmarks.pretend.messages import SOCKET, digest, receive, send

MEMORY_BYTES = 2 << 30

_ELSEWHERE = ("tests.kernels.fake_codes", "tests.kernels.fake_gpu")
"""Kernels run in the other process; what they are made of is not installed here."""


def _fake_cupy() -> ModuleType:
    there = {name: sys.modules.get(name) for name in _ELSEWHERE}
    for name in _ELSEWHERE:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__getattr__ = lambda name: SimpleNamespace()
    fake_cupy = importlib.import_module("tests.kernels.fake_cupy")
    for name, module in there.items():
        del sys.modules[name]
        if module:
            sys.modules[name] = module
    return fake_cupy


fake_cupy = _fake_cupy()


class Connection:
    """This process on the GPU."""

    def __init__(self):
        self.arena = Arena(MEMORY_BYTES)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(os.environ[SOCKET])
        path, address = str(self.arena.path), self.arena.address
        send(self._socket, {"path": path, "size": MEMORY_BYTES, "address": address})
        receive(self._socket)
        self.arena.path.unlink()

    def ask(self, **message: object) -> int:
        """Return the answer to a message. Raises what CuPy raises where the GPU reports an error."""
        send(self._socket, message)
        answer = receive(self._socket)
        if answer is None:
            raise fake_cupy.CUDARuntimeError("cudaErrorUnknown: the GPU has gone")
        if "error" in answer:
            raise fake_cupy.CUDADriverError(answer["error"])
        return answer["value"]


_connection = Connection()


def empty(shape, dtype=float):
    """Take the place of cupy.empty."""
    try:
        array = _connection.arena.array(shape, dtype).view(fake_cupy.DeviceArray)
    except ArenaFullError as error:
        raise fake_cupy.OutOfMemoryError(str(error)) from None
    array[...] = 0xA5
    weakref.finalize(array.base, _connection.arena.release, array.data.ptr)
    return array


class Module:
    """Takes the place of cupy.cuda.function.Module; knows an image by its bytes."""

    def load(self, cubin: bytes) -> None:
        """Load machine code, or PTX that ends with a zero."""
        if type(cubin) is not bytes:
            raise TypeError("Argument 'cubin' has incorrect type")
        self._number = _connection.ask(what="load", digest=digest(cubin))

    def get_function(self, name: str) -> "Function":
        """Return the kernel; the name of its entry is not checked."""
        return Function(self._number)


class Function:
    """Takes the place of cupy.cuda.function.Function."""

    def __init__(self, number: int):
        self.ptr = 1
        self._number = number

    def __call__(self, grid: tuple, block: tuple, args, shared_mem=0, stream=None) -> None:
        """Run the kernel to its end."""
        arguments = [int(argument) for argument in args]
        _connection.ask(what="launch", function=self._number, grid=grid, block=block, arguments=arguments)


def modules() -> dict[str, ModuleType]:
    """Return what sys.modules needs so that `import cupy` finds this."""
    found = fake_cupy.modules()
    cupy, cuda = found["cupy"], found["cupy.cuda"]
    cupy.empty = empty
    cuda.function = SimpleNamespace(Module=Module, Function=Function)
    cuda.Device.mem_info = property(lambda device: (_connection.arena.free_bytes, MEMORY_BYTES))
    return found
