"""What a person calls a device, and the backend that it stands for. Nothing else chooses a backend."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from kompakt.coding import Backend
from kompakt.cpu.threads import usable_threads
from kompakt.driver import find_gpus, visibility
from kompakt.errors import DeviceError, UsageError
from kompakt.fallback import FallbackBackend
from kompakt.roots import RootsBackend
from kompakt.several import SeveralBackend

if TYPE_CHECKING:
    from kompakt.classic.choice import Codec

BLOCKS_FOR_A_GPU = 16
"""With fewer blocks than this for each CPU thread, `auto` starts no GPU: a warp is slower than a thread."""


class Device:
    """The machine that codes: chosen by its name at once, started when the first block needs it.

    name:         `auto`, `cpu`, a number or several with commas between them, or `all`; numbers are those of
                  GPUs that CUDA_VISIBLE_DEVICES leaves
    threads:      of a CPU; None for all that this process may use
    notice:       is told what a person may wait for, and what `auto` chose
    memory_bytes: bound on the memory taken on each GPU; None for 90 % of what is free
    Raises UsageError for other names, and DeviceError for a GPU that cannot be used. A GPU that was asked for
    by number is never replaced; with `auto`, the CPU does what a GPU cannot.
    """

    def __init__(
        self,
        name: str = "auto",
        threads: int | None = None,
        notice: Callable[[str], None] = lambda text: None,
        memory_bytes: int | None = None,
    ):
        self._asked = name
        self._threads = threads
        self.notice = notice
        self._memory_bytes = memory_bytes
        self._gpus: list[int] = []
        self._why_cpu = ""
        self._cpu: Backend | None = None
        self._gpu: Backend | None = None
        self._chosen: Backend | None = None
        if name == "auto":
            found = find_gpus()
            if found.missing:
                self._why_cpu = found.missing.what
            else:
                self._gpus = [gpu.number for gpu in found.gpus]
        elif name != "cpu":
            self._gpus = _numbers(name)

    @property
    def name(self) -> str:
        """What codes, in words, such as `cpu, 2 threads`; before it has started, what was asked for."""
        return self._chosen.name if self._chosen else self._asked

    @property
    def threads(self) -> int:
        """Return how many threads of the CPU may be used."""
        return self._threads or usable_threads()

    @property
    def bytes_underway(self) -> int:
        """Raw bytes coded of blocks that no progress has told of yet."""
        return self._chosen.bytes_underway if self._chosen else 0

    def backend(self, blocks: int | None) -> Backend:
        """Return the backend to code so many blocks with, started where it has not been yet.

        blocks: at most; None where nobody knows
        """
        first = self._chosen is None
        self._chosen = self._choose(blocks)
        if first and self._asked == "auto":
            why = f" ({self._why_cpu})" if self._chosen is self._cpu else ""
            self.notice(f"using {self._chosen.name}{why}")
        return self._chosen

    def index_backend(self) -> Backend:
        """Return the backend for an index, which is one block: for `auto`, no GPU is started for that."""
        return self._cpu_backend() if self._asked == "auto" else self.backend(1)

    def pipelines(self, codec: "Codec | None" = None) -> Backend:
        """Return the backend that codes by pipelines.

        codec: what encodes; None to decode only
        Raises UsageError for a GPU that was asked for and a codec that runs on the CPU only. `auto` takes no
        GPU for pipelines.
        """
        from kompakt.cpu.pipelines import PipelineBackend

        cpu = PipelineBackend(self._threads, codec)
        backend = cpu if self._asked in ("auto", "cpu") else self._gpu_pipelines(codec, cpu)
        if self._chosen is None:
            self._chosen = backend
        return backend

    def _gpu_pipelines(self, codec: "Codec | None", cpu: Backend) -> Backend:
        from kompakt.kernels.pipelines import GpuPipelines, stage_on_gpu

        stage = codec and stage_on_gpu(codec)
        if codec and stage is None:
            raise UsageError(f"codec {codec.name} runs on the CPU: --device cpu")
        backends = [GpuPipelines(number, stage, cpu, self.notice) for number in self._gpus]
        return backends[0] if len(backends) == 1 else SeveralBackend(backends)

    def _choose(self, blocks: int | None) -> Backend:
        if not self._gpus:
            return self._cpu_backend()
        if self._asked != "auto":
            return self._gpu_backend()
        if blocks is not None and blocks < BLOCKS_FOR_A_GPU * self.threads:
            self._why_cpu = f"too little for a GPU: {blocks} block{'s' if blocks != 1 else ''}"
            return self._cpu_backend()
        try:
            return self._gpu_backend()
        except DeviceError as error:
            self._gpus = []
            self._why_cpu = str(error)
            return self._cpu_backend()

    def _cpu_backend(self) -> Backend:
        if self._cpu is None:
            self._cpu = self._new_cpu_backend()
        return self._cpu

    def _new_cpu_backend(self) -> Backend:
        from kompakt.cpu.backend import CpuBackend

        return CpuBackend(self._threads, notice=self.notice)

    def _gpu_backend(self) -> Backend:
        if self._gpu is None:
            from kompakt.kernels.backend import GpuBackend

            backends = [GpuBackend(number, self._memory_bytes, self.notice) for number in self._gpus]
            gpu = backends[0] if len(backends) == 1 else SeveralBackend(backends)
            if self._asked == "auto":
                gpu = FallbackBackend(gpu, self._cpu_backend, self.notice)
            # A CPU of its own: on one with the blocks of a GPU that failed, those might hold all threads.
            self._gpu = RootsBackend(gpu, self._new_cpu_backend, self.threads)
        return self._gpu


def _numbers(name: str) -> list[int]:
    """Return the numbers of the GPUs that `name` asks for. Raises UsageError and DeviceError."""
    parts = name.split(",")
    if name != "all" and not all(part.isdecimal() and part.isascii() for part in parts):
        raise UsageError(f"device {name!r} is not auto, cpu, all, or numbers of GPUs such as 0 or 0,1")
    found = find_gpus()
    if found.missing:
        raise DeviceError(f"device {name}: {found.missing.what}: {found.missing.remedy}")
    if name == "all":
        return [gpu.number for gpu in found.gpus]
    numbers = [int(part) for part in parts]
    if len(set(numbers)) < len(numbers):
        raise UsageError(f"device {name}: names a GPU twice")
    for number in numbers:
        if number >= len(found.gpus):
            raise DeviceError(f"device {number}: {_only(len(found.gpus))}{visibility()}")
    return numbers


def _only(count: int) -> str:
    return "only GPU 0 is visible" if count == 1 else f"only {count} GPUs are visible, 0 to {count - 1}"
