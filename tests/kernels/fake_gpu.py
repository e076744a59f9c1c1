"""A GPU made of NumPy arrays: its kernels read the rows of the real ones and code with the CPU's loops."""

import ctypes
import functools
import time
import weakref

import numpy as np

from kompakt.cpu.compiled import block_loop
from kompakt.kernels.packed import Kernel
from kompakt.kernels.rows import (
    BASE_BITS,
    BASE_HISTORIES,
    BASE_MATCH_BITS,
    BASE_MATCHES,
    BASE_TEXT,
    BASE_TEXT_BYTES,
    LEARNED,
    SOURCE,
    SOURCE_BYTES,
    TABLE_BITS,
    TARGET,
    TARGET_BYTES,
    base_bytes,
)
from kompakt.kernels.shared import TABLE_KINDS
from kompakt.model.spec import spec_by_id
from kompakt.model.state import (
    SpecArrays,
    Start,
    begin,
    empty_start,
    layout,
    scratch,
    spec_arrays,
    state_bytes,
)
from kompakt.model.tables import tables


def fake_kernel(spec, decoding, *rest):
    """Take the place of kompakt.kernels.found.kernel_for."""
    return Kernel("kernel", (b"%d %d" % (spec.spec_id, decoding),))


_GEOMETRY = 7 + len(TABLE_KINDS) + SpecArrays._fields.index("geometry")
"""Place of a kernel's argument that differs between specs with the same kernel."""


class FakeGpuError(Exception):
    """What a CUDA call raises."""


class FakeGpu:
    """Takes the place of kompakt.kernels.gpu.Gpu.

    memory_bytes:  largest array there is room for
    failing_launch: number of the launch that raises, from 0
    short_arrays, short_launches: numbers of the arrays and launches that find no memory, from 0
    skipped_rows:  rows, by their place in the table, that kernels leave unfinished
    """

    capability = (9, 0)
    processors = 2
    errors = (FakeGpuError,)

    def __init__(
        self,
        memory_bytes: int = 1 << 26,
        failing_launch: int = -1,
        skipped_rows: tuple = (),
        short_arrays: tuple = (),
        short_launches: tuple = (),
        number: int = 0,
    ):
        self.number = number
        self.name = f"GPU {number}, made of NumPy"
        self.free_bytes = 1 << 30
        self.memory_bytes = memory_bytes
        self.launched_warps: list[int] = []
        self._failing_launch = failing_launch
        self._skipped_rows = skipped_rows
        self._short = {"array": short_arrays, "launch": short_launches}
        self._asked = {"array": 0, "launch": 0}
        self.refused = 0
        self.copies_and_waits: list[str] = []
        self.arrays: list[int] = []  # bytes of each, in the order in which they were asked for
        self.held_bytes_at_most = 0
        self._held_bytes = 0

    def array(self, size, kind=np.uint8):
        size_bytes = size * np.dtype(kind).itemsize
        self._take_memory("array", size_bytes)
        array = np.full(size, 0xA5, kind)
        self.arrays.append(size_bytes)
        self._hold(size_bytes)
        weakref.finalize(array, self._hold, -size_bytes)
        return array

    def _hold(self, size_bytes):
        self._held_bytes += size_bytes
        self.held_bytes_at_most = max(self.held_bytes_at_most, self._held_bytes)

    def _take_memory(self, what, size=0):
        number = self._asked[what]
        self._asked[what] += 1
        if number in self._short[what] or size > self.memory_bytes:
            self.refused += 1
            raise MemoryError("no room")

    def address(self, array):
        return array.ctypes.data

    def pinned(self, size):
        return np.empty(size, np.uint8)

    def stream(self):
        return object()

    def upload(self, target, source, stream):
        self.copies_and_waits.append("upload")
        target[:] = source

    def download(self, source, target, stream):
        target[:] = source

    def wait(self, stream):
        self.copies_and_waits.append("wait")

    def event(self, stream, timed=False):
        return time.perf_counter()

    def seconds_between(self, first, second):
        return second - first

    def after(self, stream, event):
        pass

    def load(self, images, name, shared_bytes=None, most_warps=0):
        spec_id, decoding = map(int, images[0].split())
        return functools.partial(self._launch, spec_by_id(spec_id), bool(decoding))

    def _launch(self, spec, decoding, ctas, warps_of_cta, stream, arguments):
        self._take_memory("launch")
        if len(self.launched_warps) == self._failing_launch:
            raise FakeGpuError("an illegal memory access was encountered\nand more")
        self.launched_warps.append(ctas * warps_of_cta)
        rows, statuses, queue, slots, slot_bytes, source, target = arguments[:7]
        arrays = spec_arrays(spec)._replace(geometry=np.array(arguments[_GEOMETRY]))
        assert slots.size >= ctas * warps_of_cta * slot_bytes
        for number, row in enumerate(rows.tolist()):
            if number in self._skipped_rows:
                continue
            assert queue[0] <= number
            bits = row[TABLE_BITS]
            slot = number % (ctas * warps_of_cta) * slot_bytes
            memory = slots[slot : slot + state_bytes(spec, bits)]
            memory[:] = 0
            start = _start(spec, row)
            state = begin(memory, spec, bits, start)
            statuses[number] = block_loop(spec, decoding, print)(
                state, tables(), arrays, scratch(spec), np.uint32(bits), np.uint32(row[BASE_BITS]),
                source[row[SOURCE] : row[SOURCE] + row[SOURCE_BYTES]],
                target[row[TARGET] : row[TARGET] + row[TARGET_BYTES]],
            ) or 0  # fmt: skip


def _start(spec, row):
    """Return what lies where the row says, as arrays of NumPy; None without a start."""
    if not row[BASE_BITS]:
        return None
    offsets = {field.name: field.offset for field in layout(spec, row[BASE_BITS])}
    assert row[BASE_MATCHES] - row[BASE_HISTORIES] == offsets["match_table"]
    assert row[BASE_MATCH_BITS] == spec.match_bits(row[BASE_BITS])
    base = _memory(row[BASE_HISTORIES], base_bytes(spec, row[BASE_BITS]))
    text = _memory(row[BASE_TEXT], row[BASE_TEXT_BYTES])
    return Start(base, row[BASE_BITS], text, (), _memory(row[LEARNED], _learned_bytes(spec)))


@functools.cache
def _learned_bytes(spec):
    return len(empty_start(spec).learned)


def _memory(address, size):
    return np.frombuffer((ctypes.c_uint8 * size).from_address(address), np.uint8)
