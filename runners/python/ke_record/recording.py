"""Recording: what one call of run does, in terms of buffers.

Each shape is recorded twice, with every buffer at another address the second
time: a parameter is an address if, and only if, it moves with a buffer. A third
recording, over the tensors of the second, must be like that one.
"""

import hashlib

from .failure import NoPlan, OutOfDevice

MOST_OPS = 4096
MOST_ALLOCATIONS = 1024
# Of all modules together: it travels in a frame with them.
MOST_PTX_BYTES = 8 << 20
PAGE = 2 << 20
# 16 bytes and no more: an alignment that nobody promised is never seen.
MISALIGNMENT = 16
FIRST_ADDRESS = 0x6000_0000_0000
PASS_DISTANCE = 0x0800_0000_0000
ADDRESS_END = FIRST_ADDRESS + 2 * PASS_DISTANCE
GUARD = 1 << 30


class Buffer:
    """Memory of the plan: name as the plan spells it, and a made-up address."""

    def __init__(self, recording, name, size, base):
        self.recording = recording
        self.name = name
        self.bytes = size
        self.base = base


class Recording:
    """One pass over one shape. Owned by the session; single-threaded."""

    def __init__(self, number, device_bytes):
        self.ops = []
        self.maps = []
        self.buffers = []
        self.allocations = []
        # The number of an allocation to the output that it is instead.
        self.redirected = {}
        self._asked = 0
        self._number = number
        self._left = device_bytes
        self._cursor = FIRST_ADDRESS + number * PASS_DISTANCE
        self._streams = {}
        self._events = {}

    def place(self, name, size):
        """A buffer in fresh address space. Gaps differ from pass to pass, so no
        two buffers move by the same distance."""
        return self._keep(Buffer(self, name, size, self._cursor + MISALIGNMENT))

    def _keep(self, buffer):
        self._cursor += (buffer.bytes // PAGE + 1) * PAGE + GUARD + self._number * PAGE
        self.buffers.append(buffer)
        return buffer

    def adopt(self, buffer):
        """A buffer of an earlier recording, where it is."""
        self._cursor = max(self._cursor, buffer.base - MISALIGNMENT)
        buffer.recording = self
        self._keep(buffer)

    def allocate(self, size):
        self._asked += 1
        if self._asked - 1 in self.redirected:
            name = self.redirected[self._asked - 1]
            output = next(each for each in self.buffers if each.name == name)
            if output.bytes == size:
                return output
        if len(self.allocations) >= MOST_ALLOCATIONS:
            raise NoPlan(f"run allocates more than {MOST_ALLOCATIONS} tensors")
        self._left -= size
        if self._left < 0:
            raise OutOfDevice("run allocates more memory than the device has")
        self.allocations.append(size)
        return self.place(f"allocation:{len(self.allocations) - 1}", size)

    def add(self, op):
        if len(self.ops) >= MOST_OPS:
            raise NoPlan(f"run does more than {MOST_OPS} things")
        self.ops.append(op)

    def stream(self, key):
        """Streams by first use; the caller's, key 0, is 0."""
        if key == 0:
            return 0
        return self._streams.setdefault(key, len(self._streams) + 1)

    def event(self, key):
        return self._events.setdefault(key, len(self._events))

    def own(self, buffer):
        if buffer.recording is not self:
            raise NoPlan("a tensor of an earlier call is used: every call must "
                         "make its own, or use the workspace")
        return buffer


class Active:
    """Which recording is under way, which device is played, what was loaded and
    noted."""

    def __init__(self):
        self.current = None
        self.stream = 0
        self.facts = {}
        self.arch = 0
        self.notes = []
        self.modules = []  # images, as the plan numbers them
        self.layouts = []  # of their kernels' parameters
        self._ptx = {}

    def recording(self):
        if self.current is None:
            raise NoPlan("device memory or a launch outside run: only run may "
                         "use the device")
        return self.current

    def keep_ptx(self, image, text):
        self._ptx[hashlib.sha256(image).digest()] = text

    def ptx(self):
        """Of each module; "" where it is not known, or too much."""
        texts, left = [], MOST_PTX_BYTES
        for image in self.modules:
            text = self._ptx.get(hashlib.sha256(image).digest(), "")
            if len(text.encode()) > left:
                text = ""
            left -= len(text.encode())
            texts.append(text)
        return texts

    def note(self, text):
        if text not in self.notes and len(self.notes) < 20:
            self.notes.append(text)
