"""Benchmarks: each figure stands beside a named peer that ran in the same call."""
