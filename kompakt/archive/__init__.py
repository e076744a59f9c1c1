"""The archive on disk: docs/FORMAT.md in code. Knows nothing of models or devices."""
