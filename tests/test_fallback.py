import pytest

from kompakt.fallback import FallbackBackend
from tests.fake_backend import CpuBackend
from tests.fake_gpus import GpuBackend
from tests.jobs import check_decoded, check_encoded, decode_jobs, encode_jobs


@pytest.fixture
def notices() -> list[str]:
    return []


def failing_at(block: int | None, notices: list[str]) -> FallbackBackend:
    return FallbackBackend(GpuBackend(0, failing_block=block), CpuBackend, notices.append)


@pytest.mark.parametrize("block", [None, 0, 3, 4, 9, 12])
def test_every_block_is_coded_once_wherever_the_gpu_fails(block: int | None, notices: list[str]) -> None:
    check_encoded(failing_at(block, notices).encode(encode_jobs(13)), 13)
    check_decoded(failing_at(block, notices).decode(decode_jobs(13)), 13)
    assert len(notices) == (0 if block is None else 2)


def test_the_notice_names_the_blocks_and_what_goes_on(notices: list[str]) -> None:
    backend = failing_at(5, notices)
    assert backend.name == "GPU 0, fake"
    check_encoded(backend.encode(encode_jobs(13)), 13)
    assert notices == ["device 0: blocks 4 to 7: injected; going on with fake"]
    assert backend.name == "fake"


def test_a_gpu_that_failed_gets_no_more_work(notices: list[str]) -> None:
    gpu = GpuBackend(0, failing_block=1)
    backend = FallbackBackend(gpu, CpuBackend, notices.append)
    check_encoded(backend.encode(encode_jobs(8)), 8)
    check_decoded(backend.decode(decode_jobs(8)), 8)
    assert gpu.taken == [0, 1, 2, 3]
    assert len(notices) == 1


def test_an_error_that_is_not_of_the_device_is_not_hidden(notices: list[str]) -> None:
    def broken():
        yield from encode_jobs(5)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(failing_at(None, notices).encode(broken()))
    assert notices == []
