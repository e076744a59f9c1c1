"""How fast a GPU will probably be: a prediction from machine code, until someone has measured it.

What a coded bit takes of each level's kernels stands in gpu_speed.csv, which benchmarks/gpu/speed_model.py
writes: instructions by the unit that runs them, cycles of a warp alone, and 32-byte sectors that go to L2 and
to device memory. A processor then codes a bit in as many cycles as its tightest limit takes:

- instructions, four a cycle, and those of each unit (CUDA programming guide, throughput of arithmetic);
- the cycles of a warp alone, divided by the warps that take turns: how well waiting for memory is hidden;
- sectors, at the rates of L2 and of device memory.

A batch takes that for its waves of blocks, the last of which may be small, and what must be known before the
last generation: roots and generations, which CPU threads code and train. gpu_measured.csv holds what was
measured, by the name of the card; it replaces a prediction. Imports neither numpy nor numba.
"""

import csv
import functools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kompakt.driver import VisibleGpu
from kompakt.model.spec import Spec, spec_for_level

DATA = Path(__file__).with_name("gpu_speed.csv")
MEASURED = Path(__file__).with_name("gpu_measured.csv")

MIB = 1 << 20
SECTOR_BYTES = 32
WARPS_OF_CTA = 8
MOST_WARPS = 16
"""Of a processor, in flight: what the backend asks for."""

ISSUES = 4.0
RATES = {"alu": 2.0, "multiply": 2.0, "memory": 1.0, "reduction": 0.5}
"""Instructions of a warp a processor's units take in a cycle, since compute capability 8.0."""

L2_BYTES_A_CYCLE = 48
"""Of a processor: 5120 bytes a cycle for the 108 of an A100 (its white paper)."""

RANDOM_SHARE = 0.6
"""Of device memory's bandwidth, what scattered sectors reach. An assumption."""

MEMORY_SHARE = 0.9
IO_SHARE = 16
STARTS_EXPECTED, STARTS_SHARE = 4, 4
"""The backend's (kompakt/kernels/backend.py): of a GPU's memory, what it uses, and one part in so many for
inputs and outputs; for how many starts it leaves room, and one part in so many that they take at most."""

WINDOW_BYTES = 1 << 28
ROOT_BYTES = MIB
KNOWN_BYTES = 8 * MIB
"""The block tree's (kompakt/tree.py): planned at once, coded first, known before the last generation."""

TRAINING_SPEED = 3.0
"""How much faster than coding a CPU trains a base (docs/decisions/0008)."""

HOST_MB_PER_S = 200.0
"""What reading, hashing, chunking and planning take without a backend; 113 to 417 were measured on two cores,
with and without trials of arrays (docs/BENCHMARKS.md)."""

PCIE_MB_PER_S = 20_000.0


@dataclass(frozen=True, slots=True)
class Card:
    """What a prediction needs to know of a GPU."""

    name: str
    capability: tuple[int, int]
    processors: int
    clock_mhz: int
    memory_bytes: int
    memory_bytes_per_s: float
    l2_bytes: int

    @property
    def architecture(self) -> str | None:
        """Return the architecture in DATA whose machine code is most like this one's; None before 8.0."""
        if self.capability < (8, 0):
            return None
        by_minor = "sm_80" if self.capability == (8, 0) else "sm_89"
        return {8: by_minor, 9: "sm_90"}.get(self.capability[0], "sm_100")

    @property
    def shared_bytes(self) -> int:
        """Return the shared memory of a processor."""
        kib = {"sm_80": 164, "sm_89": 100}.get(self.architecture or "", 228)
        return (100 if self.capability >= (12, 0) else kib) << 10

    @classmethod
    def of(cls, gpu: VisibleGpu) -> "Card":
        """Return what the driver tells of a GPU."""
        return cls(
            gpu.name,
            gpu.capability,
            gpu.processors,
            gpu.clock_mhz,
            gpu.memory_bytes,
            gpu.memory_bytes_per_s,
            gpu.l2_bytes,
        )


CARDS = (
    Card("H100 SXM", (9, 0), 132, 1980, 80 * 10**9, 3.35e12, 50 * MIB),
    Card("H100 PCIe", (9, 0), 114, 1755, 80 * 10**9, 2.04e12, 50 * MIB),
    Card("H200", (9, 0), 132, 1980, 141 * 10**9, 4.8e12, 50 * MIB),
    Card("A100 SXM 80 GB", (8, 0), 108, 1410, 80 * 10**9, 2.04e12, 40 * MIB),
    Card("RTX 4090", (8, 9), 128, 2520, 24 * 10**9, 1.01e12, 72 * MIB),
    Card("L40", (8, 9), 142, 2490, 48 * 10**9, 0.86e12, 96 * MIB),
    Card("B200", (10, 0), 148, 1965, 180 * 10**9, 8.0e12, 126 * MIB),
)
"""By their makers' data sheets, at their boost clocks."""


class Taken(NamedTuple):
    """What a coded bit takes of a kernel with a start, on an architecture: a row of DATA.

    executed_ptx: PTX instructions a bit when it was executed on a CPU, 0 where it was not; to compare only
    issue_cycles, chip_cycles, memory_cycles: of a warp alone: instructions, waiting for shared memory and
             other lanes, waiting for L1, L2 and device memory
    device_sectors_16k and so on: where a warp's share of L2 is so large
    """

    architecture: str
    level: int
    kernel: str
    executed_ptx: float
    registers: int
    spill_bytes: int
    shared_bytes: int
    learned_bytes: int
    instructions: float
    alu_instructions: float
    multiply_instructions: float
    memory_instructions: float
    reduction_instructions: float
    issue_cycles: float
    chip_cycles: float
    memory_cycles: float
    l2_sectors: float
    device_sectors_16k: float
    device_sectors_32k: float
    device_sectors_64k: float
    device_sectors_128k: float

    @property
    def alone_cycles(self) -> float:
        """Return the cycles a bit of a warp alone."""
        return self.issue_cycles + self.chip_cycles + self.memory_cycles

    def device_sectors(self, l2_share_bytes: float) -> float:
        """Return the sectors that miss a share of L2, straight between the columns on a logarithmic scale."""
        columns = self[-4:]
        place = min(max(math.log2(max(l2_share_bytes, 1) / (16 << 10)), 0.0), 3.0)
        low = min(int(place), 2)
        return columns[low] + (columns[low + 1] - columns[low]) * (place - low)


class Measured(NamedTuple):
    """What a card reached: a row of MEASURED, from throughput.csv of benchmarks/on_gpu.sh."""

    card: str
    level: int
    kernel: str
    block_bytes: int
    blocks_in_flight: int
    kernel_mb_per_s: float
    end_to_end_mb_per_s: float
    date: str
    commit: str


class Prediction(NamedTuple):
    """10**6 raw bytes a second, of the kernel and of all; what limits that; and the blocks in flight.

    is_measured: whether the speeds are those of a measurement on such a card
    """

    kernel_mb_per_s: float
    end_to_end_mb_per_s: float
    limit: str
    streams: int
    is_measured: bool = False


class Plan(NamedTuple):
    """How a batch is cut: bytes of a block, and log2 of the buckets a context of its own tables."""

    block_bytes: int
    own_bits: int


class Host(NamedTuple):
    """The CPU beside a GPU: threads, and 10**6 bytes a second that one of them codes at the level."""

    threads: int
    mb_per_s: float


@functools.cache
def _table() -> dict[tuple[str, int, str], Taken]:
    kinds = Taken.__annotations__
    with open(DATA, newline="") as file:
        rows = [Taken(**{name: kinds[name](row[name]) for name in kinds}) for row in csv.DictReader(file)]
    return {(row.architecture, row.level, row.kernel): row for row in rows}


def measured_on(card_name: str, level: int, kernel: str = "encode") -> Measured | None:
    """Return what was measured on a card of this name, as its driver tells it."""
    kinds = Measured.__annotations__
    with open(MEASURED, newline="") as file:
        for row in csv.DictReader(file):
            if (row["card"], row["level"], row["kernel"]) == (card_name, str(level), kernel):
                return Measured(**{name: kinds[name](row[name]) for name in kinds})
    return None


def expected(card: Card, level: int, batch_bytes: int, plan: Plan, host: Host) -> Prediction | None:
    """Return what to expect of compressing a batch: a measurement of the card, or else predict()."""
    predicted = predict(card, level, batch_bytes, plan, host)
    known = measured_on(card.name, level)
    if known is None:
        return predicted
    speeds = known.kernel_mb_per_s, known.end_to_end_mb_per_s
    return Prediction(*speeds, "", known.blocks_in_flight, is_measured=True)


def predict(
    card: Card, level: int, batch_bytes: int, plan: Plan, host: Host, kernel: str = "encode"
) -> Prediction | None:
    """Return what a batch that is cut so will take; None for GPUs before 8.0, and where
    the driver does not tell processors, clock or bandwidth.

    Raises KeyError for a level of which DATA knows nothing.
    """
    if card.architecture is None or not (card.processors and card.clock_mhz and card.memory_bytes_per_s):
        return None
    block_bytes = plan.block_bytes
    taken = _table()[card.architecture, level, kernel]
    full = full_warps(card, taken)
    fitting = min(full, streams_in_memory(card, spec_for_level(level), taken, plan.own_bits))
    blocks = max(-(-batch_bytes // block_bytes), 1)
    streams = min(fitting, blocks)
    seconds, limit = 0.0, ""
    for count, rounds in ((streams, blocks // streams), (blocks % streams, 1)):
        if count and rounds:
            rate, what = _rate(card, taken, count)
            seconds += rounds * count * min(block_bytes, batch_bytes) / rate
            limit = limit or what
    if limit == _WAITING and streams < 0.9 * full:
        limit = f"{'memory for models' if fitting == streams else 'few blocks'}: {streams} of {full} warps"
    seconds = max(seconds, 1e-9)
    first_s, all_s = roots_s(batch_bytes, block_bytes, host)
    host_s, copy_s = batch_bytes / 1e6 / HOST_MB_PER_S, batch_bytes / 1e6 / PCIE_MB_PER_S
    longest = max(seconds, all_s, host_s, copy_s)
    total_s = first_s + longest
    if longest == copy_s:
        limit = "PCIe"
    elif longest == host_s:
        limit = "reading and hashing on the CPU"
    elif longest == all_s or first_s > longest:
        limit = "roots and generations on the CPU"
    megabytes = batch_bytes / 1e6
    return Prediction(megabytes / seconds, megabytes / total_s, limit, streams)


def full_warps(card: Card, taken: Taken) -> int:
    """Return how many warps a card runs at once, as far as registers and shared memory go."""
    of_warp = -(-taken.registers * 32 // 256) * 256
    ctas = min(65536 // (of_warp * WARPS_OF_CTA), card.shared_bytes // (taken.shared_bytes + 1024))
    return card.processors * min(ctas * WARPS_OF_CTA, MOST_WARPS)


def streams_in_memory(card: Card, spec: Spec, taken: Taken, own_bits: int) -> int:
    """Return for how many blocks there is memory beside starts, inputs and outputs; at least one."""
    usable = int(card.memory_bytes * MEMORY_SHARE)
    base = _tables_bytes(spec, spec.table_bits_for(2 * KNOWN_BYTES)) + taken.learned_bytes + KNOWN_BYTES
    slot = _tables_bytes(spec, own_bits) + taken.learned_bytes
    starts = min(STARTS_EXPECTED * base, usable // STARTS_SHARE)
    return max((usable - usable // IO_SHARE - starts) // slot, 1)


def roots_s(batch_bytes: int, block_bytes: int, host: Host) -> tuple[float, float]:
    """Return the seconds that the CPU takes before the first last generation, and for all roots."""
    window = min(batch_bytes, WINDOW_BYTES)
    known = min(KNOWN_BYTES, window // 2)
    root = min(ROOT_BYTES, window // 8)
    if window < 4 * block_bytes or not root:
        return 0.0, 0.0
    bytes_per_s = host.mb_per_s * 1e6
    training_s = known / (bytes_per_s * TRAINING_SPEED * host.threads)
    first_s, so_far = root / bytes_per_s, root
    while so_far < known:
        following = min(so_far, known - so_far)
        rounds = -(-following // (block_bytes * host.threads))
        first_s += rounds * min(block_bytes, following) / bytes_per_s
        so_far += following
    windows = -(-batch_bytes // WINDOW_BYTES)
    return first_s + training_s, windows * (known / bytes_per_s / host.threads + training_s)


_WAITING = "waiting for memory"


def _rate(card: Card, taken: Taken, streams: int) -> tuple[float, str]:
    """Return the raw bytes a second of so many warps, and what limits them."""
    warps = streams / card.processors
    bytes_a_cycle = card.memory_bytes_per_s * RANDOM_SHARE / (card.clock_mhz * 1e6 * card.processors)
    device_bytes = taken.device_sectors(card.l2_bytes / streams) * SECTOR_BYTES
    waiting = (
        _WAITING if taken.memory_cycles > taken.issue_cycles + taken.chip_cycles else "the pace of each warp"
    )
    cycles = {
        waiting: taken.alone_cycles / warps,
        "issuing instructions": taken.instructions / ISSUES,
        "integer units": taken.alu_instructions / RATES["alu"],
        "multipliers": taken.multiply_instructions / RATES["multiply"],
        "loads and stores": taken.memory_instructions / RATES["memory"],
        "sums over lanes": taken.reduction_instructions / RATES["reduction"],
        "L2 bandwidth": taken.l2_sectors * SECTOR_BYTES / L2_BYTES_A_CYCLE,
        "memory bandwidth": device_bytes / bytes_a_cycle,
    }
    limit = max(cycles, key=cycles.__getitem__)
    return card.processors * card.clock_mhz * 1e6 / cycles[limit] / 8, limit


def _tables_bytes(spec: Spec, table_bits: int) -> int:
    return (spec.buckets(table_bits) << spec.bucket_shift) + (4 << spec.match_bits(table_bits))
