"""Files to archive and back: the one place that knows every part."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from kompakt import __version__
from kompakt.archive.entry import Entry, Extent, Kind
from kompakt.archive.index import Info
from kompakt.archive.layout import MAX_PIPELINE_BYTES, Filter
from kompakt.archive.reader import ArchiveReader
from kompakt.archive.writer import ArchiveWriter
from kompakt.coding import Backend, BlockDecoder, BlockEncoder, decode_index, encode_index
from kompakt.content import ContentReader
from kompakt.contents import Content, Group
from kompakt.cpu.pipelines import PipelineBackend
from kompakt.dedup.chunking import average_of
from kompakt.dedup.equal import equal_files
from kompakt.dedup.repeats import RepeatFinder
from kompakt.device import Device
from kompakt.errors import ArchiveError, UnsupportedError, UsageError, shown
from kompakt.look import Look
from kompakt.model.spec import Spec, is_known
from kompakt.models.library import Library
from kompakt.models.none import NoModels
from kompakt.pack import Packer
from kompakt.plan import plan
from kompakt.restore import Restorer
from kompakt.scan import Source
from kompakt.tree import TreePlanner, block_bytes_of
from kompakt.trial import Notice, no_notice
from kompakt.workers import Workers

if TYPE_CHECKING:
    from kompakt.classic.choice import Codec

SMALLEST_BLOCK_BYTES = 1 << 10
PIPELINE_BLOCK_BYTES = 1 << 22
"""Where blocks for pipelines are cut unless something else is asked for: LZ77 finds most repeats in that."""


class Progress(Protocol):
    """Is told, block by block, how far the work is."""

    def __call__(self, raw_bytes: int, coded_bytes: int) -> None:
        """Take note of `raw_bytes` of content so far, which are `coded_bytes` in the archive."""


def no_progress(raw_bytes: int, coded_bytes: int) -> None:
    """Take no note."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch: files and bytes that went in, the size of the archive, and what went wrong.

    warnings:      a line for each thing that went wrong
    unreadable:    how many files were left out because of that
    snapshot:      its number, if it was added to an archive
    changed_files: how many of its files are new or have other content than in the snapshot before
    added_bytes:   what the archive grew by
    """

    files: int
    bytes_in: int
    bytes_out: int
    level: int
    warnings: list[str]
    unreadable: int
    snapshot: int | None = None
    changed_files: int = 0
    added_bytes: int = 0


def file_contents(
    sources: Sequence[Source],
    spec: Spec,
    block_bytes: int | None = None,
    dedup: bool = True,
    codec: "Codec | None" = None,
    notice: Notice = no_notice,
    threads: int = 1,
    grows: bool = True,
) -> list[Content]:
    """Return the contents of all files among `sources` in the order in which they are best packed.

    block_bytes: where to cut blocks, see check_block_bytes(); None to choose by the size of the batch
    dedup:       whether to look for what is there several times
    codec:       what codes them instead of the model of the spec
    notice:      is told when a model has to be compiled to know whether it suits a file
    threads:     look at files side by side
    grows:       whether blocks may start from other blocks
    """
    if codec is not None and block_bytes is None:
        block_bytes = PIPELINE_BLOCK_BYTES
    equal = _equal_sources(sources, threads) if dedup else {}
    copies = {number for _, numbers in equal.values() for number in numbers}
    planned = plan(sources, spec, block_bytes, copies, codec is None, notice, threads, grows)

    def content(number: int, *fields: object) -> Content:
        source = sources[number]
        return Content(number, partial(open, source.path, "rb", buffering=0), *fields)

    contents = []
    for file in planned:
        first = content(
            file.number, file.group, sources[file.number].entry.size, file.starts_segment, file.filter
        )
        digest, others = equal.get(file.number, (b"", []))
        again = tuple(content(n, file.group, first.size, False, file.filter) for n in others)
        contents.append(replace(first, digest=digest, copies=again))
    return contents


def _equal_sources(sources: Sequence[Source], threads: int) -> dict[int, tuple[bytes, list[int]]]:
    """Return for the first of each group of equal files their digest and the numbers of the others."""
    files = [
        (number, source.path, source.entry.size)
        for number, source in enumerate(sources)
        if source.entry.kind == Kind.FILE
    ]
    return {numbers[0]: (digest, numbers[1:]) for digest, numbers in equal_files(files, threads=threads)}


def one_content(
    open_it: Callable[[], BinaryIO],
    size: int | None,
    spec: Spec,
    block_bytes: int | None = None,
    look: Look | None = None,
    codec: "Codec | None" = None,
) -> Content:
    """Return the content of the only file of a batch; `size` and `look` are None where nobody knows."""
    if codec is not None and block_bytes is None:
        block_bytes = PIPELINE_BLOCK_BYTES
    if block_bytes is None:
        block_bytes = block_bytes_of(spec.level, size, size)
    group = Group(0, block_bytes, look and look.spec)
    return Content(0, open_it, group, size, filter=look.filter if look else Filter.NONE)


def check_block_bytes(spec: Spec, block_bytes: int | None, codec: "Codec | None" = None) -> None:
    """Raise UsageError unless blocks of a spec, or of a codec, may have that size; None is any."""
    largest = _largest_block_bytes(spec, codec)
    if block_bytes is not None and not SMALLEST_BLOCK_BYTES <= block_bytes <= largest:
        raise UsageError(
            f"block size {block_bytes} is not between {SMALLEST_BLOCK_BYTES} and {largest} bytes"
        )


def _largest_block_bytes(spec: Spec, codec: "Codec | None") -> int:
    return spec.max_block_bytes if codec is None else MAX_PIPELINE_BYTES


def write_archive(
    file: BinaryIO,
    name: str,
    entries: Sequence[Entry],
    contents: Sequence[Content],
    *,
    spec: Spec,
    device: Device,
    models: "Library | NoModels | None" = None,
    grows: bool = True,
    dedup: bool = True,
    codec: "Codec | None" = None,
    progress: Progress = no_progress,
) -> Written:
    """Write an archive called `name` of `entries` to `file`, which is only written to.

    contents: what the files among `entries` hold, in the order to store it, by their index there
    models: those that blocks may start from
    grows:  whether blocks may start from other blocks
    dedup:  whether to look for what is there several times
    codec:  what codes blocks and index instead of the model of `spec`
    A file that cannot be read is left out, with a warning. Raises FileSystemError for failing writes.
    """
    models = models or NoModels()
    backend = device.pipelines(codec) if codec else device.backend(count_blocks(contents))
    index_codec = partial(
        encode_index, spec=spec, backend=PipelineBackend(1, codec.for_index) if codec else backend
    )
    grows = grows and codec is None
    writer = ArchiveWriter(
        file,
        index_codec=index_codec,
        name=name,
        has_parents=grows or not isinstance(models, NoModels),
        has_pipelines=codec is not None,
        may_be_short=True,
    )
    packer = write_blocks(
        writer,
        contents,
        spec=spec,
        backend=backend,
        models=models,
        grows=grows,
        dedup=dedup,
        largest_block_bytes=_largest_block_bytes(spec, codec),
        threads=device.threads,
        progress=progress,
    )
    kept, warnings = packed_entries(entries, contents, packer)
    writer.finish(kept, written_by(spec, codec))
    bytes_in = sum(entry.size for entry in kept)
    return Written(
        count_files(kept), bytes_in, writer.bytes_written, spec.level, warnings, len(packer.failed)
    )


def write_blocks(
    writer: ArchiveWriter,
    contents: Sequence[Content],
    *,
    spec: Spec,
    backend: Backend,
    models: "Library | NoModels",
    grows: bool,
    dedup: bool,
    largest_block_bytes: int | None = None,
    threads: int = 1,
    progress: Progress = no_progress,
) -> Packer:
    """Write the blocks of `contents` and return the packer, which knows what became of each file.

    threads: that read ahead of the backend
    """
    repeats = RepeatFinder(average_of(sum(content.size or 0 for content in contents))) if dedup else None
    encoder = BlockEncoder(backend, models, writer.name)
    raw_bytes = 0
    with Workers(threads) as workers:
        packer = Packer(largest_block_bytes or spec.max_block_bytes, repeats, workers)
        planner = TreePlanner(spec, packer.place, models, grows, writer.next_number)
        for header, stream in encoder.encode(planner.blocks(packer.pieces(contents))):
            writer.add_block(header, stream)
            raw_bytes += header.raw_bytes
            progress(raw_bytes, writer.bytes_written)
    packer.resolve()
    return packer


def written_by(spec: Spec, codec: "Codec | None" = None) -> Info:
    """Return what a new archive says about itself."""
    made_by = {"codec": codec.name} if codec else {"level": spec.level}
    return made_by | {"writer": f"kompakt {__version__}"}


def count_files(entries: Iterable[Entry]) -> int:
    """Return how many of `entries` are files; every name of a file with several counts."""
    return sum(entry.kind in (Kind.FILE, Kind.HARDLINK) for entry in entries)


def open_archive(file: BinaryIO, name: str, device: Device, *, end_at: int | None = None) -> ArchiveReader:
    """Return the archive in the seekable `file`, whose index the backend of `device` decodes.

    end_at: where it ends, if not with the file
    """
    return ArchiveReader(
        file,
        name,
        decode_index=lambda header, stream: decode_index(header, stream, name, device.index_backend()),
        end_at=end_at,
    )


def read_contents(archive: ArchiveReader, entries: Sequence[Entry], device: Device) -> ContentReader:
    """Return a reader of the content of the files among `entries`.

    Raises UnknownModelError where a model is missing, CorruptBlockError where one in the archive is damaged.
    """
    models = Library(notice=device.notice).with_models_of(archive)
    models.check_known(archive)
    return ContentReader(archive, entries, BlockDecoder(archive, device.backend, models, device.pipelines))


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found: an error for each bad block, and the names of the files that are hurt."""

    block_errors: list[ArchiveError]
    file_errors: dict[bytes, ArchiveError]


def verify(archive: ArchiveReader, device: Device, progress: Progress = no_progress) -> Verified:
    """Decode all of `archive`, with all its snapshots, and compare it with its checksums and hashes."""
    contents = read_contents(archive, _versions(archive), device)
    file_errors = {}
    raw_bytes = 0
    for entry in contents.order:
        try:
            for _ in _counted(contents, entry, raw_bytes, progress):
                pass
        except ArchiveError as error:
            file_errors[entry.name.replace(b"\0", b" ")] = error
        raw_bytes += entry.size
    contents.decode_rest()
    return Verified([contents.bad_blocks[number] for number in sorted(contents.bad_blocks)], file_errors)


def _versions(archive: ArchiveReader) -> list[Entry]:
    """Return the files of all snapshots, each version once.

    The names of those that the newest snapshot has otherwise end with a NUL and the number of a snapshot.
    """
    if len(archive.snapshots) == 1:
        return archive.entries
    newest = {entry.name: (entry.content_hash, entry.extents) for entry in archive.entries}
    versions: dict[tuple[bytes, bytes, tuple[Extent, ...]], Entry] = {}
    for snapshot, table, changed in archive.history.walk():
        for entry in (table.entries[number] for number in changed):
            name = entry.name
            if newest.get(name) != (entry.content_hash, entry.extents):
                name += b"\0(snapshot %d)" % snapshot.number
            if entry.kind == Kind.FILE:
                key = entry.name, entry.content_hash, tuple(entry.extents)
                versions.setdefault(key, replace(entry, name=name))
    return list(versions.values())


@dataclass(frozen=True, slots=True)
class Restored:
    """What `restore` did: files and bytes written, names that are missing, errors for what is damaged."""

    files: int
    bytes_out: int
    missing: list[bytes]
    errors: list[ArchiveError]


def restore(
    archive: ArchiveReader,
    entries: Sequence[Entry],
    target: Path,
    device: Device,
    *,
    force: bool = False,
    unsafe_links: bool = False,
    progress: Progress = no_progress,
) -> Restored:
    """Write `entries` of `archive` below the folder `target`.

    Damaged files are left out and all others restored. Raises UnsupportedError, UnsafeNameError and
    FileSystemError, all before anything is written.
    """
    unknown = sorted(number for number in archive.spec_ids if not is_known(number))
    if unknown:
        raise UnsupportedError(f"{archive.name}: needs model spec {unknown[0]}, which this version lacks")
    contents = read_contents(archive, entries, device)
    written = []
    errors: dict[str, ArchiveError] = {}
    with Restorer(target, entries, force=force, unsafe_links=unsafe_links) as restorer:
        raw_bytes = 0
        for entry in contents.order:
            try:
                restorer.write(entry, _counted(contents, entry, raw_bytes, progress))
                written.append(entry)
            except ArchiveError as error:
                errors[str(error)] = error
            raw_bytes += entry.size
        missing = restorer.finish()
    bytes_out = sum(entry.size for entry in written)
    return Restored(count_files(entries) - len(missing), bytes_out, missing, list(errors.values()))


def count_blocks(contents: Sequence[Content]) -> int | None:
    """Return about how many blocks `contents` are, or None for a stream of unknown length."""
    if any(content.size is None for content in contents):
        return None
    return sum(
        -(-sum(content.size for content in alike) // group.block_bytes)
        for group, alike in groupby(contents, lambda content: content.group)
    )


def _counted(
    contents: ContentReader, entry: Entry, bytes_before: int, progress: Progress
) -> Iterator[memoryview]:
    """Yield the content of `entry` and report the progress."""
    done = bytes_before
    for chunk in contents.chunks(entry):
        yield chunk
        done += len(chunk)
        progress(done, contents.coded_bytes)


def packed_entries(
    entries: Sequence[Entry], contents: Sequence[Content], packer: Packer
) -> tuple[list[Entry], list[str]]:
    """Return `entries` with what became of their contents, without those that could not be read.

    A line for each of those, and for each file that was not as long as expected, comes with them.
    """
    kept = []
    warnings = []
    lost = set()
    expected_bytes = {each.number: each.size for content in contents for each in (content, *content.copies)}
    extents: dict[int, list[Extent]] = {}
    for number, entry in enumerate(entries):
        if entry.kind != Kind.FILE:
            kept.append(entry)
        elif number in packer.failed:
            lost.add(entry.name)
            warnings.append(f"{shown(entry.name)}: {packer.failed[number].strerror}; left out")
        else:
            packed = packer.files[number]
            if expected_bytes.get(number) not in (None, packed.size):
                warnings.append(f"{shown(entry.name)}: changed its size while it was read")
            kept.append(
                replace(
                    entry,
                    size=packed.size,
                    content_hash=packed.content_hash,
                    extents=extents.setdefault(id(packed), extents.get(id(packed)) or packed.extents),
                    filter=packed.filter,
                )
            )
    lost_links = {entry.name for entry in kept if entry.kind == Kind.HARDLINK and entry.target in lost}
    warnings += [
        f"{shown(name)}: is a hard link to a file that is left out; left out" for name in sorted(lost_links)
    ]
    return [entry for entry in kept if entry.name not in lost_links], warnings
