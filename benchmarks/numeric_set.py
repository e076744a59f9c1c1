"""Ten generated arrays as programs of science and engineering write them, raw and little-endian.

    python -m benchmarks.numeric_set FOLDER

A file is named NAME.TYPE.SHAPE.raw, such as `turbulence.float32.128x128x96.raw`; values are in C order. Every
array has noise or rounding where measured and simulated data have them. The same seeds give the same arrays,
up to the last bits in which other processors and versions of numpy compute.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

Generator = np.random.Generator
_NAME = re.compile(r".+\.((?:u?int|float)\d+)\.\d+(?:x\d+)*\.raw")


def turbulence(random: Generator) -> np.ndarray:
    """Return one velocity component of a periodic field whose energy falls as k^(-5/3)."""
    shape = (128, 128, 96)
    waves = np.meshgrid(*(np.fft.fftfreq(n, 1 / n) for n in shape[:2]), np.fft.rfftfreq(96, 1 / 96))
    number = np.sqrt(sum(wave**2 for wave in waves))
    number[0, 0, 0] = np.inf
    noise = np.fft.rfftn(random.normal(size=shape))
    field = np.fft.irfftn(noise * number ** (-11 / 6) * np.exp(-number / 40), s=shape, axes=(0, 1, 2))
    return (field / field.std()).astype(np.float32)


def wave(random: Generator) -> np.ndarray:
    """Return the pressure of a wave equation in a layered cube, 80 leapfrog steps after six pulses."""
    size = 96
    grid = np.stack(np.meshgrid(*[np.arange(size) / size] * 3, indexing="ij"))
    pulses = [
        np.exp(-((grid - centre[:, None, None, None]) ** 2).sum(0) / 0.002)
        for centre in random.uniform(0.2, 0.8, (6, 3))
    ]
    now = before = sum(pulses)
    courant_squared = np.where(grid[2] > 0.5, 0.25, 0.1)
    for _ in range(80):
        around = sum(np.roll(now, step, axis) for axis in range(3) for step in (-1, 1))
        now, before = 2 * now - before + courant_squared * (around - 6 * now), now
    return now


def trend(random: Generator) -> np.ndarray:
    """Return a temperature each second: a slow drift and a daily cycle under noise of 0.1."""
    time = np.arange(1_000_000) / 86_400
    drift = 280 + 0.3 * time + 8 * np.sin(2 * np.pi * time)
    return (drift + random.normal(0, 0.1, len(time))).astype(np.float32)


def counters(random: Generator) -> np.ndarray:
    """Return times of events in nanoseconds: 10 µs apart with jitter, and a pause now and then."""
    steps = (
        10_000
        + random.normal(0, 150, 600_000)
        + random.exponential(2e6, 600_000) * (random.random(600_000) < 0.002)
    )
    return 1_700_000_000_000_000_000 + np.cumsum(steps.astype(np.int64))


def sensors(random: Generator) -> np.ndarray:
    """Return eight channels of a 16-bit converter: mains hum, a slow drift of each, and noise of 6 steps."""
    samples, channels = 262_144, 8
    drift = np.cumsum(random.normal(0, 0.8, (samples, channels)), axis=0)
    phase = random.uniform(0, 2 * np.pi, channels)
    hum = random.uniform(50, 900, channels) * np.sin(
        2 * np.pi * 50 / 10_000 * np.arange(samples)[:, None] + phase
    )
    readings = drift + hum + random.normal(0, 6, (samples, channels))
    return np.clip(np.rint(readings), -32768, 32767).astype(np.int16)


def sparse_columns(random: Generator) -> np.ndarray:
    """Return the column numbers of a sparse matrix in rows, sorted within each: near ones and far ones."""
    rows, entries = 80_000, 16
    near = np.arange(rows)[:, None] + np.rint(random.normal(0, 300, (rows, entries - 4)))
    far = random.integers(0, rows, (rows, 4))
    return np.sort(np.clip(np.hstack([near, far]), 0, rows - 1), axis=1).astype(np.int32)


def detector(random: Generator) -> np.ndarray:
    """Return an image of a photon detector: a background of few counts, and 400 bright spots."""
    height, width = 1024, 1536
    y, x = np.mgrid[0:height, 0:width]
    expected = 20 + 60 * np.exp(-((y - height / 2) ** 2 + (x - width / 2) ** 2) / 2e5)
    for row, column, peak in zip(
        random.uniform(20, height - 20, 400),
        random.uniform(20, width - 20, 400),
        random.lognormal(6, 1.2, 400),
        strict=True,
    ):
        box = np.s_[int(row) - 12 : int(row) + 13, int(column) - 12 : int(column) + 13]
        expected[box] += peak * np.exp(-((y[box] - row) ** 2 + (x[box] - column) ** 2) / 6)
    return np.minimum(random.poisson(expected), 65_535).astype(np.uint16)


def ode(random: Generator) -> np.ndarray:
    """Return a trajectory of the Lorenz system, a Runge-Kutta step of 0.002 in each row."""

    def slope(state: np.ndarray) -> np.ndarray:
        x, y, z = state
        return np.array([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])

    states = np.empty((150_000, 3))
    state, step = random.normal(size=3) + 10, 0.002
    for row in states:
        row[:] = state
        first = slope(state)
        second = slope(state + step / 2 * first)
        third = slope(state + step / 2 * second)
        state = state + step / 6 * (first + 2 * second + 2 * third + slope(state + step * third))
    return states


def particles(random: Generator) -> np.ndarray:
    """Return positions of atoms that vibrate about a cubic lattice, a tenth of them diffused away."""
    cells = 70
    lattice = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    positions = lattice * 3.6 + random.normal(0, 0.12, lattice.shape)
    moved = random.random(len(positions)) < 0.1
    positions[moved] += random.normal(0, 4, (moved.sum(), 3))
    return np.mod(positions, cells * 3.6).astype(np.float32)


def decimals(random: Generator) -> np.ndarray:
    """Return rows of a table: a wandering price with two decimals, and a measurement with three."""
    count = 300_000
    price = np.round(150 + np.cumsum(random.normal(0, 0.02, count)), 2)
    return np.stack([price, np.round(random.gamma(4, 2.5, count), 3)], axis=1)


ARRAYS: tuple[Callable[[Generator], np.ndarray], ...] = (
    turbulence,
    wave,
    trend,
    counters,
    sensors,
    sparse_columns,
    detector,
    ode,
    particles,
    decimals,
)


def type_of(name: str) -> np.dtype | None:
    """Return the type of the values in the file of an array, None for files with other names."""
    match = _NAME.fullmatch(name)
    return np.dtype(match[1]).newbyteorder("<") if match else None


def write_array(name: str, array: np.ndarray, folder: Path) -> Path:
    """Write `array` to its file in `folder` and return the path."""
    shape = "x".join(map(str, array.shape))
    path = folder / f"{name}.{array.dtype.name}.{shape}.raw"
    path.write_bytes(array.astype(array.dtype.newbyteorder("<")).tobytes())
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the arrays and print their names."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.numeric_set", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for seed, generate in enumerate(ARRAYS):
        path = write_array(generate.__name__, generate(np.random.default_rng(seed)), folder)
        print(f"{path.name:40} {path.stat().st_size:9,} bytes")


if __name__ == "__main__":
    main()
