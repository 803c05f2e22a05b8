import torch


def reference(outer, inner, values, *, max_events):
    events = inner.numel() - 1
    device = values.device
    counts = outer.diff().clamp(max=int(max_events))
    new_outer = torch.cat([outer[:1], counts.cumsum(0)])
    # The kept events are those whose rank within their list is below the limit.
    owner = torch.repeat_interleave(
        torch.arange(outer.numel() - 1, device=device), outer.diff())
    kept = torch.arange(events, device=device) - outer[owner] < int(max_events)
    lengths = inner.diff()[kept]
    new_inner = torch.zeros_like(inner)
    new_inner[1:kept.sum() + 1] = lengths.cumsum(0)
    new_inner[kept.sum() + 1:] = lengths.sum()
    kept_items = torch.repeat_interleave(kept, inner.diff())
    new_values = torch.zeros_like(values)
    new_values[:kept_items.sum()] = values[kept_items]
    return new_outer, new_inner, new_values
