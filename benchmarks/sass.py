"""PTX to machine code, and instructions of machine code counted by how often a coded bit runs them.

Nothing runs: there may be no GPU. Each instruction carries the chain of source lines that it was inlined
through. A condition or loop of the model around any of these lines that does not hold for every bit has its
weight in WEIGHTS; the instruction's count is their product. All conditions that are not listed count as if
they held each time, so that code of only some lanes (a bucket claimed, the second neighbour probed) and of
only some bits (a match to verify) counts whenever it may run: the sum is near the worst case.

Since Volta an instruction has 128 bits, and bits 105 to 121 tell the scheduler what the hardware does not
find out by itself (Jia et al., "Dissecting the NVIDIA Volta GPU Architecture via Microbenchmarking", 2018,
2.1; CuAssembler's user guide tells the same of later ones): four bits of cycles to wait before the warp's
next instruction, one to prefer another warp, three bits each for the barrier that opens when the result is
there and the one that opens when the operands were read (7: none), and six for the barriers to wait for.
"""

import ast
import functools
import math
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kompakt.kernels.tools import tool

WEIGHTS = {
    "lanes_agree(position < size)": 1 / 8,
    "lanes_agree(position < size and is_sure(state, numbers))": 0.0,  # bytes that are not coded bit by bit
    "half < u32(2)": 2.0,
    "step < u32(4)": 4.0,
    "step == u32(3)": 1 / 4,
    "half == u32(1)": 1 / 2,
    "u32(low ^ high) < _TOP_BYTE": 1 / 8,  # at most one coded byte for each raw byte
    "written == room": 0.0,
    "record != before": 1 / 1024,  # measured: at most 5 in 100,000 bytes of any corpus file
    "votes >= u32(60000)": 0.0,  # 4096 votes halved, once in 60,000 hits
}
"""How often, on average, what stands under a loop or condition runs for each time it is reached."""

WITHOUT_START = {
    "has_base(state, numbers)": 0.0,
    "length < numbers.min_match and has_base(state, numbers)": 0.0,
    "place < base_bytes": 0.0,
}
"""The same for blocks that start empty. For others these conditions count as true each time, as all do."""

CODERS = ("encode", "decode")
"""Functions of kompakt/model/block.py inside which a coded bit is spent."""

_LABEL = re.compile(r"(\.L_x_\d+):")
_BRANCH = re.compile(r"BRA .*`\((\.L_x_\d+)\)")
_INSTRUCTION = re.compile(r"\s+/\*([0-9a-f]{4,6})\*/\s+(.*?)\s*;")
_UPPER_HALF = re.compile(r"\s+/\* 0x([0-9a-f]{16}) \*/\s*$")
_PARTED = re.compile(r"BRA\.DIV .*`\((\.L_x_\d+)\)")
_TOGETHER = re.compile(r"BRA\.CONV .*`\((\.L_x_\d+)\)")
_WAY_BACK = "BRA "
_PLACE = re.compile(r'"([^"]+)", line (\d+)')
_USED = re.compile(r"Used (\d+) registers")
_SPILLS = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
_SHARED = re.compile(r"(\d+) bytes smem")

_NO_BARRIER = 7
_BARRIERS = 6

REGISTERS_OF_SM = 65536
REGISTER_UNIT = 256  # registers are given out to warps in units of this many
WARPS_OF_SM = 64
SHARED_BYTES_OF_SM = 227 << 10
SHARED_BYTES_OF_SYSTEM = 1 << 10  # taken from each CTA


@dataclass(frozen=True, slots=True)
class Resources:
    """What ptxas gave a kernel: registers of a thread, bytes of shared memory of a CTA, bytes spilled."""

    registers: int
    shared_bytes: int
    stack_bytes: int
    spill_bytes: int

    def warps(self, warps_of_cta: int) -> int:
        """Return how many warps fit an SM of compute capability 9.0."""
        of_warp = -(-self.registers * 32 // REGISTER_UNIT) * REGISTER_UNIT
        by_registers = REGISTERS_OF_SM // of_warp // warps_of_cta
        by_shared = SHARED_BYTES_OF_SM // (self.shared_bytes + SHARED_BYTES_OF_SYSTEM)
        return min(by_registers, by_shared, WARPS_OF_SM // warps_of_cta) * warps_of_cta


@dataclass(frozen=True, slots=True)
class Control:
    """What an instruction tells the scheduler.

    stall:   cycles until the warp's next instruction, 0..15
    written: number of the barrier that opens when the result is there, or None
    read:    number of the barrier that opens when the operands were read, or None
    waits:   numbers of the barriers that must be open
    """

    stall: int
    written: int | None
    read: int | None
    waits: tuple[int, ...]

    @classmethod
    def of(cls, upper: int) -> "Control":
        """Return what stands in the upper 64 bits of an instruction."""
        bits = upper >> 41
        written, read, waits = bits >> 5 & 7, bits >> 8 & 7, bits >> 11 & 63
        return cls(
            bits & 15,
            None if written == _NO_BARRIER else written,
            None if read == _NO_BARRIER else read,
            tuple(number for number in range(_BARRIERS) if waits >> number & 1),
        )


@dataclass(frozen=True, slots=True)
class Instruction:
    """Text of a machine instruction, and where it comes from: (file, line), innermost first.

    closes_loop: it branches backward
    is_detour:   only a warp whose lanes have parted runs it, which the model's warps do not where they meet:
                 before 9.0, behind BRA.CONV up to its target, and from the target of BRA.DIV to the way back
    """

    text: str
    places: tuple[tuple[str, int], ...]
    closes_loop: bool
    control: Control
    is_detour: bool = False

    @property
    def operation(self) -> str:
        """Return the mnemonic without its modifiers, such as LDG."""
        words = self.text.split()
        return words[self.is_conditional].split(".")[0]

    @property
    def is_conditional(self) -> bool:
        """Tell whether a predicate stands before it."""
        return self.text.startswith("@")


def assemble(ptx: str, architecture: str) -> tuple[Resources, list[Instruction]]:
    """Return what ptxas makes of a kernel for `architecture`, such as sm_90, from just this text."""
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder, "kernel.ptx"), Path(folder, "kernel.cubin")
        source.write_text(ptx)
        command = [tool("ptxas"), "-v", "-lineinfo", f"-arch={architecture}", str(source), "-o", str(binary)]
        report = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        disassemble = [tool("nvdisasm"), "-gi", "-c", "-hex", str(binary)]
        listing = subprocess.run(disassemble, capture_output=True, text=True, check=True).stdout
    stack, stores, loads = map(int, _SPILLS.search(report).groups())
    resources = Resources(int(_USED.search(report)[1]), int(_SHARED.search(report)[1]), stack, stores + loads)
    return resources, list(_instructions(listing))


def instructions_by_part(instructions: list[Instruction], with_start: bool) -> Counter:
    """Return instructions for each coded bit, by the model function that block.py's loop calls."""
    parts: Counter = Counter()
    for instruction in instructions:
        weight, part = weight_of(instruction, with_start)
        parts[part] += weight
    return +parts


def weight_of(instruction: Instruction, with_start: bool) -> tuple[float, str]:
    """Return how often a coded bit runs an instruction, and the model function that block.py's loop calls."""
    if instruction.is_detour:
        return 0.0, ""
    weights = WEIGHTS if with_start else WEIGHTS | WITHOUT_START
    known = [(function, line) for file, line in instruction.places if (function := _function(file, line))]
    names = [function.name for function, _ in known]
    coder = next((name for name in CODERS if name in names), None)
    if coder is None:
        return 0.0, ""
    depth = names.index(coder)
    weight = float("lanes_agree(position < size)" in _around(*known[depth]))
    for function, line in known[: depth + 1]:
        weight *= math.prod(weights.get(key, 1.0) for key in _around(function, line))
    inside = names[:depth][::-1]
    return weight, "/".join(inside[:2]) or "coder and loop"


def loops_over_sets(instructions: list[Instruction]) -> int:
    """Return how many loops over weight sets were not unrolled; their bodies are counted once, too little."""
    return sum(
        instruction.closes_loop
        and any(
            "for s" in _around(function, line)
            for file, line in instruction.places
            if (function := _function(file, line))
        )
        for instruction in instructions
    )


@functools.cache
def _around(function: ast.FunctionDef, line: int) -> list[str]:
    """Return the loops and conditions of `function` that `line` stands under."""
    keys = []
    for node in ast.walk(function):
        if isinstance(node, ast.For):
            key = f"for {ast.unparse(node.target)}"
        elif isinstance(node, ast.If | ast.While):
            key = ast.unparse(node.test)
        else:
            continue
        if node.body[0].lineno <= line <= node.body[-1].end_lineno:
            keys.append(key)
    return keys


@functools.cache
def _functions(file: str) -> list[ast.FunctionDef]:
    return [n for n in ast.walk(ast.parse(Path(file).read_text())) if isinstance(n, ast.FunctionDef)]


@functools.cache
def _function(file: str, line: int) -> ast.FunctionDef | None:
    """Return the innermost function around a line, decorators and signature included, if there is one."""
    around = [f for f in _functions(file) if _first_line(f) <= line <= f.end_lineno]
    return max(around, key=_first_line, default=None)


def _first_line(function: ast.FunctionDef) -> int:
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


def _instructions(listing: str) -> Iterator[Instruction]:
    places: list[tuple[str, int]] = []
    reading_places = False
    labels: set[str] = set()
    text, until = "", ""  # the label at which a detour ends, or what ends it
    detours = set(_PARTED.findall(listing))
    for line in listing.splitlines():
        if "//## File" in line:
            if not reading_places:
                places = []
            file, number = _PLACE.search(line).groups()
            places.append((file, int(number)))
            reading_places = True
            continue
        reading_places = False
        if found := _LABEL.match(line):
            labels.add(found[1])
            if found[1] in detours:
                until = _WAY_BACK
            elif found[1] == until:
                until = ""
        elif found := _INSTRUCTION.match(line):
            text = found[2]
        elif (found := _UPPER_HALF.match(line)) and text:
            target = _BRANCH.search(text)
            closes_loop = target is not None and target[1] in labels
            control = Control.of(int(found[1], 16))
            yield Instruction(text, tuple(places), closes_loop, control, is_detour=bool(until))
            if found := _TOGETHER.match(text):
                until = found[1]
            elif until == _WAY_BACK and text.startswith(_WAY_BACK):
                until = ""
            text = ""
