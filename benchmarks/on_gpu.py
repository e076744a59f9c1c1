"""What a machine with a GPU is asked: are its bytes the CPU's, and how fast are they made?

    python -m benchmarks.on_gpu OUTPUT [FOLDER] [--seconds 480]

Equality first, at every level in both directions, over blocks of FOLDER (or a generated mix); then
throughput of the backend over levels, block sizes and blocks in flight, on those bytes repeated with edits.
Each measurement is a row of OUTPUT/throughput.csv, written at once, so that nothing is lost when time is up.
Exit code: 0 equal, 1 different. Needs no network.
"""

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kompakt.cpu.backend import CpuBackend
from kompakt.jobs import DecodeJob, EncodeJob
from kompakt.kernels.backend import GpuBackend
from kompakt.model.spec import DEFAULT_LEVEL, SPECS, Spec, spec_for_level

KIB, MIB = 1 << 10, 1 << 20
INPUT_BYTES_MAX = 40 * MIB
EQUALITY_BLOCK_BYTES = 64 * KIB
EQUALITY_BLOCKS = 8
BLOCKS_IN_FLIGHT = (2112, 1056, 512, 256, 128, 64)
BLOCK_SIZES = (256 * KIB, MIB)


def input_bytes(folder: Path | None) -> np.ndarray:
    """Return up to 40 MB of the files of `folder`, or of text, tables and numbers made here."""
    if folder is not None:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        share = INPUT_BYTES_MAX // max(len(files), 1)
        parts = [np.fromfile(path, np.uint8, count=share) for path in files]
    else:
        source = np.random.default_rng(1)
        words = np.array([bytes(source.integers(97, 123, n)) for n in source.integers(2, 9, 3000)], object)
        ranks = np.minimum(source.zipf(1.3, 800_000), len(words)) - 1
        table = b"".join(b"%07d,%d,ok\n" % (n, v) for n, v in enumerate(source.integers(0, 999, 300_000)))
        waves = (np.sin(np.arange(1_000_000) / 50) * 20_000).astype(np.int16)
        parts = [np.frombuffer(data, np.uint8) for data in (b" ".join(words[ranks]), table, waves.tobytes())]
    return np.concatenate(parts)


def blocks(data: np.ndarray, block_bytes: int, count: int) -> Iterator[np.ndarray]:
    """Yield `count` blocks: `data` over and over, each block with edits of its own."""
    source = np.random.default_rng(2)
    for number in range(count):
        start = number * block_bytes % len(data)
        block = np.resize(np.roll(data, -start)[:block_bytes] if start else data[:block_bytes], block_bytes)
        block[source.integers(0, block_bytes, max(block_bytes >> 12, 1))] ^= np.uint8(1 + number % 255)
        yield block


def unequal_blocks(spec: Spec, gpu: GpuBackend, cpu: CpuBackend, data: np.ndarray) -> list[str]:
    """Return what differs between the devices, coding some blocks and decoding each other's streams."""
    raw = list(blocks(data, EQUALITY_BLOCK_BYTES, EQUALITY_BLOCKS)) + [data[:n] for n in (0, 1, 999)]
    jobs = [EncodeJob(number, block, spec) for number, block in enumerate(raw)]
    wanted, made = list(cpu.encode(jobs)), list(gpu.encode(jobs))
    problems = [
        f"level {spec.level}: block {a.number}: streams of {len(a.stream)} and {len(b.stream)} bytes differ"
        for a, b in zip(wanted, made, strict=True)
        if not np.array_equal(a.stream, b.stream)
    ]
    for name, decoder, encoded in (("GPU", gpu, wanted), ("CPU", cpu, made)):
        streams = [
            DecodeJob(result.number, result.stream, spec, result.table_bits, len(raw[result.number]))
            for result in encoded
            if len(result.stream) < len(raw[result.number])
        ]
        problems += [
            f"level {spec.level}: block {result.number}: the {name} decodes the other's stream wrongly"
            for result in decoder.decode(streams)
            if not np.array_equal(result.data, raw[result.number])
        ]
    return problems


def throughput(gpu: GpuBackend, spec: Spec, data: np.ndarray, block_bytes: int, count: int) -> dict:
    """Return a row: one timed pass of `count` blocks there and back, checked."""
    raw = list(blocks(data, block_bytes, count))
    start = time.perf_counter()
    results = list(gpu.encode(EncodeJob(number, block, spec) for number, block in enumerate(raw)))
    encode_s = time.perf_counter() - start
    jobs = [DecodeJob(r.number, r.stream, spec, r.table_bits, block_bytes) for r in results]
    start = time.perf_counter()
    decoded = list(gpu.decode(jobs))
    decode_s = time.perf_counter() - start
    equal = all(np.array_equal(r.data, raw[r.number]) for r in decoded)
    raw_bytes = block_bytes * count
    return {
        "device": gpu.name,
        "level": spec.level,
        "block_bytes": block_bytes,
        "blocks": count,
        "blocks_in_flight": gpu.slots_for(spec, spec.table_bits_for(block_bytes), count),
        "bytes_in": raw_bytes,
        "bytes_out": sum(len(r.stream) for r in results),
        "encode_s": round(encode_s, 3),
        "decode_s": round(decode_s, 3),
        "encode_mb_per_s": round(raw_bytes / encode_s / 1e6, 1),
        "decode_mb_per_s": round(raw_bytes / decode_s / 1e6, 1),
        "decoded_equal": equal,
    }


def main() -> int:
    """Check and measure; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=480)
    options = parser.parse_args()
    ends_at = time.monotonic() + options.seconds
    options.output.mkdir(parents=True, exist_ok=True)
    data = input_bytes(options.folder)
    gpu, cpu = GpuBackend(0, notice=print), CpuBackend(notice=print)
    print(f"{gpu.name}; input {len(data)} bytes")

    problems: list[str] = []
    for spec in SPECS.values():
        found = unequal_blocks(spec, gpu, cpu, data)
        print(f"level {spec.level}: {'; '.join(found) or 'equal in both directions'}", flush=True)
        problems += found
    (options.output / "equality.txt").write_text("\n".join(problems) or "equal in both directions\n")

    levels = [DEFAULT_LEVEL, *(spec.level for spec in SPECS.values() if spec.level != DEFAULT_LEVEL)]
    cases = [
        (level, size, count)
        for size in BLOCK_SIZES
        for level in levels
        for count in BLOCKS_IN_FLIGHT[: 6 if level == DEFAULT_LEVEL else 1]
    ]
    with open(options.output / "throughput.csv", "w", newline="") as file:
        writer = None
        for level, size, count in cases:
            # A block lasts as long on its warp however many run, so a case may take a while: keep a margin.
            if time.monotonic() > ends_at - 120:
                print("time is up: the other cases are left out")
                break
            row = throughput(gpu, spec_for_level(level), data, size, count)
            writer = writer or csv.DictWriter(file, row, lineterminator="\n")
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)
            file.flush()
            print(row, flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
