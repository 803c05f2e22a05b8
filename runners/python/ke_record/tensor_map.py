"""A host-side descriptor as the tensor map that Triton 3.6 would encode."""

from .failure import Refusal
from .stand_in import StandIn

# Triton's code of an element type to the driver's: three differ.
DRIVER_TYPE = {8: 10, 9: 8, 10: 9}
L2_PROMOTION_128B = 2
NAN_FILL = 1


def entry(recording, descriptor, meta):
    base = descriptor.base
    if not isinstance(base, StandIn):
        raise Refusal("a TensorDescriptor's base must be a device tensor")
    shape = [int(extent) for extent in descriptor.shape]
    if meta["fp4_padded"]:
        shape[-1] *= 2
    strides = [int(stride) for stride in descriptor.strides]
    return {
        "buffer": recording.own(base._ke_buffer).name,
        "offset": base.ke_offset(),
        "dtype": DRIVER_TYPE.get(meta["elem_type"], meta["elem_type"]),
        "rank": len(shape),
        "dims": shape[::-1],
        "strides": [stride * meta["elem_size"] for stride in strides[-2::-1]],
        "box": [int(extent) for extent in meta["block_size"]][::-1],
        "element_strides": [1] * len(shape),
        "interleave": 0, "swizzle": meta["swizzle"],
        "l2_promotion": L2_PROMOTION_128B,
        "oob_fill": NAN_FILL if descriptor.padding == "nan" else 0,
    }
