"""Benchmarks: ratios against bare loops in the same run, run by hand."""
