"""Threads and memory follow what the process may use."""

import os

from kompakt.cpu import threads


def test_affinity_bounds_the_threads(monkeypatch):
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    monkeypatch.setattr(threads, "_cgroup_values", lambda name: [])
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(6)), raising=False)
    assert threads.usable_threads() == 6


def test_slurm_bounds_the_threads(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    monkeypatch.setattr(threads, "_cgroup_values", lambda name: [])
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "4")
    assert threads.usable_threads() == 4
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "nonsense")
    assert threads.usable_threads() == 64


def test_a_cgroup_quota_bounds_the_threads(monkeypatch):
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    monkeypatch.setattr(threads, "_cgroup_values", lambda name: ["250000", "100000"])
    assert threads.usable_threads() == 3
    monkeypatch.setattr(threads, "_cgroup_values", lambda name: ["max", "100000"])
    assert threads.usable_threads() == 64


def test_a_cgroup_bounds_the_memory(monkeypatch):
    values = {"memory.max": [str(1 << 20)], "memory.current": [str(1 << 19)]}
    monkeypatch.setattr(threads, "_cgroup_values", lambda name: values.get(name, []))
    assert threads.usable_memory_bytes() == int((1 << 19) * 0.8)
