"""What the light's firmware does, on either chip."""

import operator
import random

from boards import BoardTest


class LightStories(BoardTest):
    """A light whose photoresistor is at the analogue input `channel`."""

    first_words = "reboot"
    channel = None

    def setUp(self):
        super().setUp()
        self.millivolts(0)

    def millivolts(self, number):
        """5000 is the brightest."""
        self.board.do(f"adc {self.channel} {number}")

    def says(self, command, answer="ok"):
        self.board.send(command + "\n")
        self.board.hear(answer)

    def lamp_settles(self):
        """The duty at which it stays for a second."""
        for _ in range(15):
            self.board.forget()
            self.board.hear_for(1000)
            if not self.board.changes:
                return self.board.shown["pwm"]
        raise AssertionError(f"the lamp goes on changing: {self.board.changes}")

    # --- the room's brightness

    def test_it_tells_how_bright_the_room_is(self):
        for millivolts, percent in [(0, 0), (1000, 20), (2500, 50), (4000, 80), (5000, 100), (500, 10)]:
            self.millivolts(millivolts)
            self.board.hear(f"bright: {percent}", 6000)
            self.board.hear_for(1000)
            self.board.hear(f"bright: ({percent - 1}|{percent})")

    def test_it_tells_five_times_a_second(self):
        heard = self.board.hear_for(4000)
        self.assertTrue(all(line.startswith("bright: ") for line in heard), heard)
        self.assertIn(len(heard), range(17, 24))

    # --- the lamp

    def test_the_lamp_is_dark_until_it_is_told(self):
        self.board.hear_for(1000)
        self.assertEqual(self.board.shown.get("pwm", 0), 0)

    def test_dark_means_full_light_and_bright_means_none(self):
        self.says("ir_on")
        self.board.until_shown("pwm", 255)
        self.millivolts(4500)
        self.board.until_shown("pwm", 0, 8000)
        self.millivolts(500)
        self.board.until_shown("pwm", 255, 8000)

    def test_the_lamp_goes_up_step_by_step_as_it_gets_dark(self):
        self.millivolts(3500)
        self.board.hear("bright: 70", 6000)
        self.says("ir_on")
        levels = [self.lamp_settles()]
        for millivolts in [2500, 1200]:
            self.board.forget()
            self.millivolts(millivolts)
            self.board.hear_for(3000)
            steps = [levels[-1]] + [value for what, value in self.board.changes if what == "pwm"]
            self.assertTrue(all(b - a == 1 for a, b in zip(steps, steps[1:])), steps)
            levels.append(self.lamp_settles())
        for level, expected in zip(levels, [21, 106, 217]):
            self.assertAlmostEqual(level, expected, delta=18)  # as far as the last plain difference leaves it

    def test_off_is_off_however_dark_it_gets(self):
        self.says("ir_on")
        self.board.until_shown("pwm", 0, so=operator.gt)
        self.says("ir_off")
        self.board.until_shown("pwm", 0)
        self.board.forget()
        self.millivolts(100)
        self.board.hear_for(1500)
        self.assertEqual(self.board.changes, [])

    def test_a_fixed_level_does_not_care_for_the_room(self):
        for level, duty in [(40, 102), (100, 255), (1, 2), (0, 0), (70, 178)]:
            self.says(f"ir_level {level}")
            self.board.until_shown("pwm", duty)
        self.board.forget()
        self.millivolts(5000)
        self.board.hear_for(1500)
        self.assertEqual(self.board.changes, [])
        self.says("ir_on")
        self.board.until_shown("pwm", 0, 8000)

    def test_a_level_that_is_none_is_refused_and_changes_nothing(self):
        self.says("ir_level 50")
        self.board.until_shown("pwm", 127)
        self.board.forget()
        for wrong in ["101", "256", "300", "-1", "", "x", "5 0", "1000"]:
            self.says(f"ir_level {wrong}", "err")
        self.says("ir_level", "err")
        self.assertEqual(self.board.changes, [])

    def test_a_flickering_room_does_not_make_the_lamp_flicker(self):
        self.millivolts(2500)
        self.board.hear("bright: 50", 6000)
        self.says("ir_on")
        self.lamp_settles()
        self.board.forget()
        for millivolts in [2620, 2380] * 4:
            self.millivolts(millivolts)
            self.board.hear_for(500)
        for millivolts in [3000, 2000] * 20:
            self.millivolts(millivolts)
            self.board.hear_for(20)
        self.assertEqual(self.board.changes, [])

    def test_its_own_light_does_not_make_it_flicker(self):
        self.millivolts(800)
        self.board.do("glow 2000")
        self.board.hear("bright: 16", 6000)
        self.says("ir_on")
        self.assertIn(self.lamp_settles(), range(100, 250))

    # --- the line

    def test_it_answers_each_command(self):
        self.says("?")
        self.says("ir_on\r")
        for wrong in ["nonsense", "IR_ON", "ir_on ", "ir_onn", "??", "x" * 300]:
            self.says(wrong, "err")
        self.board.send("\n\r\n")
        self.assertNotIn("err", self.board.hear_for(500))

    def test_no_command_is_lost_while_it_dims_and_tells(self):
        self.says("ir_on")
        for number in range(40):
            self.millivolts(3500 if number % 2 else 500)
            self.says("?")
        commands = "".join(f"ir_level {level}\n" for level in (10, 20, 30, 40, 50))
        self.board.send(commands)
        for _ in range(5):
            self.board.hear("ok")
        self.board.until_shown("pwm", 127)
        self.assertNotIn("framing", self.board.shown)

    def test_it_talks_plainly_in_both_directions_at_once(self):
        for _ in range(5):
            self.board.send("?\n" * 20)
            heard = [line for line in self.board.hear_for(500) if not line.startswith("bright: ")]
            self.assertEqual(heard, ["ok"] * 20)
        self.assertNotIn("framing", self.board.shown)

    def test_its_clock_may_be_two_percent_off(self):
        for permille in [-20, 20]:
            self.board.do(f"skew {permille}")
            self.board.hear_for(300)  # what was on the line meanwhile is lost
            self.board.shown.pop("framing", None)
            for _ in range(4):
                self.board.send("ir_level 37\n?\nwhat\n" * 5)
                heard = [line for line in self.board.hear_for(300) if not line.startswith("bright: ")]
                self.assertEqual(heard, ["ok", "ok", "err"] * 5)
            self.assertNotIn("framing", self.board.shown)

    def test_it_survives_a_flood_of_garbage(self):
        chance = random.Random(6)
        self.board.send(bytes(chance.randrange(256) for _ in range(3_000)))
        self.board.send("\n")
        self.says("ir_level 30")
        self.board.until_shown("pwm", 76, 5000)
        self.assertEqual(self.board.shown.get("reset", 0), 0, "the garbage made it start anew")

    # --- trouble

    def test_after_the_power_came_back_it_says_so_and_is_dark(self):
        self.says("ir_on")
        self.board.until_shown("pwm", 255)
        self.board.do("reset")
        self.board.hear("reboot")
        self.board.until_shown("pwm", 0)
        self.says("ir_on")
        self.board.until_shown("pwm", 255)

    def test_when_its_program_hangs_it_starts_anew(self):
        self.says("ir_level 60")
        self.board.do("hang")
        self.board.hear("reboot", 5000)
        self.board.until_shown("pwm", 0)
        self.says("?")
