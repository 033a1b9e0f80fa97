"""Packing: which workload on which host of its pool, and the proof of how few hosts could do."""
