"""What stands where Triton's launcher would: it writes a launch down."""

import operator

from triton.runtime import _allocation

from . import tensor_map
from .failure import OutOfDevice, Refusal
from .packing import Parameters, descriptor_parts, flatten

MOST_GRID = (2**31 - 1, 65535, 65535)
WARP = 32
PROGRAMMATIC_ARCH = 90


class Launcher:
    """One per compiled kernel, as triton.backends.nvidia.driver.CudaLauncher."""

    def __init__(self, active, source, metadata):
        self._active = active
        self._signature = list(source.signature.values())
        self._metadata = metadata
        self._descriptors = getattr(metadata, "tensordesc_meta", None) or []

    def __call__(self, x, y, z, stream, function, packed, launch_metadata,
                 enter_hook, exit_hook, *arguments):
        recording = self._active.recording()
        grid = [operator.index(extent) for extent in (x, y, z)]
        if enter_hook is not None:
            enter_hook(launch_metadata)
        if all(extent > 0 for extent in grid):
            recording.add(self._op(recording, grid, stream, function, packed,
                                   arguments))
        elif min(grid) < 0:
            raise Refusal(f"a grid of {grid}")
        if exit_hook is not None:
            exit_hook(launch_metadata)

    def _op(self, recording, grid, stream, function, packed, arguments):
        warps, clusters, shared = packed
        scratch = self._scratch(grid, stream)
        parameters = self._parameters(recording, function, arguments, scratch)
        grid[0] *= clusters
        if any(extent > most for extent, most in zip(grid, MOST_GRID)):
            raise OutOfDevice(f"a grid of {grid}: at most {list(MOST_GRID)}")
        op = {"op": "launch", "stream": recording.stream(stream),
              "module": function, "kernel": self._metadata.name, "grid": grid,
              "block": [warps * WARP, 1, 1]}
        if clusters != 1:
            op["cluster"] = [clusters, 1, 1]
        return {**op, "shared": shared,
                "cooperative": bool(self._metadata.launch_cooperative_grid),
                "programmatic": self._is_programmatic(),
                "parameters": bytes(parameters.data),
                "offsets": parameters.offsets, "maps": parameters.maps}

    def _is_programmatic(self):
        """Whether it may start while the launch before it still runs."""
        asked = bool(getattr(self._metadata, "launch_pdl", False))
        if asked and self._active.arch < PROGRAMMATIC_ARCH:
            self._active.note("launch_pdl needs sm_90: launches follow each "
                              "other here")
            return False
        return asked

    def _parameters(self, recording, function, arguments, scratch):
        parameters = Parameters(recording, self._active.layouts[function])
        descriptors = iter(self._descriptors)
        for declared, argument in zip(self._signature, arguments, strict=True):
            for kind, value in flatten(declared, argument):
                if kind.startswith("tensordesc"):
                    self._add_descriptor(recording, parameters, kind, value,
                                         next(descriptors, None))
                else:
                    parameters.add(kind, value)
        parameters.add("*", scratch)
        parameters.add("*", None)  # profile scratch: nobody profiles here
        parameters.finish()
        return parameters

    def _add_descriptor(self, recording, parameters, declared, descriptor, meta):
        for kind, value in descriptor_parts(declared, descriptor, meta):
            if kind == "map":
                parameters.add_map(tensor_map.entry(recording, value, meta))
            else:
                parameters.add(kind, value)

    def _scratch(self, grid, stream):
        size = self._metadata.global_scratch_size
        if not size:
            return None
        size *= grid[0] * grid[1] * grid[2] * self._metadata.num_ctas
        return _allocation._allocator.get()(
            size, self._metadata.global_scratch_align, stream)
