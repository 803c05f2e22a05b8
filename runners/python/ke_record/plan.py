"""Two recordings of one shape become one plan, or a word on why they differ."""

from .failure import NoPlan
from .recording import ADDRESS_END, FIRST_ADDRESS

POINTER_BYTES = 8
DIFFERS = ("two recordings of one shape differ in {}: what run does must depend on "
           "shapes and attributes alone, not on addresses, time, chance or "
           "earlier calls")

REPEAT_DIFFERS = ("a call with the same addresses as an earlier one did other "
                  "steps ({}): what is kept from call to call must not depend on "
                  "addresses")


def require_repeat(earlier, again):
    """Of two recordings at the same addresses: what is kept by address, and has
    other values since, does not show in two at different ones."""
    if earlier.allocations != again.allocations:
        raise NoPlan(REPEAT_DIFFERS.format("what it allocates"))
    if earlier.maps != again.maps:
        raise NoPlan(REPEAT_DIFFERS.format("its tensor maps"))
    if len(earlier.ops) != len(again.ops):
        raise NoPlan(REPEAT_DIFFERS.format(
            f"{len(again.ops)} launches, fills and copies instead of "
            f"{len(earlier.ops)}"))
    for number, (one, other) in enumerate(zip(earlier.ops, again.ops)):
        if one != other:
            raise NoPlan(REPEAT_DIFFERS.format(f"step {number}"))


def merge(first, second, workspace_bytes):
    if first.allocations != second.allocations:
        raise NoPlan(DIFFERS.format("what they allocate"))
    if first.maps != second.maps:
        raise NoPlan(DIFFERS.format("their tensor maps"))
    if len(first.ops) != len(second.ops):
        raise NoPlan(DIFFERS.format("the number of launches, fills and copies"))
    moves = _Moves(first, second)
    return {"workspace_bytes": workspace_bytes,
            "allocations": first.allocations, "tensor_maps": first.maps,
            "setup": [], "run": [_merge_op(one, other, moves) for one, other
                                 in zip(first.ops, second.ops)]}


class _Moves:
    """Which buffer moved by how much from the first recording to the second."""

    def __init__(self, first, second):
        self._by_distance = {other.base - one.base: one for one, other
                             in zip(first.buffers, second.buffers)}

    def place(self, one, other):
        """Of an address that was `one`, then `other`; None if it is none."""
        buffer = self._by_distance.get(other - one)
        if buffer is None or one < buffer.base:
            return None
        return {"buffer": buffer.name, "offset": one - buffer.base}


def _merge_op(one, other, moves):
    if one["op"] != "launch":
        if one != other:
            raise NoPlan(DIFFERS.format("a fill, a copy or an event"))
        return one
    for key in one:
        if key != "parameters" and one[key] != other.get(key):
            raise NoPlan(DIFFERS.format(f"{key} of {one['kernel']}"))
    merged = dict(one)
    data, merged["pointers"] = _parameters(one, other, moves)
    merged["parameters"] = data.hex()
    return merged


def _parameters(one, other, moves):
    """The packed parameters with addresses zeroed, and where those stand."""
    data, pointers = bytearray(one["parameters"]), []
    ends = one["offsets"][1:] + [len(data)]
    for number, (at, end) in enumerate(zip(one["offsets"], ends)):
        before = data[at:min(end, at + POINTER_BYTES)]
        after = other["parameters"][at:min(end, at + POINTER_BYTES)]
        if len(before) < POINTER_BYTES and before == after:
            continue
        word = int.from_bytes(before, "little")
        place = None
        if len(before) == POINTER_BYTES:
            place = moves.place(word, int.from_bytes(after, "little"))
        if place:
            pointers.append({"at": at, **place})
            data[at:at + POINTER_BYTES] = bytes(POINTER_BYTES)
        elif before != after:
            raise NoPlan(DIFFERS.format(f"argument {number} of {one['kernel']}"))
        elif FIRST_ADDRESS <= word < ADDRESS_END:
            raise NoPlan(f"argument {number} of {one['kernel']} is an address of "
                         "an earlier call")
    return data, pointers
