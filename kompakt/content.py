"""The content of files out of the blocks of an archive, each decoded once and only where it is needed."""

from collections.abc import Iterator, Sequence

import numpy as np
from blake3 import blake3

from kompakt import filters
from kompakt.archive.entry import Entry, Kind
from kompakt.archive.layout import Codec
from kompakt.archive.reader import ArchiveReader
from kompakt.coding import BlockDecoder, DecodedBlock
from kompakt.errors import ArchiveError, shown

_FILL_BYTES = 1 << 20


class ContentReader:
    """Reads the content of the files among `entries`, in the order in which it lies in the archive.

    order:       the files in that order; call `chunks` for them so; leaving some out, or unfinished, is fine
    coded_bytes: how much of the archive has been decoded
    bad_blocks:  errors of the blocks found damaged so far, by number
    No block is decoded twice: one that is needed again is kept.
    """

    def __init__(self, archive: ArchiveReader, entries: Sequence[Entry], decoder: BlockDecoder):
        self._archive = archive
        files = [entry for entry in entries if entry.kind == Kind.FILE]
        self.order = sorted(files, key=self._first_place)
        self._first_step: dict[bytes, int] = {}
        self._steps = self._plan_steps()
        self._decoder = decoder
        self._decoded = decoder.decode(self._steps)
        self._step = -1
        self._block: DecodedBlock | None = None
        self.coded_bytes = 0
        self.bad_blocks: dict[int, ArchiveError] = {}

    @property
    def blocks_decoded(self) -> int:
        """Blocks that went through the model so far, those included that others start from."""
        return self._decoder.blocks_decoded

    @property
    def content_bytes(self) -> int:
        """Bytes of all files together."""
        return sum(entry.size for entry in self.order)

    def chunks(self, entry: Entry) -> Iterator[memoryview]:
        """Yield the content of `entry` in pieces, which are valid until the next one is asked for.

        Raises CorruptBlockError at the first block that is damaged, ArchiveError when the hash does not fit.
        """
        hasher = blake3(max_threads=blake3.AUTO)
        try:
            for part in filters.undo(entry.filter, map(np.asarray, self._stored(entry)), entry.size):
                hasher.update(part)
                yield memoryview(part)
        except ValueError as error:
            raise ArchiveError(f"{self._archive.name}: {shown(entry.name)}: {error}") from None
        if hasher.digest(len(entry.content_hash)) != entry.content_hash:
            raise ArchiveError(f"{self._archive.name}: {shown(entry.name)}: content does not match its hash")

    def _stored(self, entry: Entry) -> Iterator[memoryview]:
        """Yield the content of `entry` as it was stored."""
        step = self._first_step[entry.name]
        for extent in entry.extents:
            header = self._archive.blocks[extent.block].header
            if header.codec == Codec.FILL:
                parts = _fill(self._archive.read_stream(extent.block)[0], extent.length)
            else:
                step += self._steps[step] != extent.block
                data = self._decoded_block(step)
                parts = iter([data[extent.offset : extent.offset + extent.length]])
            yield from parts

    def decode_rest(self) -> None:
        """Decode the blocks that are left, so that `bad_blocks` is complete."""
        while self._step + 1 < len(self._steps):
            self._next_block()

    def _next_block(self) -> None:
        self._block = next(self._decoded)
        self._step += 1
        self.coded_bytes += self._archive.blocks[self._block.number].header.coded_bytes
        if self._block.error is not None:
            self.bad_blocks[self._block.number] = self._block.error

    def _decoded_block(self, step: int) -> memoryview:
        while self._step < step:
            self._next_block()
        if self._block.data is None:
            raise self._block.error
        return memoryview(self._block.data)

    def _plan_steps(self) -> list[int]:
        """Return the numbers of the blocks to decode, in order; note where each file begins among them."""
        steps: list[int] = []
        for entry in self.order:
            numbers = [extent.block for extent in entry.extents if not self._is_fill(extent.block)]
            begins_in_last = bool(steps and numbers and steps[-1] == numbers[0])
            self._first_step[entry.name] = len(steps) - begins_in_last
            for number in numbers:
                if not steps or steps[-1] != number:
                    steps.append(number)
        return steps

    def _first_place(self, entry: Entry) -> tuple[int, int]:
        """Return where the content of `entry` begins among blocks that are not kept, if it is in any."""
        places = [
            (extent.block, extent.offset) for extent in entry.extents if not self._is_fill(extent.block)
        ]
        not_kept = (place for place in places if place[0] not in self._archive.started_from)
        return next(not_kept, places[0] if places else (-1, 0))

    def _is_fill(self, number: int) -> bool:
        return self._archive.blocks[number].header.codec == Codec.FILL


def _fill(byte: int, length: int) -> Iterator[memoryview]:
    piece = memoryview(np.full(min(length, _FILL_BYTES), byte, np.uint8))
    for start in range(0, length, _FILL_BYTES):
        yield piece[: min(_FILL_BYTES, length - start)]
