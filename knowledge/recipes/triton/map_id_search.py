# ke:recipe map_id_search
# ke:summary id to index in an increasing table by search without branches; each round compares with one or with three entries
# ke:input ids i64 [..., B]
# ke:input table i64 [U] increasing
# ke:output index i64 [..., B]
# ke:option QUARTERS in {0, 1}
# ke:tune BLOCK = 128 in {64, 128, 256, 512}
# ke:tune num_warps = 2 in {1, 2, 4, 8} when BLOCK >= num_warps * 32
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def below(table, probe, id, size):
    """Whether the first `probe` entries are all less than id."""
    there = probe <= size
    entry = tl.load(table + tl.minimum(probe, size) - 1)
    return there & (entry < id)


@triton.jit
def search(ids, table, index, count, size, ROUNDS: tl.constexpr,
           QUARTERS: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    id = tl.load(ids + at, mask=at < count, other=0)
    less = tl.zeros((BLOCK,), dtype=tl.int32)
    for i in tl.static_range(ROUNDS):
        if QUARTERS:
            step = 1 << (2 * (ROUNDS - 1 - i))
            less += step * (
                below(table, less + step, id, size).to(tl.int32) +
                below(table, less + 2 * step, id, size).to(tl.int32) +
                below(table, less + 3 * step, id, size).to(tl.int32))
        else:
            step = 1 << (ROUNDS - 1 - i)
            less += tl.where(below(table, less + step, id, size), step, 0)
    found = tl.load(table + tl.minimum(less, size - 1)) == id
    tl.store(index + at, tl.where(found & (less < size), less + 1,
                                  0).to(tl.int64), mask=at < count)


def run(*inputs, outputs, workspace):
    ids, table, index = inputs[IN_ids], inputs[IN_table], outputs[OUT_index]
    size = table.numel()
    bits = size.bit_length()
    rounds = (bits + 1) // 2 if QUARTERS else bits
    search[(triton.cdiv(ids.numel(), BLOCK),)](
        ids, table, index, ids.numel(), size, ROUNDS=rounds,
        QUARTERS=QUARTERS, BLOCK=BLOCK, num_warps=num_warps)
