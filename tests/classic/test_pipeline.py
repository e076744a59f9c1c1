"""Pipelines: names, ids, and what a decoder refuses to believe."""

import numpy as np
import pytest

from kompakt.classic.errors import StreamError
from kompakt.classic.pipeline import MAX_STAGES, parse_pipeline, pipeline_of_ids
from kompakt.classic.stages import STAGE_BY_ID, STAGE_BY_NAME, STAGES
from kompakt.classic.varint import varint
from tests.classic.codecs import PIPELINES, SEVERAL, array
from tests.classic.test_golden import NAMES

STAGE_IDS = {
    "shannon": 1,
    "shannon-fano": 2,
    "huffman": 3,
    "rans": 4,
    "order0": 5,
    "order1": 6,
    "order2": 7,
    "lz77": 8,
    "bwt": 9,
    "mtf": 10,
    "lzw": 11,
    "dict16": 12,
    "cm": 13,
}


def test_stage_ids_are_never_used_again():
    assert {stage.name: stage.stage_id for stage in STAGES} == STAGE_IDS
    assert len(STAGE_BY_ID) == len(STAGE_BY_NAME) == len(STAGES)


def test_every_stage_has_a_golden_stream():
    assert set(STAGE_BY_NAME) - {"cm"} <= set(NAMES)  # tests/golden has an archive of cm+shannon


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_is_named_by_its_ids(name):
    pipeline = parse_pipeline(name)
    assert pipeline.name == name
    assert len(pipeline.ids) == name.count("+") + 1
    assert pipeline_of_ids(pipeline.ids) == pipeline


@pytest.mark.parametrize("name", ("", "zip", "lz77+", "lz77+zip", "+".join(["mtf"] * (MAX_STAGES + 1))))
def test_other_names_are_refused(name):
    with pytest.raises(ValueError):
        parse_pipeline(name)


@pytest.mark.parametrize("ids", (b"", b"\x00", b"\xff", b"\x03" * (MAX_STAGES + 1)))
def test_other_ids_are_refused(ids):
    with pytest.raises(StreamError):
        pipeline_of_ids(ids)


def test_parts_that_do_not_shrink_are_stored():
    data = array(SEVERAL["random"])
    assert parse_pipeline("lz77+huffman").encode(data).size <= data.size + 40


@pytest.mark.parametrize("name", ("mtf+huffman", "lz77+rans", "dict16+huffman"))
def test_lengths_beyond_what_the_block_can_need_are_refused_before_memory_is_taken(name):
    stage = STAGE_BY_NAME[name.partition("+")[0]]
    header = (varint(1 << 50) + varint(3)) * stage.parts
    stream = np.frombuffer(header + bytes(3 * stage.parts), np.uint8)
    with pytest.raises(StreamError, match="longer than 1000 bytes can need"):
        parse_pipeline(name).decode(stream, 1000)


@pytest.mark.parametrize("data", SEVERAL.values(), ids=SEVERAL)
@pytest.mark.parametrize("stage", STAGES, ids=STAGE_BY_NAME)
def test_no_stage_makes_more_bytes_than_a_decoder_believes(stage, data):
    if data:
        assert sum(part.size for part in stage.split(array(data))) <= stage.most_bytes(len(data))
