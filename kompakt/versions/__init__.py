"""Snapshots: adding one to an archive, comparing two, forgetting some, and making room again."""
