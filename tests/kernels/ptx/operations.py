"""Numbers of the machine's operations and the columns of its code; constants that Numba compiles in."""

(
    OP, TARGET, A, B, C, BITS, SIGNED, GUARD, PLACE, LEADER, MEMORY, COLLECTIVE_TARGET,
) = range(12)  # fmt: skip
"""Columns of an instruction, int32.

OP: its operation; TARGET, A, B, C: registers (of an access of memory, B is the width of the register that it
fills, and C what its address must be a multiple of); BITS: width of its result, or of what it moves
SIGNED: whether its operands are signed
GUARD: 0, or 1 + the predicate's register, negative where the instruction runs if that is false
PLACE: what else it needs: where a branch goes, an offset in bytes, the width of a conversion's source
LEADER: 1 + number of the basic block that it begins, or 0
MEMORY: 1 + its number among accesses of memory, or 0 (also for all but the first part of a vector)
COLLECTIVE_TARGET: register of the predicate that shfl also sets, or -1
"""
COLUMNS = COLLECTIVE_TARGET + 1

(
    MOV, ADD, SUB, MUL, MUL_WIDE, MUL_HIGH, MAD, MAD_WIDE, DIV, REM, NEG, NOT, AND, OR, XOR, SHL, SHR,
    MIN, MAX, SELECT, CONVERT, PERMUTE, INSERT, EXTRACT, EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER,
    GREATER_EQUAL, ABS, POPULATION, LEADING_ZEROS, BRANCH, RETURN, LOAD_GLOBAL, STORE_GLOBAL,
    LOAD_SHARED, STORE_SHARED, PREFETCH, ATOMIC_ADD, SYNC_WARP, SUM_WARP, ANY_WARP, ALL_WARP,
    SHUFFLE_INDEX, SHUFFLE_XOR, SYNC_CTA,
) = range(48)  # fmt: skip

FIRST_COLLECTIVE = SYNC_WARP
"""Operations from here on need other lanes."""
