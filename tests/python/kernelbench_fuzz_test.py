"""A few mutated KernelBench files; kernelbench_fuzz.py takes thousands."""

import unittest

import kernelbench_fuzz


class Fuzz(unittest.TestCase):
    def test_every_file_is_answered(self):
        program = kernelbench_fuzz.ROOT / "build" / "bin" / "kernelevolve"
        counts = kernelbench_fuzz.fuzz(
            files=25, program=program if program.exists() else None)
        self.assertEqual(25, sum(counts.values()))
        # Some get through, and some are caught.
        self.assertGreater(counts.get("admitted", 0), 0)
        self.assertGreater(25, counts.get("admitted", 0))

    def test_a_number_and_a_seed_make_one_file(self):
        texts = kernelbench_fuzz.samples()
        made = [kernelbench_fuzz.mutated(n, 1, texts) for n in range(50)]
        again = [kernelbench_fuzz.mutated(n, 1, texts) for n in range(50)]
        self.assertEqual(made, again)
        self.assertGreater(len(set(made)), 30)

    def test_broken_promises_are_noticed(self):
        known = kernelbench_fuzz.kinds()
        self.assertIn("nondeterministic", known)
        for answer in ({"admitted": False, "kind": "odd", "why": "so"},
                       {"admitted": False, "kind": "broken", "why": ""},
                       {"admitted": False, "kind": "broken", "why": "a\nb"}):
            with self.assertRaises(kernelbench_fuzz.Broken):
                kernelbench_fuzz.check(answer, known, None)


if __name__ == "__main__":
    unittest.main()
