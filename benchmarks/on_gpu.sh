#!/bin/sh
# Everything that only a machine with a GPU can answer, in under 9 minutes and without a network:
#     benchmarks/on_gpu.sh OUTPUT [FOLDER]
# Python packages that the machine lacks may lie on PYTHONPATH. Runs with PYTHON, or python3.
set -eu
output=$1
folder=${2:-}
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
mkdir -p "$output"
nvidia-smi > "$output/machine.txt"
"$python" -c 'import numba, cupy, numpy; from importlib.metadata import version as v
print("numba", numba.__version__, "numba-cuda", v("numba-cuda"), "cupy", cupy.__version__, "numpy", numpy.__version__)' \
    >> "$output/machine.txt"
"$python" -m benchmarks.on_gpu "$output" ${folder:+"$folder"} --seconds 480
