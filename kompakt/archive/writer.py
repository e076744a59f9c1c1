"""Writes an archive front to back, never going back, so that a pipe will do."""

from collections.abc import Callable, Sequence
from typing import BinaryIO

from kompakt.archive.ancestry import check_parents
from kompakt.archive.block_header import BlockHeader
from kompakt.archive.commit import Commit, decode_commit, encode_commit
from kompakt.archive.entry import Entry
from kompakt.archive.frame import Footer, encode_header
from kompakt.archive.index import Index, Info
from kompakt.archive.indexes import decode_any, encode_any
from kompakt.archive.layout import PARENTS_FLAG, PIPELINES_FLAG, SHORT_VERSION, SNAPSHOTS_FLAG
from kompakt.archive.names import check_names
from kompakt.archive.short import MAX_STREAM_BYTES, can_be_short, encode_entry
from kompakt.errors import FileSystemError

IndexCodec = Callable[[bytes], tuple[BlockHeader, bytes]]


class ArchiveWriter:
    """Appends an archive to `file`, which is only written to.

    name:        of the file, for messages
    index_codec: turns the columns of the index into a block, header and stream, at the end
    has_parents: whether blocks may start from models or other blocks
    has_pipelines: whether pipelines may code blocks or the index
    may_be_short: whether one small file may become a short archive, which has no `info`
    earlier:      headers of the blocks of earlier commits, to which one is added that begins at `start`; its
                  bytes are all that is written

    Until `finish` has returned there is no archive. Failing writes raise FileSystemError.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        index_codec: IndexCodec,
        name: str = "archive",
        has_parents: bool = False,
        has_pipelines: bool = False,
        may_be_short: bool = False,
        earlier: Sequence[BlockHeader] = (),
        start: int = 0,
    ):
        self._file = file
        self.name = name
        self._index_codec = index_codec
        self._headers: list[BlockHeader] = list(earlier)
        self._earlier_blocks = len(earlier)
        self._start = start
        self.bytes_written = 0
        self._flags = PARENTS_FLAG * has_parents | PIPELINES_FLAG * has_pipelines
        self._held: bytes | None = None  # the first block, while it may become a short archive
        self._may_be_short = may_be_short
        if not (may_be_short or start):
            self._write(encode_header(required_flags=self._flags))

    @property
    def next_number(self) -> int:
        """The number of the next block."""
        return len(self._headers)

    def add_block(self, header: BlockHeader, stream: bytes) -> int:
        """Append one block and return its number. `stream` is bytes-like, `header.coded_bytes` long."""
        size = memoryview(stream).nbytes
        if size != header.coded_bytes:
            raise ValueError(f"the header says {header.coded_bytes} bytes, the stream has {size}")
        number = self.next_number
        header.check(f"{self.name}: block {number}")
        self._headers.append(header)
        if self._may_be_short and number == 0 and size <= MAX_STREAM_BYTES:
            self._held = header.encode() + bytes(stream)
            return number
        self._release()
        self._write(header.encode())
        self._write(stream)
        return number

    def finish(self, entries: Sequence[Entry], info: Info) -> None:
        """Append index and footer, and flush.

        `info` describes the archive as a whole. Raises UnsafeNameError, LimitError and ValueError for what no
        reader would accept.
        """
        check_names(entries, self.name)
        if self._held is not None and can_be_short(entries, self._headers):
            head = encode_header(SHORT_VERSION, self._flags) + encode_entry(entries[0])
            self._write(head + self._held)
            self._flush()
            return
        self._release()
        whole = Index(self._headers, list(entries), info)
        columns, hashes = encode_any(whole)
        decode_any(columns, hashes, whole.flags, self.name)  # finds every limit that is exceeded
        self._end(columns, hashes, whole.flags)

    def commit(self, commit: Commit) -> None:
        """Append index and footer of a commit, whose index gets the new blocks. Raises like `finish`."""
        check_names(commit.index.entries, self.name)
        commit.index.headers = self._headers[self._earlier_blocks :]
        sizes = [header.raw_bytes for header in self._headers[: self._earlier_blocks]]
        columns, hashes = encode_commit(commit, sizes)
        decode_commit(columns, hashes, commit.index.flags, self.name, sizes)
        self._end(columns, hashes, commit.index.flags | SNAPSHOTS_FLAG)

    def _end(self, columns: bytes, hashes: bytes, flags: int) -> None:
        """Append index and footer, and flush."""
        check_parents(self._headers, self.name)
        header, stream = self._index_codec(columns)
        index = header.encode() + bytes(stream) + hashes
        offset = self._start + self.bytes_written
        footer = Footer(offset, len(index), required_flags=self._flags | flags)
        self._write(index + footer.encode(index))
        self._flush()

    def _release(self) -> None:
        """Write what was held back: this will not be a short archive."""
        if self._may_be_short:
            self._may_be_short = False
            self._write(encode_header(required_flags=self._flags) + (self._held or b""))
            self._held = None

    def _flush(self) -> None:
        try:
            self._file.flush()
        except OSError as error:
            raise self._failed(error) from None

    def _write(self, data: bytes) -> None:
        view = memoryview(data).cast("B")
        self.bytes_written += len(view)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> FileSystemError | BrokenPipeError:
        if isinstance(error, BrokenPipeError):
            return error
        return FileSystemError(f"{self.name}: {error.strerror or error}")
