# ke:recipe jagged_truncate
# ke:summary keep the first events of every list of a nested jagged tensor: one program adds up the kept counts, then every list is one contiguous copy and the rest is filled
# ke:input outer i64 [L + 1] offsets
# ke:input inner i64 [E + 1] offsets
# ke:input values float [N]
# ke:output new_outer i64 [L + 1]
# ke:output new_inner i64 [E + 1]
# ke:output new_values float [N]
# ke:attribute max_events
# ke:tune SCAN = 1024 in {256, 512, 1024, 2048}
# ke:tune BLOCK = 1024 in {256, 512, 1024, 2048}
# ke:tune PARTS = 2 in {1, 2, 4, 8}
# ke:tune num_warps = 4 in {2, 4, 8}
import triton
import triton.language as tl

# ke:bindings


@triton.jit
def scan(outer, inner, new_outer, starts, L, limit, BLOCK: tl.constexpr):
    """new_outer, and where the values of every list begin."""
    begin = starts.to(tl.pointer_type(tl.int64))
    events = tl.load(outer)
    items = events * 0
    tl.store(new_outer, events)
    tl.store(begin, items)
    for l0 in range(0, L, BLOCK):
        l = l0 + tl.arange(0, BLOCK)
        first = tl.load(outer + l, mask=l < L, other=0)
        last = tl.load(outer + l + 1, mask=l < L, other=0)
        last = tl.minimum(last, first + limit)
        size = (tl.load(inner + last, mask=l < L, other=0) -
                tl.load(inner + first, mask=l < L, other=0))
        tl.store(new_outer + l + 1, events + tl.cumsum(last - first, axis=0),
                 mask=l < L)
        tl.store(begin + l + 1, items + tl.cumsum(size, axis=0), mask=l < L)
        events += tl.sum(last - first, axis=0)
        items += tl.sum(size, axis=0)


@triton.jit
def copy_list(outer, inner, values, new_outer, begin, new_inner, new_values,
              part, parts, list, BLOCK: tl.constexpr):
    first = tl.load(outer + list)
    target = tl.load(new_outer + list)
    kept = tl.load(new_outer + list + 1) - target
    source_item = tl.load(inner + first)
    target_item = tl.load(begin + list)
    items = tl.load(begin + list + 1) - target_item
    for e0 in range(part * BLOCK, kept, parts * BLOCK):
        e = e0 + tl.arange(0, BLOCK)
        bound = tl.load(inner + first + 1 + e, mask=e < kept, other=0)
        tl.store(new_inner + target + 1 + e, bound - source_item + target_item,
                 mask=e < kept)
    for i0 in range(part * BLOCK, items, parts * BLOCK):
        i = i0 + tl.arange(0, BLOCK)
        v = tl.load(values + source_item + i, mask=i < items, other=0.0)
        tl.store(new_values + target_item + i, v, mask=i < items)


@triton.jit
def copy(outer, inner, values, new_outer, starts, new_inner, new_values, L, E,
         N, PARTS: tl.constexpr, BLOCK: tl.constexpr):
    begin = starts.to(tl.pointer_type(tl.int64))
    pid = tl.program_id(0)
    if pid < L * PARTS:
        copy_list(outer, inner, values, new_outer, begin, new_inner,
                  new_values, pid % PARTS, PARTS, pid // PARTS, BLOCK)
    else:
        # What lies past the kept events and their values.
        at = (pid - L * PARTS).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
        events = tl.load(new_outer + L)
        items = tl.load(begin + L)
        tl.store(new_inner + at, tl.zeros((BLOCK,), tl.int64) + items,
                 mask=(at > events) & (at <= E))
        tl.store(new_inner + at, tl.zeros((BLOCK,), tl.int64), mask=at == 0)
        nothing = tl.zeros((BLOCK,), dtype=values.dtype.element_ty)
        tl.store(new_values + at, nothing, mask=(at >= items) & (at < N))


def workspace_bytes(*inputs, outputs, **attributes):
    return inputs[IN_outer].numel() * 8


def run(*inputs, outputs, workspace, **attributes):
    outer, inner = inputs[IN_outer], inputs[IN_inner]
    values, new_outer = inputs[IN_values], outputs[OUT_new_outer]
    L, E, N = outer.numel() - 1, inner.numel() - 1, values.numel()
    scan[(1,)](outer, inner, new_outer, workspace, L,
               int(attributes[ATTR_max_events]), BLOCK=SCAN, num_warps=8)
    fills = triton.cdiv(max(E + 1, N), BLOCK)
    copy[(L * PARTS + fills,)](
        outer, inner, values, new_outer, workspace, outputs[OUT_new_inner],
        outputs[OUT_new_values], L, E, N, PARTS=PARTS, BLOCK=BLOCK,
        num_warps=num_warps)
