"""PyTorch behind a socket: a task's reference in float64 as the oracle, and its
PyTorch baselines as CUDA graphs, over memory that the judge lends. Trusted: it
runs the task's own files and never a candidate.
"""
