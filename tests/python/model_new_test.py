"""ModelNew candidates: what becomes a plan, and how the rest is refused."""

import unittest

from recorder import HEAD, RecorderCase, tensor

REFERENCE = """
import torch
from torch import nn
class Model(nn.Module):
    pass
def get_init_inputs():
    return [64, 0.5]
KE_WEIGHTS = {"weight": "inner.weight"}
def ke_arguments(x):
    return [x, 3]
def ke_outputs(result):
    return list(result) if isinstance(result, tuple) else [result]
"""
KERNEL = HEAD + """
from torch import nn
@triton.jit
def scale(x, w, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + at, mask=at < n) * tl.load(w + at % 64)
    tl.store(y + at, value, mask=at < n)
class Inner(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
"""


def model_new(forward, constructor=("self.inner = Inner(width)",),
              signature="x, times", made="width, factor"):
    lines = [f"    def __init__(self, {made}):", "        super().__init__()",
             *(f"        {line}" for line in constructor),
             f"    def forward(self, {signature}):",
             *(f"        {line}" for line in forward)]
    return KERNEL + "class ModelNew(nn.Module):\n" + "\n".join(lines) + "\n"


SOFT = """
import threading
import torch.utils.checkpoint as checkpoint
from torch._subclasses.fake_tensor import FakeTensorMode

made = []

class Soft(nn.Module):
    def forward(self, x):
        return torch.log_softmax(x, 1).exp_()

class Function(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.log_softmax(x, 1)

"""
LAUNCH = ["y = torch.empty_like(x)",
          "scale[(8,)](x, self.inner.weight, y, x.numel(), BLOCK=128)",
          "return y"]
SHAPE = {"tensors": [tensor("x", "input", [16, 64]),
                     tensor("weight", "input", [64]),
                     tensor("y", "output", [16, 64])], "attributes": []}


class ModelNew(RecorderCase):
    def plan_of(self, source):
        return self.plan(source, [SHAPE], reference=REFERENCE)[0]

    def why(self, code, source, reference=REFERENCE):
        return self.refused(code, source, [SHAPE], reference=reference)

    def test_what_it_returns_is_the_output_itself(self):
        plan = self.plan_of(model_new(LAUNCH))
        self.assertEqual([], plan["allocations"])
        (launch,) = plan["run"]
        self.assertEqual(["input:0", "input:1", "output:0"],
                         [each["buffer"] for each in launch["pointers"]])

    def test_what_computes_when_it_is_read_is_refused(self):
        later = ["class Later(torch.Tensor):",
                 "    @classmethod",
                 "    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):",
                 "        return function(*args)",
                 "return torch.Tensor._make_wrapper_subclass(",
                 "    Later, x.shape, dtype=x.dtype, device=x.device)"]
        self.assertIn("a Later, which may compute when it is read",
                      self.why("CONTRACT", model_new(later)))

    def test_other_allocations_stay(self):
        plan = self.plan_of(model_new([
            "z = torch.empty_like(x)",
            "scale[(8,)](x, self.inner.weight, z, x.numel(), BLOCK=128)",
            "y = torch.empty(1024, device=x.device)",
            "scale[(8,)](z, self.inner.weight, y, x.numel(), BLOCK=128)",
            "return y.view(16, 64)"]))
        self.assertEqual([4096], plan["allocations"])
        self.assertEqual("allocation:0", plan["run"][1]["pointers"][0]["buffer"])
        self.assertEqual("output:0", plan["run"][1]["pointers"][2]["buffer"])

    def test_part_of_an_allocation_is_copied(self):
        plan = self.plan_of(model_new([
            "both = torch.empty(2, 16, 64, device=x.device)",
            "scale[(8,)](x, self.inner.weight, both[1], x.numel(), BLOCK=128)",
            "return both[1]"]))
        self.assertEqual([8192], plan["allocations"])
        self.assertEqual(["launch", "copy"], [op["op"] for op in plan["run"]])

    def test_torch_operations_are_named(self):
        message = self.why("DELEGATION", model_new(["return torch.relu(x)"]))
        self.assertIn("ModelNew used torch operation aten.relu", message)
        self.assertIn("tier K does not allow", message)
        self.assertIn("aten.", self.why("DELEGATION", model_new(
            ["return x @ x.t()"])))

    def test_what_no_plan_can_hold_is_told(self):
        """However torch wraps the refusal: host code on a device may do it."""
        soft = ["y = self.soft(x)", "return y"]
        for words, forward, made in (
                ("aten._log_softmax", soft, "torch.jit.script(Soft())"),
                ("aten._log_softmax", soft,
                 "torch.jit.trace(Soft(), torch.ones(4, 4))"),
                ("aten._log_softmax", soft, "torch.compile(Soft())"),
                ("aten._log_softmax", soft, "torch.fx.symbolic_trace(Soft())"),
                ("aten._log_softmax", ["return checkpoint.checkpoint("
                 "self.soft, x, use_reentrant=False)"], "Soft()"),
                ("aten._log_softmax", ["return Function.apply(x)"], "None"),
                ("aten._softmax", [
                    "return torch.vmap(lambda row: torch.softmax(row, 0))(x)"],
                 "None"),
                ("asked for the device", [
                    "return torch.func.grad(lambda v: (v * v).sum())(x)"], "None"),
                ("storage", ["with FakeTensorMode() as mode:",
                             "    return torch.softmax(mode.from_tensor(x), 1)"],
                 "None"),
                ("another library", ["return torch.from_dlpack(x)"], "None"),
                ("aten._to_copy", ["self.register_buffer("
                                   "'table', torch.arange(64.).to(x.device))",
                                   "return x"], "None"),
                ("ModelNew's buffer inner.table",
                 [LAUNCH[0], LAUNCH[1].replace("weight", "table[:32]"), LAUNCH[2]],
                 "self.inner.register_buffer('table', torch.ones(64))"),
                ("aten._log_softmax", ["thread = threading.Thread(target=lambda: "
                                       "made.append(self.soft(x)))",
                                       "thread.start()", "thread.join()",
                                       "return made[0]"], "Soft()"),
                ("aten._log_softmax", ["try:", "    y = self.soft(x)",
                                       "except Exception as error:",
                                       "    raise KeyError() from error"],
                 "Soft()")):
            with self.subTest(forward=forward, made=made):
                source = model_new(forward, constructor=[
                    "self.inner = Inner(width)", f"self.soft = {made}"])
                reply = self.recorder.record(
                    source.replace("class ModelNew", SOFT + "class ModelNew"),
                    [SHAPE], reference=REFERENCE)
                self.assertTrue(reply.get("no_plan"), reply)
                self.assertIn(reply["code"], ("CONTRACT", "DELEGATION"))
                self.assertIn(words, reply["message"])

    def test_what_is_kept_under_the_last_tensor_is_found(self):
        kept = ["if getattr(self, 'last', None) is x: return self.result",
                *LAUNCH[:-1], "self.last, self.result = x, y", "return y"]
        self.assertIn("same addresses", self.why("CONTRACT", model_new(kept)))

    def test_mistakes_stay_mistakes(self):
        for code, words, forward, more in (
                ("RUN_FAILED", "NameError", ["return nothing"], ""),
                ("RUN_FAILED", "missing 3 required", ["return scale[(8,)](x, x)"],
                 ""),
                ("RUN_FAILED", "own words", ["raise RuntimeError('own words')"],
                 ""),
                ("RUN_FAILED", "own words", ["return scripted(x)"],
                 "@torch.jit.script\ndef scripted(x):\n"
                 "    if x.dim() == 2:\n        raise RuntimeError('own words')\n"
                 "    return x\n"),
                ("RUN_FAILED", "NameError", [
                    "return torch.vmap(lambda row: nothing(row))(x)"], ""),
                ("RUN_FAILED", "NameError", ["return torch.compile(nothing)(x)"],
                 ""),
                ("RUN_FAILED", "cpu tensor", [
                    LAUNCH[0], LAUNCH[1].replace("self.inner.weight",
                                                 "torch.ones(64)"), LAUNCH[2]], ""),
                ("BUILD_FAILED", "nothing", [
                    "try:", "    torch.softmax(x, 1)", "except Exception:",
                    "    return wrong[(8,)](x)"],
                 "@triton.jit\ndef wrong(x):\n    tl.store(x, nothing)\n"),
                ("BUILD_FAILED", "undefined value nothing", ["return x"],
                 "@torch.jit.script\ndef scripted(x):\n    return nothing(x)\n")):
            with self.subTest(forward=forward, more=more):
                source = model_new(forward)
                self.assertIn(words, self.why(code, source.replace(
                    "class ModelNew", more + "class ModelNew")))
                self.assertFalse(self.reply["no_plan"])

    def test_contract(self):
        for words, source in (
                ("constructor does not take", model_new(LAUNCH, made="width")),
                ("constructor does not take", KERNEL + "class ModelNew(nn.Module):"
                 "\n    def forward(self, x, times):\n        return x\n"),
                ("forward does not take", model_new(LAUNCH, signature="x")),
                ("no inner.weight", model_new(LAUNCH, constructor=["pass"])),
                ("parameter more is none", model_new(LAUNCH, constructor=[
                    "self.inner = Inner(width)",
                    "self.more = nn.Parameter(torch.ones(1))"])),
                ("inner.weight is of shape (32,)", model_new(
                    LAUNCH, constructor=["self.inner = Inner(32)"])),
                ("returns 2 tensors", model_new(LAUNCH[:2] + ["return y, y"])),
                ("is torch.float32 of shape (64, 16)", model_new(
                    LAUNCH[:2] + ["return y.view(64, 16)"])),
                ("no class derived", HEAD + "ModelNew = 3\n"),
                ("nor a class ModelNew", "x = 1\n")):
            self.assertIn(words, self.why("CONTRACT", source))

    def test_needs_an_imported_task(self):
        self.assertIn("made from a KernelBench file", self.why(
            "CONTRACT", model_new(LAUNCH), reference="x = 1\n"))


if __name__ == "__main__":
    unittest.main()
