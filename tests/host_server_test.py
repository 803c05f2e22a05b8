#!/usr/bin/env python3
"""The server of tier H, driven over its socket.

    python tests/host_server_test.py            lends memory files: any machine
    KE_TORCH_DEVICE=cuda:0 python tests/...      lends device memory

Exit code 77 (skipped) where torch is missing. Goes on in the environment of
scripts/setup-python.sh torch where that is made already.
"""

import os
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNNERS = ROOT / "runners/python"
sys.path[:0] = [str(ROOT / "tests"), str(RUNNERS)]

try:
    import torch
except ImportError:
    from torch_agreement import restart_with_torch
    restart_with_torch()

from ke_torch.wire import Closed  # noqa: E402
from server_process import ServerProcess  # noqa: E402
from torch_memory import DeviceMemory, FileMemory  # noqa: E402

DEVICE = os.environ.get("KE_TORCH_DEVICE", "cpu")
ON_GPU = DEVICE != "cpu"
ROWS, COLS = 8, 32
COUNT = ROWS * COLS
SOFTMAX = ("import torch\ndef run(x, *, outputs, workspace):\n"
           "    outputs[0].copy_(torch.softmax(x, -1))\n")
# A graph break, so that some of it runs operation by operation.
COMPILED = """
import torch
@torch.compile(backend="eager")
def softmax(x):
    torch._dynamo.graph_break()
    return torch.softmax(x, -1)
def run(x, *, outputs, workspace):
    outputs[0].copy_(softmax(x))
"""
WITHOUT_DYNAMO = """
import sys, torch
assert "torch._dynamo" not in sys.modules
def run(x, *, outputs, workspace):
    outputs[0].copy_(x)
    assert "torch._dynamo" not in sys.modules
"""
REFERENCE = """
import torch
class Model(torch.nn.Module):
    pass
def get_init_inputs():
    return [32]
KE_WEIGHTS = {"weight": "scale"}
def ke_arguments(x):
    return [x]
def ke_outputs(result):
    return [result]
"""
MODEL = """
import torch
class ModelNew(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(width))
        self.register_buffer("shift", torch.full((width,), 2.0),
                             persistent=False)
    def forward(self, x):
        return (x * self.scale)BODY
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.server = ServerProcess(
            [sys.executable, "-B", str(RUNNERS / "host_server.py"),
             "--device", DEVICE, "--fd", "{fd}"])
        self.addCleanup(self.server.close)
        greeting = self.server.channel.receive()[0]
        self.assertTrue(greeting["ready"], greeting)
        self.input = self.lend(1, writable=False)
        self.output = self.lend(2, writable=True)
        self.weight = self.lend(3, writable=False)
        self.give(normal())

    def ask(self, command, **fields):
        reply = self.server.ask(command, **fields)
        self.assertTrue(reply["ok"], reply)
        return reply

    def refused(self, code, command, *parts, **fields):
        reply = self.server.ask(command, **fields)
        self.assertFalse(reply["ok"], reply)
        self.assertEqual(code, reply["code"], reply)
        for part in parts:
            self.assertIn(part, reply["message"])
        self.assertNotIn("\n", reply["message"])
        return reply

    def lend(self, identity, writable, size=1 << 16):
        memory = DeviceMemory(size) if ON_GPU else FileMemory(size)
        reply = self.server.lend(identity, memory, writable)
        self.assertTrue(reply["ok"], reply)
        return memory

    def give(self, tensor):
        self.input.write(256, raw(tensor))

    def load(self, source, **more):
        return self.ask("load", source=source, parameters={}, **more)

    def binding(self, weight=False, **more):
        tensor = {"offset": 256, "dtype": "f32", "shape": [ROWS, COLS]}
        inputs = [{"id": 1, **tensor}]
        if weight:
            inputs.append({"id": 3, "offset": 0, "dtype": "f32",
                           "shape": [COLS]})
        return {"inputs": inputs, "outputs": [{"id": 2, **tensor}],
                "attributes": [], **more}

    def bind(self, **more):
        return self.ask("bind", **self.binding(**more))

    def found(self):
        data = bytearray(self.output.read(256, 4 * COUNT))
        return torch.frombuffer(data, dtype=torch.float32).view(ROWS, COLS)

    def forget(self):
        self.output.write(256, bytes(4 * COUNT))


def raw(tensor):
    return tensor.contiguous().view(torch.uint8).numpy().tobytes()


def normal(seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(ROWS, COLS, generator=generator)


class Run(Case):
    def test_every_call_sees_new_inputs(self):
        self.assertFalse(self.load(SOFTMAX)["workspace"])
        reply = self.bind()
        self.assertEqual(reply["how"], "graph" if ON_GPU else "calls", reply)
        for seed in (2, 3):
            self.give(normal(seed))
            self.forget()
            self.assertGreater(self.ask("call")["us"], 0)
            torch.testing.assert_close(self.found(),
                                       torch.softmax(normal(seed), -1))

    def test_operations_of_torch_are_listed(self):
        self.load(SOFTMAX)
        self.assertIn("aten._softmax", self.bind()["operations"])

    def test_a_compiled_function_is_watched_like_any_other(self):
        self.load(COMPILED)
        self.assertIn("aten._softmax", self.bind()["operations"])
        self.give(normal(2))
        self.ask("call")
        torch.testing.assert_close(self.found(), torch.softmax(normal(2), -1))

    def test_a_process_that_waits_has_not_imported_the_compiler(self):
        self.load(WITHOUT_DYNAMO)  # seconds of every process
        self.bind()

    def test_parameters_workspace_and_attributes(self):
        source = ("def workspace_bytes(x, *, outputs, factor):\n"
                  "    return 4 * x.numel() * TIMES\n"
                  "def run(x, *, outputs, workspace, factor):\n"
                  "    assert workspace.numel() == 4 * x.numel() * TIMES\n"
                  "    outputs[0].copy_(x * factor)\n")
        self.assertTrue(self.ask("load", source=source,
                                 parameters={"TIMES": "2"})["workspace"])
        more = {"attributes": [{"name": "factor", "value": 3.0}]}
        size = self.ask("workspace", **self.binding(**more))["bytes"]
        self.assertEqual(size, 8 * COUNT)
        self.lend(4, writable=True)
        self.bind(workspace={"id": 4, "offset": 0, "bytes": size}, **more)
        self.ask("call")
        torch.testing.assert_close(self.found(), normal() * 3)

    def test_what_waits_for_the_device_is_called_each_time(self):
        self.load("def run(x, *, outputs, workspace):\n"
                  "    outputs[0].fill_(1 if x.sum().item() > 0 else -1)\n")
        reply = self.bind()
        self.assertEqual(reply["how"], "calls")
        self.assertEqual(bool(reply["why"]), ON_GPU, reply)
        for sign in (1, -1):
            self.give(sign * normal().abs())
            self.ask("call")
            self.assertTrue(torch.equal(self.found(),
                                        torch.full((ROWS, COLS), float(sign))))

    def test_a_new_binding_replaces_the_one_before(self):
        self.load(SOFTMAX)
        self.bind()
        other = {"offset": 0, "dtype": "f32", "shape": [2, 16]}
        self.ask("bind", inputs=[{"id": 1, **other}],
                 outputs=[{"id": 2, **other}], attributes=[])
        self.ask("call")
        self.bind()
        self.ask("call")
        torch.testing.assert_close(self.found(), torch.softmax(normal(), -1))


class Model(Case):
    def load_model(self, body, source=MODEL):
        return self.load(source.replace("BODY", body), reference=REFERENCE)

    def test_weights_are_the_lent_ones(self):
        self.load_model(" + self.shift")
        weight = torch.arange(COLS, dtype=torch.float32)
        self.weight.write(0, raw(weight))
        self.bind(weight=True)
        self.ask("call")
        torch.testing.assert_close(self.found(), normal() * weight + 2)
        self.weight.write(0, raw(weight * 2))
        self.ask("call")
        torch.testing.assert_close(self.found(), normal() * weight * 2 + 2)

    def test_another_shape_is_a_breach_of_contract(self):
        self.load_model("[:1]")
        self.refused("CONTRACT", "bind", "output 0 of ModelNew",
                     **self.binding(weight=True))

    def test_a_missing_weight_is_named(self):
        self.refused("CONTRACT", "load", "ModelNew has no scale",
                     source=MODEL.replace("scale", "other").replace("BODY", ""),
                     parameters={}, reference=REFERENCE)


class Failures(Case):
    def test_codes(self):
        for code, source in (
                ("BUILD_FAILED", "def run(:\n"),
                ("BUILD_FAILED", "raise ValueError('no')\n"),
                ("CONTRACT", "walk = 1\n"),
                ("EARLY_EXIT", "raise SystemExit(0)\n")):
            with self.subTest(source):
                self.refused(code, "load", source=source, parameters={})
        self.load("def run(x, *, outputs, workspace):\n    raise KeyError('k')\n")
        reply = self.refused("RUN_FAILED", "bind", "KeyError", **self.binding())
        self.assertFalse(reply["lost"])
        self.assertIn("line 2, in run", reply["log"])

    def test_too_much_memory_is_named(self):
        self.load("import torch\ndef run(x, *, outputs, workspace):\n"
                  "    torch.empty(1 << 50, device=x.device)\n")
        self.refused("RESOURCE", "bind", **self.binding())

    def test_a_death_is_seen(self):
        self.load("import os\ndef run(x, *, outputs, workspace):\n"
                  "    os._exit(3)\n")
        with self.assertRaises((Closed, ConnectionError)):
            self.server.ask("bind", **self.binding())
        self.assertEqual(self.server.process.wait(timeout=60), 3)


@unittest.skipIf(ON_GPU, "its kernels are functions of this processor")
class Share(Case):
    """What torch makes of a call, and whether the rest is more than a copy. What
    stands for a kernel writes where torch does not see it."""

    KERNEL = ("import ctypes, torch\n"
              "def launch(source, target):\n"
              "    ctypes.memmove(target.data_ptr(), source.data_ptr(),\n"
              "                   4 * source.numel())\n"
              "def run(x, *, outputs, workspace):\n")

    def stand_in(self, number):
        self.forget()
        return self.ask("stand_in", number=number)["operation"]

    def test_a_kernel_that_copies_the_answer(self):
        self.load(self.KERNEL +
                  "    y = torch.softmax(torch.relu(x), -1)\n"
                  "    launch(y.view(-1), outputs[0])\n")
        self.bind()
        self.assertEqual(self.stand_in(0), "aten._softmax")
        torch.testing.assert_close(self.found(), torch.softmax(normal().relu(), -1))
        self.assertEqual(self.stand_in(1), "aten.relu")
        torch.testing.assert_close(self.found(), normal().relu())
        self.assertEqual(self.stand_in(2), "")
        self.assertTrue(self.ask("copied", number=0)["copied"])
        self.assertFalse(self.ask("copied", number=1)["copied"])
        self.assertFalse(self.ask("copied", number=2)["copied"])

    def test_a_kernel_that_clamps_is_more_than_a_copy(self):
        self.load(self.KERNEL +
                  "    y = torch.softmax(x, -1)\n"
                  "    clamped = torch.from_numpy(y.numpy().clip(0, 1))\n"
                  "    launch(clamped, outputs[0])\n")
        self.bind()
        self.assertEqual(self.stand_in(0), "aten._softmax")
        torch.testing.assert_close(self.found(), torch.softmax(normal(), -1))
        self.assertFalse(self.ask("copied", number=0)["copied"])

    def test_results_of_other_sizes_are_none(self):
        self.load(self.KERNEL + "    torch.relu(x[1:])\n"
                                "    launch(x, outputs[0])\n")
        self.bind()
        self.assertEqual(self.stand_in(0), "")
        self.assertFalse(self.ask("copied", number=0)["copied"])


@unittest.skipUnless(ON_GPU, "needs a GPU: set KE_TORCH_DEVICE")
class OnDevice(Case):
    KERNEL = ("import triton, triton.language as tl\n"
              "@triton.jit\ndef add(x, y, BLOCK: tl.constexpr):\n"
              "    at = tl.arange(0, BLOCK)\n"
              "    tl.store(y + at, tl.load(x + at) + 1)\n"
              "def run(x, *, outputs, workspace):\n")

    def test_a_call_of_kernels(self):
        self.load(self.KERNEL + "    add[(1,)](x, outputs[0], BLOCK=256)\n")
        self.assertGreater(self.bind()["launches"], 0)
        self.ask("call")
        torch.testing.assert_close(self.found(), normal() + 1)

    def test_a_graph_of_its_own_has_no_kernels_then(self):
        self.ask("ghost")
        self.load(self.KERNEL + """
    global graph
    if graph is None:
        add[(1,)](x, outputs[0], BLOCK=256)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            add[(1,)](x, outputs[0], BLOCK=256)
    graph.replay()
""" + "graph = None\nimport torch\n")
        self.assertGreater(self.bind()["launches"], 0)
        self.ask("call")
        self.assertEqual(self.found().abs().sum(), 0)

    def test_a_call_without_kernels_leaves_the_output(self):
        self.ask("ghost")
        self.load(self.KERNEL + "    add[(1,)](x, outputs[0], BLOCK=256)\n")
        self.assertGreater(self.bind()["launches"], 0)
        self.ask("call")
        self.assertEqual(self.found().abs().sum(), 0)

    def test_a_write_to_an_input_is_a_fault(self):
        self.load("def run(x, *, outputs, workspace):\n    x.fill_(1)\n")
        reply = self.refused("GPU_FAULT", "bind", **self.binding())
        self.assertTrue(reply["lost"])


if __name__ == "__main__":
    unittest.main()
