"""A GPU made of NumPy arrays: its kernels read the rows of the real ones and code with the CPU's loops."""

import ctypes
import functools
import weakref

import numpy as np

from kompakt.cpu.compiled import block_loop
from kompakt.kernels.gpu import DeviceMemoryError, HostMemoryError
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
from tests.kernels.fake_streams import Operation, Streams

POISONED_BYTES = 1 << 24


def fake_kernel(spec, decoding, *rest):
    """Take the place of kompakt.kernels.found.kernel_for."""
    return Kernel("kernel", (b"%d %d" % (spec.spec_id, decoding),))


_GEOMETRY = 7 + len(TABLE_KINDS) + SpecArrays._fields.index("geometry")
"""Place of a kernel's argument that differs between specs with the same kernel."""


class FakeGpuError(Exception):
    """What a CUDA call raises."""


class FakeGpu:
    """Takes the place of kompakt.kernels.gpu.Gpu. What is put on streams happens when the host waits for it.

    memory_bytes:  largest array there is room for
    failing_launch: number of the launch that raises when it is waited for, from 0
    short_arrays, short_launches: numbers of the arrays and launches that find no memory, from 0
    pinned_bytes:  page-locked memory of the host
    skipped_rows:  rows, by their place in the table, that kernels leave unfinished

    uploads:       the operation of each copy to the device
    launched:      that of each launch; launched_warps, launched_specs, launched_blocks say of what
    """

    capability = (9, 0)
    errors = (FakeGpuError,)

    def __init__(
        self,
        memory_bytes: int = 1 << 30,
        failing_launch: int = -1,
        skipped_rows: tuple = (),
        short_arrays: tuple = (),
        short_launches: tuple = (),
        pinned_bytes: int = 1 << 30,
        number: int = 0,
        processors: int = 2,
    ):
        self.number = number
        self.processors = processors
        self.name = f"GPU {number}, made of NumPy"
        self.free_bytes = 1 << 30
        self.memory_bytes = memory_bytes
        self.launched: list[Operation] = []
        self.uploads: list[Operation] = []
        self.launched_warps: list[int] = []
        self.launched_specs: list[int] = []
        self.launched_blocks: list[int] = []
        self._failing_launch = failing_launch
        self._skipped_rows = skipped_rows
        self._short = {"array": short_arrays, "launch": short_launches}
        self._asked = {"array": 0, "launch": 0}
        self.refused = 0
        self.arrays: list[int] = []  # bytes of each, in the order in which they were asked for
        self.held_bytes_at_most = 0
        self._held_bytes = 0
        self.pinned_bytes_held = 0
        self._pinned_bytes = pinned_bytes
        self._pinned: dict[int, int] = {}  # sizes by address
        self._streams = Streams()

    @property
    def log(self) -> list[str]:
        """Names of copies and kernels, and "wait", in the order in which the host asked for them."""
        return self._streams.log

    @property
    def warps_at_once(self) -> int:
        """Most warps that run at once where each launch begins when those have ended that it comes after."""
        rounds: list[int] = []
        for new in self.launched:
            before = [n for old, n in zip(self.launched, rounds, strict=False) if new.comes_after(old)]
            rounds.append(max(before, default=-1) + 1)
        return int(max(np.bincount(rounds, self.launched_warps)))

    def array(self, size, kind=np.uint8):
        size_bytes = size * np.dtype(kind).itemsize
        self._take_memory("array", size_bytes)
        array = np.empty(size, kind)
        array[: POISONED_BYTES // array.itemsize] = 0xA5
        self.arrays.append(size_bytes)
        self._hold(size_bytes)
        weakref.finalize(array, self._hold, -size_bytes)
        weakref.finalize(array, self._streams.free, *_range(array))
        return array

    def _hold(self, size_bytes):
        self._held_bytes += size_bytes
        self.held_bytes_at_most = max(self.held_bytes_at_most, self._held_bytes)

    def _take_memory(self, what, size=0):
        number = self._asked[what]
        self._asked[what] += 1
        if number in self._short[what] or size > self.memory_bytes:
            self.refused += 1
            raise DeviceMemoryError("no room")

    def address(self, array):
        return array.ctypes.data

    def pinned(self, size):
        if self.pinned_bytes_held + size > self._pinned_bytes:
            raise HostMemoryError(f"no page-locked host memory for {size} bytes")
        array = np.empty(size, np.uint8)
        self.pinned_bytes_held += size
        self._pinned[array.ctypes.data] = size
        weakref.finalize(array, self._unpin, array.ctypes.data)
        weakref.finalize(array, self._streams.free, *_range(array))
        return array

    def _unpin(self, address):
        self.pinned_bytes_held -= self._pinned.pop(address)

    def stream(self):
        return self._streams.stream()

    def upload(self, target, source, stream):
        assert (target.dtype, target.shape) == (source.dtype, source.shape)
        (begin, end), address = _range(source), target.ctypes.data
        assert self._is_pinned(begin, end), "the host would wait for this copy"
        copy = functools.partial(ctypes.memmove, address, begin, end - begin)
        self.uploads.append(self._streams.put("upload", stream, copy, [(begin, end)], [_range(target)]))

    def download(self, source, target, stream):
        assert (target.dtype, target.shape) == (source.dtype, source.shape)
        (begin, end), address = _range(target), source.ctypes.data
        assert self._is_pinned(begin, end), "the host would wait for this copy"
        copy = functools.partial(ctypes.memmove, begin, address, end - begin)
        self._streams.put("download", stream, copy, [_range(source)], [(begin, end)])

    def _is_pinned(self, begin, end):
        return any(first <= begin and end <= first + size for first, size in self._pinned.items())

    def wait(self, stream):
        self._streams.wait(stream.clock)

    def wait_for(self, event):
        self._streams.wait(event.clock)

    def event(self, stream, timed=False):
        return self._streams.event(stream)

    def after(self, stream, event):
        self._streams.after(stream, event)

    def load(self, images, name, shared_bytes=None, most_warps=0):
        spec_id, decoding = map(int, images[0].split())
        return functools.partial(self._put_launch, spec_by_id(spec_id), bool(decoding))

    def _put_launch(self, spec, decoding, ctas, warps_of_cta, stream, arguments):
        self._take_memory("launch")
        number = len(self.launched)
        rows, statuses, queue, slots, slot_bytes, source, target = arguments[:7]
        assert slots.size >= ctas * warps_of_cta * slot_bytes
        places = [(*_range(array), array.dtype, array.shape) for array in (*arguments[:4], source, target)]

        constants = tuple(arguments[7:])

        def run():
            if number == self._failing_launch:
                raise FakeGpuError("an illegal memory access was encountered\nand more")
            rows, statuses, queue, slots, source, target = (_at(*place) for place in places)
            again = (rows, statuses, queue, slots, slot_bytes, source, target, *constants)
            self._launch(spec, decoding, ctas, warps_of_cta, stream, again)

        written = [_range(array) for array in (statuses, queue, slots, target)]
        name = f"launch {number}"
        self.launched.append(
            self._streams.put(name, stream, run, [_range(array) for array in (rows, source)], written)
        )
        self.launched_warps.append(ctas * warps_of_cta)
        self.launched_specs.append(spec.spec_id)
        self.launched_blocks.append(len(rows))

    def _launch(self, spec, decoding, ctas, warps_of_cta, stream, arguments):
        """Run a kernel now."""
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


def _range(array):
    """Return the addresses between which an array lies."""
    address = array.ctypes.data
    return address, address + array.nbytes


def _at(begin, end, kind, shape):
    """Return the array that lies there, without keeping its memory."""
    return _memory(begin, end - begin).view(kind).reshape(shape)


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
