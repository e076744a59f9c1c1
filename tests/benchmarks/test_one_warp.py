import pytest

from benchmarks import one_warp, sass
from benchmarks.one_warp import Latencies, alone, pipe_of
from benchmarks.sass import Control, Instruction

LATENCIES = Latencies(shared=30, l1=40, l2=200, device=500)

LISTING = """
	//## File "/k/block.py", line 7 inlined at "/k/kernels.py", line 9
	//## File "/k/kernels.py", line 9
        /*0010*/                   S2R R25, SR_TID.Y ;      /* 0x0000000000197919 */
                                                            /* 0x000e2e0000002200 */
.L_x_1:
        /*0020*/              @!P4 LDG.E.U8 R32, desc[UR6][R32.64] ;  /* 0x0000000620207981 */
                                                            /* 0x000ea4000c1e1100 */
        /*0030*/                   ISETP.NE.AND P4, PT, R65, R32, PT ; /* 0x000000204100720c */
                                                            /* 0x004fda0003f85270 */
        /*0040*/              @!P4 BRA `(.L_x_1) ;          /* 0x000000000018c947 */
                                                            /* 0x000fea0003800000 */
"""


def one(text: str, stall: int, written: int | None = None, waits: tuple[int, ...] = ()) -> Instruction:
    return Instruction(text, (("/k/block.py", 7),), False, Control(stall, written, None, waits))


@pytest.fixture
def every_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every instruction run for each bit, those of `rarely` for one in four."""
    monkeypatch.setattr(
        one_warp, "weight_of", lambda one, with_start: (0.25 if "rarely" in one.text else 1.0, "")
    )


def test_control_codes_are_read_from_the_upper_half_of_an_instruction() -> None:
    load, flag, test, branch = sass._instructions(LISTING)
    assert load.control == Control(7, 0, None, ())
    assert flag.control == Control(2, 2, None, ())
    assert test.control == Control(13, None, None, (2,))
    assert branch.control == Control(5, None, None, ())
    assert [i.operation for i in (load, flag, test, branch)] == ["S2R", "LDG", "ISETP", "BRA"]
    assert branch.closes_loop and not test.closes_loop
    assert load.places == (("/k/block.py", 7), ("/k/kernels.py", 9))


def test_what_only_parted_lanes_run_does_not_count() -> None:
    lines = (
        "NOP ;",
        "BRA.CONV ~URZ, `(.L_x_2) ;",
        "CALL.REL.NOINC `(sync) ;",
        ".L_x_2:",
        "BRA.DIV ~URZ, `(.L_x_9) ;",
        "IADD3 R1, R1, R1, RZ ;",
        ".L_x_3:",
        "EXIT ;",
        ".L_x_9:",
        "MOV R2, 0x1 ;",
        "CALL.REL.NOINC `(redux) ;",
        "BRA `(.L_x_3) ;",
        "NOP ;",
    )
    listing = "\n".join(
        line
        if line.startswith(".L")
        else f"        /*0010*/  {line}  /* 0x0000000000000000 */\n"
        "                                  /* 0x000fea0003800000 */"
        for line in lines
    )
    run = [i.operation for i in sass._instructions(listing) if not i.is_detour]
    assert run == ["NOP", "BRA", "BRA", "IADD3", "EXIT", "NOP"]


def test_a_warp_waits_for_what_it_loads_unless_it_has_other_work(every_bit: None) -> None:
    load, use = one("LDG.E R1, [R2]", 2, written=0), one("IADD3 R3, R1, R1, RZ", 4, waits=(0,))
    taken = alone([load, use], False, LATENCIES, lambda load: 200)
    assert taken.cycles == {"issue": 6, "device memory": 198}
    work = [one("IMAD R4, R5, R6, RZ", 5) for _ in range(10)]
    taken = alone([load, *work, use], False, LATENCIES, lambda load: 200)
    assert taken.cycles == {"issue": 56, "device memory": 148}
    assert taken.total_cycles == 204
    assert taken.pipes == {"memory": 1, "multiply": 10, "alu": 1}
    assert sum(taken.waits.values()) == 148


def test_what_one_bit_in_four_runs_counts_a_quarter(every_bit: None) -> None:
    path = [
        one("LDS R1, [R2]", 1, written=1),
        one("LDS R7, [R2] rarely", 10, written=2),
        one("IADD3 R3, R1, R7, RZ", 4, waits=(1, 2)),
    ]
    taken = alone(path, False, LATENCIES, lambda load: 200)
    usual, with_second = 1 + 29 + 4, 1 + 10 + 20 + 4
    assert taken.total_cycles == 0.75 * usual + 0.25 * with_second
    assert taken.instructions == 2.25


def test_a_load_at_the_end_of_a_round_is_waited_for_in_the_next(every_bit: None) -> None:
    path = [one("IADD3 R3, R1, R1, RZ", 4, waits=(0,)), one("LDS R1, [R2]", 2, written=0)]
    assert alone(path, False, LATENCIES, lambda load: 200).cycles == {"issue": 6, "shared memory": 28}


def test_units_are_known_by_the_operation() -> None:
    units = [
        pipe_of(one(text, 1)) for text in ("@P0 LOP3.LUT R1, R2", "IMAD.WIDE R1", "LDS R1", "REDUX.SUM R1")
    ]
    assert units == ["alu", "multiply", "memory", "reduction"]
    assert pipe_of(one("BSYNC B0", 1)) == "other"
