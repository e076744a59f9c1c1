"""The parts of a batch's work, and the functions of the product that do them.

The product knows nothing of this: its functions are replaced by timed ones for as long as a pass lasts.
"""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from unittest import mock

from benchmarks.gpu.timers import Timers

Places = Sequence[tuple[str, str]]

FUNCTIONS = (  # part, where its function is looked up
    ("read", "kompakt.reading:read_full"),
    ("read", "kompakt.archive.reader:ArchiveReader.read_stream"),
    ("wait for roots", "kompakt.kernels.backend:GpuBackend._with_starts"),
    ("look for random data", "kompakt.pack:looks_random"),
    ("check and hash", "kompakt.archive.block_header:block_checksum"),
    ("check and hash", "kompakt.coding:block_checksum"),
    ("check and hash", "kompakt.pack:block_checksum"),
    ("write", "kompakt.archive.writer:ArchiveWriter.add_block"),
    ("write", "kompakt.archive.writer:ArchiveWriter.finish"),
    ("write", "kompakt.restore:Restorer.write"),
    ("write", "kompakt.restore:Restorer.finish"),
)
GENERATORS = (
    ("cut and hash", "kompakt.pack:Packer.pieces"),
    ("check and hash", "kompakt.content:ContentReader.chunks"),
    ("plan trees", "kompakt.tree:TreePlanner.blocks"),
    ("gather and stage", "kompakt.kernels.backend:GpuBackend.encode"),
    ("gather and stage", "kompakt.kernels.backend:GpuBackend.decode"),
)


@contextmanager
def timed_parts(
    timers: Timers, functions: Places = FUNCTIONS, generators: Places = GENERATORS
) -> Iterator[None]:
    """Count the time of the parts; one whose function has gone is named and counts for what is around it."""
    with ExitStack() as patches:
        for places, wrap in ((functions, timers.function), (generators, timers.generator)):
            for part, place in places:
                module, _, path = place.partition(":")
                owner = importlib.import_module(module)
                *outer, name = path.split(".")
                for step in outer:
                    owner = getattr(owner, step, None)
                if not hasattr(owner, name):
                    print(f"no {place}: its time is not told apart")
                    continue
                patches.enter_context(mock.patch.object(owner, name, wrap(part, getattr(owner, name))))
        yield
