"""Our firmware in the emulator (tests/firmware/emulator.c), and the world around it.

A test says what happens (`do`), what the host sends (`send`), and waits for what should be said on the port
(`hear`) or be seen on the board (`until_shown`). Times are the board's own, so a busy machine does no harm.
"""

import functools
import operator
import os
import re
import select
import subprocess
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# Seconds of the world for what takes the board a few of its own.
PATIENCE = 60


@functools.cache
def build():
    """Builds firmware and emulator where they are out of date; the folder in which they are."""
    target = os.environ.get("CARGO_TARGET_DIR") or os.path.join(ROOT, "target")
    folder = os.path.abspath(os.path.join(target, "firmware"))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    made = subprocess.run(["make", "-C", HERE, f"BUILD={folder}"], **pipes)
    if made.returncode:
        raise RuntimeError(f"the firmware was not built:\n{made.stdout}")
    return folder


class Board:
    """One board under power, whose port is open."""

    def __init__(self, name, link=None):
        folder = build()
        command = [os.path.join(folder, "emulator"), "--times", name, os.path.join(folder, f"{name}.elf")]
        command += [link] if link else []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        first = self.process.stdout.readline().decode()
        assert first.startswith("pty "), f"the emulator began with {first!r}"
        self.path = first.split()[1]
        self.shown = {}  # what the board shows now: led, pwm; how often: reset, framing
        self.changes = []  # (what, value), as they were shown
        self._lines = []  # (ms, line) that were said and not heard yet
        self._past = []  # lines that were passed over, for the message of a failure
        self._acts = {}  # ms at which something was done last
        self._alarm_rang = False
        self._told = b""
        self.open()

    def quit(self):
        self.close()
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    # --- the host's side

    def open(self):
        self.port = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def close(self):
        os.close(self.port)

    def send(self, data):
        """Sends text, or bytes, as they are; as fast as the line takes them."""
        data = data.encode() if isinstance(data, str) else data
        while data:
            _, free, _ = select.select([], [self.port], [], PATIENCE)
            assert free, "the board does not take what it is sent"
            try:
                data = data[os.write(self.port, data) :]
            except BlockingIOError:
                continue

    def hear(self, pattern, within=3000):
        """Waits for a line that matches as a whole, passing over others. Returns when it was said, and the
        match. `within`: milliseconds from now."""
        self._set_alarm(within)
        while True:
            while self._lines:
                at, line = self._lines.pop(0)
                self._past.append(line)
                if found := re.fullmatch(pattern, line):
                    return at, found
            assert not self._alarm_rang, f"no {pattern!r} in {within} ms, but {self._past[-8:]}"
            self._look()

    def hear_for(self, milliseconds):
        """All lines that are said in that time."""
        self._set_alarm(milliseconds)
        while not self._alarm_rang:
            self._look()
        heard, self._lines = self._lines, []
        return [line for _, line in heard]

    def forget(self):
        """Passes over what was told until now."""
        self.hear_for(1)
        self.changes = []

    # --- the world's side

    def do(self, stimulus):
        """Does that to the board; returns when it was done."""
        self._acts.pop(stimulus, None)
        self.process.stdin.write(stimulus.encode() + b"\n")
        while stimulus not in self._acts:
            self._look()
        return self._acts[stimulus]

    def until_shown(self, what, value, within=3000, so=operator.eq):
        """Waits until the board shows that, such as `led` 1; `so` may be another comparison."""
        self._set_alarm(within)
        while what not in self.shown or not so(self.shown[what], value):
            assert not self._alarm_rang, f"no {what} {so.__name__} {value} in {within} ms; it shows {self.shown}"
            self._look()

    def _set_alarm(self, milliseconds):
        """A new alarm takes the place of the one before, which may still ring until the new one is set."""
        self.do(f"wake {milliseconds}")

    def _look(self):
        """Waits until the emulator tells anything, and takes it."""
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        assert ready, "the emulator tells nothing any more"
        told = os.read(self.process.stdout.fileno(), 4096)
        assert told, "the emulator has ended"
        *lines, self._told = (self._told + told).split(b"\n")
        for line in lines:
            self._take(*line.decode().split(" ", 2))

    def _take(self, at, what, value=None):
        if what == "said":
            self._lines.append((int(at), value))
        elif what == "did":
            self._acts[value] = int(at)
            if value.startswith("wake "):
                self._alarm_rang = False
        elif what == "woke":
            self._alarm_rang = True
        else:
            self.shown[what] = self.shown.get(what, 0) + 1 if value is None else int(value)
            self.changes.append((what, self.shown[what]))


class BoardTest(unittest.TestCase):
    """A board, fresh for each test, that said its first words."""

    board_name = None
    first_words = None

    def setUp(self):
        self.board = Board(self.board_name)
        self.addCleanup(self.board.quit)
        self.board.hear(self.first_words)
