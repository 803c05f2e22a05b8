"""Answers the judge's requests over one channel until the judge is gone."""

import os
import tempfile
import traceback

import torch

from ke_torch.memory import LentMemory
from ke_torch.wire import Closed, close_all

from . import clocks
from .binding import Binding
from .bound_call import BoundCall
from .candidate import Candidate
from .explain import HostExplainer
from .library_share import LibraryShare
from .own_work import OwnWork
from .warm_up import warm_up

SOURCE_NAME = "kernel.py"


class Server:
    """Single-threaded. One candidate in its life; one binding at a time."""

    def __init__(self, channel, device):
        self._channel = channel
        self._device = device
        self._memory = LentMemory(device)
        self._own = OwnWork(device)
        self._own.watch()
        warm_up(device, self._own)
        self._file = os.path.join(tempfile.mkdtemp(prefix="ke-host-"),
                                  SOURCE_NAME)
        self._stage = "import"
        self._candidate = None
        self._call = None
        self._share = None
        self._commands = {"load": self._load, "workspace": self._workspace,
                          "bind": self._bind, "call": self._run,
                          "ghost": self._ghost, "stand_in": self._stand_in,
                          "copied": self._copied}

    def serve(self):
        while True:
            try:
                request, descriptors = self._channel.receive()
            except Closed:
                return
            self._channel.send(self._answer(request, descriptors))

    def _answer(self, request, descriptors):
        try:
            return {"ok": True, **self._dispatch(request, descriptors)}
        except BaseException as error:  # SystemExit is the candidate's, too
            traceback.print_exc()
            reply = HostExplainer(self._file).explain(error, self._stage)
        finally:
            close_all(descriptors)
        return reply | {"lost": not self._works()}

    def _dispatch(self, request, descriptors):
        if request["command"] == "lend":
            return self._lend(request, descriptors[0])
        return self._commands[request["command"]](request) or {}

    def _works(self):
        """False once the device's context is past use."""
        try:
            if self._device.type == "cuda":
                torch.cuda.synchronize(self._device)
            return True
        except RuntimeError:
            return False

    def _lend(self, request, descriptor):
        self._memory.lend(request["id"], descriptor, request["bytes"],
                          request["writable"])
        return {}

    def _load(self, request):
        with open(self._file, "w", encoding="utf-8") as text:
            text.write(request["source"])
        self._candidate = Candidate(request, self._file, self._device)
        self._stage = "run"
        return {"workspace": self._candidate.asks_for_workspace}

    def _workspace(self, request):
        binding = Binding(self._memory, request)
        with torch.no_grad():
            return {"bytes": self._candidate.workspace_bytes(binding)}

    def _bind(self, request):
        self._call = self._share = None  # its graph and memory go first
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        binding = Binding(self._memory, request)
        self._call = BoundCall(self._candidate, binding, self._device,
                               self._own)
        self._share = LibraryShare(self._call.plain, binding.outputs[0])
        return {"how": self._call.how, "why": self._call.why,
                "unjoined": self._call.unjoined,
                "clock_share": clocks.share_seen(),
                "operations": self._own.operations,
                "launches": self._own.launches,
                "extension": self._own.extension}

    def _run(self, request):
        return {"us": self._call.timed(request.get("plain", False))}

    def _ghost(self, _):
        self._own.leave_out()

    def _stand_in(self, request):
        return {"operation": self._share.stand_in(request["number"])}

    def _copied(self, request):
        """Ends the absence of the candidate's kernels."""
        self._own.put_back()
        return {"copied": self._share.copied(request["number"])}
