"""A file of kernels that are ready to load, for machines without a compiler: FILE.kernels.

A zip file. `kernels.json` names each kernel, its source, its entry and its images, and says what made them;
each image is a file, KERNEL/sm_90.cubin for machine code or KERNEL/compute_80.ptx for PTX.
"""

import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from kompakt.errors import DeviceError

SUFFIX = ".kernels"
FORMAT = 1
_INDEX = "kernels.json"
_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, LookupError, ValueError)


class Kernel(NamedTuple):
    """What a driver can load.

    name:   of the kernel in each image
    images: of the same kernel, best first: machine code of this kind of GPU, then PTX that ends with a zero
    """

    name: str
    images: tuple[bytes, ...]


class Packed(NamedTuple):
    """A kernel in a file. `images` by name, `sm_90` machine code and `compute_80` PTX without a zero."""

    source: str
    name: str
    images: Mapping[str, bytes]


def write_packed(file: BinaryIO, kernels: Mapping[str, Packed], made_by: Mapping[str, str]) -> None:
    """Write kernels by their labels. `made_by` names the programs that made them, with their versions."""
    index = {
        "format": FORMAT,
        "made_by": dict(made_by),
        "kernels": {
            label: {"source": kernel.source, "name": kernel.name, "images": list(kernel.images)}
            for label, kernel in kernels.items()
        },
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        packed.writestr(_INDEX, json.dumps(index, indent=1))
        for label, kernel in kernels.items():
            for image, content in kernel.images.items():
                packed.writestr(_path(label, image), content)


class PackedKernels:
    """The kernels in the file `path`. Raises DeviceError if it holds none or is of another format."""

    def __init__(self, path: Path):
        self.path = path
        try:
            with zipfile.ZipFile(path) as file:
                index = json.loads(file.read(_INDEX))
            if index["format"] != FORMAT:
                raise DeviceError(f"{path}: kernels in format {index['format']!r}, not {FORMAT}")
            self.made_by: dict[str, str] = index["made_by"]
            self._kernels = {
                label: Packed(kernel["source"], kernel["name"], dict.fromkeys(kernel["images"], b""))
                for label, kernel in index["kernels"].items()
            }
        except OSError as error:
            raise DeviceError(f"{path}: {error.strerror}") from None
        except (*_UNREADABLE, TypeError, AttributeError):
            raise DeviceError(f"{path}: is no file of kernels, or damaged") from None

    @property
    def labels(self) -> list[str]:
        """What kernels there are."""
        return list(self._kernels)

    def kernel(self, label: str, source: str, capability: tuple[int, int]) -> Kernel | None:
        """Return a kernel for a GPU, None if there is none of this label or for this GPU.

        source: what it must be made of; raises DeviceError if it is made of anything else, or damaged
        """
        if label not in self._kernels:
            return None
        kernel = self._kernels[label]
        if kernel.source != source:
            raise DeviceError(f"{self.path}: {label} is of another version of this program: make it anew")
        fitting = best_first(kernel.images, capability)
        if not fitting:
            return None
        try:
            with zipfile.ZipFile(self.path) as file:
                images = [file.read(_path(label, image)) for image in fitting]
        except (*_UNREADABLE, OSError):
            raise DeviceError(f"{self.path}: {label} is damaged") from None
        ended = zip(fitting, images, strict=True)
        return Kernel(
            kernel.name, tuple(data + b"\0" if name.startswith("compute_") else data for name, data in ended)
        )


def best_first(images: Mapping[str, bytes], capability: tuple[int, int]) -> list[str]:
    """Return the names of images that a GPU runs: machine code of its major version, newest first; PTX."""
    fitting = []
    for name in images:
        kind, _, number = name.partition("_")
        made_for = divmod(int(number), 10) if number.isdecimal() else (0, 0)
        if kind == "sm" and made_for[0] == capability[0] and made_for <= capability:
            fitting.append((1, made_for, name))
        elif kind == "compute" and (0, 0) < made_for <= capability:
            fitting.append((0, made_for, name))
    return [name for *_, name in sorted(fitting, reverse=True)]


def _path(label: str, image: str) -> str:
    return f"{label}/{image}.{'cubin' if image.startswith('sm_') else 'ptx'}"
