"""Stored and filled blocks between those that a backend codes: order, memory, and one call for all."""

import io
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import kompakt
from kompakt import batch, coding
from kompakt.archive.block_header import Parent
from kompakt.archive.layout import Codec
from kompakt.classic.choice import chosen_codec
from kompakt.coding import Backend, BlockEncoder
from kompakt.cpu.pipelines import PipelineBackend
from kompakt.device import Device
from kompakt.fallback import FallbackBackend
from kompakt.jobs import PAUSE
from kompakt.models.none import NoModels
from kompakt.roots import RootsBackend
from kompakt.several import SeveralBackend
from kompakt.tree import PlannedBlock
from tests.fake_backend import CpuBackend
from tests.fake_gpus import GpuBackend
from tests.inputs import random_bytes, text
from tests.jobs import SPEC

NOISE = np.frombuffer(random_bytes(1000), np.uint8)
WAITING_BYTES = 20_000
BACKENDS: dict[str, Callable[[], Backend]] = {
    "cpu": CpuBackend,
    "pipelines": lambda: PipelineBackend(2, chosen_codec("huffman", 1)),
    "gpu": lambda: GpuBackend(0),
    "several": lambda: SeveralBackend([GpuBackend(number) for number in range(3)]),
    "roots": lambda: RootsBackend(GpuBackend(0), CpuBackend),
    "roots beside several": lambda: RootsBackend(SeveralBackend([GpuBackend(0), GpuBackend(1)]), CpuBackend),
    "fallback": lambda: FallbackBackend(GpuBackend(0), CpuBackend, print),
    "fallback that failed": lambda: FallbackBackend(GpuBackend(0, failing_block=0), CpuBackend, print),
}


class Counted:
    """A backend of which is known how many calls there were, and whether all pauses were answered."""

    def __init__(self, backend: Backend):
        self._backend = backend
        self.name = backend.name
        self.bytes_underway = 0
        self.calls = 0
        self.pauses = 0

    def encode(self, jobs):
        self.calls += 1
        yield from self._backend.encode(self._counted(jobs))

    def _counted(self, jobs):
        for job in jobs:
            self.pauses += job is PAUSE
            yield job


def block(number: int, kind: str) -> PlannedBlock:
    """Return a block: text (t), noise (n), a run (f), or one that another starts from (r)."""
    none = Parent.none()
    if kind == "f":
        return PlannedBlock(number, 1 << 30, None, 7, none, False, None, 1, SPEC)
    data = NOISE if kind == "n" else np.frombuffer(text(500, number), np.uint8)
    heir = Parent.of_blocks(number, 1, 8) if kind == "r" else None
    return PlannedBlock(number, data.size, data, 0, none, kind == "n", heir, 1, SPEC)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize(
    "kinds",
    ["tn" * 40 + "n" * 2000 + "tf" * 40 + "f" * 2000 + "t", "n" * 500 + "t" + "n" * 500, "n" * 900, "t" * 50],
    ids=["all", "a text amid noise", "noise", "texts"],
)
def test_any_amount_of_stored_data_waits_within_bounds_and_never_ends_the_call(
    monkeypatch: pytest.MonkeyPatch, name: str, kinds: str
) -> None:
    monkeypatch.setattr(coding, "WAITING_BYTES", WAITING_BYTES)
    if "roots" in name:
        kinds = kinds.replace("tn", "rntntn", 5)
    made = []

    def blocks() -> Iterator[PlannedBlock]:
        for number, kind in enumerate(kinds):
            made.append(kind)
            yield block(number, kind)

    backend = Counted(BACKENDS[name]())
    codecs = []
    coded_bytes = 0
    for header, stream in BlockEncoder(backend, NoModels(), "test").encode(blocks()):
        codecs.append(header.codec)
        ahead = made[len(codecs) :]
        coded_bytes = max(coded_bytes, sum(500 for kind in ahead if kind in "tr"))
        plain_bytes = sum(2048 if kind == "n" else 1024 for kind in ahead if kind in "nf")
        assert plain_bytes <= WAITING_BYTES + coded_bytes + 500 + 2048
        assert len(stream) < 1200
    piped = {Codec.PIPELINE} if name == "pipelines" else {Codec.CM}
    wanted = {"t": piped, "r": piped, "n": {Codec.STORED}, "f": {Codec.FILL}}
    assert len(codecs) == len(kinds)
    assert all(codec in wanted[kind] for codec, kind in zip(codecs, kinds, strict=True))
    assert backend.calls == 1
    assert (backend.pauses > 0) == ("n" in kinds)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_pause_is_answered_by_the_oldest_result_or_by_a_pause(name: str) -> None:
    jobs = coding_jobs("tttttttttttt" if "roots" not in name else "trtttrtttttt")
    out = []

    def asked() -> Iterator:
        for number, job in enumerate(jobs):
            yield job
            if number in (0, 5, 9):
                while len(out) <= number:
                    before = len(out)
                    yield PAUSE
                    assert len(out) > before
                yield PAUSE
                assert pauses

    pauses = []
    for result in BACKENDS[name]().encode(asked()):
        if result is PAUSE:
            pauses.append(len(out))
        else:
            out.append(result.number)
    assert out == list(range(12))
    assert pauses == [1, 6, 10]


def coding_jobs(kinds: str) -> list:
    """Return the jobs that the blocks of these kinds become."""
    encoder = BlockEncoder(CpuBackend(), NoModels(), "test")
    return list(encoder._jobs(block(number, kind) for number, kind in enumerate(kinds)))


def test_stored_blocks_never_end_a_call_when_reading(fake_device: Device, monkeypatch) -> None:
    data = b"".join(text(40_000, n) + random_bytes(400_000, n) for n in range(8))
    file = io.BytesIO(kompakt.compress(data, 1, block_bytes=20_000, device="cpu", threads=1))
    monkeypatch.setattr(coding, "WAITING_BYTES", 50_000)
    calls = []

    class Noted(CpuBackend):
        def decode(self, jobs):
            calls.append(self)
            return super().decode(jobs)

    archive = batch.open_archive(file, "test", fake_device)
    monkeypatch.setattr(fake_device, "backend", lambda blocks: Noted())
    contents = batch.read_contents(archive, archive.entries, fake_device)
    read = b"".join(bytes(chunk) for entry in contents.order for chunk in contents.chunks(entry))
    assert read == data
    assert len(calls) == 1
