"""Mixtures of codes: what one stage writes is what the next one codes.

A pipeline is written as names joined by `+`, first stage first: `lz77+huffman`, `bwt+mtf+rans`. In an
archive it is the ids of its stages, one byte each. Where a stage yields several streams, the rest of the
pipeline codes each by itself:

    stream of the last stage:   what its codec writes
    stream of another:          length and coded length of each part, varints │ the coded parts

A part whose coded length is its length is stored. A decoder believes no length over twice what the stage
above it is to give, and a constant; so the k-th stage sees at most 2**(k - 1) · raw_bytes. No decoder takes
more than 9 bytes a byte, `cm` aside, so memory is bounded by 135 · raw_bytes + 80 MiB even if four stages are
hostile together; streams that an encoder wrote take a tenth of that.
"""

from dataclasses import dataclass, replace

import numpy as np

from kompakt.archive.layout import MAX_STAGES
from kompakt.classic.arrays import as_bytes, check_nothing
from kompakt.classic.cm import ContextMixing
from kompakt.classic.dict16 import Dict16, Dictionary
from kompakt.classic.errors import StreamError
from kompakt.classic.stages import CM_ID, DICT16_ID, STAGE_BY_ID, STAGE_BY_NAME, Stage
from kompakt.classic.varint import read_varint, varint


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One to MAX_STAGES stages, the first of which sees the raw bytes."""

    stages: tuple[Stage, ...]

    def __post_init__(self):
        if not 1 <= len(self.stages) <= MAX_STAGES:
            raise ValueError(f"a pipeline has 1 to {MAX_STAGES} stages, not {len(self.stages)}")

    @property
    def name(self) -> str:
        return "+".join(stage.name for stage in self.stages)

    @property
    def ids(self) -> bytes:
        """The pipeline as it stands in an archive."""
        return bytes(stage.stage_id for stage in self.stages)

    def encode(self, data: np.ndarray) -> np.ndarray:
        """Return the stream, uint8, of `data`, uint8."""
        return _encode(self.stages, as_bytes(data))

    def decode(self, stream: np.ndarray, raw_bytes: int) -> np.ndarray:
        """Return the uint8 (raw_bytes,) that `stream` codes. Raises StreamError."""
        return _decode(self.stages, as_bytes(stream), raw_bytes)


def parse_pipeline(name: str) -> Pipeline:
    """Return the pipeline that `name` says, such as `lz77+huffman`. Raises ValueError."""
    names = name.split("+")
    for stage in names:
        if stage not in STAGE_BY_NAME:
            raise ValueError(f"{stage!r} is no stage of a pipeline; known: {', '.join(STAGE_BY_NAME)}")
    return Pipeline(tuple(STAGE_BY_NAME[stage] for stage in names))


def with_level(pipeline: Pipeline, level: int) -> Pipeline:
    """Return `pipeline` with the model of `level`, 1 to 9, in its stages `cm`."""
    cm = ContextMixing(level)
    return Pipeline(
        tuple(replace(stage, codec=cm) if stage.stage_id == CM_ID else stage for stage in pipeline.stages)
    )


def with_dictionary(pipeline: Pipeline, dictionary: Dictionary) -> Pipeline:
    """Return `pipeline`, which begins with dict16, with a dictionary from outside. Raises StreamError."""
    first, *rest = pipeline.stages
    if first.stage_id != DICT16_ID:
        raise StreamError(f"{first.name} takes no dictionary")
    return Pipeline((replace(first, codec=Dict16(dictionary)), *rest))


def pipeline_of_ids(ids: bytes) -> Pipeline:
    """Return the pipeline of the stages `ids`. Raises StreamError when this version lacks one."""
    for stage in ids:
        if stage not in STAGE_BY_ID:
            raise StreamError(f"stage {stage} is not known to this version")
    if not 1 <= len(ids) <= MAX_STAGES:
        raise StreamError(f"a pipeline of {len(ids)} stages")
    return Pipeline(tuple(STAGE_BY_ID[stage] for stage in ids))


def _encode(stages: tuple[Stage, ...], data: np.ndarray) -> np.ndarray:
    first, *rest = stages
    if not rest or not data.size:
        return first.codec.encode(data)
    header, body = bytearray(), []
    for part in first.split(data):
        coded = _encode(tuple(rest), part)
        if coded.size >= part.size:
            coded = part
        header += varint(part.size) + varint(coded.size)
        body.append(coded)
    return np.concatenate([np.frombuffer(bytes(header), np.uint8), *body])


def _decode(stages: tuple[Stage, ...], stream: np.ndarray, raw_bytes: int) -> np.ndarray:
    first, *rest = stages
    if not raw_bytes:
        return check_nothing(stream)
    if not rest:
        return first.codec.decode(stream, raw_bytes)
    sizes, at = [], 0
    for _ in range(first.parts):
        part_bytes, at = read_varint(stream, at)
        coded_bytes, at = read_varint(stream, at)
        sizes.append((part_bytes, coded_bytes))
    if sum(part_bytes for part_bytes, _ in sizes) > first.most_bytes(raw_bytes):
        raise StreamError(f"{first.name}: parts are longer than {raw_bytes} bytes can need")
    parts = []
    for part_bytes, coded_bytes in sizes:
        coded = stream[at : at + coded_bytes]
        at += coded_bytes
        if coded.size != coded_bytes or coded_bytes > part_bytes:
            raise StreamError(f"{first.name}: a part is longer than the stream or itself")
        parts.append(coded if coded_bytes == part_bytes else _decode(tuple(rest), coded, part_bytes))
    if at != stream.size:
        raise StreamError(f"{first.name}: bytes behind the last part")
    return first.join(parts, raw_bytes)
