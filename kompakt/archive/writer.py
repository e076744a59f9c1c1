"""Writes an archive front to back, never going back, so that a pipe will do."""

from collections.abc import Callable, Sequence
from typing import BinaryIO

from kompakt.archive.ancestry import check_parents
from kompakt.archive.block_header import BlockHeader
from kompakt.archive.entry import Entry
from kompakt.archive.frame import Footer, encode_header
from kompakt.archive.index import Index, Info, decode_index, encode_index
from kompakt.archive.layout import FILTERS_FLAG, PARENTS_FLAG, PIPELINES_FLAG, SHORT_VERSION
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
    ):
        self._file = file
        self._name = name
        self._index_codec = index_codec
        self._headers: list[BlockHeader] = []
        self.bytes_written = 0
        self._flags = PARENTS_FLAG * has_parents | PIPELINES_FLAG * has_pipelines
        self._held: bytes | None = None  # the first block, while it may become a short archive
        self._may_be_short = may_be_short
        if not may_be_short:
            self._write(encode_header(required_flags=self._flags))

    def add_block(self, header: BlockHeader, stream: bytes) -> int:
        """Append one block and return its number. `stream` is bytes-like, `header.coded_bytes` long."""
        size = memoryview(stream).nbytes
        if size != header.coded_bytes:
            raise ValueError(f"the header says {header.coded_bytes} bytes, the stream has {size}")
        number = len(self._headers)
        header.check(f"{self._name}: block {number}")
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
        check_names(entries, self._name)
        if self._held is not None and can_be_short(entries, self._headers):
            head = encode_header(SHORT_VERSION, self._flags) + encode_entry(entries[0])
            self._write(head + self._held)
            self._flush()
            return
        self._release()
        whole = Index(self._headers, list(entries), info)
        columns, hashes = encode_index(whole)
        check_parents(self._headers, self._name)
        decode_index(
            columns, hashes, whole.has_filters, self._name
        )  # finds every limit that is exceeded, before it is too late
        header, stream = self._index_codec(columns)
        index = header.encode() + bytes(stream) + hashes
        flags = self._flags | (FILTERS_FLAG if whole.has_filters else 0)
        footer = Footer(self.bytes_written, len(index), required_flags=flags)
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
        return FileSystemError(f"{self._name}: {error.strerror or error}")
