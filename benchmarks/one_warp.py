"""How many cycles a warp alone on its scheduler takes for a coded bit, from machine code with control codes.

A warp issues in order. An instruction waits until the one before has stalled as long as its control code
says, and until the barriers that it names are open; results of unknown latency open them. So a walk along the
instructions that a bit runs, with a clock, gives the time, if it is known how long each kind of result takes.
That is LATENCIES, in cycles of the processor, for which there are only measurements by others:

- shared memory, L1, L2, device memory: Luo et al., "Benchmarking and Dissecting the Nvidia Hopper GPU
  Architecture via Microbenchmarking", arXiv 2402.13499, 2024, table of latencies: 29 to 30, 38 to 43, 262 to
  273 and 466 to 542 cycles on A100, RTX 4090 and H100 PCIe. Abdelkhalik et al., arXiv 2208.11174, 2022, have
  23, 33, 200 and 290 on an A100 with a smaller range of addresses. For the B200 those of the H100 are taken.
- sums over a warp (REDUX): NVIDIA documents only their rate. Public measurements differ between 12 and 44
  cycles, both on Blackwell; 24, as for a shuffle, is taken for all.
- votes and what comes over the uniform path: 12; conversions, counts of bits and shuffles: 23
  (Jia et al. 2018, 2019, on Volta and Turing).

Not in it: instructions that are not in the instruction cache, what a branch costs beside its stall, and
accesses that conflict. So the truth is rather longer.

Instructions that not every bit runs have a weight below one (sass.py). The walk is made once for each weight,
with all instructions of at least that weight, and counts by how much more often it happens than the next.
"""

import linecache
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sass import Instruction, weight_of


@dataclass(frozen=True, slots=True)
class Latencies:
    """Cycles until a result is there."""

    shared: int
    l1: int
    l2: int
    device: int
    reduction: int = 24
    vote: int = 12
    slow: int = 23


LATENCIES = {
    "sm_80": Latencies(29, 38, 262, 466),
    "sm_89": Latencies(30, 43, 273, 542),
    "sm_90": Latencies(29, 41, 263, 479),
    "sm_100": Latencies(29, 41, 263, 479),
}
"""By architecture: A100, RTX 4090, H100 and, of which nothing is known, B200."""

OPERANDS = 12
"""Cycles until a store, or a load, has read its operands."""

DEVICE_MEMORY = "device memory"

PIPES = {
    "alu": (
        "IADD3", "LOP3", "SHF", "LEA", "ISETP", "SEL", "PRMT", "VIADD", "VIMNMX", "VIADDMNMX", "IMNMX",
        "PLOP3", "BMSK", "SGXT", "MOV", "IABS", "P2R", "R2P", "CS2R", "FSEL", "VIMNMX3", "LOP", "UMOV",
    ),
    "multiply": ("IMAD",),
    "memory": ("LDS", "STS", "LDG", "STG", "LD", "ST", "LDL", "STL", "ATOM", "ATOMG", "CCTL", "LDC", "ATOMS"),
    "reduction": ("REDUX",),
}  # fmt: skip
"""Operations by the unit that takes them. Others go to units of which a bit needs little."""


@dataclass(frozen=True, slots=True)
class Alone:
    """What a coded bit takes: instructions by pipe, and cycles of a warp alone by what it waits for.

    waits: cycles waited for what each line of source loads from device memory
    """

    instructions: float
    pipes: dict[str, float]
    cycles: dict[str, float]
    waits: dict[str, float]

    @property
    def total_cycles(self) -> float:
        """Return cycles of all kinds together."""
        return sum(self.cycles.values())


def alone(
    instructions: Sequence[Instruction],
    with_start: bool,
    latencies: Latencies,
    global_cycles: Callable[[Instruction], float],
) -> Alone:
    """Return what a coded bit takes.

    global_cycles: how long a load from device memory takes until its result is there, through the caches
    """
    weighted = [(one, weight_of(one, with_start)[0]) for one in instructions]
    run = [(one, weight) for one, weight in weighted if weight > 0]
    pipes: Counter = Counter()
    for one, weight in run:
        pipes[pipe_of(one)] += weight
    cycles: Counter = Counter()
    waits: Counter = Counter()
    levels = sorted({weight for _, weight in run})
    for level, below in zip(levels, [0.0, *levels], strict=False):
        path = [one for one, weight in run if weight >= level]
        for (cause, line), count in _walk(path, latencies, global_cycles).items():
            cycles[cause] += (level - below) * count
            if cause == DEVICE_MEMORY:
                waits[line] += (level - below) * count
    return Alone(sum(weight for _, weight in run), dict(pipes), dict(cycles), dict(waits))


def pipe_of(instruction: Instruction) -> str:
    """Return the key of PIPES that takes an instruction, or `other`."""
    return next((pipe for pipe, names in PIPES.items() if instruction.operation in names), "other")


def line_of(instruction: Instruction) -> str:
    """Return the line of the model that an instruction comes from, as source_line() names it."""
    places = instruction.places
    return source_line(*next((place for place in places if "/kernels/" not in place[0]), places[0]))


def source_line(file: str, number: int) -> str:
    """Return a line of source as rows name it, by its text: numbers change with every edit above it."""
    return f"{Path(file).name}: {linecache.getline(file, number).strip()}"


def _walk(path: Sequence[Instruction], latencies: Latencies, global_cycles: Callable) -> Counter:
    """Return the cycles of one round of `path`, when it is run over and over, by cause and line."""
    now = 0.0
    opens: dict[int, tuple[float, str, str]] = {}
    cycles: Counter = Counter()
    for _ in range(2):  # the first round only sets the barriers that the second begins with
        cycles.clear()
        for one in path:
            for barrier in one.control.waits:
                at, *cause = opens.pop(barrier, (0.0, "", ""))
                if at > now:
                    cycles[tuple(cause)] += at - now
                    now = at
            latency, cause = _latency(one, latencies, global_cycles)
            line = line_of(one) if cause == DEVICE_MEMORY else ""
            for barrier, after in (
                (one.control.written, latency),
                (one.control.read, min(latency, OPERANDS)),
            ):
                if barrier is not None:
                    opens[barrier] = max(opens.get(barrier, (0.0, "", "")), (now + after, cause, line))
            issue = max(one.control.stall, 1)
            cycles["issue", ""] += issue
            now += issue
    return cycles


def _latency(one: Instruction, latencies: Latencies, global_cycles: Callable) -> tuple[float, str]:
    operation = one.operation
    if operation in ("LDS", "ATOMS"):
        return latencies.shared, "shared memory"
    if operation == "LDL":
        return latencies.l1, "spilled registers"
    if operation in ("LDG", "LD", "ATOM", "ATOMG"):
        return global_cycles(one), DEVICE_MEMORY
    if operation == "REDUX":
        return latencies.reduction, "sums over lanes"
    if operation in ("VOTE", "VOTEU", "R2UR", "S2UR"):
        return latencies.vote, "votes"
    return latencies.slow, "others"
