"""One measured call of the Python interface. Prints its seconds: read the file, code it, write the result.

    python -m benchmarks.worker compress|decompress SOURCE TARGET LEVEL BLOCK_BYTES THREADS

BLOCK_BYTES is 0 to let the program choose.

Before the clock starts, a small sample is coded, so that compiled code is loaded, or made.
"""

import sys
import time
from pathlib import Path

import kompakt

SAMPLE = b"".join(b"line %d of the sample\n" % number for number in range(300))


def main() -> None:
    action, source, target, *numbers = sys.argv[1:]
    level, block_bytes, threads = map(int, numbers)

    def compress(data: bytes) -> bytes:
        return kompakt.compress(data, level=level, block_bytes=block_bytes or None, threads=threads)

    def decompress(archive: bytes) -> bytes:
        return kompakt.decompress(archive, threads=threads)

    if action == "compress":
        code = compress
        compress(SAMPLE)
    else:
        code = decompress
        decompress(compress(SAMPLE))
    start = time.perf_counter()
    Path(target).write_bytes(code(Path(source).read_bytes()))
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
