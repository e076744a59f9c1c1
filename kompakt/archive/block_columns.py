"""What the index says of blocks, as columns."""

from collections.abc import Sequence

from kompakt.archive.block_header import BlockHeader, Parent
from kompakt.archive.columns import ColumnReader, ColumnWriter
from kompakt.archive.layout import CHECKSUM_BYTES, MODEL_ID_BYTES, ParentKind
from kompakt.archive.varint import MalformedError


def write_headers(columns: ColumnWriter, headers: Sequence[BlockHeader]) -> None:
    """Append the columns of `headers`, all but their checksums."""
    columns.runs(header.codec for header in headers)
    columns.runs(header.spec_id for header in headers)
    columns.runs(header.table_bits for header in headers)
    columns.runs(header.parent.kind for header in headers)
    parents = [header.parent for header in headers]
    columns.numbers(
        number
        for parent in parents
        if parent.kind == ParentKind.BLOCKS
        for number in (parent.base_bits, parent.first, parent.count)
    )
    columns.blob(
        b"".join(
            bytes([parent.base_bits]) + parent.model_id
            for parent in parents
            if parent.kind == ParentKind.MODEL
        )
    )
    columns.differences([header.raw_bytes for header in headers])
    columns.numbers(header.coded_bytes for header in headers)


def read_headers(columns: ColumnReader, count: int, hashes: bytes) -> list[BlockHeader]:
    """Return `count` headers, whose checksums `hashes` begins with. Raises MalformedError."""
    codecs = columns.runs(count)
    spec_ids = columns.runs(count)
    table_bits = columns.runs(count)
    parents = _read_parents(columns, count)
    raw_bytes = columns.differences(count)
    coded_bytes = columns.numbers(count)
    if min(raw_bytes, default=0) < 0 or max(codecs, default=0) > 0xFF:
        raise MalformedError("a block of negative size or impossible codec")
    checksums = [hashes[i * CHECKSUM_BYTES : (i + 1) * CHECKSUM_BYTES] for i in range(count)]
    columns_of_headers = (codecs, spec_ids, table_bits, parents, raw_bytes, coded_bytes, checksums)
    return [BlockHeader(*fields) for fields in zip(*columns_of_headers, strict=True)]


def _read_parents(columns: ColumnReader, count: int) -> list[Parent]:
    kinds = columns.runs(count)
    numbers = iter(columns.numbers(3 * kinds.count(ParentKind.BLOCKS)))
    models = columns.blob()
    if len(models) != kinds.count(ParentKind.MODEL) * (1 + MODEL_ID_BYTES):
        raise MalformedError("a parent has no model id")
    parts = (models[i : i + 1 + MODEL_ID_BYTES] for i in range(0, len(models), 1 + MODEL_ID_BYTES))
    parents = []
    for number, kind in enumerate(kinds):
        if kind == ParentKind.NONE:
            parents.append(Parent.none())
        elif kind == ParentKind.MODEL:
            part = next(parts)
            parents.append(Parent.of_model(part[1:], part[0]))
        elif kind == ParentKind.BLOCKS:
            base_bits, first, blocks = next(numbers), next(numbers), next(numbers)
            parents.append(Parent.of_blocks(first, blocks, base_bits))
        else:
            raise MalformedError(f"block {number} has a parent of unknown kind {kind}")
    return parents
