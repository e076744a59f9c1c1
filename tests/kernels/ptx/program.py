"""PTX text to code for machine.py. Whatever is not known here is an error: nothing is guessed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from tests.kernels.ptx import operations as op

RED_ZONE_BYTES = 64
"""Around each array of shared memory; ptxas may place them with gaps, too."""


class PtxError(Exception):
    """PTX that this executor does not know, or that did what no kernel may do."""


@dataclass(slots=True)
class Program:
    """One kernel.

    code:         int32 (instructions, operations.COLUMNS)
    texts:        the line of each instruction
    constants:    register -> value of immediates and addresses of shared memory
    specials:     register -> special register such as `%tid.x`
    parameters:   register -> number of the parameter it stands for
    registers:    how many there are
    shared:       (first byte, bytes) of each array of static shared memory
    shared_bytes: of all, red zones included; dynamic shared memory begins there
    dynamic_shared: whether the kernel declares any
    blocks:       how many basic blocks there are; memories: how many accesses of memory
    """

    name: str
    version: tuple[int, int]
    target: int
    code: np.ndarray = field(default_factory=lambda: np.zeros((0, op.COLUMNS), np.int32))
    texts: list[str] = field(default_factory=list)
    constants: dict[int, int] = field(default_factory=dict)
    specials: dict[int, str] = field(default_factory=dict)
    parameters: dict[int, int] = field(default_factory=dict)
    registers: int = 0
    shared: list[tuple[int, int]] = field(default_factory=list)
    shared_bytes: int = 0
    dynamic_shared: bool = False
    blocks: int = 0
    memories: int = 0


SPECIALS = (
    "%tid.x",
    "%tid.y",
    "%ntid.x",
    "%ntid.y",
    "%ctaid.x",
    "%nctaid.x",
    "%laneid",
    "%dynamic_smem_size",
)

_BINARY = {
    "add": op.ADD, "sub": op.SUB, "and": op.AND, "or": op.OR, "xor": op.XOR, "shl": op.SHL, "shr": op.SHR,
    "min": op.MIN, "max": op.MAX, "div": op.DIV, "rem": op.REM,
}  # fmt: skip
_UNARY = {"neg": op.NEG, "not": op.NOT, "mov": op.MOV, "abs": op.ABS}
_COMPARISONS = {
    "eq": op.EQUAL, "ne": op.NOT_EQUAL, "lt": op.LESS, "le": op.LESS_EQUAL, "gt": op.GREATER,
    "ge": op.GREATER_EQUAL, "lo": op.LESS, "ls": op.LESS_EQUAL, "hi": op.GREATER, "hs": op.GREATER_EQUAL,
}  # fmt: skip
_WIDTHS = {"%p": 1, "%rs": 16, "%r": 32, "%rd": 64}
_COUNTS = {"popc": op.POPULATION, "clz": op.LEADING_ZEROS}
_COLLECTIVES = {"any": op.ANY_WARP, "all": op.ALL_WARP}
_SHUFFLES = {"idx": op.SHUFFLE_INDEX, "bfly": op.SHUFFLE_XOR}

_SHARED = re.compile(r"^(?:\.visible |\.extern |\.weak )*\.shared \.align (\d+) \.b8 (\w+)\[(\d*)\];$")
_LABEL = re.compile(r"^(\$\w+):$")
_GUARDED = re.compile(r"^@(!?)(%p\d+)\s+(.*)$")
_ADDRESS = re.compile(r"^\[\s*([%\w]+)\s*(?:\+\s*(-?\d+))?\s*\]$")
_OPERANDS = re.compile(r"\{[^}]*\}|\[[^\]]*\]|[^,\s]+")
_IGNORED = (
    "//",
    ".reg ",
    ".param ",
    ".maxntid",
    ".minnctapersm",
    ".common .global",
    ".file",
    ".loc",
    ".address_size",
)


def read(ptx: str) -> Program:
    """Return the one kernel in `ptx`. Raises PtxError."""
    return _Reader(ptx).program


class _Reader:
    def __init__(self, ptx: str):
        version = re.search(r"^\.version (\d+)\.(\d+)$", ptx, re.MULTILINE)
        target = re.search(r"^\.target sm_(\d+)$", ptx, re.MULTILINE)
        name = re.search(r"\.visible \.entry (\w+)\(", ptx)
        if not (version and target and name):
            raise PtxError("no .version, .target or kernel")
        self.program = Program(name[1], (int(version[1]), int(version[2])), int(target[1]))
        self._registers: dict[str, int] = {}
        self._widths: list[int] = []
        self._immediates: dict[int, int] = {}
        self._symbols: dict[str, int] = {}
        self._rows: list[list[int]] = []
        self._labels: dict[str, int] = {}
        self._branches: list[tuple[int, str]] = []
        self._vector_tail = False
        for line in ptx.splitlines():
            self._read_line(line.strip())
        self._finish()

    def _read_line(self, line: str) -> None:
        if found := _SHARED.match(line):
            self._place_shared(int(found[1]), found[2], found[3])
        elif found := _LABEL.match(line):
            self._labels[found[1]] = len(self._rows)
        elif line.endswith(";") and not line.startswith(_IGNORED):
            self._instruction(line.rstrip(";").strip())
        elif line and not line.startswith(
            (*_IGNORED, ".version", ".target", ".visible .entry", "{", "}", ")")
        ):
            raise PtxError(f"unknown line: {line[:120]}")

    def _place_shared(self, align: int, symbol: str, size: str) -> None:
        program = self.program
        at = -(-program.shared_bytes // align) * align
        self._symbols[symbol] = at
        if not size:
            program.dynamic_shared = True
            program.shared_bytes = at
            return
        if program.dynamic_shared:
            raise PtxError("static behind dynamic shared memory")
        program.shared.append((at, int(size)))
        program.shared_bytes = at + int(size) + RED_ZONE_BYTES

    def _instruction(self, text: str) -> None:
        guard = 0
        rest = text
        if found := _GUARDED.match(text):
            guard = (self._register(found[2]) + 1) * (-1 if found[1] else 1)
            rest = found[3]
        words, _, operands = rest.partition(" ") if " " in rest else rest.partition("\t")
        words = words.split("\t")[0]
        operands = rest[len(words) :]
        for row in self._rows_of(words.split("."), _OPERANDS.findall(operands), text):
            row[op.GUARD] = guard
            self._rows.append(row)
            self.program.texts.append(text)

    def _rows_of(self, words: list[str], operands: list[str], text: str) -> Iterator[list[int]]:
        name, kind = words[0], words[-1]
        if name in ("ld", "st"):
            yield from self._access(name, words[1:], operands, text)
        elif name == "bra":
            self._branches.append((len(self._rows), operands[0]))
            yield self._row(op.BRANCH)
        elif name == "ret":
            yield self._row(op.RETURN)
        else:
            yield self._single(name, words, kind, operands, text)

    def _single(self, name: str, words: list[str], kind: str, operands: list[str], text: str) -> list[int]:
        flags = words[1:-1]
        if name in _BINARY and flags == []:
            return self._typed(_BINARY[name], kind, operands, 3, text)
        if name in _UNARY and flags == []:
            return self._typed(_UNARY[name], kind, operands, 2, text)
        if name in _COUNTS and kind == "b32" and flags == []:
            return self._typed(_COUNTS[name], kind, operands, 2, text)
        if name in ("mul", "mad") and len(flags) == 1:
            modes = {("mul", "lo"): op.MUL, ("mul", "wide"): op.MUL_WIDE, ("mul", "hi"): op.MUL_HIGH,
                     ("mad", "lo"): op.MAD, ("mad", "wide"): op.MAD_WIDE}  # fmt: skip
            if (name, flags[0]) in modes:
                return self._typed(modes[name, flags[0]], kind, operands, 3 if name == "mul" else 4, text)
        if name == "selp" and flags == []:
            return self._typed(op.SELECT, kind, operands, 4, text)
        if name == "setp" and len(flags) == 1 and flags[0] in _COMPARISONS and "|" not in operands[0]:
            return self._typed(_COMPARISONS[flags[0]], kind, operands, 3, text)
        if name == "cvt" and len(flags) == 1:
            row = self._typed(op.CONVERT, flags[0], operands, 2, text)
            row[op.SIGNED], row[op.PLACE] = int(kind[0] == "s"), _bits(kind, text)
            return row
        if name == "cvta" and (flags in (["to", "global"], ["global"])) and kind == "u64":
            return self._typed(
                op.MOV, kind, operands, 2, text
            )  # generic addresses of device memory are these
        if words == ["prmt", "b32"]:
            return self._typed(op.PERMUTE, kind, operands, 4, text)
        if name == "bfi" and kind in ("b32", "b64") and flags == []:
            row = self._typed(op.INSERT, kind, operands[:4], 4, text)
            row[op.PLACE] = self._register(operands[4])
            return row
        if name == "bfe" and kind in ("u32", "s32") and flags == []:
            return self._typed(op.EXTRACT, kind, operands, 4, text)
        if words == ["prefetch", "global", "L2"]:
            return self._memory(op.PREFETCH, 0, 8, operands[0], text)
        if words == ["atom", "global", "add", "u32"]:
            row = self._memory(op.ATOMIC_ADD, self._register(operands[0]), 32, operands[1], text)
            row[op.B] = self._register(operands[2])
            return row
        if words == ["bar", "sync"] and operands == ["0"]:
            return self._row(op.SYNC_CTA)
        if words == ["bar", "warp", "sync"]:
            return self._row(op.SYNC_WARP, c=self._register(operands[0]))
        if words == ["redux", "sync", "add", "s32"]:
            return self._row(op.SUM_WARP, *map(self._register, operands[:2]), c=self._register(operands[2]))
        if name == "vote" and flags[0] == "sync" and flags[1] in _COLLECTIVES and kind == "pred":
            target, own, lanes = map(self._register, operands)
            return self._row(_COLLECTIVES[flags[1]], target, own, c=lanes)
        if name == "shfl" and flags[0] == "sync" and flags[1] in _SHUFFLES and kind == "b32":
            target, _, predicate = operands[0].partition("|")
            own, other, clamp, lanes = map(self._register, operands[1:])
            row = self._row(_SHUFFLES[flags[1]], self._register(target), own, other, lanes)
            row[op.PLACE] = clamp
            row[op.COLLECTIVE_TARGET] = self._register(predicate) if predicate else -1
            return row
        raise PtxError(f"unknown instruction: {text[:120]}")

    def _access(self, name: str, words: list[str], operands: list[str], text: str) -> Iterator[list[int]]:
        """Yield a row for each item that a load or store moves."""
        space, *flags, kind = words if len(words) > 1 else ("generic", *words)
        flags = [flag for flag in flags if flag != "nc"]
        address, values = (operands[1], operands[0]) if name == "ld" else (operands[0], operands[1])
        if space == "param" and name == "ld" and not flags:
            number = re.fullmatch(r"\[\w+_param_(\d+)\]", address)
            source = self._register(f"parameter {number[1]}")
            self.program.parameters[source] = int(number[1])
            yield self._row(op.MOV, self._register(values), source, bits=_bits(kind, text))
            return
        operations = {
            ("ld", "global"): op.LOAD_GLOBAL, ("st", "global"): op.STORE_GLOBAL,
            ("ld", "shared"): op.LOAD_SHARED, ("st", "shared"): op.STORE_SHARED,
        }  # fmt: skip
        count = {(): 1, ("v2",): 2, ("v4",): 4}.get(tuple(flags))
        if (name, space) not in operations or count is None:
            raise PtxError(f"unknown access of memory: {text[:120]}")
        registers = [self._register(word) for word in values.strip("{}").replace(",", " ").split()]
        bits = _bits(kind, text)
        for number, register in enumerate(registers):
            row = self._memory(operations[name, space], register, bits, address, text, first=not number)
            row[op.SIGNED] = int(kind[0] == "s")
            if name == "ld":
                row[op.B] = self._widths[register]
            row[op.PLACE] += number * bits // 8
            row[op.C] = (
                count * bits // 8 if not number else bits // 8
            )  # what its address must be a multiple of
            yield row

    def _memory(
        self, operation: int, register: int, bits: int, address: str, text: str, first=True
    ) -> list[int]:
        found = _ADDRESS.match(address)
        if not found:
            raise PtxError(f"unknown address: {text[:120]}")
        row = self._row(operation, register, self._register(found[1]), bits=bits)
        row[op.PLACE], row[op.C] = int(found[2] or 0), bits // 8
        if first:
            self.program.memories += 1
            row[op.MEMORY] = self.program.memories
        return row

    def _typed(self, operation: int, kind: str, operands: list[str], count: int, text: str) -> list[int]:
        if len(operands) != count:
            raise PtxError(f"{len(operands)} operands: {text[:120]}")
        row = self._row(operation, *map(self._register, operands), bits=_bits(kind, text))
        row[op.SIGNED] = int(kind[0] == "s")
        return row

    def _row(self, operation: int, target=0, a=0, b=0, c=0, bits=32) -> list[int]:
        row = [0] * op.COLUMNS
        row[op.OP], row[op.TARGET], row[op.A], row[op.B], row[op.C], row[op.BITS] = (
            operation,
            target,
            a,
            b,
            c,
            bits,
        )
        return row

    def _register(self, word: str) -> int:
        """Return the register of an operand; immediates and symbols have registers of their own."""
        if word in self._registers:
            return self._registers[word]
        number = self._registers[word] = len(self._registers)
        self._widths.append(_WIDTHS.get(word.rstrip("0123456789"), 64))
        if word in SPECIALS:
            self.program.specials[number] = word
        elif word in self._symbols:
            self.program.constants[number] = self._symbols[word]
        elif re.fullmatch(r"-?\d+|0[xX][0-9a-fA-F]+U?", word):
            self.program.constants[number] = int(word.rstrip("U"), 0)
        elif not re.fullmatch(r"%(p|rs|r|rd)\d+|parameter \d+", word):
            raise PtxError(f"unknown operand: {word}")
        return number

    def _finish(self) -> None:
        program = self.program
        leaders = {0, *self._labels.values()}
        for place, label in self._branches:
            self._rows[place][op.PLACE] = self._labels[label]
        for place, row in enumerate(self._rows):
            if row[op.OP] in (op.BRANCH, op.RETURN) or row[op.OP] >= op.FIRST_COLLECTIVE:
                leaders.add(place + 1)
        for number, place in enumerate(sorted(leaders - {len(self._rows)})):
            self._rows[place][op.LEADER] = number + 1
            program.blocks = number + 1
        program.code = np.array(self._rows, np.int32).reshape(-1, op.COLUMNS)
        program.registers = len(self._registers)


def _bits(kind: str, text: str) -> int:
    if kind == "pred":
        return 1
    found = re.fullmatch(r"[busf](8|16|32|64)", kind)
    if not found or kind[0] == "f":
        raise PtxError(f"unknown type: {text[:120]}")
    return int(found[1])
