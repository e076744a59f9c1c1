import pytest

from benchmarks.child import BenchmarkError, run
from benchmarks.codecs import Kompakt, Peer, codec_named
from benchmarks.measure import measure

COPY = Peer("copy", "0", "cp input packed", "cp packed restored")
LIAR = Peer("liar", "0", "cp input packed", "head -c 1 packed > restored")
BROKEN = Peer("broken", "0", "cp input packed", "sh -c 'echo out of luck; exit 3'")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source"
    path.write_bytes(b"some bytes")
    return path


def test_every_repeat_is_timed_both_ways(source):
    [result], failures = measure([COPY], source, first_bytes=4, threads=1, repeats=3)
    assert (result.bytes_in, result.bytes_out, failures) == (4, 4, [])
    assert len(result.compress) == len(result.decompress) == 3
    assert all(timing.seconds > 0 and timing.peak_bytes > 0 for timing in result.compress)


def test_a_codec_that_fails_or_gives_wrong_bytes_is_named_and_has_no_result(source):
    results, failures = measure([LIAR, COPY, BROKEN], source, first_bytes=None, threads=1, repeats=2)
    assert [result.codec for result in results] == [COPY]
    assert len(failures) == 2
    assert failures[0] == "liar: gave back other bytes than it got"
    assert failures[1].startswith("broken: ")
    assert failures[1].endswith("ended with 3 and said: out of luck")


def test_a_program_that_does_not_exist_is_a_benchmark_error(tmp_path):
    with pytest.raises(BenchmarkError, match="no-such-program: No such file"):
        run(["no-such-program"], tmp_path)


def test_codecs_are_found_by_name():
    level = codec_named("kompakt-9-1MiB")
    assert isinstance(level, Kompakt)
    assert (level.level, level.block_bytes, level.name) == ("9", 1 << 20, "kompakt-9-1MiB")
    assert codec_named("zpaq-m5").program == "zpaq"


@pytest.mark.parametrize("name", ["kompakt-0", "kompakt-5-huge", "gzip"])
def test_unknown_codecs_are_refused(name):
    with pytest.raises(BenchmarkError, match=name):
        codec_named(name)
