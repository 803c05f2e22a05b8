"""A Triton driver for a device that is only described."""

import functools
import hashlib

from triton.backends.compiler import GPUTarget
from triton.backends.driver import DriverBase

from . import cubin
from .launcher import Launcher

MOST_THREADS = 1024
NO_SPILLS = 0  # the image does not say


class Utils:
    """Stands where triton.backends.nvidia.driver.CudaUtils would."""

    def __init__(self, active):
        self._numbers = {}
        self._active = active

    def load_binary(self, name, image, _shared, _device):
        key = hashlib.sha256(image).digest()
        if key not in self._numbers:
            self._active.layouts.append(cubin.layout(image, name))
            self._numbers[key] = len(self._active.modules)
            self._active.modules.append(bytes(image))
        number = self._numbers[key]
        registers = cubin.registers(image, name)
        return number, number, registers, NO_SPILLS, MOST_THREADS

    def get_device_properties(self, _device=0):
        facts = self._active.facts
        return {"max_shared_mem": facts["shared_per_block_optin"],
                "max_num_regs": facts["registers_per_multiprocessor"],
                "multiprocessor_count": facts["multiprocessors"],
                "warpSize": facts["warp"],
                "sm_clock_rate": 1_500_000, "mem_clock_rate": 2_000_000,
                "mem_bus_width": 4096}

    def set_printf_fifo_size(self, _size):
        pass

    def cuOccupancyMaxActiveClusters(self, *_):
        return self._active.facts["multiprocessors"]


class RecordingDriver(DriverBase):
    """Installed by triton.runtime.driver.set_active."""

    def __init__(self, active):
        super().__init__()
        self._active = active
        self.utils = Utils(active)
        self.launcher_cls = functools.partial(Launcher, active)

    @classmethod
    def is_active(cls):
        return True

    def map_python_to_cpp_type(self, ty):
        from triton.backends.nvidia.driver import ty_to_cpp
        return ty_to_cpp(ty)

    def get_current_target(self):
        return GPUTarget("cuda", self._active.arch, 32)

    def get_current_device(self):
        return 0

    def set_current_device(self, _device):
        pass

    def get_current_stream(self, _device=0):
        return self._active.stream

    def get_device_capability(self, _device=0):
        return divmod(self._active.arch, 10)

    def get_active_torch_device(self):
        import torch
        return torch.device("cuda", 0)

    def get_device_interface(self):
        import torch
        return torch.cuda

    def get_benchmarker(self):
        def refuse(*_args, **_kwargs):
            raise RuntimeError("nothing can be timed while a plan is recorded: "
                               "use ke:tune for what must be tried out")
        return refuse

    def get_empty_cache_for_benchmark(self):
        return self.get_benchmarker()()

    def clear_cache(self, _cache):
        self.get_benchmarker()()
