"""Adds a snapshot to an archive: what has not changed is looked at, what has changed is coded."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from kompakt.archive.entry import Kind
from kompakt.batch import (
    Progress,
    Written,
    check_block_bytes,
    count_blocks,
    count_files,
    file_contents,
    no_progress,
    packed_entries,
    write_blocks,
    written_by,
)
from kompakt.contents import Content, Group
from kompakt.device import Device
from kompakt.model.spec import Spec
from kompakt.models.library import Library
from kompakt.models.none import NoModels
from kompakt.pack import PackedFile
from kompakt.scan import Source
from kompakt.tree import block_bytes_of
from kompakt.versions.adding import adding
from kompakt.versions.changes import changes
from kompakt.versions.edits import Comparison, Edit, grown
from kompakt.versions.known import KnownFiles


def append_snapshot(
    path: Path,
    sources: Sequence[Source],
    time_s: int,
    *,
    spec: Spec | None = None,
    device: Device,
    models: "Library | NoModels | None" = None,
    grows: bool = True,
    dedup: bool = True,
    block_bytes: int | None = None,
    checksum: bool = False,
    start: Callable[[int], None] = lambda new_bytes: None,
    progress: Progress = no_progress,
) -> Written:
    """Add a snapshot of `sources`, which were looked at after `time_s`, to the archive at `path`.

    spec:     None for that of the archive's level
    checksum: whether to read files that look unchanged, too
    start:    is told how many bytes will be coded
    The other options are those of write_archive() and file_contents(). A file that cannot be read is left
    out, with a warning. Raises ArchiveError for an archive that cannot be read, FileSystemError for one that
    cannot be written or that another process writes; then it is as it was.
    """
    models = models or NoModels()
    has_parents = grows or not isinstance(models, NoModels)
    with adding(path, device, spec=spec, has_parents=has_parents) as addition:
        archive, spec = addition.archive, addition.spec
        if not isinstance(models, NoModels):
            models = models.with_models_of(archive)
        check_block_bytes(spec, block_bytes)
        known = KnownFiles(archive.history, addition.since_s)
        found, changed = _known_content(sources, known, checksum)
        comparison = Comparison(archive, device, _unchanged(sources, known, found))
        edits = _edits(sources, changed, known, comparison)
        contents = _new_contents(sources, changed, edits, spec, block_bytes, dedup, device, grows)
        start(sum(content.size for content in contents))
        backend = device.backend(count_blocks(contents))
        packer = write_blocks(
            addition.writer,
            contents,
            spec=spec,
            backend=backend,
            models=models,
            grows=grows,
            dedup=dedup,
            threads=device.threads,
            progress=progress,
        )
        packer.files |= found
        for number in edits.keys() - packer.failed.keys():
            packer.files[number] = edits[number].packed(packer.files.get(number))
        whole = [content for content in contents if content.number not in edits]
        entries, warnings = packed_entries([source.entry for source in sources], whole, packer)
        commit = changes(archive.history.table, entries)
        commit.snapshot, commit.time_s = archive.history.last_number + 1, time_s
        info = written_by(spec)
        commit.index.info = {key: info[key] for key in info if archive.info.get(key) != info[key]}
        end = addition.commit(commit, device)
    return Written(
        count_files(entries),
        sum(entry.size for entry in entries),
        end,
        spec.level,
        comparison.warnings + warnings,
        len(packer.failed),
        commit.snapshot,
        sum(entry.kind == Kind.FILE for entry in commit.index.entries),
        end - archive.end,
    )


def _known_content(
    sources: Sequence[Source], known: KnownFiles, checksum: bool
) -> tuple[dict[int, PackedFile], list[int]]:
    """Return what the archive has already, by index among `sources`, and which files are changed or new."""
    found: dict[int, PackedFile] = {}
    changed = []
    for number, source in enumerate(sources):
        if source.entry.kind != Kind.FILE:
            continue
        try:
            entry = known.find(source, checksum)
        except OSError:
            entry = None  # whoever reads it next will say so
        if entry is None:
            changed.append(number)
        else:
            found[number] = PackedFile.at(entry.extents, entry.size, entry.content_hash, entry.filter)
    return found, changed


def _unchanged(
    sources: Sequence[Source], known: KnownFiles, found: dict[int, PackedFile]
) -> dict[bytes, Path]:
    """Return, by name, where files lie that hold what the last commit has under the same name."""
    paths = {}
    for number, packed in found.items():
        source = sources[number]
        before = known.earlier(source.entry.name)
        if before is not None and before.extents == packed.extents:
            paths[source.entry.name] = source.path
    return paths


def _edits(
    sources: Sequence[Source], changed: Sequence[int], known: KnownFiles, comparison: Comparison
) -> dict[int, Edit]:
    """Return those of the changed files that are best made of their earlier versions, or of equal files."""
    edits: dict[int, Edit] = {}
    others = []
    is_new = any(known.earlier(sources[number].entry.name) is None for number in changed)
    twins = known.twins([source.entry for source in sources]) if is_new else {}
    for number in changed:
        name = sources[number].entry.name
        try:
            earlier = known.likely(sources[number]) or known.earlier(name) or twins.get(name)
            if earlier is None or not earlier.size:
                continue
            edit = grown(sources[number], earlier)
        except OSError:
            continue
        if edit is None:
            others.append((number, sources[number], earlier))
        else:
            edits[number] = edit
    return edits | dict(comparison.edits(others))


def _new_contents(
    sources: Sequence[Source],
    changed: Sequence[int],
    edits: dict[int, Edit],
    spec: Spec,
    block_bytes: int | None,
    dedup: bool,
    device: Device,
    grows: bool,
) -> list[Content]:
    """Return what has to be coded: whole files, then the new bytes of all edits as one group."""
    whole = [number for number in changed if number not in edits]

    def renumbered(content: Content) -> Content:
        copies = tuple(map(renumbered, content.copies))
        return replace(content, number=whole[content.number], copies=copies)

    contents = [
        renumbered(content)
        for content in file_contents(
            [sources[number] for number in whole],
            spec,
            block_bytes,
            dedup,
            notice=device.notice,
            threads=device.threads,
            grows=grows,
        )
    ]
    new_bytes = sum(edit.new_bytes for edit in edits.values())
    group = Group(len(contents), block_bytes or block_bytes_of(spec.level, new_bytes, new_bytes))
    contents += [edit.content(number, group) for number, edit in sorted(edits.items()) if edit.new_bytes]
    return contents
