"""How long a candidate may take: compiling and the rest are counted apart."""

import unittest
from unittest import mock

import recorder  # noqa: F401  puts the runners on the path
from ke_record.patience import Patience


class PatienceTest(unittest.TestCase):
    def setUp(self):
        self.now = 100.0
        self.compiling = False
        clock = mock.patch("time.monotonic", lambda: self.now)
        clock.start()
        self.addCleanup(clock.stop)
        self.patience = Patience(10, 30, lambda: self.compiling)

    def after(self, seconds):
        self.now += seconds
        return self.patience.next_wait()

    def test_each_kind_of_time_has_its_own_end(self):
        self.assertGreater(self.after(9), 0)
        self.compiling = True
        self.assertGreater(self.after(29), 0)
        self.assertEqual(self.after(1), 0)

    def test_compiling_leaves_the_rest_its_time(self):
        self.compiling = True
        self.assertGreater(self.after(29), 0)
        self.compiling = False
        self.assertGreater(self.after(9.5), 0)
        self.assertEqual(self.after(0.5), 0)

    def test_waits_are_short_and_end_with_the_time(self):
        self.assertEqual(self.after(1), Patience.SLICE_S)
        self.assertAlmostEqual(self.after(8.9), 0.1)


if __name__ == "__main__":
    unittest.main()
