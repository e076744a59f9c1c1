"""What a kernel may do wrong."""

(
    FINE, BAD_ADDRESS, MISALIGNED, READ_UNWRITTEN, APART, PARTIAL_MASK, ENDLESS, BAD_OPERATION, FELL_OFF,
    DIVIDED_BY_ZERO, LEFT_OTHERS, UNDERWAY,
) = range(12)  # fmt: skip

WHAT_WENT_WRONG = {
    BAD_ADDRESS: "an address outside of every allocation",
    MISALIGNED: "a misaligned address",
    READ_UNWRITTEN: "a read of memory that nobody has written",
    APART: "lanes of a warp wait at different instructions",
    PARTIAL_MASK: "a meeting of some lanes only",
    ENDLESS: "too many instructions without a meeting",
    BAD_OPERATION: "an operation that the machine does not know",
    FELL_OFF: "the end of the code",
    DIVIDED_BY_ZERO: "a division by zero",
    LEFT_OTHERS: "lanes that have returned while others wait for them",
}
