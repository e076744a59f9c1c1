"""Compiles kernels to PTX; started by test_ptx.py, once for each compute capability.

Arguments: compute capability without its dot (90), and the specs, or `codes` for the kernels of codes.py.
Prints JSON: a list of {spec, decoding, ptx}, or {name, ptx}.
"""

import json
import sys

from kompakt.kernels.code_kernels import NAMES
from kompakt.kernels.offline import code_ptx, ptx
from kompakt.model.spec import spec_by_id

if __name__ == "__main__":
    capability = divmod(int(sys.argv[1]), 10)
    if sys.argv[2:] == ["codes"]:
        json.dump([{"name": name, "ptx": code_ptx(name, capability)} for name in NAMES], sys.stdout)
        sys.exit()
    json.dump(
        [
            {"spec": spec_id, "decoding": decoding, "ptx": ptx(spec_by_id(spec_id), decoding, capability)}
            for spec_id in map(int, sys.argv[2:])
            for decoding in (False, True)
        ],
        sys.stdout,
    )
