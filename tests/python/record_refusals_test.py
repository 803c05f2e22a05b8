"""What broken, dishonest and hostile candidates get, and that the server lives."""

import os
import time
import unittest

from recorder import COPY_KERNEL, HEAD, RecorderCase, one_to_one

GOOD = COPY_KERNEL + """
def run(x, *, outputs, workspace):
    move[(8,)](x, outputs[0], x.numel(), BLOCK=128)
"""


def body(*lines):
    return COPY_KERNEL + "\ndef run(x, *, outputs, workspace):\n" + "".join(
        f"    {line}\n" for line in lines)


class Refusals(RecorderCase):
    def tearDown(self):
        self.plan(GOOD)  # whatever it was, the next one is served

    def test_delegation_names_the_operation(self):
        self.assertIn("aten._softmax", self.refused(
            "DELEGATION", body("outputs[0].copy_(torch.softmax(x, 0))")))
        self.assertIn("line", self.reply["log"])
        self.assertIn("torch.softmax(x, 0)", self.reply["log"])
        for line in ("y = x + 1", "y = x @ x", "x.sum().item()", "x[x > 0]",
                     "torch.arange(4, device='cuda')", "x.cpu()", "x.half()",
                     "torch.randn(4, device=x.device)", "torch.cuda.synchronize()",
                     "torch.tensor([1.0], device='cuda')", "x.view(10, 100).t().contiguous()",
                     "outputs[0].copy_(torch.zeros(1000))"):
            self.refused("DELEGATION", body(line))

    def test_what_host_code_on_a_device_may_do_is_told(self):
        for code, source in (
                ("DELEGATION", body("x.sum().item()")),
                ("CONTRACT", COPY_KERNEL + "kept = torch.empty(4, device='cuda')\n"
                 "def run(x, *, outputs, workspace):\n    pass\n"),
                ("CONTRACT", HEAD + "from torch.utils import cpp_extension\n"
                 "cpp_extension.load_inline('name', '')\n")):
            self.refused(code, source)
            self.assertTrue(self.reply["no_plan"], source)
        for code, source in (("CONTRACT", "walk = 1\n"),
                             ("CONTRACT", body("x.zero_()")),
                             ("RUN_FAILED", body("raise KeyError()"))):
            self.refused(code, source)
            self.assertFalse(self.reply["no_plan"], source)

    def test_syntax_error(self):
        message = self.refused("BUILD_FAILED", "def run(x:\n")
        self.assertIn("line 1", message)

    def test_errors_show_only_the_candidates_lines(self):
        message = self.refused("RUN_FAILED", HEAD + "def helper(x):\n    return x['no']\n"
                               "def run(x, *, outputs, workspace):\n"
                               "    helper({})\n")
        self.assertIn("KeyError", message)
        self.assertEqual(["line 5, in run: helper({})",
                          "line 3, in helper: return x['no']"],
                         self.reply["log"].splitlines()[:2])

    def test_triton_compile_error(self):
        message = self.refused("BUILD_FAILED", HEAD + """
@triton.jit
def k(x):
    tl.store(x, undefined_name)
def run(x, *, outputs, workspace):
    k[(1,)](x)
""")
        self.assertIn("undefined_name", message)
        self.assertIn("tl.store", self.reply["log"])

    def test_errors_at_import(self):
        self.assertIn("ZeroDivisionError",
                      self.refused("BUILD_FAILED", "1 / 0\n"))
        self.assertIn("run(", self.refused("CONTRACT", "x = 1\n"))
        self.refused("CONTRACT", HEAD + "t = torch.empty(4, device='cuda')\n")

    def test_ends_itself(self):
        self.assertIn("exit(3)", self.refused("EARLY_EXIT",
                                              body("raise SystemExit(3)")))
        self.assertIn("exit status 0", self.refused(
            "EARLY_EXIT", body("import os; os._exit(0)")))
        self.assertIn("exit status 9", self.refused(
            "EARLY_EXIT", body("import os; os._exit(9)")))
        self.assertIn("signal 11", self.refused("RUN_FAILED", body(
            "import os; os.kill(os.getpid(), 11)")))
        self.assertIn("exit status 1", self.refused(
            "EARLY_EXIT", "import os; print('why'); os._exit(1)"))

    def test_hangs(self):
        self.refused("TIMEOUT", body("print('before', flush=True)",
                                     "while True: pass"), limit_s=2)
        self.assertIn("before", self.reply["log"])
        self.refused("TIMEOUT", body("import time; time.sleep(1000)"), limit_s=2)

    def test_forks_are_ended(self):
        marker = f"ke-test-{os.getpid()}"
        self.refused("EARLY_EXIT", body(
            "import os, time",
            "for i in range(20):",
            "    if os.fork() == 0:",
            "        if i % 2: os.setsid()",
            f"        open('/proc/self/comm', 'w').write('{marker[:15]}')",
            "        while True: time.sleep(1)",
            "time.sleep(0.2)", "os._exit(0)"))
        names = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/comm") as file:
                    names.append(file.read().strip())
            except OSError:
                pass
        self.assertNotIn(marker[:15], names)

    def test_garbage_on_all_descriptors(self):
        self.refused("RUN_FAILED", body(
            "import os",
            "for fd in range(256):",
            "    try: os.write(fd, b'garbage ' * 100)",
            "    except OSError: pass"))
        self.refused("EARLY_EXIT", body("import os; os.closerange(0, 256)"))
        launch = "move[(8,)](x, outputs[0], x.numel(), BLOCK=128)"
        self.plan(body("print('x' * 100000)", launch))
        self.plan(body("import os", "try: os.close(1)", "except OSError: pass",
                       launch))

    def test_too_much_shared_memory(self):
        message = self.refused("LAUNCH_FAIL", HEAD + """
@triton.jit
def k(a, b, c, n, N: tl.constexpr, K: tl.constexpr):
    i, j = tl.arange(0, N), tl.arange(0, K)
    total = tl.zeros((N, N), tl.float32)
    for at in range(0, n, K):
        total = tl.dot(tl.load(a + i[:, None] * n + j[None, :] + at),
                       tl.load(b + (j[:, None] + at) * N + i[None, :]), total)
    tl.store(c + i[:, None] * N + i[None, :], total)
def run(x, *, outputs, workspace):
    k[(1,)](x, x, outputs[0], x.numel(), 128, 256, num_stages=8)
""", [one_to_one(1024, "f16")])
        self.assertIn("shared memory", message)

    def test_too_much_memory(self):
        self.refused("RESOURCE", body(
            "torch.empty(1 << 40, dtype=torch.uint8, device='cuda')"))
        self.refused("RESOURCE", body("a = b'x' * (40 << 30)"))

    def test_values_are_not_read(self):
        for look in ("x.tolist()", "x[:2].numpy()", "x[0].item()"):
            self.assertTrue(self.refused("DELEGATION", body(look)))
            self.assertTrue(self.reply["no_plan"])

    def test_no_more_threads_or_processes(self):
        self.refused("RESOURCE", body("raise BlockingIOError(11, 'again')"))
        self.refused("RESOURCE", body(
            'raise RuntimeError("can\'t start new thread")'))

    def test_the_judges_modules_are_not_for_candidates(self):
        for line in ("import ke_record.plan as plan", "from ke_host import server",
                     "import os, ke_torch"):
            self.assertIn("judge's own", self.refused("BUILD_TAMPER",
                                                      body(line)))
        self.assertIn("line 2", self.refused(
            "BUILD_TAMPER", HEAD + "from ke_record import plan\n"))

    def test_patches_of_triton_stay_with_their_author(self):
        self.recorder.record(HEAD + """
import triton.compiler.compiler as c
c.compile = None
triton.runtime.jit.JITFunction.run = lambda *a, **k: None
def run(x, *, outputs, workspace):
    torch.Tensor.shape = None
    triton.jit = None
""")

    def test_recordings_that_differ(self):
        for lines in (
                ["global calls", "calls += 1",
                 "move[(calls,)](x, outputs[0], 100, BLOCK=128)"],
                ["import random",
                 "move[(8,)](x, outputs[0], random.getrandbits(30) + 2, BLOCK=128)"],
                ["import time",
                 "move[(8,)](x, outputs[0], time.time_ns() % (1 << 30) + 2, BLOCK=128)"],
                ["global calls", "calls += 1",
                 "move[(8,)](x, outputs[0], 100, BLOCK=64 << calls % 2)"],
                ["move[(8,)](x, outputs[0], x.data_ptr() >> 16, BLOCK=128)"]):
            self.refused("CONTRACT", "calls = 0\n" + body(*lines))

    def test_memory_of_an_earlier_call(self):
        self.refused("CONTRACT", "kept = []\n" + body(
            "if not kept: kept.append(torch.empty_like(x))",
            "move[(8,)](x, kept[0], x.numel(), BLOCK=128)"))
        self.refused("CONTRACT", "kept = []\n" + body(
            "if not kept: kept.append(x.data_ptr())",
            "move[(8,)](x, outputs[0], kept[0], BLOCK=128)"))

    def test_what_is_left_out_at_a_known_address(self):
        memory = "done = {}\n"
        shapes = [one_to_one(1000), one_to_one(500)]
        for lines in (
                ["key = x.data_ptr(), x.numel()",
                 "if key in done: return",
                 "done[key] = 1",
                 "move[(8,)](x, outputs[0], x.numel(), BLOCK=128)"],
                ["key = x.data_ptr(), x.numel()",
                 "n = 0 if key in done else x.numel()",
                 "done[key] = 1",
                 "move[(8,)](x, outputs[0], n, BLOCK=128)"]):
            self.assertIn("same addresses", self.refused(
                "CONTRACT", memory + body(*lines), shapes))

    def test_what_is_kept_under_the_tensor_itself(self):
        kept = "import functools\n@functools.lru_cache\ndef made(x):\n"
        self.assertIn("earlier call", self.refused(
            "CONTRACT", kept + "    y = torch.empty_like(x)\n"
            "    move[(8,)](x, y, x.numel(), BLOCK=128)\n    return y\n" +
            body("outputs[0].copy_(made(x))")))
        self.assertIn("same addresses", self.refused(
            "CONTRACT", "done = set()\n" + body(
                "if x in done: return", "done.add(x)",
                "move[(8,)](x, outputs[0], x.numel(), BLOCK=128)")))
        self.plan(kept + "    return x.numel()\n" +
                  body("move[(8,)](x, outputs[0], made(x), BLOCK=128)"))

    def test_what_costs_no_step_may_be_kept_by_address(self):
        self.plan("grids = {}\n" + body(
            "grid = grids.setdefault(x.data_ptr(), (triton.cdiv(x.numel(), 128),))",
            "move[grid](x, outputs[0], x.numel(), BLOCK=128)"))

    def test_an_address_as_integer_is_an_address(self):
        (plan,) = self.plan(HEAD + """
@triton.jit
def k(x, y):
    tl.store(y.to(tl.pointer_type(tl.float32)), tl.load(x))
def run(x, *, outputs, workspace):
    k[(1,)](x, outputs[0].data_ptr() + 8)
""")
        self.assertEqual({"at": 8, "buffer": "output:0", "offset": 8},
                         plan["run"][0]["pointers"][1])

    def test_inputs_are_only_read(self):
        self.assertIn("input", self.refused("CONTRACT", body("x.zero_()")))
        self.refused("CONTRACT", body("x[3:5] = outputs[0][3:5]"))

    def test_cpu_tensors_do_not_reach_a_kernel(self):
        self.assertIn("cpu tensor", self.refused("RUN_FAILED", body(
            "move[(8,)](torch.zeros(1000), outputs[0], 1000, BLOCK=128)")))

    def test_too_many_launches(self):
        self.refused("CONTRACT", body(
            "while True: move[(8,)](x, outputs[0], x.numel(), BLOCK=128)"))


class Endurance(RecorderCase):
    def test_fifty_candidates(self):
        self.plan(GOOD)
        before = self.recorder.resident_mb()
        times = []
        for number in range(50):
            start = time.monotonic()
            self.plan(GOOD.replace("x + at", f"x + at * 1 + {number} * 0")
                      .replace("BLOCK=128", f"BLOCK={128 << number % 4}"))
            times.append(1000 * (time.monotonic() - start))
        after = self.recorder.resident_mb()
        times.sort()
        print(f"start {self.recorder.greeting['milliseconds']} ms; per candidate "
              f"{times[25]:.0f} ms (best {times[0]:.0f}, worst {times[-1]:.0f}); "
              f"resident {before} -> {after} MB")
        self.assertLess(after, before + 20)


if __name__ == "__main__":
    unittest.main()
