"""What honest candidates become."""

import base64
import unittest

from recorder import COPY_KERNEL, HEAD, RecorderCase, one_to_one, tensor

SOFTMAX = HEAD + """
@triton.jit
def softmax(x, y, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * cols + at, mask=at < cols, other=-float('inf'))
    v = tl.exp(v - tl.max(v, axis=0))
    tl.store(y + row * cols + at, v / tl.sum(v, axis=0), mask=at < cols)

def run(x, *, outputs, workspace):
    rows, cols = x.shape
    softmax[(rows,)](x, outputs[0], cols, BLOCK=triton.next_power_of_2(cols),
                     num_warps=WARPS)
"""

MATMUL = HEAD + """
@triton.jit
def matmul(a, b, c, M, N, K, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    n = tl.program_id(1) * BN + tl.arange(0, BN)
    k = tl.arange(0, BK)
    pa = a + m[:, None] * K + k[None, :]
    pb = b + k[:, None] * N + n[None, :]
    acc = tl.zeros((BM, BN), tl.float32)
    for i in range(0, K, BK):
        acc = tl.dot(tl.load(pa), tl.load(pb), acc)
        pa += BK
        pb += BK * N
    tl.store(c + m[:, None] * N + n[None, :], acc.to(tl.float16))

def run(a, b, *, outputs, workspace):
    M, K = a.shape
    N = b.shape[1]
    matmul[(M // 128, N // 128)](a, b, outputs[0], M, N, K, 128, 128, 64)
"""


def matmul_shape(m, n, k):
    return {"tensors": [tensor("a", "input", [m, k], "f16"),
                        tensor("b", "input", [k, n], "f16"),
                        tensor("c", "output", [m, n], "f16")]}


class Plans(RecorderCase):
    def test_softmax_at_two_shapes(self):
        shapes = [{"tensors": [tensor("x", "input", [rows, cols]),
                               tensor("y", "output", [rows, cols])]}
                  for rows, cols in ((64, 1000), (8, 4096))]
        first, second = self.plan(SOFTMAX, shapes, parameters={"WARPS": "8"})
        (launch,) = first["run"]
        self.assertEqual([64, 1, 1], launch["grid"])
        self.assertEqual([256, 1, 1], launch["block"])
        self.assertEqual([0, 8, 16, 24, 32], launch["offsets"])
        self.assertEqual([{"at": 0, "buffer": "input:0", "offset": 0},
                          {"at": 8, "buffer": "output:0", "offset": 0}],
                         launch["pointers"])
        parameters = bytes.fromhex(launch["parameters"])
        self.assertEqual(bytes(16) + (1000).to_bytes(4, "little"),
                         parameters[:20])
        self.assertEqual(40, len(parameters))
        self.assertEqual([8, 1, 1], second["run"][0]["grid"])
        for image in self.reply["modules"]:
            self.assertEqual(b"\x7fELF", base64.b64decode(image)[:4])
        self.assertEqual(len(self.reply["modules"]), len(self.reply["ptx"]))
        for text in self.reply["ptx"]:
            self.assertIn(".entry softmax", text)

    def test_a_handle_says_how_many_registers_it_takes(self):
        # As Triton's own tutorial sizes a grid.
        source = SOFTMAX[:SOFTMAX.index("    softmax[(rows,)]")] + """\
    block = triton.next_power_of_2(cols)
    kernel = softmax.warmup(x, outputs[0], cols, BLOCK=block, num_warps=8,
                            grid=(1,))
    kernel._init_handles()
    assert 8 <= kernel.n_regs <= 255, kernel.n_regs
    at_once = 65536 // (kernel.n_regs * 32 * 8)
    kernel[(min(rows, 132 * at_once), 1, 1)](x, outputs[0], cols, block)
"""
        shapes = [{"tensors": [tensor("x", "input", [64, 1000]),
                               tensor("y", "output", [64, 1000])]}]
        (launch,) = self.plan(source, shapes)[0]["run"]
        self.assertEqual([64, 1, 1], launch["grid"])

    def test_matmul_uses_tensor_cores_memory(self):
        (plan,) = self.plan(MATMUL, [matmul_shape(512, 256, 1024)])
        (launch,) = plan["run"]
        self.assertEqual([4, 2, 1], launch["grid"])
        self.assertGreater(launch["shared"], 48 << 10)
        self.assertEqual("matmul", launch["kernel"])

    def test_two_kernels_with_a_temporary(self):
        (plan,) = self.plan(COPY_KERNEL + """
def run(x, *, outputs, workspace):
    t = torch.empty_like(x)
    move[(1,)](x, t, 512, BLOCK=1024)
    move[(1,)](t[10:], outputs[0], 512, BLOCK=1024)
""")
        self.assertEqual([4000], plan["allocations"])
        one, two = plan["run"]
        self.assertEqual("allocation:0", one["pointers"][1]["buffer"])
        self.assertEqual({"at": 0, "buffer": "allocation:0", "offset": 40},
                         two["pointers"][0])
        # t[10:] is not a multiple of 16 bytes away: another specialisation.
        self.assertNotEqual(one["module"], two["module"])

    def test_zeros_and_atomics(self):
        (plan,) = self.plan(HEAD + """
@triton.jit
def total(x, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.atomic_add(y, tl.sum(tl.load(x + at, mask=at < n, other=0.0)))

def run(x, *, outputs, workspace):
    count = torch.zeros(3, dtype=torch.int64, device=x.device)
    outputs[0].zero_()
    half = torch.full((6,), 1.0, dtype=torch.float16, device='cuda')
    total[(8,)](x, outputs[0], x.numel(), 128)
""")
        zeros, own, half, launch = plan["run"]
        self.assertEqual(("memset", "allocation:0", 24, 0),
                         (zeros["op"], zeros["buffer"], zeros["bytes"],
                          zeros["value"]))
        self.assertEqual(("output:0", 0, 4000),
                         (own["buffer"], own["offset"], own["bytes"]))
        self.assertEqual((0x3c00, 2), (half["value"], half["width"]))
        self.assertEqual("launch", launch["op"])

    def test_workspace_attributes_and_copy(self):
        (plan,) = self.plan(COPY_KERNEL + """
def workspace_bytes(x, *, outputs, scale):
    return x.numel() * 4 + 64

def run(x, *, outputs, workspace, scale):
    assert workspace.dtype == torch.uint8 and workspace.numel() == 4064
    part = workspace[64:].view(torch.float32)
    part.copy_(x)
    move[(int(scale * 2),)](part, outputs[0], x.numel(), BLOCK=128)
""", [one_to_one(attributes=[("scale", 2.5)])])
        self.assertEqual(4064, plan["workspace_bytes"])
        copy, launch = plan["run"]
        self.assertEqual({"buffer": "workspace", "offset": 64}, copy["to"])
        self.assertEqual({"buffer": "input:0", "offset": 0}, copy["from"])
        self.assertEqual([5, 1, 1], launch["grid"])
        self.assertEqual({"at": 0, "buffer": "workspace", "offset": 64},
                         launch["pointers"][0])

    def test_parameters_of_every_type(self):
        (plan,) = self.plan(HEAD + """
@triton.jit
def odd(x, a, b, c, d: tl.float64, e: tl.float16, y):
    tl.store(y, tl.load(x) + a + b + c + d + e)

def run(x, *, outputs, workspace):
    odd[(1,)](x, True, 1 << 40, 2.5, 0.5, 1.5, outputs[0])
""")
        (launch,) = plan["run"]
        raw = bytes.fromhex(launch["parameters"])
        self.assertEqual([0, 8, 16, 24, 32, 40, 48, 56, 64], launch["offsets"])
        self.assertEqual(1, raw[8])
        self.assertEqual(1 << 40, int.from_bytes(raw[16:24], "little"))
        self.assertEqual("00002040", raw[24:28].hex())
        self.assertEqual("000000000000e03f", raw[32:40].hex())
        self.assertEqual("003e", raw[40:42].hex())

    def test_constants_of_every_type(self):
        """What Triton compiles is recorded: functions, types, tuples, words."""
        (plan,) = self.plan(HEAD + """
import functools

@triton.jit
def twice(v, TIMES: tl.constexpr = 2):
    return v * TIMES

@triton.jit
def plus(v):
    return v + 1

@triton.jit
def odd(x, y, n, FUNCTION: tl.constexpr, BOTH: tl.constexpr, TYPE: tl.constexpr,
        WORD: tl.constexpr, NOTHING: tl.constexpr, LARGE: tl.constexpr,
        NONE: tl.constexpr, SIZES: tl.constexpr, YES: tl.constexpr,
        BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    v = FUNCTION(tl.load(x + at, mask=at < n, other=LARGE)).to(TYPE)
    if YES and WORD == "last" and NOTHING is None:
        v = tl.where(v < n, BOTH[1](v) + SIZES[1], NONE)
    tl.store(y + at, v, mask=at < n)

def run(x, *, outputs, workspace):
    for function, kind in ((twice, tl.float16), (plus, tl.float32)):
        odd[(1,)](x, outputs[0], 100, function, (twice, plus), kind, "last",
                  None, -float("inf"), float("nan"), (1, (2, "b")[0]), True,
                  BLOCK=tl.constexpr(128))
""")
        first, second = plan["run"]
        self.assertNotEqual(first["module"], second["module"])
        self.assertEqual(2, len(self.reply["modules"]))

    def test_views_are_views(self):
        (plan,) = self.plan(COPY_KERNEL + """
def run(x, *, outputs, workspace):
    a = x.view(10, 100)
    assert a.stride() == (100, 1) and a.is_contiguous() and a.is_cuda
    t = a.t()
    assert t.shape == (100, 10) and not t.is_contiguous()
    assert a[2:, None, 50:].shape == (8, 1, 50)
    assert a[..., ::2].stride() == (100, 2)
    assert a.unsqueeze(0).expand(3, 10, 100).stride() == (0, 100, 1)
    assert a.contiguous() is a and a.reshape(-1).shape == (1000,)
    assert a.flatten().data_ptr() == x.data_ptr()
    assert a[3].data_ptr() - x.data_ptr() == 1200
    assert x.to('cuda') is x and x.to(x.device, torch.float32) is x
    assert x.cuda() is x and x.float() is x and x.detach().shape == x.shape
    halves = x.chunk(2)
    assert len(halves) == 2 and a.element_size() == 4
    assert a.dtype == torch.float32 and a.device == torch.device('cuda', 0)
    move[(1,)](halves[1], outputs[0][4:8], 4, BLOCK=16)
""")
        self.assertEqual([2000, 16],
                         [p["offset"] for p in plan["run"][0]["pointers"]])

    def test_heuristics_and_autotune(self):
        (plan,) = self.plan(HEAD + """
@triton.autotune(configs=[triton.Config({'BLOCK': 1 << 17}, num_warps=1),
                          triton.Config({'BLOCK': 256}, num_warps=2),
                          triton.Config({'BLOCK': 512})], key=['n'],
                 reset_to_zero=['y'],
                 prune_configs_by={'early_config_prune':
                                   lambda configs, named, **_: configs[1:]})
@triton.heuristics({'EVEN': lambda args: args['n'] % args['BLOCK'] == 0})
@triton.jit
def move(x, y, n, BLOCK: tl.constexpr, EVEN: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if EVEN:
        tl.store(y + at, tl.load(x + at))
    else:
        tl.store(y + at, tl.load(x + at, mask=at < n), mask=at < n)

def run(x, *, outputs, workspace):
    grid = lambda meta: (triton.cdiv(x.numel(), meta['BLOCK']),)
    move[grid](x, outputs[0], x.numel())
""")
        (launch,) = plan["run"]
        self.assertEqual([4, 1, 1], launch["grid"])
        self.assertEqual([64, 1, 1], launch["block"])
        self.assertIn("ke:tune", self.reply["log"])

    def test_streams_fork_and_join(self):
        (plan,) = self.plan(COPY_KERNEL + """
def run(x, *, outputs, workspace):
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        move[(1,)](x, outputs[0], 100, BLOCK=128)
    move[(1,)](x[500:], outputs[0][500:], 100, BLOCK=128)
    torch.cuda.current_stream().wait_stream(side)
""")
        self.assertEqual(
            [("record", 0), ("wait", 1), ("launch", 1), ("launch", 0),
             ("record", 1), ("wait", 0)],
            [(op["op"], op["stream"]) for op in plan["run"]])

    def test_device_facts_are_the_requests(self):
        (plan,) = self.plan(COPY_KERNEL + """
def run(x, *, outputs, workspace):
    count = torch.cuda.get_device_properties(x.device).multi_processor_count
    same = triton.runtime.driver.active.utils.get_device_properties(0)
    assert same['multiprocessor_count'] == count
    assert torch.cuda.get_device_capability() == (9, 0)
    move[(count,)](x, outputs[0], x.numel(), BLOCK=128)
""", device={"multiprocessors": 114})
        self.assertEqual([114, 1, 1], plan["run"][0]["grid"])

    def test_cluster_and_cooperative(self):
        (plan,) = self.plan(COPY_KERNEL + """
def run(x, *, outputs, workspace):
    move[(8,)](x, outputs[0], x.numel(), BLOCK=128, num_ctas=2)
    move[(8,)](x, outputs[0], x.numel(), BLOCK=128, launch_cooperative_grid=True)
    move[(0,)](x, outputs[0], x.numel(), BLOCK=128)
    move[(8,)](x, outputs[0], x.numel(), BLOCK=128, launch_pdl=True)
""")
        cluster, cooperative, programmatic = plan["run"]
        self.assertEqual([False, False, True],
                         [op["programmatic"] for op in plan["run"]])
        self.assertEqual([2, 1, 1], cluster["cluster"])
        self.assertEqual([16, 1, 1], cluster["grid"])
        self.assertTrue(cooperative["cooperative"])

    def test_tensor_descriptors(self):
        source = HEAD + """
from triton.tools.tensor_descriptor import TensorDescriptor

@triton.jit
def host(x, y, BM: tl.constexpr, BN: tl.constexpr):
    m, n = tl.program_id(0) * BM, tl.program_id(1) * BN
    y.store([m, n], x.load([m, n]))

@triton.jit
def device(x, y, M, N, BM: tl.constexpr, BN: tl.constexpr):
    a = tl.make_tensor_descriptor(x, [M, N], [N, 1], [BM, BN])
    b = tl.make_tensor_descriptor(y, [M, N], [N, 1], [BM, BN])
    m, n = tl.program_id(0) * BM, tl.program_id(1) * BN
    b.store([m, n], a.load([m, n]))

def run(x, *, outputs, workspace):
    a = TensorDescriptor.from_tensor(x, [32, 64])
    b = TensorDescriptor.from_tensor(outputs[0], [32, 64])
    host[(4, 4)](a, b, 32, 64)
    triton.set_allocator(
        lambda size, align, stream: torch.empty(size, dtype=torch.int8, device='cuda'))
    device[(4, 4)](x, outputs[0], 128, 256, 32, 64)
"""
        shape = {"tensors": [tensor("x", "input", [128, 256], "f16"),
                             tensor("y", "output", [128, 256], "f16")]}
        (plan,) = self.plan(source, [shape])
        first, second = plan["tensor_maps"]
        self.assertEqual([256, 128], first["dims"])
        self.assertEqual([512], first["strides"])
        self.assertEqual([64, 32], first["box"])
        self.assertEqual("output:0", second["buffer"])
        host, device = plan["run"]
        self.assertEqual([0, 1], [use["map"] for use in host["maps"]])
        # On sm_90 parameters begin 48 bytes before a multiple of 64.
        self.assertEqual(48, host["maps"][0]["at"])
        self.assertEqual([48, 176, 180, 184], host["offsets"][:4])
        self.assertEqual(1, len(plan["allocations"]))
        self.assertEqual("allocation:0", device["pointers"][-1]["buffer"])


if __name__ == "__main__":
    unittest.main()
