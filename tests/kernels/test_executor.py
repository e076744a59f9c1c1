"""The executor of PTX refuses what no kernel may do, and computes what PTX says."""

import re

import numpy as np
import pytest

from tests.kernels.ptx.launch import launch
from tests.kernels.ptx.memory import Arena
from tests.kernels.ptx.program import PtxError, read

HEAD = """
.version 8.0
.target sm_80
.address_size 64
{shared}
.visible .entry kernel(
	.param .u64 kernel_param_0
)
{{
	.reg .pred 	%p<9>;
	.reg .b16 	%rs<9>;
	.reg .b32 	%r<99>;
	.reg .b64 	%rd<99>;

	ld.param.u64 	%rd1, [kernel_param_0];
	mov.u32 	%r1, %tid.x;
	mul.wide.u32 	%rd2, %r1, 4;
	add.s64 	%rd3, %rd1, %rd2;
{body}
	ret;

}}
"""


@pytest.fixture(scope="module")
def arena() -> Arena:
    return Arena(1 << 24)


def run(
    arena: Arena, body: str, shared: str = "", size: int = 32, warps: int = 1, written: bool = False, **more
):
    """Run `body` with `size` words in %rd1, of which %rd3 is the lane's own; return them."""
    lines = re.sub(r"(;|\$\w:)\s*", r"\1\n", body)
    program = read(HEAD.format(body=lines, shared=shared))
    array = arena.array(size, np.uint32)
    if written:
        array[:] = np.arange(size)
        arena.written(array)
    done = launch(program, arena, 1, warps, [array.ctypes.data], **more)
    return (array, done) if more else array


def refused(arena: Arena, message: str, body: str, **options) -> None:
    with pytest.raises(PtxError, match=message):
        run(arena, body, **options)


def result_of(arena: Arena, body: str) -> int:
    """Return what lane 0 has in %r9."""
    return int(run(arena, f"{body}\nst.global.u32 [%rd3], %r9;")[0])


SHARED = ".visible .shared .align 4 .b8 mine[128];"
OWN_SHARED = "mov.u64 %rd9, mine; add.s64 %rd4, %rd9, %rd2; "


def test_each_lane_stores_at_its_own_place(arena):
    assert run(arena, "st.global.u32 [%rd3], %r1;").tolist() == list(range(32))


@pytest.mark.parametrize("offset", [-4, 128])
def test_addresses_outside_of_an_allocation_are_refused(arena, offset):
    refused(arena, "outside of every allocation: warp 0", f"st.global.u32 [%rd1+{offset}], %r1;")
    refused(arena, "outside of every allocation", f"ld.global.u32 %r2, [%rd1+{offset}];", written=True)


def test_what_is_freed_may_not_be_touched(arena):
    address = arena.array(1 << 16).ctypes.data + (1 << 15)  # behind what takes its place
    refused(arena, "outside of every allocation", f"mov.u64 %rd5, {address}; st.global.u32 [%rd5], %r1;")


def test_misaligned_addresses_are_refused(arena):
    refused(arena, "misaligned", "st.global.u32 [%rd1+2], %r1;")
    refused(arena, "misaligned", "ld.global.v2.u32 {%r2, %r3}, [%rd1+4];", written=True)


def test_memory_that_nobody_wrote_may_not_be_read(arena):
    refused(arena, "nobody has written: warp 0, lane", "ld.global.u32 %r2, [%rd3];")
    refused(arena, "nobody has written", OWN_SHARED + "ld.shared.u32 %r2, [%rd4];", shared=SHARED)
    refused(arena, "nobody has written", "st.global.u8 [%rd3], %r1; ld.global.u32 %r2, [%rd3];")


def test_shared_memory_has_an_end(arena):
    refused(arena, "outside of every", OWN_SHARED + "st.shared.u32 [%rd4+128], %r1;", shared=SHARED)
    two = SHARED + "\n.visible .shared .align 4 .b8 other[128];"
    refused(arena, "outside of every", OWN_SHARED + "st.shared.u32 [%rd4+128], %r1;", shared=two)


def test_dynamic_shared_memory_is_as_large_as_the_launch_says(arena):
    shared = ".extern .shared .align 8 .b8 mine[];"
    body = (
        OWN_SHARED + "st.shared.u32 [%rd4], %r1; mov.u32 %r9, %dynamic_smem_size; st.global.u32 [%rd3], %r9;"
    )
    assert run(arena, body, shared=shared, dynamic_bytes=128)[0][0] == 128
    with pytest.raises(PtxError, match="outside of every"):
        run(arena, body, shared=shared, dynamic_bytes=124)


def test_lanes_see_what_others_wrote_before_a_meeting(arena):
    body = (
        OWN_SHARED
        + "st.shared.u32 [%rd4], %r1; bar.warp.sync -1; xor.b32 %r2, %r1, 31; mul.wide.u32 %rd5, %r2, 4; "
        + "add.s64 %rd6, %rd9, %rd5; ld.shared.u32 %r3, [%rd6]; st.global.u32 [%rd3], %r3;"
    )
    assert run(arena, body, shared=SHARED).tolist() == list(range(31, -1, -1))
    refused(arena, "nobody has written", body.replace("bar.warp.sync -1;", ""), shared=SHARED)


def test_lanes_that_meet_at_different_instructions_are_refused(arena):
    apart = "setp.lt.u32 %p1, %r1, 7; @%p1 bra $L; bar.warp.sync -1; bra $M; $L: bar.warp.sync -1; $M:"
    refused(arena, "wait at different instructions", apart)
    refused(
        arena, "returned while others wait", "setp.eq.u32 %p1, %r1, 9; @%p1 bra $L; bar.warp.sync -1; $L:"
    )
    refused(arena, "meeting of some lanes only", "bar.warp.sync 255;")


def test_warps_of_a_cta_wait_for_each_other_unless_they_have_returned(arena):
    body = "setp.eq.u32 %p1, %r1, 99; $L: @%p1 bra $M; bar.sync 0; $M: st.global.u32 [%rd3], %r1;"
    assert run(arena, body, warps=3)[5] == 5


@pytest.mark.parametrize(
    "line",
    [
        "add.f32 %r2, %r2, %r2;",
        "lop3.b32 %r2, %r2, %r2, %r2, 1;",
        "ld.u32 %r2, [%rd1];",
        "add.sat.s32 %r2, %r2, %r2;",
    ],
)
def test_unknown_instructions_are_refused(arena, line):
    refused(arena, r"unknown (instruction|type|access)", line)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("mov.u32 %r2, -7; shr.s32 %r9, %r2, 1;", 0xFFFFFFFC),
        ("mov.u32 %r2, -7; shr.u32 %r9, %r2, 28;", 15),
        ("mov.u32 %r2, -7; shr.s32 %r9, %r2, 40;", 0xFFFFFFFF),
        ("mov.u32 %r2, 1; shl.b32 %r9, %r2, 32;", 0),
        ("mov.u32 %r2, -7; cvt.s64.s32 %rd9, %r2; shr.u64 %rd8, %rd9, 60; cvt.u32.u64 %r9, %rd8;", 15),
        ("mov.u32 %r2, 200; cvt.u16.u32 %rs1, %r2; cvt.s16.s8 %rs2, %rs1; cvt.u32.u16 %r9, %rs2;", 0xFFC8),
        ("mov.u32 %r2, -3; mov.u32 %r3, 5; mul.wide.s32 %rd9, %r2, %r3; cvt.u32.u64 %r9, %rd9;", 2**32 - 15),
        ("mov.u32 %r2, -3; mov.u32 %r3, 5; mul.hi.u32 %r9, %r2, %r3;", 4),
        ("mov.u32 %r2, -3; mov.u32 %r3, 5; mul.hi.s32 %r9, %r2, %r3;", 0xFFFFFFFF),
        ("mov.u32 %r2, -3; mov.u32 %r3, 5; min.s32 %r9, %r2, %r3;", 2**32 - 3),
        ("mov.u32 %r2, -3; mov.u32 %r3, 5; min.u32 %r9, %r2, %r3;", 5),
        ("mov.u32 %r2, -7; mov.u32 %r3, 2; div.s32 %r9, %r2, %r3;", 2**32 - 3),
        ("mov.u32 %r2, -7; mov.u32 %r3, 2; rem.s32 %r9, %r2, %r3;", 2**32 - 1),
        ("mov.u32 %r2, 0x11223344; mov.u32 %r3, 0x55667788; prmt.b32 %r9, %r2, %r3, 0x6420;", 0x66882244),
        ("mov.u32 %r2, 0x80; mov.u32 %r3, 0; prmt.b32 %r9, %r2, %r3, 0x9998;", 0x000000FF),
        ("mov.u32 %r2, 5; mov.u32 %r3, -1; bfi.b32 %r9, %r2, %r3, 4, 8;", 0xFFFFF05F),
        ("mov.u32 %r2, 0xF0; bfe.s32 %r9, %r2, 4, 4;", 0xFFFFFFFF),
        ("mov.u32 %r2, 0x10000; clz.b32 %r9, %r2;", 15),
        ("mov.u32 %r2, 0x10101; popc.b32 %r9, %r2;", 3),
        ("mov.u32 %r2, -1; mov.u32 %r3, 3; setp.gt.s32 %p1, %r2, %r3; selp.b32 %r9, 7, 8, %p1;", 8),
        ("mov.u32 %r2, -1; mov.u32 %r3, 3; setp.gt.u32 %p1, %r2, %r3; selp.b32 %r9, 7, 8, %p1;", 7),
        ("redux.sync.add.s32 %r9, %r1, 0xffffffff;", 496),
        ("setp.eq.u32 %p1, %r1, 30; vote.sync.any.pred %p2, %p1, -1; selp.u32 %r9, 1, 0, %p2;", 1),
        ("shfl.sync.idx.b32 %r9|%p1, %r1, 9, 31, -1;", 9),
        ("shfl.sync.bfly.b32 %r9|%p1, %r1, 16, 31, -1;", 16),
    ],
)  # fmt: skip
def test_instructions_compute_what_ptx_says(arena, body, wanted):
    assert result_of(arena, body) == wanted


def test_signed_loads_fill_their_whole_register(arena):
    body = "mov.u32 %r2, -2; st.global.u32 [%rd3], %r2; ld.global.s32 %rd9, [%rd3]; shr.s64 %rd8, %rd9, 33; "
    assert result_of(arena, body + "cvt.u32.u64 %r9, %rd8;") == 0xFFFFFFFF


def test_additions_to_memory_tell_every_thread_another_number(arena):
    body = "st.global.u32 [%rd1+128], 0; bar.warp.sync -1; atom.global.add.u32 %r2, [%rd1+128], 1; "
    tickets = run(arena, body + "st.global.u32 [%rd3], %r2;", size=33)
    assert sorted(tickets[:32].tolist()) == list(range(32))


def test_the_order_of_lanes_is_shuffled_by_the_seed(arena):
    body = "st.global.u32 [%rd1], %r1;"
    last = {int(run(arena, body, size=1, seed=seed)[0][0]) for seed in range(20)}
    assert len(last) > 5


def test_instructions_of_lanes_that_have_parted_count_for_each_way(arena):
    body = "setp.lt.u32 %p1, %r1, 7; @%p1 bra $L; add.s32 %r2, %r1, 1; bra $M; $L: add.s32 %r2, %r1, 2; $M:"
    before = 4
    assert run(arena, body, counting=True)[1].instructions == before + 2 + 2 + 1 + 1


@pytest.mark.parametrize(("step", "sectors"), [(0, 1), (4, 4), (32, 32)])
def test_sectors_are_those_that_lanes_touch_together(arena, step, sectors):
    body = f"mul.wide.u32 %rd5, %r1, {step}; add.s64 %rd6, %rd1, %rd5; ld.global.u32 %r3, [%rd6];"
    done = run(arena, body, size=32 * 8, written=True, counting=True)[1]
    assert (done.sectors, done.wavefronts) == (sectors, 0)


@pytest.mark.parametrize(("step", "wavefronts"), [(0, 1), (4, 1), (8, 2), (128, 32)])
def test_banks_of_shared_memory_serve_one_word_at_a_time(arena, step, wavefronts):
    shared = ".visible .shared .align 4 .b8 mine[4096];"
    body = f"mul.wide.u32 %rd5, %r1, {step}; mov.u64 %rd9, mine; add.s64 %rd6, %rd9, %rd5; "
    done = run(arena, body + "st.shared.u32 [%rd6], %r1;", shared=shared, counting=True)[1]
    assert (done.sectors, done.wavefronts) == (0, wavefronts)
