"""CUDA and Triton kernels: what is known without a device, and on one."""

import shutil
import subprocess
import unittest

from harness import DONE, MISSING, NOTHING, ROOT, TARGETS, Case

NO_FACTS = "there is no nvcc here: scripts/install-packages.sh says how to get it"


def has_device():
    if not shutil.which("nvidia-smi"):
        return False
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True)
    return listed.returncode == 0 and "GPU 0" in listed.stdout


def has_torch():
    found = subprocess.run([ROOT / "scripts" / "setup-python.sh", "--find", "torch"],
                           capture_output=True)
    return found.returncode == 0


class GpuCase(Case):
    def gpu_task(self):
        tasks = len(list(self.folder.glob("gpu_task_*")))
        folder = self.small_task(f"gpu_task_{tasks}")
        shutil.copy(ROOT / "tasks" / "softmax" / "reference.py", folder)
        task = (folder / "task.toml").read_text()
        (folder / "task.toml").write_text(task.replace(
            'cpp = "reference.cc"', 'cpp = "reference.cc"\ntorch = "reference.py"'))
        return folder

    def verdicts(self, language, expected, *flags, device="sm_90"):
        """Judges targets/LANGUAGE/NAME for each name; name -> verdict."""
        extension = {"cuda": ".cu", "triton": ".py"}[language]
        files = [TARGETS / language / (name + extension) for name in expected]
        run = self.ke("evaluate", self.gpu_task(), *files, "--target",
                      f"{language}@{device}", "--json", *flags)
        self.assertIn(run.code, (DONE, NOTHING), str(run))
        found = dict(zip(expected, run.objects()))
        self.assertEqual(set(found), set(expected), str(run))
        for name, verdict in found.items():
            self.assert_clean(verdict["message"])
        return found

    def holds(self, language, expected):
        for name, verdict in self.verdicts(language, expected).items():
            with self.subTest(name):
                self.assertIn(verdict["code"], expected[name], verdict)


# What the recorders alone find out, with a device or without one.
CUDA_RECORDED = {"reads_the_device": ["CONTRACT"], "calls_cublas": ["DELEGATION"],
                 "does_not_compile": ["BUILD_FAILED"],
                 "too_much_shared": ["LAUNCH_FAIL"]}
# Host code that is run on a device, and named for what it does there.
HOST_CODE = {"torch_between": ["OK"], "host_decides": ["OK"],
             "host_deterministic": ["OK"],
             "host_decoy": ["DECOY"], "host_exits": ["EARLY_EXIT"],
             "host_hangs": ["TIMEOUT"], "host_mutates": ["INPUT_MUTATED"],
             "host_late": ["ASYNC_ESCAPE", "OUTPUT_NOT_WRITTEN", "REPLAY",
                           "WRONG_OUTPUT"],
             "host_lies": ["CLOCK_TAMPER"], "host_remaps": ["INPUT_MUTATED"]}
# What a plan cannot hold is for a device to judge: without one there is no verdict.
TRITON_RECORDED = {"delegates": ["DELEGATION" if has_device() else "NO_DEVICE"],
                   "exits": ["EARLY_EXIT", "RUN_FAILED"],
                   "raises_at_import": ["BUILD_FAILED", "RUN_FAILED"]}


@unittest.skipUnless(shutil.which("nvcc"), NO_FACTS)
class CudaWithoutDevice(GpuCase):
    def test_the_recorder_names_what_a_plan_cannot_hold(self):
        self.holds("cuda", CUDA_RECORDED)

    @unittest.skipIf(has_device(), "a device is here")
    def test_static_facts_and_no_device(self):
        for device in ("sm_90", "sm_86", "sm_89", "sm_103", "sm_120"):
            verdict = self.verdicts("cuda", ["good"], device=device)["good"]
            self.assertEqual(verdict["status"], "INCONCLUSIVE")
            self.assertEqual(verdict["code"], "NO_DEVICE")
            self.assertEqual(verdict["speedup"], 0)
            self.assertEqual(verdict["shapes"], [])
            metrics = {metric["name"]: metric["value"]
                       for metric in verdict["metrics"]}
            self.assertGreater(metrics["registers"], 0)
            self.assertGreater(metrics["occupancy"], 0)

    @unittest.skipIf(has_device(), "a device is here")
    def test_a_graph_of_its_own_is_recorded(self):
        verdict = self.verdicts("cuda", ["own_graph"])["own_graph"]
        self.assertEqual(verdict["status"], "INCONCLUSIVE", verdict)
        self.assertEqual(verdict["code"], "NO_DEVICE")
        metrics = {metric["name"]: metric["value"]
                   for metric in verdict["metrics"]}
        self.assertEqual(metrics["kernels"], 2)
        self.assertGreater(metrics["registers"], 0)

    @unittest.skipIf(has_device(), "a device is here")
    def test_values_of_the_host_and_rows_are_recorded(self):
        verdict = self.verdicts("cuda", ["host_tables"])["host_tables"]
        self.assertEqual(verdict["status"], "INCONCLUSIVE", verdict)
        self.assertEqual(verdict["code"], "NO_DEVICE", verdict)

    @unittest.skipIf(has_device(), "a device is here")
    def test_native_says_what_still_works(self):
        run = self.ke("evaluate", self.gpu_task(), TARGETS / "cuda" / "good.cu",
                      "--target", "cuda@native")
        self.assert_error(run, MISSING, "cuda@sm_90")


@unittest.skipUnless(has_torch(), "no torch: scripts/setup-python.sh torch")
class TritonWithoutDevice(GpuCase):
    def test_the_recorder_names_what_a_plan_cannot_hold(self):
        self.holds("triton", TRITON_RECORDED)

    @unittest.skipIf(has_device(), "a device is here")
    def test_static_facts_and_no_device(self):
        for device in ("sm_90", "sm_89", "sm_120"):
            verdict = self.verdicts("triton", ["good"], device=device)["good"]
            self.assertEqual(verdict["code"], "NO_DEVICE")
            metrics = {metric["name"]: metric["value"]
                       for metric in verdict["metrics"]}
            self.assertEqual(metrics["kernels"], 1)
            self.assertGreater(metrics["registers"], 0)

    @unittest.skipIf(has_device(), "a device is here")
    def test_host_code_without_a_device_is_no_fault(self):
        verdict = self.verdicts("triton", ["torch_between"])["torch_between"]
        self.assertEqual(verdict["status"], "INCONCLUSIVE", verdict)
        self.assertEqual(verdict["code"], "NO_DEVICE")
        self.assertIn("tier H", verdict["message"])
        self.assertIn("no NVIDIA device", verdict["message"])
        verdict = self.verdicts("triton", ["torch_between"], "--without-check",
                                "host_code")["torch_between"]
        self.assertEqual(verdict["code"], "DELEGATION", verdict)

    def test_an_interpreter_that_is_too_old(self):
        python = self.folder / "python"
        python.write_text("#!/bin/sh\necho torch 2.1.0\necho triton 2.1.0\n")
        python.chmod(0o755)
        run = self.ke("evaluate", self.gpu_task(), TARGETS / "triton" / "good.py",
                      "--target", "triton@sm_90", env={"KE_PYTHON": str(python)})
        self.assert_error(run, MISSING, "torch 2.1.0", "or newer is needed",
                          "setup-python.sh torch")


@unittest.skipUnless(has_device(), "no NVIDIA device here")
class HostCodeOnTheDevice(GpuCase):
    """Tier H: what no plan can hold. Processes start for each, so few a test."""

    def some(self, *names):
        self.holds("triton", {name: HOST_CODE[name] for name in names})

    def test_what_dies_or_hangs_hurts_nobody(self):
        self.some("host_exits", "host_hangs", "torch_between")

    def test_what_escapes_or_mutates_is_named(self):
        self.some("host_mutates", "host_late", "host_decides")

    def test_a_false_clock_and_false_inputs_are_found(self):
        self.some("host_lies", "host_remaps")

    def test_settings_of_torch_are_the_candidates_to_make(self):
        self.some("host_deterministic")

    def test_the_library_may_not_do_the_work(self):
        self.some("host_decoy")
        self.holds("triton", {"delegates": ["DELEGATION"]})

    def test_the_result_says_how_it_was_run(self):
        found = self.verdicts("triton", ["torch_between", "host_decides"])
        for name, how in (("torch_between", "captured the host code"),
                          ("host_decides", "runs in every call")):
            verdict = found[name]
            self.assertEqual(verdict["status"], "ACCEPT", verdict)
            self.assertEqual(verdict["tier"], "H")
            notes = " ".join(verdict["notes"])
            self.assertIn(how, notes)
            self.assertIn("by the judge's clock", notes)
            self.assertIn("no launch plan: ", notes)
            self.assertGreater(verdict["shapes"][0]["time_us"], 0)

    def test_tier_k_alone_where_that_is_asked(self):
        verdict = self.verdicts("triton", ["torch_between"], "--without-check",
                                "host_code")["torch_between"]
        self.assertEqual(verdict["code"], "DELEGATION", verdict)

    def test_a_model_with_torch_between_its_kernels(self):
        run = self.ke("evaluate", ROOT / "tests" / "kernelbench" / "level2" /
                      "1_linear_gelu_softmax.py",
                      TARGETS / "triton" / "model_new_mixed.py", "--target",
                      "triton@sm_90", "--json")
        (verdict,) = run.objects()
        self.assertEqual(verdict["status"], "ACCEPT", verdict)
        self.assertEqual(verdict["tier"], "H")
        self.assertIn("torch computes a part of it", " ".join(verdict["notes"]))


@unittest.skipUnless(has_device(), "no NVIDIA device here")
class OnTheDevice(GpuCase):
    def test_cuda_kernels_that_misbehave(self):
        # Each is followed by others, which must not suffer for it.
        self.holds("cuda", {
            "good": ["OK"], "own_graph": ["OK"], "host_tables": ["OK"],
            "writes_out_of_bounds": ["OOB"], "reads_out_of_bounds": ["OOB"],
            "mutates_input": ["INPUT_MUTATED"],
            "hangs": ["TIMEOUT"], "wrong": ["PRECISION", "WRONG_OUTPUT"],
            "forgets_a_row": ["OUTPUT_NOT_WRITTEN"],
            # Where a shape's rows are more than were met before, the others are right.
            "remembers": ["REPLAY", "WRONG_OUTPUT", "INPUT_OVERFIT",
                          "SHAPE_OVERFIT"],
            **CUDA_RECORDED})

    def test_triton_kernels_that_misbehave(self):
        self.holds("triton", {"good": ["OK"], "wrong": ["PRECISION", "WRONG_OUTPUT"],
                              **TRITON_RECORDED})

    def test_a_right_kernel_is_timed_against_the_panel(self):
        verdict = self.verdicts("triton", ["good"])["good"]
        self.assertEqual(verdict["status"], "ACCEPT", verdict)
        self.assertEqual(verdict["tier"], "K")
        (shape,) = verdict["shapes"]
        self.assertGreater(shape["time_us"], 0)
        self.assertGreater(verdict["speedup"], 0)
