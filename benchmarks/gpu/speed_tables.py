"""The tables of docs/GPU.md, "Speed, predicted", from the package's numbers.

python -m benchmarks.gpu.speed_tables
"""

from kompakt.cli.devices import CPU_MB_PER_S
from kompakt.estimate.gpu_speed import CARDS, Host, Prediction, predict
from kompakt.estimate.gpu_time import plan_of
from kompakt.model.spec import SPECS, Spec

CPU_THREADS = 16
GB = 10**9
FULL_BATCH_BYTES = 16 * GB
BATCHES_BYTES = (GB // 4, GB, 2 * GB, 16 * GB, 64 * GB)
LETTERS = {
    "waiting for memory": "w",
    "memory for models": "m",
    "few blocks": "b",
    "reading and hashing on the CPU": "h",
    "roots and generations on the CPU": "r",
    "memory bandwidth": "d",
    "loads and stores": "l",
    "the pace of each warp": "p",
}


def told(spec: Spec, card, batch_bytes: int, kernel: str = "encode") -> Prediction:
    """Return the prediction for one group of so many bytes."""
    host = Host(CPU_THREADS, CPU_MB_PER_S[spec.level])
    return predict(card, spec.level, batch_bytes, plan_of(spec.level, batch_bytes), host, kernel)


def cell(one: Prediction) -> str:
    """Return both speeds, and the letter of the limit."""
    limit = one.limit.partition(":")[0]
    return f"{one.kernel_mb_per_s:.0f} / {one.end_to_end_mb_per_s:.0f} {LETTERS.get(limit, limit)}"


def row(*cells: object) -> str:
    """Return a line of a table."""
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Print both tables."""
    print(row("level", *(card.name for card in CARDS)))
    print(row(*["---"] * (1 + len(CARDS))))
    for spec in SPECS.values():
        print(row(spec.level, *(cell(told(spec, card, FULL_BATCH_BYTES)) for card in CARDS)))
    print()
    h200 = next(card for card in CARDS if card.name == "H200")
    print(row("level", *(f"{size / GB:g} GB" for size in BATCHES_BYTES), "decoding, 16 GB"))
    print(row(*["---"] * (2 + len(BATCHES_BYTES))))
    for spec in SPECS.values():
        sizes = [told(spec, h200, size) for size in BATCHES_BYTES]
        cells = [f"{one.end_to_end_mb_per_s:.0f} ({one.streams})" for one in sizes]
        print(
            row(spec.level, *cells, f"{told(spec, h200, FULL_BATCH_BYTES, 'decode').end_to_end_mb_per_s:.0f}")
        )


if __name__ == "__main__":
    main()
