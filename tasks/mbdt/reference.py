import torch


def reference(values, borders, offsets):
    buckets = []
    for feature, row in enumerate(values):
        own = borders[offsets[feature]:offsets[feature + 1]]
        buckets.append(torch.bucketize(row, own.sort().values, out_int32=True))
    return torch.stack(buckets)
