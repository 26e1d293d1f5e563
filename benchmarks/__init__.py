"""Benchmarks: each prints its ratio to a peer and to a limit, measured in one run of one process."""
