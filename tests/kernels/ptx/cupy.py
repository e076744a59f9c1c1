"""CuPy whose kernels are executed PTX: what tests put in the place of CuPy, for the product's own Gpu."""

import math
from types import ModuleType, SimpleNamespace

from tests.kernels import fake_cupy
from tests.kernels.ptx.launch import Executed, launch
from tests.kernels.ptx.memory import Arena
from tests.kernels.ptx.program import Program, read

ARENA_BYTES = 8 << 30
"""Of addresses; what is used of it is what kernels need."""


class ExecutedArray(fake_cupy.DeviceArray):
    """An array in an arena, which notices what the host writes."""

    def set(self, arr, stream=None):
        super().set(arr, stream)
        state.arena.written(self)


state = SimpleNamespace(arena=None, seed=0, counting=False, executed={}, launches=[])
"""seed: of the order of lanes in the next launch; executed: kernel -> what its launches did, while counting;
launches: (kernel, CTAs, warps) of each."""


def empty(shape, dtype=float) -> ExecutedArray:
    size = math.prod(shape) if isinstance(shape, tuple) else shape
    return state.arena.array(size, dtype).reshape(shape).view(ExecutedArray)


class Module:
    """A module as the driver loads it: text of one kernel with a NUL behind it."""

    def load(self, cubin: bytes) -> None:
        self.program = _program(cubin)

    def get_function(self, name: str) -> "Function":
        if name != self.program.name:
            raise fake_cupy.CUDADriverError("CUDA_ERROR_NOT_FOUND: named symbol not found")
        return Function(self.program)


SHARED_BYTES_UNASKED = 48 << 10
MOST_SHARED_BYTES = 99 << 10  # what the smallest of the GPUs since compute capability 8.0 gives a CTA
_most_dynamic_bytes: dict[int, int] = {}
_programs: dict[bytes, Program] = {}


def _program(image: bytes) -> Program:
    if image not in _programs:
        _programs[image] = read(image.rstrip(b"\0").decode())
    return _programs[image]


class Function:
    """A kernel that runs when it is launched."""

    def __init__(self, program: Program):
        self.ptr = id(self)
        self._program = program
        own_bytes = sum(size for _, size in program.shared)
        _most_dynamic_bytes[self.ptr] = SHARED_BYTES_UNASKED - own_bytes

    def __call__(self, grid: tuple, block: tuple, args, shared_mem=0, stream=None) -> None:
        if shared_mem > _most_dynamic_bytes[self.ptr]:
            raise fake_cupy.CUDADriverError("CUDA_ERROR_INVALID_VALUE: invalid argument")
        assert block[0] == 32
        state.launches.append((self._program.name, grid[0], block[1]))
        state.seed += 1
        done = launch(
            self._program,
            state.arena,
            grid[0],
            block[1],
            [int(a) for a in args],
            shared_mem,
            state.seed,
            state.counting,
        )
        if state.counting:
            total = state.executed.setdefault(self._program.name, Executed())
            total.instructions += done.instructions
            total.sectors += done.sectors
            total.wavefronts += done.wavefronts


def _set_attribute(function: int, attribute: int, value: int) -> None:
    assert attribute == 8
    if value > MOST_SHARED_BYTES:
        raise fake_cupy.CUDADriverError("CUDA_ERROR_INVALID_VALUE: invalid argument")
    _most_dynamic_bytes[function] = value


def modules() -> dict[str, ModuleType]:
    """Return what sys.modules needs so that `import cupy` finds this, with an arena of its own."""
    state.arena = Arena(ARENA_BYTES)
    made = fake_cupy.modules()
    made["cupy"].empty = empty
    made["cupy.cuda"].driver.funcSetAttribute = _set_attribute
    made["cupy.cuda"].function = SimpleNamespace(Module=Module, Function=Function)
    return made
