"""All kernels, and the text of each as it goes to the driver; kept on disk as the product keeps it."""

from kompakt.kernels.compiled import code_ptx, kernel_ptx
from kompakt.model.spec import ARRAY_SPECS, SPECS, Spec

KERNELS = [
    (spec, decoding) for spec in (*SPECS.values(), *ARRAY_SPECS.values()) for decoding in (False, True)
]
CODES = ("encode_huffman", "decode_huffman", "encode_rans", "decode_rans")
CAPABILITY = (9, 0)


def kernel_id(part: object) -> str:
    """Return what a test of KERNELS is called by pytest."""
    return part.name if isinstance(part, Spec) else "decode" if part else "encode"


def kernel_text(what: Spec | str, decoding: bool = False) -> str:
    """Return the PTX of a spec's kernel, or of a kernel of a classical code."""
    if isinstance(what, str):
        return code_ptx(what, CAPABILITY, lambda text: None)
    return kernel_ptx(what, decoding, CAPABILITY, lambda text: None)
