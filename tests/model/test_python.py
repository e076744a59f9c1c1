"""The model in plain Python makes the compiled model's bytes: primitives and widths agree."""

import os
import subprocess
import sys

import numba
import pytest

from kompakt.model.spec import spec_for_level
from tests.model.blocks import ARRAYS, decoded, encoded

SAMPLES = [
    b"The quick brown fox.\nThe quick brown fox.\n",
    bytes(range(250, 256)) * 8,
    b"\0\0\1\0" * 9 + b"\xff",
    b"<a><b x='1'>one</b><b>two</b></a>\n" * 2,
]

PROGRAM = """
import numpy, sys
numpy.seterr(over="ignore")  # the model wraps on purpose
from kompakt.model.spec import spec_by_id
from tests.model.blocks import decoded, encoded
for line in sys.stdin:
    spec_id, data = line.split()
    data, spec = bytes.fromhex(data), spec_by_id(int(spec_id))
    stream = encoded(data, spec)
    assert decoded(stream, len(data), spec) == data
    print(stream.hex())
"""


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="needs the compiled model to compare with")
def test_plain_python_and_compiled_streams_are_equal():
    specs = [spec_for_level(level) for level in (1, 5, 9)] + ARRAYS
    jobs = [(spec, data) for spec in specs for data in SAMPLES]
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        input="".join(f"{spec.spec_id} {data.hex()}\n" for spec, data in jobs),
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    for (spec, data), stream in zip(jobs, run.stdout.split(), strict=True):
        assert encoded(data, spec).hex() == stream
        assert decoded(bytes.fromhex(stream), len(data), spec) == data
