"""scripts/test counts what the runners print, failures first of all."""

import sys
import unittest

from test_links import load

suites = load("test")
Count, Run = suites.Count, suites.Run


class Counts(unittest.TestCase):
    def test_cargo(self):
        text = (
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n"
            "test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out\n"
        )
        self.assertEqual(suites.of_cargo(text), Count(5, 4, 1))

    def test_nextest(self):
        text = "     Summary [   1.2s] 9 tests run: 5 passed (1 slow, 1 flaky), 2 failed, 1 timed out, 1 skipped\n"
        self.assertEqual(suites.of_nextest(text), Count(5, 3, 1))
        self.assertEqual(suites.of_nextest("     Summary [ 0.1s] 1 test run: 1 passed, 0 skipped\n"), Count(1, 0, 0))

    def test_node(self):
        tap = "# tests 7\n# suites 0\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 1\n"
        self.assertEqual(suites.of_node(tap), Count(3, 2, 2))
        self.assertEqual(suites.of_node(tap.replace("#", "ℹ")), Count(3, 2, 2))

    def test_unittest(self):
        self.assertEqual(suites.of_unittest("Ran 5 tests in 0.1s\n\nOK (skipped=1)\n"), Count(4, 0, 1))
        self.assertEqual(suites.of_unittest("Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=2)\n"), Count(2, 3, 0))
        both = "Ran 5 tests in 0.1s\n\nFAILED (errors=2)\nand\nRan 3 tests in 2.0s\n\nOK (skipped=1)\n"
        self.assertEqual(suites.of_unittest(both), Count(5, 2, 1))

    def test_a_runner_that_says_nothing_and_fails_is_one_failure(self):
        quiet = Run([sys.executable, "-c", "raise SystemExit(3)"], suites.of_cargo, 1)
        self.assertEqual(suites.watch(quiet), Count(0, 1, 0))
        crash = Run([sys.executable, "-c", "print('# pass 3'); raise SystemExit(1)"], suites.of_node, 1)
        self.assertEqual(suites.watch(crash), Count(3, 1, 0))

    def test_a_command_told_by_its_status_alone(self):
        self.assertEqual(suites.watch(Run(["true"], suites.of_status, 1)), Count(1, 0, 0))
        self.assertEqual(suites.watch(Run(["false"], suites.of_status, 1)), Count(0, 1, 0))

    def test_a_runner_that_hangs_is_given_up(self):
        hung = Run(["sh", "-c", "sleep 60; echo never"], suites.of_cargo, 0.005)
        self.assertEqual(suites.watch(hung), Count(0, 1, 0))


if __name__ == "__main__":
    unittest.main()
