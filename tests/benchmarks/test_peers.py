import pytest

from benchmarks.codecs import PEERS
from benchmarks.measure import measure
from tests.inputs import text


@pytest.mark.parametrize("peer", PEERS.values(), ids=lambda peer: peer.name)
def test_a_peer_that_is_installed_restores_the_input_on_one_thread_and_on_two(peer, tmp_path):
    if not peer.is_installed:
        pytest.skip(f"{peer.program} is not installed")
    (tmp_path / "source").write_bytes(text(20_000))
    for threads in (1, 2):
        [result], failures = measure(
            [peer], tmp_path / "source", first_bytes=None, threads=threads, repeats=1
        )
        assert not failures
        assert result.bytes_out < 20_000
        assert peer.versions.split()[-1] != "version"
