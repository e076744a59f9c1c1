"""Whether the parents of an archive's blocks make sense, and what it would cost to follow them.

Blocks that are a parent lie before the child, are all CM blocks, and start alike: the same spec, the same
parent. Then no circle is possible and a base has one definition.
"""

from collections.abc import Sequence

from kompakt.archive.block_header import BlockHeader, Parent
from kompakt.archive.layout import (
    MAX_TEXT_BYTES,
    MAX_TRAINING_RATIO,
    MAX_TREE_DEPTH,
    Codec,
    ParentKind,
)
from kompakt.errors import CorruptArchiveError, LimitError

_ALWAYS_ALLOWED_BYTES = 1 << 26


def parent_of(parent: Parent, headers: Sequence[BlockHeader]) -> Parent:
    """Return from where the blocks start that `parent` names."""
    return headers[parent.first].parent


def members_before(number: int, headers: Sequence[BlockHeader]) -> list[int]:
    """Return the blocks that block `number` goes back to, the oldest first."""
    generations = []
    parent = headers[number].parent
    while parent.kind == ParentKind.BLOCKS:
        generations.append(parent.blocks)
        parent = parent_of(parent, headers)
    return [member for blocks in reversed(generations) for member in blocks]


def check_parents(headers: Sequence[BlockHeader], archive: str) -> None:
    """Raise for parents that cannot be: CorruptArchiveError or LimitError, beginning with `archive`."""
    known: dict[tuple[Parent, int], tuple[int, int]] = {}  # parent and spec: depth, bytes learned from
    trained_bytes = 0
    for number, header in enumerate(headers):
        key = header.parent, header.spec_id
        if header.parent.kind != ParentKind.BLOCKS or key in known:
            continue
        where = f"{archive}: block {number}"
        _check_members(header, number, headers, where)
        first = headers[header.parent.first]
        depth, text_bytes = known.get((first.parent, first.spec_id), (0, 0))
        text_bytes += sum(headers[member].raw_bytes for member in header.parent.blocks)
        known[key] = depth + 1, text_bytes
        trained_bytes += text_bytes
        if depth + 1 > MAX_TREE_DEPTH:
            raise LimitError(f"{where}: starts from block on block, more than {MAX_TREE_DEPTH} deep")
        if text_bytes > MAX_TEXT_BYTES:
            raise LimitError(f"{where}: starts from {text_bytes} bytes, over the limit of {MAX_TEXT_BYTES}")
    raw_bytes = sum(header.raw_bytes for header in headers if header.codec == Codec.CM)
    if trained_bytes > MAX_TRAINING_RATIO * raw_bytes + _ALWAYS_ALLOWED_BYTES:
        raise LimitError(f"{archive}: its blocks start from too many different places")


def _check_members(header: BlockHeader, number: int, headers: Sequence[BlockHeader], where: str) -> None:
    """Raise unless block `number` may start from the blocks that its header names."""
    blocks = header.parent.blocks
    if not blocks or blocks.stop > number:
        raise CorruptArchiveError(f"{where}: starts from {header.parent}, not before it")
    starts = {(headers[member].codec, headers[member].spec_id, headers[member].parent) for member in blocks}
    if {(codec, spec_id) for codec, spec_id, _ in starts} != {(Codec.CM, header.spec_id)} or len(starts) > 1:
        raise CorruptArchiveError(f"{where}: starts from {header.parent}, which do not start alike")
