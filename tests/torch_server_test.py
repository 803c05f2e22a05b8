#!/usr/bin/env python3
"""The PyTorch server, driven over its socket.

    python tests/torch_server_test.py            lends memory files: any machine
    KE_TORCH_DEVICE=cuda:0 python tests/...      lends device memory

Exit code 77 (skipped) where torch is missing. Goes on in the environment of
scripts/setup-python.sh torch where that is made already.
"""

import contextlib
import os
import pathlib
import sys
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNNERS = ROOT / "runners/python"
sys.path[:0] = [str(ROOT / "tests"), str(RUNNERS)]

try:
    import torch
except ImportError:
    from torch_agreement import restart_with_torch
    restart_with_torch()

from ke_torch import cuda_memory, timing  # noqa: E402
from ke_torch.failure import DriverError  # noqa: E402
from server_process import ServerProcess  # noqa: E402
from torch_memory import DeviceMemory, FileMemory  # noqa: E402

DEVICE = os.environ.get("KE_TORCH_DEVICE", "cpu")
ON_GPU = DEVICE != "cpu"
SOFTMAX = "import torch\ndef reference(x):\n    return torch.softmax(x, -1)\n"
SCALE = "def reference(x, *, factor):\n    return x * factor\n"
ROWS, COLS = 8, 32


class Case(unittest.TestCase):
    """The tests of a class share a server, as a judge's tasks do: to import
    torch takes longer than all they ask. One that has ended is replaced."""
    server = None

    def setUp(self):
        if self.server is None or self.server.process.poll() is not None:
            self.tearDownClass()
            type(self).server = ServerProcess(
                [sys.executable, "-m", "ke_torch", "--device", DEVICE,
                 "--socket", "{fd}"], {"PYTHONPATH": str(RUNNERS)})
        self.lent = {}
        self.addCleanup(self.take_back)

    @classmethod
    def tearDownClass(cls):
        if cls.server is not None:
            cls.server.close()
            cls.server = None

    def take_back(self):
        if self.server.process.poll() is None:
            for identity in self.lent:
                self.server.ask("unlend", id=identity)

    def ask(self, command, **fields):
        reply = self.server.ask(command, **fields)
        self.assertTrue(reply["ok"], reply)
        return reply

    def refused(self, command, *parts, **fields):
        reply = self.server.ask(command, **fields)
        self.assertFalse(reply["ok"], reply)
        self.assertNotIn("fatal", reply)
        for part in parts:
            self.assertIn(part, reply["message"])
        self.assertNotIn("\n", reply["message"])
        return reply

    def lend(self, identity, size, writable=True):
        memory = DeviceMemory(size) if ON_GPU else FileMemory(size)
        self.lent[identity] = memory
        reply = self.server.lend(identity, memory, writable)
        self.assertTrue(reply["ok"], reply)
        return memory

    def set_task(self, source, dtype="f32", attributes=(), **more):
        self.ask("task", name="task", reference=source,
                 inputs=[{"name": "x", "dtype": dtype}],
                 outputs=[{"name": "y", "dtype": dtype}],
                 attributes=list(attributes), **more)

    def bind(self, dtype="f32", values=(), identity=1, shape=(ROWS, COLS)):
        tensor = {"id": identity, "offset": 256, "dtype": dtype,
                  "shape": list(shape), "constant": False}
        self.ask("bind", inputs=[tensor], attributes=list(values),
                 outputs=[{"dtype": dtype, "shape": list(shape)}])

    def give(self, tensor):
        """Lends memory 1 with `tensor` at 256 and memory 2 for outputs."""
        self.lend(1, 1 << 16, writable=False).write(256, raw(tensor))
        self.lend(2, 1 << 16)

    def tensor(self, offset, dtype, shape=(ROWS, COLS)):
        count = torch.Size(shape).numel() * dtype.itemsize
        data = bytearray(self.lent[2].read(offset, count))
        return torch.frombuffer(data, dtype=torch.uint8).view(dtype).view(shape)


def raw(tensor):
    return tensor.contiguous().view(torch.uint8).numpy().tobytes()


def normal(dtype=torch.float32):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(ROWS, COLS, generator=generator).to(dtype)


class Commands(Case):
    def test_hello_names_versions(self):
        reply = self.ask("hello")
        self.assertEqual(reply["torch"], torch.__version__)
        self.assertEqual(len(reply["capability"]), 2)

    def test_a_failed_command_ends_nothing(self):
        self.refused("nonsense", "nonsense")
        self.refused("bind", "no task")
        self.refused("unlend", "no memory 7", id=7)
        self.refused("task", "SyntaxError", name="t", reference="def (",
                     inputs=[], outputs=[], attributes=[])
        self.refused("task", "neither reference", name="t", reference="a = 1",
                     inputs=[], outputs=[], attributes=[])
        self.refused("lend", "0 descriptors", id=1, bytes=64, writable=True)
        self.ask("hello")

    def test_quit(self):
        self.ask("quit")
        self.assertEqual(self.server.process.wait(timeout=60), 0)

    def test_a_closed_socket_ends_it(self):
        self.server.hang_up()
        self.assertEqual(self.server.process.wait(timeout=60), 0)

    def test_files_may_import_each_other(self):
        self.give(normal())
        for factor in (2, 3):  # the second task's file, not the first's
            self.set_task("from parts.scale import scaled as reference\n",
                          files={"parts/scale.py": "def scaled(x):\n"
                                 f"    return {factor} * x\n"})
            self.bind()
            self.ask("oracle", expected=[{"id": 2, "offset": 0}])
            self.assertTrue(torch.equal(self.tensor(0, torch.float64),
                                        normal().double() * factor))
        self.refused("task", "outside", name="t", reference=SOFTMAX,
                     files={"../x.py": ""}, inputs=[], outputs=[],
                     attributes=[])


class Memory(Case):
    def test_places_are_checked(self):
        self.set_task(SOFTMAX)
        self.lend(1, 1024)
        tensor = {"id": 1, "offset": 0, "dtype": "f32", "shape": [9, 99]}
        output = {"dtype": "f32", "shape": [9, 99]}
        size = self.lent[1].size // 4
        for change, word in (({"shape": [size + 1]}, "do not lie"),
                             ({"offset": 2}, "do not lie"),
                             ({"offset": -4}, "do not lie"),
                             ({"id": 3}, "no memory 3"),
                             ({"dtype": "f99"}, "f99")):
            self.refused("bind", word, inputs=[tensor | change],
                         outputs=[output], attributes=[])

    def test_read_only_memory_takes_no_outputs(self):
        self.set_task(SOFTMAX)
        self.give(normal())
        self.bind()
        self.refused("oracle", "reading only",
                     expected=[{"id": 1, "offset": 0}], baseline=None)

    def test_unlent_memory_takes_its_binding_along(self):
        self.set_task(SOFTMAX)
        self.give(normal())
        self.bind()
        self.ask("unlend", id=1)
        self.refused("oracle", "nothing is bound",
                     expected=[{"id": 2, "offset": 0}])

    def test_every_type(self):
        self.lend(1, 1 << 16)
        for name in ("f64", "f32", "f16", "bf16", "f8e4m3", "f8e5m2", "i64",
                     "i32", "i16", "i8", "u8", "bool"):
            self.set_task("def reference(x):\n    return x\n", name)
            self.bind(name)
            self.bind(name, shape=(0, 4))


class Oracle(Case):
    def oracle(self, **fields):
        return self.ask("oracle", expected=[{"id": 2, "offset": 0}],
                        baseline=[{"id": 2, "offset": 8192}], **fields)

    def test_float64_of_the_exact_inputs(self):
        for name, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16),
                            ("f16", torch.float16)):
            with self.subTest(name):
                x = normal(dtype)
                if 1 not in self.lent:
                    self.give(x)
                self.lent[1].write(256, raw(x))
                self.set_task(SOFTMAX, name)
                self.bind(name)
                self.assertEqual(self.oracle()["how"], "float64")
                expected = torch.softmax(x.double(), -1)
                torch.testing.assert_close(self.tensor(0, torch.float64),
                                           expected, rtol=1e-14, atol=0)
                error = self.tensor(8192, dtype).double() - expected
                self.assertLess(error.abs().max(), torch.finfo(dtype).eps)
                self.assertGreater(error.abs().max(), 0)

    def test_attributes_by_name(self):
        self.give(normal())
        self.set_task(SCALE, attributes=["factor"])
        self.bind(values=[3.0])
        self.oracle()
        self.assertTrue(torch.equal(self.tensor(0, torch.float64),
                                    normal().double() * 3))

    def test_shapes_of_outputs_for_who_asks(self):
        self.give(normal())
        self.set_task("def reference(x, *, factor, output_shapes):\n"
                      "    (rows, columns), = output_shapes\n"
                      "    return factor * x.new_ones(rows, columns)\n",
                      attributes=["factor"])
        self.bind(values=[2.0])
        self.oracle()
        self.assertTrue((self.tensor(0, torch.float64) == 2).all())

    def test_integers_stay(self):
        x = torch.arange(ROWS * COLS).view(ROWS, COLS)
        self.give(x)
        self.set_task("def reference(x):\n    return x.flip(0)\n", "i64")
        self.bind("i64")
        self.oracle()
        self.assertTrue(torch.equal(self.tensor(0, torch.int64), x.flip(0)))

    def test_without_memory_in_float32(self):
        self.give(normal())
        self.set_task("import torch\ndef reference(x):\n"
                      "    if x.dtype == torch.float64:\n"
                      "        raise torch.cuda.OutOfMemoryError('full')\n"
                      "    return torch.softmax(x, -1)\n")
        self.bind()
        self.assertEqual(self.oracle()["how"], "float32")
        expected = torch.softmax(normal().double(), -1)
        torch.testing.assert_close(self.tensor(0, torch.float64), expected,
                                   rtol=1e-5, atol=0)

    def test_out_of_memory_is_named(self):
        self.give(normal())
        self.set_task("def reference(x):\n    raise MemoryError('full')\n")
        self.bind()
        reply = self.refused("oracle", "full",
                             expected=[{"id": 2, "offset": 0}])
        self.assertEqual(reply["kind"], "out_of_memory")

    def test_another_shape_is_a_mistake_of_the_task(self):
        self.give(normal())
        self.set_task("def reference(x):\n    return x.sum()\n")
        self.bind()
        self.refused("oracle", "declared", expected=[{"id": 2, "offset": 0}])


class Members(Case):
    def ready(self, source=SOFTMAX, **more):
        self.give(normal())
        self.set_task(source, **more)
        self.bind()

    def check_time(self, name, flush=None):
        self.lent[2].write(0, bytes(4 * ROWS * COLS))
        reply = self.ask("time", name=name, flush=flush,
                         outputs=[{"id": 2, "offset": 0}])
        self.assertGreater(reply["us"], 0)
        self.assertGreaterEqual(reply["host_ns"] * 1.01 + 1000,
                                reply["us"] * 1e3)
        torch.testing.assert_close(self.tensor(0, torch.float32),
                                   torch.softmax(normal(), -1))

    def test_eager(self):
        self.ready()
        reply = self.ask("prepare", name="eager", kind="eager")
        self.assertEqual(reply["how"], "graph" if ON_GPU else "stream", reply)
        self.check_time("eager")
        self.check_time("eager", {"id": 2, "offset": 32768, "bytes": 32768})

    def test_new_inputs_are_seen_without_another_preparation(self):
        self.ready()
        self.ask("prepare", name="eager", kind="eager")
        self.lent[1].write(256, raw(normal() * 2))
        self.ask("time", name="eager", outputs=[{"id": 2, "offset": 0}])
        torch.testing.assert_close(self.tensor(0, torch.float32),
                                   torch.softmax(normal() * 2, -1))

    def test_compiled(self):
        self.ready()
        for kind in ("compile", "compile_max_autotune"):
            reply = self.ask("prepare", name=kind, kind=kind)
            self.assertGreater(reply["compile_seconds"], 0)
            self.check_time(kind)

    def test_file(self):
        self.ready()
        source = ("import torch\ndef run(x):\n"
                  "    return torch.exp(torch.log_softmax(x, -1))\n")
        self.ask("prepare", name="log", kind="file", source=source)
        self.check_time("log")
        self.ask("drop", name="log")
        self.refused("time", "no member log", name="log")

    def test_what_waits_for_the_device_is_not_captured(self):
        self.ready("import torch\ndef reference(x):\n"
                   "    if x.sum().item() > 1e9:\n        return x\n"
                   "    return torch.softmax(x, -1)\n")
        reply = self.ask("prepare", name="eager", kind="eager")
        self.assertEqual(reply["how"], "stream")
        self.assertEqual(bool(reply["note"]), ON_GPU)
        self.check_time("eager")

    def test_compiled_with_shapes_of_outputs(self):
        self.ready("import torch\ndef reference(x, *, output_shapes):\n"
                   "    return torch.softmax(x, -1).reshape(output_shapes[0])\n")
        self.ask("prepare", name="c", kind="compile")
        self.check_time("c")

    def test_another_type_is_refused(self):
        self.ready()
        self.refused("prepare", "declared", name="half", kind="file",
                     source="def run(x):\n    return x.half()\n")

    def test_bindings_stand_beside_each_other(self):
        self.ready()
        x = {"id": 1, "offset": 256, "dtype": "f32", "shape": [COLS]}
        self.ask("bind", binding="row", inputs=[x], attributes=[],
                 outputs=[{"dtype": "f32", "shape": [COLS]}])
        self.ask("prepare", name="eager", kind="eager")
        self.ask("prepare", name="eager", kind="eager", binding="row")
        self.check_time("eager")
        self.ask("time", name="eager", binding="row",
                 outputs=[{"id": 2, "offset": 0}])

    def test_distance_of_the_clock(self):
        self.assertGreaterEqual(self.ask("time", empty=True)["us"], 0)


class Roofs(Case):
    def test_every_roof_is_there(self):
        reply = self.ask("roofs")
        for name in ("copy", "write", "read"):
            self.assertGreater(reply[f"{name}_bytes_per_second"], 1e8)
        for name in ("f16", "bf16", "tf32", "f32", "f64"):
            self.assertGreater(reply["flops_per_second"][name], 0)


@unittest.skipUnless(ON_GPU, "needs a GPU: set KE_TORCH_DEVICE")
class Device(Case):
    def test_a_graph_may_be_declined(self):
        self.give(normal())
        self.set_task(SOFTMAX)
        self.bind()
        how = [self.server.ask("prepare", name="eager", kind="eager", graph=graph)
               for graph in (True, False)]
        self.assertEqual([reply["how"] for reply in how], ["graph", "stream"], how)

    def test_a_fault_answers_and_ends(self):
        self.give(normal())
        self.set_task("def reference(x):\n    return x.fill_(1)\n")
        self.bind()
        reply = self.server.ask("prepare", name="writes", kind="eager")
        self.assertFalse(reply["ok"])
        self.assertTrue(reply["fatal"])
        self.server.process.wait(timeout=60)


class SweepCommand(Case):
    def test_takes_lent_memory_alone(self):
        self.lend(2, 1 << 16, writable=False)
        fields = {"image": "", "blocks": 1, "threads": 32}
        if not ON_GPU:  # no image for it here
            self.ask("sweep", place={"id": 2, "offset": 0}, bytes=1 << 16,
                     **fields)
        self.refused("sweep", "memory 2", place={"id": 2, "offset": 0},
                     bytes=1 << 17, **fields)
        self.refused("sweep", "no memory 3", place={"id": 3, "offset": 0},
                     bytes=64, **fields)


class OrderOnADevice(unittest.TestCase):
    """What a timed call is led by, without a device: calls are written down."""

    def setUp(self):
        self.calls = []
        for name in ("Event", "stream", "_sleep"):
            self.patch(f"torch.cuda.{name}", getattr(self, "fake_" + name.lower()))
        driver = mock.Mock()
        driver.call = lambda name, *_: self.calls.append(name)
        self.patch("ke_torch.cuda_memory._driver", lambda: driver)
        self.timer = timing.Timer(torch.device("cuda", 0))
        self.member = mock.Mock()
        self.member.arithmetic = contextlib.nullcontext
        self.member.run = lambda: self.calls.append("run")
        self.member.stream.synchronize = lambda: self.calls.append("wait")

    def patch(self, name, replacement):
        patched = mock.patch(name, replacement)
        patched.start()
        self.addCleanup(patched.stop)

    def fake_event(self, **_):
        event = mock.Mock()
        event.record = lambda _: self.calls.append("event")
        event.elapsed_time = lambda _: 0.5
        return event

    def fake_stream(self, _):
        return contextlib.nullcontext()

    def fake__sleep(self, _):
        self.calls.append("sleep")

    TIMED = ["event", "run", "event", "wait"]

    def test_kept_lines_are_let_go_before_a_flush(self):
        memory = torch.zeros(16, dtype=torch.int32)
        self.assertEqual(self.timer.time(self.member, memory)["us"], 500)
        self.assertEqual(self.calls, ["cuCtxResetPersistingL2Cache", "sleep",
                                      "cuMemsetD32Async", *self.TIMED])

    def test_a_sweep_follows_the_flush(self):
        self.timer.sweep = cuda_memory.Sweep(
            torch.zeros(16, dtype=torch.int64), b"image", 4, 32)
        self.calls.clear()
        self.timer.time(self.member, torch.zeros(16, dtype=torch.int32))
        self.assertEqual(self.calls, ["cuCtxResetPersistingL2Cache", "sleep",
                                      "cuMemsetD32Async", "cuLaunchKernel",
                                      *self.TIMED])

    def test_a_hot_call_is_led_by_an_untimed_one(self):
        self.timer.time(self.member, None)
        self.assertEqual(self.calls, ["run", "wait",
                                      "cuCtxResetPersistingL2Cache", "sleep",
                                      *self.TIMED])

    def test_a_device_without_kept_lines_is_no_failure(self):
        def refuse(name, *_):
            raise DriverError(name, self.code, "not supported")
        driver = mock.Mock()
        driver.call = refuse
        self.patch("ke_torch.cuda_memory._driver", lambda: driver)
        self.code = 801
        cuda_memory.reset_persisting()
        self.code = 700
        with self.assertRaises(DriverError):
            cuda_memory.reset_persisting()


if __name__ == "__main__":
    unittest.main()
