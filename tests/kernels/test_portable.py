"""What goes to the driver is PTX 8.0, and nothing else about it changes."""

import pytest

from kompakt.errors import DeviceError
from kompakt.kernels.ptx import entry_name, portable, target_for

MADE = """\
// Cuda compilation tools, release 13.5
.version 9.5
.target sm_80
.address_size 64
.visible .entry kernel(
\t.param .u64 kernel_param_0
)
{
\t.pragma "used_bytes_mask 240";
\tld.shared.v2.u32 \t{%r627, %r628}, [_cudapy_smem_1+24904];
\t.pragma "nounroll";
\tret;
}
"""


def test_the_version_is_declared_as_8_0_and_newer_hints_are_left_out():
    expected = MADE.replace("version 9.5", "version 8.0").replace('\t.pragma "used_bytes_mask 240";\n', "")
    assert portable(MADE) == expected
    assert portable(portable(MADE)) == expected
    assert entry_name(expected) == "kernel"


def test_each_gpu_gets_the_best_target_that_it_is_not_older_than():
    for capability, target in (((12, 0), (8, 0)), ((8, 0), (8, 0)), ((7, 5), (7, 5))):
        assert target_for(capability) == target
    with pytest.raises(DeviceError, match=r"7\.2 is too old"):
        target_for((7, 2))
