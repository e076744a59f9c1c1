import zlib
from functools import cache

import numpy as np
import pytest

from kompakt.randomness import SMALLEST_BLOCK_BYTES, looks_random
from tests.inputs import random_bytes, text

MIB = 1 << 20


def judge(data: bytes) -> bool:
    return looks_random(np.frombuffer(data, np.uint8))


@pytest.mark.parametrize("size", [SMALLEST_BLOCK_BYTES, 300_001, 3 * MIB])
def test_random_bytes_look_random(size: int) -> None:
    assert all(judge(random_bytes(size, seed)) for seed in range(5))


@cache
def compressible() -> dict[str, bytes]:
    noise = random_bytes(MIB)
    source = np.random.default_rng(1)
    return {
        "nothing": b"",
        "too short to tell": random_bytes(1000),
        "text": text(MIB),
        "zeros": bytes(MIB),
        "bits as bytes": (np.frombuffer(noise, np.uint8) & 1).tobytes(),
        "seven bits of eight": (np.frombuffer(noise, np.uint8) & 127).tobytes(),
        "a passage of 1 KiB that comes back": noise[:500_000] + noise[1000:2024] + noise[500_000:],
        "the same 64 KiB over and over": noise[:65_536] * 16,
        "8 KiB of text in noise": noise + text(8192),
        "counters": np.arange(MIB // 4, dtype="<u4").tobytes(),
        "noisy 16-bit samples": np.cumsum(source.integers(-99, 99, MIB // 2), dtype="<i2").tobytes(),
        "doubles": source.standard_normal(MIB // 8).tobytes(),
        "every byte twice": np.repeat(np.frombuffer(noise, np.uint8), 2).tobytes(),
        "every byte equally often": bytes(range(256)) * 4096,
        "an almost random deck of bytes": source.permuted(
            np.tile(np.arange(256, dtype=np.uint8), (4096, 1)), axis=1
        ).tobytes(),
        "deflated text": zlib.compress(text(MIB), 1),
    }


@pytest.mark.parametrize("name", list(compressible()))
def test_what_a_model_may_shrink_does_not_look_random(name: str) -> None:
    assert not judge(compressible()[name])
