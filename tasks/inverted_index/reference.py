import torch


def reference(offsets, ids, *, output_shapes):
    (starts_extent,), _ = output_shapes
    device = ids.device
    # Stable: what holds the same id stays in the order of the documents.
    sorted_ids, order = ids.sort(stable=True)
    starts = torch.searchsorted(
        sorted_ids, torch.arange(starts_extent, device=device))
    # The document that position i lies in is how many end at or before it.
    document = torch.searchsorted(
        offsets[1:], torch.arange(ids.numel(), device=device), right=True)
    return starts, document[order].int()
