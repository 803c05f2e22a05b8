"""torch.cuda as a kernel's host code may ask for it: facts, streams, events."""

import contextlib
import types

import torch

from .failure import Delegation


class Stream:
    """A side stream, or with key 0 the caller's."""

    def __init__(self, active, key):
        self._active = active
        self.cuda_stream = key
        self.device = torch.device("cuda", 0)

    def wait_event(self, event):
        self._add("wait", event)

    def wait_stream(self, stream):
        self.wait_event(stream.record_event())

    def record_event(self, event=None):
        event = event or Event(self._active)
        self._add("record", event)
        return event

    def synchronize(self):
        _refuse_waiting()

    def __enter__(self):
        self._previous = self._active.stream
        self._active.stream = self.cuda_stream
        return self

    def __exit__(self, *_):
        self._active.stream = self._previous

    def _add(self, what, event):
        recording = self._active.recording()
        recording.add({"op": what,
                       "stream": recording.stream(self.cuda_stream),
                       "event": recording.event(event)})


class Event:
    """Joins streams; it cannot measure time."""

    def __init__(self, active, **_options):
        self._active = active

    def record(self, stream=None):
        (stream or Stream(self._active, self._active.stream)).record_event(self)

    def wait(self, stream=None):
        (stream or Stream(self._active, self._active.stream)).wait_event(self)

    def synchronize(self):
        _refuse_waiting()

    def elapsed_time(self, _other):
        raise Delegation("a kernel may not measure time")


def install(active):
    """Replaces what would ask the driver. The facts are the request's."""
    cuda = torch.cuda
    made = 0

    def new_stream(device=None, priority=0, **_):
        nonlocal made
        made += 1
        return Stream(active, made)

    cuda._lazy_init = lambda: None
    cuda.is_available = lambda: True
    cuda.is_initialized = lambda: True
    cuda.device_count = lambda: 1
    cuda.current_device = lambda: 0
    cuda.set_device = lambda device: None
    cuda.synchronize = lambda device=None: _refuse_waiting()
    cuda.empty_cache = lambda: None
    cuda.device = lambda device=None: contextlib.nullcontext()
    cuda.device_of = lambda tensor: contextlib.nullcontext()
    cuda.get_device_properties = lambda device=None: _properties(active)
    cuda.get_device_name = lambda device=None: active.facts["name"]
    cuda.get_device_capability = lambda device=None: divmod(active.arch, 10)
    cuda.is_bf16_supported = lambda *_, **__: active.arch >= 80
    cuda.Stream = new_stream
    cuda.Event = _event_class(active)
    cuda.current_stream = lambda device=None: Stream(active, active.stream)
    cuda.default_stream = lambda device=None: Stream(active, 0)
    cuda.stream = lambda stream: stream or contextlib.nullcontext()
    cuda.set_stream = lambda stream: setattr(active, "stream", stream.cuda_stream)
    torch.tensor = _host_only(torch.tensor)
    torch.as_tensor = _host_only(torch.as_tensor)


def _event_class(active):
    """A class, as host code may ask it for more than events."""
    class BoundEvent(Event):
        def __init__(self, **options):
            super().__init__(active, **options)

    return BoundEvent


def _refuse_waiting():
    raise Delegation("run may not wait for the device: it says what to do and "
                     "returns")


def _host_only(make):
    def call(*args, device=None, **kwargs):
        if device is not None and torch.device(device).type == "cuda":
            raise Delegation("torch.tensor copies host data to the device, which "
                             "has no place in a plan: compute it in a kernel")
        return make(*args, **kwargs)
    return call


def _properties(active):
    facts = active.facts
    major, minor = divmod(active.arch, 10)
    return types.SimpleNamespace(
        name=facts["name"], major=major, minor=minor,
        multi_processor_count=facts["multiprocessors"],
        total_memory=facts["global_bytes"], L2_cache_size=facts["l2_bytes"],
        max_threads_per_multi_processor=facts["max_threads_per_multiprocessor"],
        regs_per_multiprocessor=facts["registers_per_multiprocessor"],
        shared_memory_per_block=49152,
        shared_memory_per_block_optin=facts["shared_per_block_optin"],
        shared_memory_per_multiprocessor=facts["shared_per_multiprocessor"],
        warp_size=facts["warp"], is_integrated=False, is_multi_gpu_board=False)
