"""Every number that stands in an archive, and every limit a reader holds it to. docs/FORMAT.md explains them.

A change in here changes the format: it needs a new version or required flag, and a line in the history there.
"""

import struct
from enum import IntEnum

FORMAT_VERSION = 1
SHORT_VERSION = 2  # one file in one block, without index and footer
PARENTS_FLAG = 1
"""Required flag: blocks start from other blocks or from models, and models may lie among the blocks."""

FILTERS_FLAG = 2
"""Required flag, of the footer alone: files went through a filter before they were cut into blocks."""

PIPELINES_FLAG = 4
"""Required flag: blocks, and the index, may be coded by pipelines of classical codes."""

SHARED_FLAG = 8
"""Required flag, of the footer alone: files share content, so that the index has the columns for that."""

SNAPSHOTS_FLAG = 16
"""Required flag, of a footer alone: its index tells what changed since the commit before."""

KNOWN_REQUIRED_FLAGS = PARENTS_FLAG | FILTERS_FLAG | PIPELINES_FLAG | SHARED_FLAG | SNAPSHOTS_FLAG

ARCHIVE_MAGIC = b"\x89KMP\r\n\x1a\n"
FOOTER_MAGIC = b"\x89KMPend\n"
APPEND_MAGIC = b"\x89KMPadd\n"

# magic, format version, required flags; then the check
HEADER_FIELDS = struct.Struct("<8sHI")
HEADER_CHECK_BYTES = 4
HEADER_BYTES = HEADER_FIELDS.size + HEADER_CHECK_BYTES

# index offset, index bytes, format version, required flags; then the check and the magic
FOOTER_FIELDS = struct.Struct("<QQHI")
FOOTER_CHECK_BYTES = 16
FOOTER_BYTES = FOOTER_FIELDS.size + FOOTER_CHECK_BYTES + len(FOOTER_MAGIC)

# magic, end of the last commit; then the check
MARK_FIELDS = struct.Struct("<8sQ")
MARK_CHECK_BYTES = 16
MARK_BYTES = MARK_FIELDS.size + MARK_CHECK_BYTES
MARK_ALIGNMENT = 4096  # a mark lies in one sector, so that a crash leaves all of it or nothing

CHECKSUM_BYTES = 8  # of a block's raw bytes
CONTENT_HASH_BYTES = 16  # of a file's content
SMALL_CONTENT_BYTES = 1 << 16
SMALL_HASH_BYTES = 4  # of shorter content, in archives with SHARED_FLAG
MODEL_ID_BYTES = 16
BLOCK_HEADER_CHECK_BYTES = 4
ENTRY_CHECK_BYTES = 4  # of the entry of a short archive
MAX_BLOCK_HEADER_BYTES = 127


class Codec(IntEnum):
    """How a stream holds the raw bytes of its block."""

    STORED = 0
    FILL = 1
    CM = 2
    MODEL = 3  # the stream is a model's recipe, for other blocks to start from; belongs to no file
    PIPELINE = 4  # classical codes, the stream of each coded by the next


class Filter(IntEnum):
    """What was done to the content of a file, to be undone when it is read."""

    NONE = 0
    X86 = 1
    DEFLATE = 2
    TAR = 3


RESIZING_FILTERS = (Filter.DEFLATE, Filter.TAR)
"""What these store is not as long as the content."""


class ParentKind(IntEnum):
    """In which state the model starts a block."""

    NONE = 0
    MODEL = 1
    BLOCKS = 2


class MtimeUnit(IntEnum):
    """Unit of the modification times of an archive; the value is its exponent: 10 ** value nanoseconds."""

    NANOSECOND = 0
    MICROSECOND = 3
    MILLISECOND = 6
    SECOND = 9


MAX_RAW_BYTES = 1 << 30  # of a STORED or CM block, and of the index
MAX_FILL_BYTES = 1 << 48
MAX_PIPELINE_BYTES = 1 << 26  # of a PIPELINE block, because its decoders take a multiple of that
MAX_STAGES = 4  # of a pipeline, one byte each in the place of the spec id
MAX_CM_RATIO = 1 << 16  # 16-bit probabilities cannot code more raw bytes than this in one byte
MAX_TABLE_BITS = 40
MAX_SPEC_ID = (1 << 64) - 1
MAX_TREE_DEPTH = 64
MAX_TEXT_BYTES = 1 << 30  # that a base has learned from
MAX_TRAINING_RATIO = 16  # bytes that all bases together learn from, against all raw bytes

MAX_UNPACKED_BYTES = 1 << 30  # of a file that went through DEFLATE, and of what became of it

MAX_ENTRIES = 1 << 24
MAX_NAME_BYTES = 4096  # PATH_MAX, for names and for targets of symbolic links
MAX_ALL_NAMES_BYTES = 1 << 30
MAX_CONTENT_BYTES = 1 << 56  # of all files together
MAX_MTIME_NS = 1 << 66
MAX_INFO_BYTES = 1 << 16
MAX_SNAPSHOT = (1 << 32) - 1
MAX_TIME_S = 1 << 40  # of a snapshot, since 1970
MAX_PIECES = 1 << 26  # of files in single blocks, over all commits of a journal
MAX_VARINT_BYTES = 10
