"""Element types by the names that task.toml gives them."""

import torch

from .failure import CommandError

DTYPES = {
    "f64": torch.float64, "f32": torch.float32, "f16": torch.float16,
    "bf16": torch.bfloat16, "f8e4m3": torch.float8_e4m3fn,
    "f8e5m2": torch.float8_e5m2, "i64": torch.int64, "i32": torch.int32,
    "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8,
    "bool": torch.bool,
}


def dtype_of(name):
    if name not in DTYPES:
        raise CommandError(f"no element type is called {name}")
    return DTYPES[name]


def oracle_dtype(dtype):
    """In which the oracle answers: float64, or integers as they are."""
    return torch.float64 if dtype.is_floating_point else dtype
