"""firmware/entry/protocol.h on this machine, where a read or write beyond its memory ends it."""

import functools
import operator
import os
import random
import subprocess
import unittest

from boards import build


def framed(body):
    body = body if isinstance(body, bytes) else body.encode()
    return b"$%s*%02X\n" % (body, functools.reduce(operator.xor, body, 0))


def made_of(said):
    """What the board makes of that: answers, and the settings after each that was taken."""
    program = os.path.join(build(), "protocol")
    run = subprocess.run([program], input=said, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if run.returncode:
        raise AssertionError(run.stderr.decode())
    return run.stdout.decode().splitlines()


class Protocol(unittest.TestCase):
    def check(self, said, *expected):
        self.assertEqual(made_of(said), list(expected))

    def test_a_question(self):
        self.check(b"$Q*51\n", "who")
        self.check(b"$Q*51\r\n\r\n", "who")

    def test_settings_stay_until_they_are_changed(self):
        self.check(
            framed("S,range=1500") + framed("S,debounce=200") + framed("S,led=off") + framed("S,range=0"),
            "$A,range=1500*2B", "1500 50 follow",
            "$A,debounce=200*73", "1500 200 follow",
            "$A,led=off*52", "1500 200 off",
            "$A,range=0*1F", "0 200 off",
        )  # fmt: skip

    def test_limits(self):
        for setting in ["range=19", "range=4001", "range=65556", "debounce=2001", "debounce=4294967296", "led=ON"]:
            self.check(framed(f"S,{setting}"), "range")
        for setting in ["range=20", "range=4000", "debounce=0", "debounce=2000", "led=on"]:
            self.assertEqual(len(made_of(framed(f"S,{setting}"))), 2)

    def test_a_checksum_is_two_capital_digits(self):
        self.check(b"$S,led=on*07\n$S,led=on*7\n$S,led=on*007\n", *["checksum"] * 3)
        self.check(b"$S,range=0*0D\n$S,range=0*0d\n", "$A,range=0*1F", "0 50 follow", "checksum")

    def test_a_star_within_belongs_to_the_body(self):
        self.check(framed("Q*51"), "unknown")

    def test_too_long_is_told_at_once_and_the_rest_passed_over(self):
        self.check(b"x" * 80 + b"\n", "checksum")
        self.check(b"x" * 81, "long")
        self.check(b"x" * 5000 + b"\n$Q*51\n", "long", "who")
        self.check(b"x" * 5000 + b"$Q*51\n", "long", "who")

    def test_every_single_flipped_bit_is_noticed(self):
        line = bytearray(framed("S,range=1500")[:-1])
        for at in range(1, len(line)):
            for bit in range(8):
                flipped = bytearray(line)
                flipped[at] ^= 1 << bit
                self.assertNotIn("1500 50 follow", made_of(bytes(flipped) + b"\n"))

    def test_no_garbage_harms_it(self):
        chance = random.Random(1)
        marks = [b"$", b"*", b"\n", b"\r", b"\0", b"\xff", b"=", b","]
        pieces = [*marks, b"S,", b"range=", b"led=", b"Q", b"51", framed("Q")]
        for _ in range(30):
            said = b"".join(chance.choice([*pieces, chance.randbytes(5)]) for _ in range(3000))
            made_of(said)
            self.assertEqual(made_of(said + b"\n" + framed("Q"))[-1], "who")


if __name__ == "__main__":
    unittest.main()
