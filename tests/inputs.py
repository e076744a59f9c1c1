"""The inputs that all parts are tested with, named once. Each call of Python makes the same bytes."""

import random

BLOCK_BYTES = 1 << 16
_WORDS = """the of and to in a is that it was for on are as with his they at be this from have or by one had
not but what all were when we there can an your which their said if do will each about how up out them then"""


def random_bytes(size: int, seed: int = 0) -> bytes:
    """Return `size` bytes that nothing can compress."""
    return random.Random(seed).randbytes(size)


def text(size: int, seed: int = 0) -> bytes:
    """Return `size` bytes that look like English."""
    source = random.Random(seed)
    words = _WORDS.split()
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    lines = []
    missing = size
    while missing > 0:
        lines.append(" ".join(source.choices(words, weights, k=12)) + ".\n")
        missing -= len(lines[-1])
    return "".join(lines).encode()[:size]


def tiny_files(count: int = 300) -> dict[str, bytes]:
    """Return names and contents of `count` files of 0 to 99 bytes in a few folders."""
    source = random.Random(count)
    kinds = ("txt", "json", "bin")
    files = {}
    for number in range(count):
        kind = kinds[number % len(kinds)]
        size = source.randrange(100)
        content = source.randbytes(size) if kind == "bin" else text(size, seed=number)
        files[f"folder{number % 7}/file{number:04}.{kind}"] = content
    return files


CONTENTS = {
    "empty": b"",
    "one byte": b"k",
    "all equal": b"=" * 100_000,
    "random": random_bytes(50_000),
    "text": text(50_000),
    "block size - 1": text(BLOCK_BYTES - 1),
    "block size": text(BLOCK_BYTES),
    "block size + 1": text(BLOCK_BYTES + 1),
}
