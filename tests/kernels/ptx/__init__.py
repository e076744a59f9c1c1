"""Runs the text that would go to a GPU's driver, PTX, on the CPU: every kernel, warp by warp, lane by lane.

program.py reads PTX, lane.py says what each instruction does, machine.py lets lanes, warps and CTAs take
turns, memory.py is device memory that notices misuse, and cupy.py puts all of it in the place of CuPy, so
that the product's own backends launch it.
"""
