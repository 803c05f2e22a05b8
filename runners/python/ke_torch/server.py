"""Answers commands over one channel until `quit` or until the peer is gone."""

import base64
import sys
import traceback

import torch

from .binding import Binding
from .failure import CommandError, failure_reply
from .members import Member, forget_compiled
from .memory import LentMemory
from .oracle import release_cache, write_oracle
from .roofs import measure_roofs
from .task import Task
from .timing import Timer
from .wire import Closed, close_all


class Server:
    """Single-threaded. Owns the lent memory's mappings and all that is built
    over them; a binding's members go with it."""

    def __init__(self, channel, device):
        self._channel = channel
        self._device = device
        self._memory = LentMemory(device)
        self._timer = Timer(device)
        self._task = None
        self._bindings = {}
        self._members = {}  # (binding, name) → Member
        self._commands = {
            "hello": self._hello, "unlend": self._unlend,
            "task": self._set_task,
            "bind": self._bind, "oracle": self._oracle,
            "sweep": self._sweep,
            "prepare": self._prepare, "time": self._time, "roofs": self._roofs,
            "drop": self._drop,
        }

    def serve(self):
        """False once a device error has made the process useless."""
        try:
            return self._serve()
        finally:
            if self._task:
                self._task.close()

    def _serve(self):
        while True:
            try:
                request, descriptors = self._channel.receive()
            except Closed:
                return True
            if request.get("command") == "quit":
                self._channel.send({"ok": True})
                return True
            reply = self._answer(request, descriptors)
            self._channel.send(reply)
            if reply.get("fatal"):
                return False

    def _answer(self, request, descriptors):
        try:
            return {"ok": True, **self._dispatch(request, descriptors)}
        except Exception as error:  # a failed command ends no server
            traceback.print_exc()
            reply = failure_reply(error)
        finally:
            close_all(descriptors)
        return reply | self._state_after_failure()

    def _dispatch(self, request, descriptors):
        command = request.get("command")
        if command == "lend":
            return self._lend(request, descriptors)
        if command not in self._commands:
            raise CommandError(f"no command is called {command}")
        return self._commands[command](request) or {}

    def _state_after_failure(self):
        """A device error that stays makes every later answer worthless."""
        try:
            release_cache(self._device)
            self._synchronize()
        except RuntimeError:
            return {"fatal": True}
        return {}

    def _synchronize(self):
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)

    def _hello(self, _):
        reply = {"python": sys.version.split()[0], "torch": torch.__version__,
                 "triton": _triton_version(), "cuda": torch.version.cuda or "",
                 "device": "cpu", "capability": [0, 0], "total_bytes": 0}
        if self._device.type == "cuda":
            properties = torch.cuda.get_device_properties(self._device)
            reply |= {"device": properties.name,
                      "capability": [properties.major, properties.minor],
                      "total_bytes": properties.total_memory}
        return reply

    def _lend(self, request, descriptors):
        if len(descriptors) != 1:
            raise CommandError(f"{len(descriptors)} descriptors, not one")
        self._memory.lend(request["id"], descriptors[0], request["bytes"],
                          request["writable"])
        return {}

    def _unlend(self, request):
        self._synchronize()
        for name, binding in list(self._bindings.items()):
            if request["id"] in binding.memory_ids:
                self._forget(name)
        self._memory.unlend(request["id"])

    def _set_task(self, request):
        for name in list(self._bindings):
            self._forget(name)
        if self._task:
            self._task.close()
            self._task = None
        forget_compiled()
        self._task = Task(request)

    def _bind(self, request):
        if not self._task:
            raise CommandError("no task yet")
        name = request.get("binding", "")
        binding = Binding(self._task, self._memory, request)
        self._forget(name)
        self._bindings[name] = binding

    def _oracle(self, request):
        reply = write_oracle(self._task, self._bound(request), self._memory,
                             request)
        self._synchronize()
        release_cache(self._device, collect=False)
        return reply

    def _prepare(self, request):
        binding = self._bound(request)
        self._drop(request)
        member = Member(self._task, binding, self._device, request)
        self._members[_member_key(request)] = member
        release_cache(self._device, collect=False)
        return {"how": member.how, "compile_seconds": member.compile_seconds,
                "note": member.note}

    def _time(self, request):
        if request.get("empty"):
            return self._timer.time_nothing()
        member = self._members.get(_member_key(request))
        if not member:
            raise CommandError(f"no member {request.get('name')} is prepared")
        flush = request.get("flush")
        if flush:
            flush = self._memory.tensor(
                flush, torch.int32, (flush["bytes"] // 4,), write=True)
        reply = self._timer.time(member, flush)
        self._copy_results(member, request.get("outputs"))
        return reply

    def _copy_results(self, member, places):
        if not places:
            return
        for result, place in zip(member.results, places, strict=True):
            self._memory.tensor(place, result.dtype, tuple(result.shape),
                                write=True).copy_(result.detach())
        self._synchronize()

    def _sweep(self, request):
        """From now on every flush is followed by a read of this memory."""
        memory = self._memory.tensor(request["place"], torch.int64,
                                     (request["bytes"] // 8,))
        if self._device.type == "cpu":
            return
        from .cuda_memory import Sweep
        self._timer.sweep = Sweep(memory, base64.b64decode(request["image"]),
                                  request["blocks"], request["threads"])

    def _roofs(self, _):
        return measure_roofs(self._device)

    def _drop(self, request):
        member = self._members.pop(_member_key(request), None)
        if member:
            member.release()
        release_cache(self._device, collect=False)

    def _bound(self, request):
        name = request.get("binding", "")
        if name not in self._bindings:
            raise CommandError(f"nothing is bound as \"{name}\"")
        return self._bindings[name]

    def _forget(self, binding):
        """The binding, if there, and its members."""
        self._bindings.pop(binding, None)
        for key in [key for key in self._members if key[0] == binding]:
            self._members.pop(key).release()
        release_cache(self._device, collect=False)


def _member_key(request):
    return request.get("binding", ""), request.get("name", "")


def _triton_version():
    try:
        import triton
        return triton.__version__
    except ImportError:
        return ""
