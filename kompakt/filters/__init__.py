"""Reversible changes of the bytes that make them easier to model."""
