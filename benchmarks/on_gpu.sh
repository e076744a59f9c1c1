#!/bin/sh
# Everything that only a machine with a GPU can answer, in under 9 minutes and without a network:
#     benchmarks/on_gpu.sh OUTPUT [FOLDER] [--carried FOLDER] [--ncu] [--commit TEXT] [--stages golden,tests]
# What the machine lacks is carried in a folder that `python -m benchmarks.gpu.carry` makes. Runs with PYTHON, or
# python3. See docs/GPU.md.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
# numba-cuda takes the CUDA compiler's library from the toolkit where no Python package brings it.
if [ -z "${CUDA_HOME:-}${CUDA_PATH:-}" ]; then
    if nvcc=$(command -v nvcc); then
        CUDA_HOME=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
        export CUDA_HOME
    elif [ -d /usr/local/cuda ]; then
        export CUDA_HOME=/usr/local/cuda
    fi
fi
PYTHONPATH=$here${PYTHONPATH:+:$PYTHONPATH} exec "${PYTHON:-python3}" -u -m benchmarks.gpu "$@"
