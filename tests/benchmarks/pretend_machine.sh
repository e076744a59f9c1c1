#!/bin/sh
# Runs benchmarks/on_gpu.sh as it will run on a machine with a GPU and without a network, on one that has neither:
#     tests/benchmarks/pretend_machine.sh FOLDER [NUMBA [NUMBA_CUDA]] [-- OPTIONS OF on_gpu.sh]
# FOLDER keeps the machine's packages, what is carried there, and the results in FOLDER/out. The machine has Python
# 3.12 (PYTHON312), numba 0.61.2 and numba-cuda 0.15.0 by default (`none` leaves numba out), no blake3, no NVVM, no
# compiler. Its GPU is another process, whose kernels are made of NumPy and run with PYTHON, or python3; needs a
# package index the first time.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
shift
numba=0.61.2 numba_cuda=0.15.0
if [ "${1:---}" != -- ]; then numba=$1; shift; fi
if [ "${1:---}" != -- ]; then numba_cuda=$1; shift; fi
if [ "${1:-}" = -- ]; then shift; fi
python=${PYTHON:-python3}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cd "$here"

machine=$folder/machine-$numba
if [ ! -e "$machine/ready" ]; then
    "${PYTHON312:-python3.12}" -m venv --clear "$machine"
    packages="numpy pytest matplotlib typer rich"
    if [ "$numba" != none ]; then packages="$packages numba==$numba numba-cuda==$numba_cuda"; fi
    # shellcheck disable=SC2086
    "$machine/bin/pip" install --quiet --disable-pip-version-check $packages
    touch "$machine/ready"
fi

# shellcheck disable=SC2086
PYTHONPATH=$here "$python" -m benchmarks.gpu.carry "$folder/carried" ${CARRY:-}

# The machine sees a copy of the checkout, so that nothing compiled here is found there.
rm -rf "$folder/checkout" "$folder/home" "$folder/out"
mkdir -p "$folder/home"
git ls-files -z --cached --others --exclude-standard | tar -c --null --files-from=- | tar -x --one-top-level="$folder/checkout"

socket=$folder/gpu.socket
rm -f "$socket"
PYTHONPATH=$here "$python" -u -m tests.benchmarks.pretend.server "$socket" "$folder/carried/all.kernels" &
gpu=$!
trap 'kill $gpu' EXIT
while [ ! -e "$socket" ]; do
    kill -0 $gpu
    sleep 0.2
done

cd "$folder/checkout"
env -i HOME="$folder/home" PATH="$machine/bin:/usr/bin:/bin" PYTHON="$machine/bin/python" LANG=C.UTF-8 CUDA_HOME="$folder/none" \
    PYTHONPATH="$folder/checkout/tests/benchmarks/pretend/site" KOMPAKT_PRETENDED_GPU="$socket" \
    benchmarks/on_gpu.sh "$folder/out" --carried "$folder/carried" --commit pretended \
    --small --ncu --set-bytes 2000000 "$@"
