"""ke_kernelbench: KernelBench files become tasks.

A file holds `class Model(nn.Module)`, `get_inputs()` and `get_init_inputs()`. It
is the user's own and trusted, as any reference is; limits only keep a large one
from taking the machine along.
"""
