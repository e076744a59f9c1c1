"""One launch of a kernel in the machine."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tests.kernels.ptx import operations as op
from tests.kernels.ptx.counting import LANES, Counts, counts_for
from tests.kernels.ptx.machine import run
from tests.kernels.ptx.memory import Arena
from tests.kernels.ptx.problems import WHAT_WENT_WRONG
from tests.kernels.ptx.program import Program, PtxError

_GARBAGE = np.uint64(0xA5A5A5A5A5A5A5A5)


@dataclass(slots=True)
class Executed:
    """What launches of a program did, in instructions of whole warps; a block of PTX, not of machine code.

    instructions: that warps went through, each counted once for all lanes that could do it together
    sectors:      of 32 bytes of device memory that loads and stores touched
    wavefronts:   rounds of 32 banks that accesses of shared memory took
    by_place:     instructions by their place in the code
    """

    instructions: int = 0
    sectors: int = 0
    wavefronts: int = 0
    by_place: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))


def launch(
    program: Program,
    arena: Arena,
    ctas: int,
    warps: int,
    parameters: Sequence[int],
    dynamic_bytes: int = 0,
    seed: int = 0,
    counting: bool = False,
) -> Executed:
    """Run `ctas` CTAs of `warps` warps of 32 lanes. Raises PtxError, with the instruction, lane and address.

    parameters: in their order, as 64 bits
    """
    if len(parameters) <= max(program.parameters.values(), default=-1):
        raise PtxError(f"{len(parameters)} parameters are too few")
    threads = ctas * warps * LANES
    registers = np.full((threads, program.registers), _GARBAGE)
    for register, value in program.constants.items():
        registers[:, register] = np.uint64(value & 0xFFFFFFFFFFFFFFFF)
    for register, number in program.parameters.items():
        registers[:, register] = np.uint64(int(parameters[number]) & 0xFFFFFFFFFFFFFFFF)
    thread = np.arange(threads)
    own = {
        "%tid.x": thread % 32, "%laneid": thread % 32, "%tid.y": thread // 32 % warps,
        "%ntid.x": 32, "%ntid.y": warps, "%ctaid.x": thread // (32 * warps), "%nctaid.x": ctas,
        "%dynamic_smem_size": dynamic_bytes,
    }  # fmt: skip
    for register, name in program.specials.items():
        registers[:, register] = own[name]
    shared_bytes = program.shared_bytes + dynamic_bytes
    shared = [_shared(arena, program, dynamic_bytes) for _ in range(ctas)]
    counts = counts_for(program.blocks if counting else 0, program.memories)
    places = np.zeros(program.memories + 1, np.int64)
    numbers = program.code[:, op.MEMORY]
    places[numbers[numbers > 0]] = np.flatnonzero(numbers)
    problem, at_thread, place, address = run(
        program.code, registers, ctas, warps, arena.memory,
        np.array([arena.index(memory) for memory in shared]), shared_bytes, seed, counting, counts, places,
    )  # fmt: skip
    if problem:
        warp, lane = divmod(at_thread, LANES)
        text = program.texts[place] if 0 <= place < len(program.texts) else ""
        raise PtxError(
            f"{WHAT_WENT_WRONG[problem]}: warp {warp}, lane {lane}, address {address:#x}, `{text}`"
        )
    return _executed(program, counts, places) if counting else Executed()


def _shared(arena: Arena, program: Program, dynamic_bytes: int) -> np.ndarray:
    """Return a CTA's shared memory, of which only what belongs to an array may be touched."""
    size = -(-(program.shared_bytes + dynamic_bytes) // 8) * 8
    memory = arena.array(max(size, 8))
    areas = [*program.shared, *([(program.shared_bytes, dynamic_bytes)] if dynamic_bytes else [])]
    arena.forbid(memory)
    for at, count in areas:
        arena.unwritten(memory[at : at + count])
    return memory


def _executed(program: Program, counts: Counts, places: np.ndarray) -> Executed:
    leaders = program.code[:, op.LEADER] - 1
    blocks = np.maximum.accumulate(np.where(leaders >= 0, leaders, -1))
    by_place = counts.issues[blocks]
    operations = program.code[places, op.OP]
    is_shared = (operations == op.LOAD_SHARED) | (operations == op.STORE_SHARED)
    transactions = counts.accesses[:, 1]
    return Executed(
        int(by_place.sum()),
        int(transactions[1:][~is_shared[1:]].sum()),
        int(transactions[is_shared].sum()),
        by_place,
    )
