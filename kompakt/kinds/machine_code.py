"""Machine code: short instructions that every compiler uses come far more often than in other bytes."""

import numpy as np

_REX = bytes([0x41, 0x44, 0x45, 0x48, 0x49, 0x4C, 0x4D])  # prefixes of 64-bit operands and of r8 to r15
_AFTER_REX = bytes([0x01, 0x03, 0x29, 0x31, 0x39, 0x3B, 0x63, 0x83, 0x85, 0x89, 0x8B, 0x8D, 0xC7])
_MOVES = bytes([0x83, 0x85, 0x89, 0x8B, 0x8D, 0xC7, 0xFF])  # arithmetic, test, mov, lea, call
_STACK_OPERANDS = bytes(
    [0x04, 0x05, 0x0D, 0x15, 0x1D, 0x24, 0x2D, 0x34, 0x3D, 0x44, 0x45, 0x4C, 0x4D, 0x54, 0x55, 0x5C,
     0x5D, 0x64, 0x6C, 0x74, 0x75, 0x7C, 0x7D, 0xC0, 0xC4, 0xC9, 0xD2, 0xDB, 0xEC, 0xF6, 0xFF]
)  # fmt: skip
_ARM64_TOPS = bytes(  # the top byte of: branches, adrp, add and sub, moves, loads and stores, vectors
    [0x14, 0x17, 0x94, 0x97, 0x54, 0x34, 0x35, 0xB4, 0xB5, 0x36, 0x37, 0xD6, 0x10, 0x30, 0x90, 0xB0,
     0xD0, 0xF0, 0x11, 0x91, 0x51, 0xD1, 0x71, 0xF1, 0x0B, 0x8B, 0x4B, 0xCB, 0x6B, 0xEB, 0x2A, 0xAA,
     0x52, 0xD2, 0x12, 0x92, 0x39, 0x79, 0xB9, 0xF9, 0x38, 0x78, 0xB8, 0xF8, 0x29, 0xA9, 0xA8, 0x6D,
     0x3D, 0xFD, 0x53, 0xD3, 0x1A, 0x9A, 0x0E, 0x2E, 0x4E, 0x6E, 0x0F, 0x2F, 0x4F, 0x6F, 0x1E, 0x3C,
     0x4C, 0xAD, 0x32, 0x72]
)  # fmt: skip


def _members(values: bytes) -> np.ndarray:
    table = np.zeros(256, bool)
    table[list(values)] = True
    return table


_IS_REX, _IS_AFTER_REX, _IS_MOVE, _IS_OPERAND, _IS_ARM64_TOP = map(
    _members, (_REX, _AFTER_REX, _MOVES, _STACK_OPERANDS, _ARM64_TOPS)
)
_ARM64_SHARE = 5, 9  # of the words
_ARM64_WORDS_PER_SIGN = 200  # one word in so many is a branch, and one a load or store
_IS_BRANCH, _IS_LOAD = map(_members, (b"\x14\x17\x54\x94\x97", b"\x39\x3d\xa9\xad\xb9\xf8\xf9"))
_X86_BYTES_PER_SIGN = 28
_X86_BYTES_PER_JUMP = 400


def looks_like_x86(windows: np.ndarray) -> bool:
    """Return whether the uint8 rows `windows` hold x86 or x86-64 code.

    Signs: a prefix for 64-bit operands before a common instruction, a common instruction before an operand on
    the stack, and calls and long jumps whose 32-bit distance is small (its top byte is 0 or 255).
    """
    first, second = windows[:, :-1], windows[:, 1:]
    prefixed = np.count_nonzero(_IS_REX.take(first) & _IS_AFTER_REX.take(second))
    moves = np.count_nonzero(_IS_MOVE.take(first) & _IS_OPERAND.take(second))
    jumps = _near_jumps(windows)
    size = windows.size
    return (prefixed + moves) * _X86_BYTES_PER_SIGN >= size and jumps * _X86_BYTES_PER_JUMP >= size


def _near_jumps(windows: np.ndarray) -> int:
    opcode, top = windows[:, 1:-4], windows[:, 5:]
    is_jump = ((opcode & 0xFE) == 0xE8) | (((opcode & 0xF0) == 0x80) & (windows[:, :-5] == 0x0F))
    is_near = (top + np.uint8(1)) < 2
    is_varied = windows[:, 2:-3] != top  # 00 00 00 00 and ff ff ff ff are no distance
    return int(np.count_nonzero(is_jump & is_near & is_varied))


def looks_like_arm64(windows: np.ndarray) -> bool:
    """Return whether the uint8 rows `windows` hold 32-bit little-endian ARM64 instructions, at any phase."""
    words = windows.shape[1] // 4
    if words == 0:
        return False
    by_phase = windows[:, : 4 * words].reshape(-1, 4)
    common = np.count_nonzero(_IS_ARM64_TOP.take(by_phase), axis=0)
    phase = int(common.argmax())
    tops = by_phase[:, phase]
    share, whole = _ARM64_SHARE
    branches, loads = (np.count_nonzero(table.take(tops)) for table in (_IS_BRANCH, _IS_LOAD))
    is_varied = min(branches, loads) * _ARM64_WORDS_PER_SIGN >= tops.size
    return is_varied and int(common[phase]) * whole >= share * tops.size
