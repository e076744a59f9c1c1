"""One launch of a kernel: what it is given, and what comes back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kompakt.jobs import DecodeJob, Job
from kompakt.kernels.found import kernel_for
from kompakt.kernels.gpu import DeviceMemoryError, Gpu
from kompakt.kernels.rows import COLUMNS, NO_START, TARGET, UNFINISHED, row, rows
from kompakt.kernels.shared import WARPS_MAX, SharedLayout, narrow_tables
from kompakt.kernels.staging import ALIGNMENT, Staging
from kompakt.kernels.starts import DeviceStart
from kompakt.model.spec import Spec
from kompakt.model.state import Start, spec_arrays, starting_patterns
from kompakt.model.tables import tables


@dataclass(slots=True, eq=False)
class Task:
    """A job on its way, where its block starts or why there is nothing to start from, and what became of it.

    launch: the one it is in, from its start until it is collected
    status, output: what the kernel wrote, once `done`; `output` is None where it wrote nothing
    """

    job: Job
    start: Start | None = None
    error: str | None = None
    launch: "Launch | None" = None
    done: bool = False
    status: int = 0
    output: np.ndarray | None = None

    @property
    def table_bits(self) -> int:
        """Return log2 of the buckets of each context of its own model."""
        return self.job.table_bits

    @property
    def origin(self) -> int:
        """Return the identity of where it starts."""
        return id(self.job.origin)


@dataclass(slots=True, eq=False)
class Launch:
    """A kernel on its way. `rows` are in its order, `order` the places of their tasks among `tasks`.

    ended:  happens when the kernel has ended
    behind: launches whose slots it takes over; it begins when they have ended
    device_bytes: of input and output
    held:   what the kernel still reads and nothing else may hold
    """

    tasks: list[Task]
    stream: Any
    device_bytes: int
    behind: list["Launch"]
    ended: Any = None
    rows: np.ndarray | None = None
    order: np.ndarray | None = None
    statuses: Any = None
    target: Any = None
    held: tuple = field(default=())

    @property
    def origins(self) -> set[int]:
        """Return the identities of where its blocks start."""
        return {task.origin for task in self.tasks if task.start is not None}


def device_bytes(tasks: Sequence[Task], decoding: bool) -> int:
    """Return the device memory for input and output of these blocks, rows and statuses included."""
    source_bytes = _places([len(data) for data in _inputs(tasks, decoding)])[1]
    target_bytes = _places([task.job.raw_bytes for task in tasks])[1]
    return source_bytes + target_bytes + len(tasks) * _ROW_BYTES + _QUEUE_BYTES


_ROW_BYTES = 8 * COLUMNS + 4
_QUEUE_BYTES = 4


class Launcher:
    """Starts kernels on `gpu`, and collects what they leave.

    notice: is told when compiling will take a while
    """

    def __init__(self, gpu: Gpu, staging: Staging, notice: Callable[[str], None]):
        self._gpu = gpu
        self._staging = staging
        self._notice = notice
        self._kernels: dict[tuple[int, bool], Callable] = {}
        self._constants: dict[int, tuple] = {}
        self._idle_streams: list[Any] = []

    def start(
        self,
        tasks: list[Task],
        decoding: bool,
        starts: dict[int, DeviceStart],
        slots: tuple[Any, int],
        behind: list[Launch],
    ) -> Launch:
        """Put copies and kernel on a stream of their own, and return the launch.

        starts: where blocks start, by the identities of their origins
        slots:  device array, and the bytes of each slot in it; each warp has one
        behind: launches that have these slots until they end
        Raises DeviceMemoryError, with nothing left on its way, and HostMemoryError.
        """
        gpu, spec = self._gpu, tasks[0].job.spec
        inputs = _inputs(tasks, decoding)
        sizes = [task.job.raw_bytes for task in tasks]
        sources, source_bytes = _places([len(data) for data in inputs])
        targets, target_bytes = _places(sizes)
        table = rows(
            [
                row(
                    spec,
                    task.table_bits,
                    (sources[n], len(inputs[n])),
                    (targets[n], sizes[n]),
                    NO_START if task.start is None else starts[task.origin].row,
                )
                for n, task in enumerate(tasks)
            ]
        )
        order = np.argsort([-size for size in sizes], kind="stable")
        table = table[order]

        kernel, constants = self._kernel(spec, decoding), self._constants_of(spec)
        source, target = gpu.array(source_bytes), gpu.array(target_bytes)
        d_rows, statuses = gpu.array(table.size, np.uint64), gpu.array(len(tasks), np.uint32)
        queue = gpu.array(1, np.uint32)
        stream = self._idle_streams.pop() if self._idle_streams else gpu.stream()
        for array, parts in (
            (source, zip(sources, inputs, strict=True)),
            (d_rows, [(0, table)]),
            (statuses, [(0, np.full(len(tasks), UNFINISHED, np.uint32))]),
            (queue, [(0, np.zeros(1, np.uint32))]),
        ):
            self._staging.upload(array, parts, stream)
        for event in [start.arrived for start in starts.values()] + [launch.ended for launch in behind]:
            gpu.after(stream, event)

        memory, slot_bytes = slots
        count = memory.size // slot_bytes
        warps = warps_of_cta(count, gpu.processors)
        arguments = (
            d_rows.reshape(-1, COLUMNS), statuses, queue, memory, slot_bytes, source, target, *constants,
        )  # fmt: skip
        try:
            kernel(count // warps, warps, stream, arguments)
        except DeviceMemoryError:
            gpu.wait(stream)
            self._idle_streams.append(stream)
            raise
        held = (arguments, starts)
        launch = Launch(tasks, stream, device_bytes(tasks, decoding), behind)
        launch.ended, launch.rows, launch.order = gpu.event(stream), table, order
        launch.statuses, launch.target, launch.held = statuses, target, held
        for task in tasks:
            task.launch = launch
        return launch

    def collect(self, launch: Launch) -> None:
        """Wait for a launch and give each of its tasks what came out, if anything did."""
        stream = launch.stream
        statuses = np.empty(len(launch.tasks), np.uint32)
        self._staging.download(launch.statuses, [(0, statuses.view(np.uint8))], stream)
        parts = []
        for line, place in enumerate(launch.order):
            task, status = launch.tasks[place], int(statuses[line])
            task.launch, task.status, task.done = None, status, True
            if status != UNFINISHED:
                size = task.job.raw_bytes if isinstance(task.job, DecodeJob) else status
                task.output = np.empty(size, np.uint8)
                parts.append((int(launch.rows[line, TARGET]), task.output))
        self._staging.download(launch.target, parts, stream)
        launch.held = ()
        self._idle_streams.append(stream)

    def _kernel(self, spec: Spec, decoding: bool) -> Callable:
        spec = spec.compiled_as
        key = (spec.spec_id, decoding)
        if key not in self._kernels:
            kernel = kernel_for(spec, decoding, self._gpu.capability, self._notice)
            shared = SharedLayout(spec)
            self._kernels[key] = self._gpu.load(kernel.images, kernel.name, shared.launch_bytes, WARPS_MAX)
        return self._kernels[key]

    def _constants_of(self, spec: Spec) -> tuple:
        """Return the device arrays that stand last among a kernel's arguments."""
        if spec.spec_id not in self._constants:
            arrays, start = spec_arrays(spec), starting_patterns(spec)
            apms = start.get("apms", np.zeros(1, np.uint16))
            hosts = (*narrow_tables(tables()), *arrays, start["state_maps"], apms)
            devices = tuple(self._gpu.array(host.size, host.dtype) for host in hosts)
            stream = self._gpu.stream()
            for device, host in zip(devices, hosts, strict=True):
                self._staging.upload(device, [(0, np.ascontiguousarray(host))], stream)
            self._gpu.wait(stream)
            self._constants[spec.spec_id] = devices
        return self._constants[spec.spec_id]


def warps_of_cta(slots: int, processors: int) -> int:
    """Return how many warps a CTA should have, so that CTAs spread `slots` warps evenly over the processors.

    As many as do, because a CTA's warps share its tables; at most a 16th of the slots stays unused.
    """

    def cost(warps: int) -> tuple:
        warps_of_fullest = -(-(slots // warps) // processors) * warps
        return warps_of_fullest, slots % warps > slots // 16, -warps

    return min((warps for warps in (8, 4, 2, 1) if warps <= min(slots, WARPS_MAX)), key=cost)


def _inputs(tasks: Sequence[Task], decoding: bool) -> list[np.ndarray]:
    return [np.ascontiguousarray(task.job.stream if decoding else task.job.data) for task in tasks]


def _places(sizes: Sequence[int]) -> tuple[list[int], int]:
    """Return where arrays of these sizes begin, one behind the other, and where the last one ends."""
    starts, at = [], 0
    for size in sizes:
        starts.append(at)
        at += -(-max(size, 1) // ALIGNMENT) * ALIGNMENT
    return starts, at
