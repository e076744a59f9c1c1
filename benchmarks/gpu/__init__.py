"""What only a machine with a GPU can answer, stage by stage; see docs/GPU.md."""
