"""A GPU in a process of its own, with an interpreter and packages of its own: runs launches for others.

    python -m tests.benchmarks.pretend.server SOCKET CARRIED.kernels

Its kernels are those of tests/kernels/fake_cupy.py. Machine code and PTX of the carried file are known by
their bytes, and stand for the kernels of the same spec there.
"""

import socketserver
import sys
import zipfile
from pathlib import Path

import numpy as np

from kompakt.cpu.compiled import block_loop
from kompakt.model.spec import spec_by_id
from tests.benchmarks.pretend.arena import map_at, unmap
from tests.benchmarks.pretend.messages import digest, receive, send
from tests.kernels import fake_cupy


def known_images(path: Path) -> dict[str, str]:
    """Return the entry in the fake CuPy for each image of a file of kernels, by the digest of its bytes."""
    known = {}
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            label = name.partition("/")[0]
            if name.endswith((".cubin", ".ptx")):
                known[digest(file.read(name))] = fake_entry(label)
    return known


def fake_entry(label: str) -> str:
    """Return how fake_cupy.py calls the kernel that a file of kernels calls `label`."""
    direction, _, what = label.partition("_")
    return f"kernel_{what}_{direction == 'decode':d}" if what.isdecimal() else f"code_{label}"


class Handler(socketserver.BaseRequestHandler):
    """One process that uses the GPU, until it ends."""

    def handle(self) -> None:
        """Answer every message."""
        hello = receive(self.request)
        map_at(Path(hello["path"]), hello["size"], hello["address"])
        functions: list[fake_cupy.Function] = []
        send(self.request, {})
        try:
            while message := receive(self.request):
                try:
                    answer = {"value": self._answer(message, functions)}
                except Exception as error:
                    answer = {"error": f"{type(error).__name__}: {error}".partition("\n")[0]}
                send(self.request, answer)
        finally:
            unmap(hello["size"], hello["address"])

    def _answer(self, message: dict, functions: list) -> int:
        if message["what"] == "load":
            entry = self.server.known[message["digest"]]
            module = fake_cupy.Module()
            module.load(f".visible .entry {entry}(\0".encode())
            functions.append(module.get_function(entry))
            return len(functions) - 1
        arguments = tuple(map(np.uint64, message["arguments"]))
        functions[message["function"]](tuple(message["grid"]), tuple(message["block"]), arguments)
        return 0


class Server(socketserver.ThreadingUnixStreamServer):
    """The GPU. known: see known_images()."""

    daemon_threads = True
    known: dict[str, str]


def _warm_up(entries: set[str]) -> None:
    """Compile what stands for the kernels: a GPU's are compiled before."""
    for entry in entries:
        if entry.startswith("kernel_"):
            _, spec_id, decoding = entry.split("_")
            block_loop(spec_by_id(int(spec_id)), decoding == "1", print)


def main() -> None:
    """Serve until killed; the socket appears when the GPU is ready."""
    known = known_images(Path(sys.argv[2]))
    _warm_up(set(known.values()))
    with Server(sys.argv[1], Handler) as server:
        server.known = known
        server.serve_forever()


if __name__ == "__main__":
    main()
