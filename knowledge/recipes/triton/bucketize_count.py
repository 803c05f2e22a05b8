# ke:recipe bucketize_count
# ke:summary batched bucketize by counting: a block of values is compared with every border of its feature, a few at a time
# ke:input values float [F, B]
# ke:input borders float [N]
# ke:input offsets i64 [F + 1] offsets
# ke:output bucket i32 [F, B]
# ke:tune BLOCK = 512 in {128, 256, 512, 1024, 2048}
# ke:tune CHUNK = 4 in {1, 2, 4, 8}
# ke:tune num_warps = 4 in {1, 2, 4, 8} when BLOCK >= num_warps * 32
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def count(values, borders, offsets, bucket, b_units, ALIGN_B: tl.constexpr,
          BLOCK: tl.constexpr, CHUNK: tl.constexpr):
    # A product with a constant tells the compiler what divides a row's length.
    B = b_units * ALIGN_B
    blocks = tl.cdiv(B, BLOCK)
    feature = (tl.program_id(0) // blocks).to(tl.int64)
    b = tl.program_id(0) % blocks * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(values + feature * B + b, mask=b < B, other=0.0)
    first = tl.load(offsets + feature)
    last = tl.load(offsets + feature + 1)
    below = tl.zeros((BLOCK,), dtype=tl.int32)
    for start in range(first, last, CHUNK):
        for i in tl.static_range(CHUNK):
            border = tl.load(borders + start + i, mask=start + i < last,
                             other=float("inf"))
            below += (border < v).to(tl.int32)
    tl.store(bucket + feature * B + b, below, mask=b < B)


def run(*inputs, outputs, workspace):
    values = inputs[IN_values]
    F, B = values.shape
    align = min(16, B & -B)
    count[(F * triton.cdiv(B, BLOCK),)](
        values, inputs[IN_borders], inputs[IN_offsets], outputs[OUT_bucket],
        B // align, ALIGN_B=align, BLOCK=BLOCK, CHUNK=CHUNK,
        num_warps=num_warps)
