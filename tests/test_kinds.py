import os
import platform
import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kompakt.kinds import ChunkKind, Kind, classify
from tests.inputs import random_bytes, text

CHUNK = 1 << 16


def kind_of(data: bytes) -> Kind:
    return classify(np.frombuffer(data, np.uint8)).kind


def repeated(line: Callable[[int], str], encoding: str = "utf-8") -> bytes:
    return "".join(line(number) for number in range(4000)).encode(encoding)[:CHUNK]


def german(number: int) -> str:
    return f"Die Größe des Gebäudes überraschte alle, und schließlich gefiel es {number % 7} Gästen.\n"


def russian(number: int) -> str:
    return f"Все счастливые семьи похожи друг на друга, {number % 7} раз повторил он.\n"


@cache
def sources() -> bytes:
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    names = [
        os.path.join(folder, "kompakt", name) for name in ("batch.py", "pack.py", "coding.py", "scan.py")
    ]
    return b"".join(Path(name).read_bytes() for name in names)


@cache
def samples() -> dict[str, tuple[bytes, Kind]]:
    source = np.random.default_rng(3)
    walk = source.integers(-9, 10, (6, 1 << 15)).cumsum(axis=1)
    rows, columns = np.mgrid[0:256, 0:256]
    picture = (rows + 40 * np.sin(columns / 15) + source.integers(0, 6, rows.shape)).astype(np.uint8)
    waves = (9000 * np.sin(np.arange(1 << 15) / 25) + source.normal(0, 300, 1 << 15)).astype("<i2")
    rgb = np.stack([picture, picture // 2 + 9, 255 - picture], axis=2)
    return {
        "English": (text(CHUNK), Kind.ENGLISH),
        "German": (repeated(german), Kind.EUROPEAN),
        "German in Latin-1": (repeated(german, "latin-1"), Kind.EUROPEAN),
        "Russian": (repeated(russian), Kind.OTHER_TEXT),
        "Russian in KOI8-R": (repeated(russian, "koi8-r"), Kind.OTHER_TEXT),
        "Japanese": (repeated(lambda n: f"吾輩は猫である。名前はまだ無い。{n % 9}\n"), Kind.OTHER_TEXT),
        "Python": (sources(), Kind.SOURCE),
        "C": (repeated(lambda n: f"    if (table[i] == {n % 9}) {{ count += size(i); }}\n"), Kind.SOURCE),
        "JSON": (repeated(lambda n: f'{{"id": {n}, "name": "someone", "tags": ["a", "b"]}},\n'), Kind.MARKUP),
        "XML": (repeated(lambda n: f"<item><name>number {n}</name><size>large</size></item>\n"), Kind.MARKUP),
        "CSV": (repeated(lambda n: f"{n},{n * n % 977},{n % 31}.{n % 97:02},name{n % 5}\n"), Kind.TABLE),
        "TSV": (repeated(lambda n: f"{n}\t{n * n % 977}\tred\t{n % 31}\n"), Kind.TABLE),
        "a log": (
            repeated(lambda n: f"081109 2036{n % 60:02} {n} INFO node.Part: block {n * n}\n"),
            Kind.TABLE,
        ),
        "records": (
            b"".join(b"\1\0\7%c\0\0rec%c\xfe\x90\x13" % (n % 251, n % 7) for n in range(5000)),
            Kind.BINARY,
        ),
        "zeros": (bytes(CHUNK), Kind.BINARY),
        "grey pixels": (picture.tobytes(), Kind.ARRAY8),
        "colours": (rgb.tobytes(), Kind.ARRAY8),
        "sound of 16 bits": (waves.tobytes(), Kind.ARRAY16),
        "integers of 16 bits": ((walk[0] + 3000).astype("<i2").tobytes(), Kind.ARRAY16),
        "integers of 32 bits": ((walk[1] * 999).astype("<i4").tobytes(), Kind.ARRAY32),
        "floats of 32 bits": (source.standard_normal(1 << 15).astype("<f4").tobytes(), Kind.ARRAY32),
        "floats of 32 bits, big end first": ((walk[3] / 7).astype(">f4").tobytes(), Kind.ARRAY32),
        "floats of 64 bits": (source.standard_normal(1 << 15).tobytes(), Kind.ARRAY64),
        "integers of 64 bits": ((walk[4] * 99991).astype("<i8").tobytes(), Kind.ARRAY64),
        "random": (random_bytes(CHUNK), Kind.RANDOM),
        "random, a little": (random_bytes(5000), Kind.RANDOM),
    }


@pytest.mark.parametrize("name", list(samples()))
def test_a_sample_is_of_its_kind(name: str) -> None:
    data, kind = samples()[name]
    assert kind_of(data) == kind


@pytest.mark.parametrize("name", list(samples()))
def test_the_kind_does_not_depend_on_how_the_bytes_lie_in_memory(name: str) -> None:
    data = np.frombuffer(samples()[name][0], np.uint8)
    expected = classify(data)
    shifted = np.zeros(data.size + 3, np.uint8)[3:]
    shifted[:] = data
    spread = np.zeros(2 * data.size, np.uint8)[::2]
    spread[:] = data
    assert not data.flags.writeable
    assert [classify(shifted), classify(spread), classify(data)] == [expected] * 3
    assert (shifted == data).all()


def test_deflated_sources_are_packed() -> None:
    words = np.random.default_rng(1).integers(0, 5000, 90_000)
    packed = zlib.compress(" ".join(f"w{word}" for word in words).encode(), 9)
    assert len(packed) > CHUNK
    assert kind_of(packed[:CHUNK]) in (Kind.COMPRESSED, Kind.RANDOM)


NOISE = random_bytes(1 << 18)
COMPRESSIBLE = {
    "an eighth of text": NOISE[: 7 * CHUNK // 8] + text(CHUNK // 8),
    "an eighth of zeros": NOISE[: 7 * CHUNK // 8] + bytes(CHUNK // 8),
    "a passage that comes back": NOISE[:60_000] + NOISE[1000:9000],
    "seven bits of eight": (np.frombuffer(NOISE, np.uint8) & 127).tobytes(),
    "every byte twice": np.repeat(np.frombuffer(NOISE, np.uint8), 2).tobytes(),
    "noisy steps": np.cumsum(np.frombuffer(NOISE, np.uint8) & 63, dtype=np.uint8).tobytes(),
    "floats whose lower bytes are noise": np.frombuffer(NOISE, "<u4").astype("<f8").tobytes(),
    "too short to tell": NOISE[:1000],
}


@pytest.mark.parametrize("name", list(COMPRESSIBLE))
def test_what_can_be_compressed_is_not_called_packed_or_random(name: str) -> None:
    assert kind_of(COMPRESSIBLE[name]) < Kind.COMPRESSED


def python_code() -> bytes:
    with open("/proc/self/maps") as maps:
        libraries = {line.split()[-1] for line in maps if "/libpython" in line}
    names = [os.path.realpath(sys.executable), *sorted(libraries)]
    return max((Path(name).read_bytes() for name in names), key=len)


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="takes machine code from a Linux Python for x86-64 or ARM64",
)
def test_the_code_of_python_itself_is_machine_code() -> None:
    image = python_code()
    kinds = [kind_of(image[start : start + CHUNK]) for start in range(0, len(image), CHUNK)]
    mine, other = Kind.X86, Kind.ARM64
    if platform.machine() == "aarch64":
        mine, other = other, mine
    assert kinds.count(mine) >= 8
    assert kinds.count(other) == 0


def test_arm64_instructions_are_found_at_any_phase() -> None:
    words = [0xA9BF7BFD, 0x910003FD, 0xF9400001, 0x94000123, 0x52800000, 0xAA0003E1, 0xB9400C22, 0x54000061]
    source = np.random.default_rng(2)
    code = (
        np.array(words, "<u4")[source.integers(0, 8, 16384)] ^ source.integers(0, 1 << 12, 16384)
    ) & 0xFFFFFFFF
    data = code.astype("<u4").tobytes()
    assert [kind_of(data[phase:]) for phase in range(4)] == [Kind.ARM64] * 4


def test_rows_of_a_table_of_fixed_width_are_measured() -> None:
    table = repeated(lambda number: f"{number:6}{number * number % 1000:8}.{number % 100:02}\n")
    assert classify(np.frombuffer(table, np.uint8)) == ChunkKind(Kind.TABLE, stride=18)


def test_pixels_and_elements_are_measured() -> None:
    colours, floats = (
        np.frombuffer(samples()[name][0], np.uint8) for name in ("colours", "floats of 64 bits")
    )
    assert classify(colours).width == 1
    assert classify(colours).stride % 3 == 0
    assert classify(floats).width == 8


@pytest.mark.parametrize("size", [*range(1, 40), 255, 1015, 1017, 4095, 4097, 16383, 16385, CHUNK + 1])
def test_any_bytes_of_any_size_have_a_kind(size: int) -> None:
    for data in (bytes(size), b"a" * size, b"\xff" * size, NOISE[:size], text(size), bytes(range(256)) * 300):
        known = classify(np.frombuffer(data[:size], np.uint8))
        assert known == classify(np.frombuffer(data[:size], np.uint8))
        assert known.width in (0, 1, 2, 4, 8)
        assert 0 <= known.stride <= 4096


def test_one_letter_is_text_and_one_zero_is_not() -> None:
    assert kind_of(b"k") == Kind.ENGLISH
    assert kind_of(b"\0") == Kind.BINARY


@pytest.mark.parametrize("chunk", [np.zeros(0, np.uint8), np.zeros((4, 4), np.uint8), np.zeros(4, np.uint16)])
def test_what_is_no_chunk_is_refused(chunk: np.ndarray) -> None:
    with pytest.raises(ValueError):
        classify(chunk)
