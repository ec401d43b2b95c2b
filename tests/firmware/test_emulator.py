"""The emulator's port is one that a host may open late, close, open again and never read."""

import os
import select
import tempfile
import unittest

from boards import PATIENCE, Board


class Port(unittest.TestCase):
    def board(self, *arguments):
        board = Board(*arguments)
        self.addCleanup(board.quit)
        return board

    def read_lines(self, board, count):
        """So many whole lines from the port."""
        text = b""
        while text.count(b"\n") < count:
            ready, _, _ = select.select([board.port], [], [], PATIENCE)
            self.assertTrue(ready, f"only {text!r} came")
            text += os.read(board.port, 4096)
        return text.decode().split("\n")[:count]

    def test_what_the_board_says_comes_out_of_the_port(self):
        for name in ["entry", "light85", "light84"]:
            board = self.board(name)
            read = self.read_lines(board, 8)
            board.hear(".*")
            said = [read[0]] + [board.hear(".*")[1].group() for _ in read[1:]]
            self.assertEqual(read, said)

    def test_it_may_be_opened_late_and_again(self):
        board = self.board("light85")
        for _ in range(3):
            board.close()
            board.hear_for(1000)
            board.open()
            self.assertRegex(self.read_lines(board, 2)[1], "bright: 0")
            board.send("?\n")
            board.hear("ok")

    def test_who_opens_it_late_gets_nothing_old(self):
        board = self.board("entry")
        board.close()
        board.hear_for(2000)
        board.open()
        lines = self.read_lines(board, 2)
        self.assertNotIn("n=0,", lines[1])
        self.assertNotIn("n=1,", lines[1])

    def test_nobody_has_to_read_it(self):
        board = self.board("light84")
        for _ in range(60):
            board.send("?\n" * 40)  # three times what the kernel's queue holds
        board.hear_for(1000)
        board.send("\nir_level 100\n")
        board.until_shown("pwm", 255)

    def test_a_named_port_goes_with_its_board(self):
        with tempfile.TemporaryDirectory() as folder:
            link = os.path.join(folder, "board")
            for _ in range(2):
                board = Board("entry", link)
                self.assertEqual(os.path.realpath(link), board.path)
                board.quit()
                self.assertFalse(os.path.lexists(link))


if __name__ == "__main__":
    unittest.main()
