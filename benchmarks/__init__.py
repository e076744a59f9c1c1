"""Measurements: bytes, speed and memory of Kompakt's levels and of other programs, in the same run.

    python -m benchmarks.compare FOLDER      rows in benchmarks/results/
    python -m benchmarks.report              tables and plots in docs/BENCHMARKS.md, from those rows
    python -m benchmarks.speed FILE          two codecs by turns on the start of one file

The method is in docs/BENCHMARKS.md. The process that measures imports neither numpy nor numba,
because the peak memory that Linux reports for a child is never less than its parent's.
"""
