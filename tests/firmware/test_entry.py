"""The entry board's firmware: version 1 of its line protocol, heard on its port."""

import functools
import operator
import random
import re
import threading

from boards import BoardTest

HELLO = "$H,v=1,fw=1.0,id=entry"
READING = r"\$R,n=(\d+),pir=([01]),mm=(\d+|-),led=([01])\*[0-9A-F]{2}"

# Milliseconds that the report of a change may take: the PIR is steady after 50 ms, the distance is measured each
# 100 ms, and two lost echoes may be needed. Less than the 500 ms after which it is told anyway.
AT_ONCE = 300


def framed(body):
    return f"${body}*{functools.reduce(operator.xor, body.encode(), 0):02X}\n"


def reading(pir=r"[01]", mm=r"\d+|-", led=r"[01]"):
    return rf"\$R,n=\d+,pir={pir},mm=({mm}),led={led}\*[0-9A-F]{{2}}"


class Entry(BoardTest):
    board_name = "entry"
    first_words = re.escape(framed(HELLO[1:]).strip())

    def say(self, body):
        self.board.send(framed(body))

    def hears(self, body):
        self.board.hear(re.escape(framed(body).strip()))

    def set(self, setting):
        self.say(f"S,{setting}")
        self.hears(f"A,{setting}")

    def settled(self, **what):
        """A reading of that, and nothing else in the line."""
        self.board.hear(reading(**what))
        self.board.forget()

    def tells(self, stimulus, pattern, within):
        """The milliseconds from the stimulus until that was said, which may be `within` at most."""
        self.board.forget()
        begun = self.board.do(stimulus)
        took = self.board.hear(pattern)[0] - begun
        self.assertLessEqual(took, within)
        return took

    # --- who it is

    def test_it_says_hello_at_power_up_and_counts_from_zero(self):
        self.assertEqual(self.board.hear(READING)[1].group(1), "0")
        self.board.do("reset")
        self.hears(HELLO[1:])
        self.assertEqual(self.board.hear(READING)[1].group(1), "0")

    def test_it_says_who_it_is_when_asked(self):
        for _ in range(3):
            self.say("Q")
            self.hears(HELLO[1:])

    def test_each_line_has_its_checksum(self):
        self.board.do("mm 777")
        self.board.do("pir 1")
        self.say("S,range=1000")
        self.say("Q")
        self.say("X")
        heard = self.board.hear_for(2000)
        self.assertEqual({line[1] for line in heard}, {"H", "R", "A", "E"})
        for line in heard:
            self.assertEqual(line + "\n", framed(line[1:-3]))

    # --- what it tells, and when

    def test_it_tells_twice_a_second_and_counts(self):
        heard = [re.fullmatch(READING, line) for line in self.board.hear_for(4000)]
        self.assertIn(len(heard), range(7, 10))
        numbers = [int(line.group(1)) for line in heard]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(heard))))

    def test_the_pir_is_told_at_once(self):
        for level in [1, 0] * 5:
            self.tells(f"pir {level}", reading(pir=level), AT_ONCE)

    def test_a_flicker_of_the_pir_is_none(self):
        for _ in range(5):
            self.board.do("pir 1 20")
            heard = self.board.hear_for(300)
            self.assertFalse([line for line in heard if "pir=1" in line])
        self.board.do("pir 1 100")
        self.board.hear(reading(pir=1))

    def test_the_host_chooses_how_steady_the_pir_has_to_be(self):
        self.set("debounce=1000")
        self.board.do("pir 1 800")
        heard = self.board.hear_for(1500)
        self.assertFalse([line for line in heard if "pir=1" in line])
        took = self.tells("pir 1", reading(pir=1), 1010)
        self.assertGreaterEqual(took, 999)
        self.board.do("pir 0")
        self.board.hear(reading(pir=0))

        self.set("debounce=0")
        self.board.forget()
        self.board.do("pir 1 5")
        self.board.hear(reading(pir=1), 20)
        self.board.hear(reading(pir=0), 20)

    def test_it_measures_how_far_away_the_nearest_thing_is(self):
        for distance in [20, 150, 1234, 2500, 4000, 60]:
            self.board.do(f"mm {distance}")
            self.board.hear_for(300)
            told = int(self.board.hear(reading(mm=r"\d+"))[1].group(1))
            self.assertAlmostEqual(told, distance, delta=3 + distance / 200)

    def test_without_an_echo_there_is_no_distance_and_it_goes_on_telling(self):
        for nothing in ["mm -", "mm off"]:
            self.board.do("mm 500")
            self.board.hear(reading(mm=r"4\d\d|5\d\d"))
            self.board.do(nothing)
            self.board.hear(reading(mm="-"))
            heard = self.board.hear_for(2000)
            self.assertIn(len(heard), range(3, 6))
            self.assertTrue(all("mm=-" in line for line in heard))

    def test_a_lost_echo_is_not_told_but_two_are(self):
        self.set("range=1000")
        self.board.do("mm 500")
        self.settled(mm=r"\d+", led=1)
        self.board.do("lose 1")
        self.assertFalse([line for line in self.board.hear_for(1000) if "mm=-" in line])
        self.board.do("lose 2")
        self.board.hear(reading(mm="-", led=0))
        self.board.hear(reading(mm=r"\d+", led=1))

    def test_passing_the_range_is_told_at_once_both_ways(self):
        self.set("range=1500")
        self.board.do("mm 3000")
        self.settled(mm=r"[23]\d\d\d")
        for far, mm in [(1400, r"1[34]\d\d"), (1600, r"1[56]\d\d")] * 4:
            self.tells(f"mm {far}", reading(mm=mm), AT_ONCE)
        self.tells("mm 100", reading(mm=r"\d\d\d?"), AT_ONCE)
        self.tells("mm -", reading(mm="-"), AT_ONCE)

    def test_without_a_range_nothing_is_near(self):
        self.set("range=1000")
        self.board.do("mm 500")
        self.settled(mm=r"\d+", led=1)
        self.set("range=0")
        self.board.hear(reading(mm=r"\d+", led=0))
        self.board.forget()
        heard = []
        for far in [3000, 500] * 4:
            self.board.do(f"mm {far}")
            heard += self.board.hear_for(250)
        self.assertIn(len(heard), range(2, 7))
        self.assertTrue(all("led=0" in line for line in heard))

    # --- what it is told

    def test_settings_are_said_back(self):
        numbers = ["range=0", "range=20", "range=4000", "debounce=0", "debounce=2000"]
        for setting in [*numbers, "led=on", "led=off", "led=follow"]:
            self.set(setting)

    def test_a_value_that_is_not_allowed_is_refused_and_changes_nothing(self):
        self.set("range=1000")
        self.board.do("mm 900")
        self.settled(mm=r"\d+", led=1)
        wrong = ["range=19", "range=1", "range=4001", "range=-1", "range=", "range=5x", "range=99999999999999"]
        for setting in [*wrong, "debounce=2001", "led=blue", "led="]:
            self.say(f"S,{setting}")
            self.hears("E,what=range")
        self.board.forget()
        self.assertTrue(all("led=1" in line for line in self.board.hear_for(1200)))

    def test_what_it_does_not_know_is_unknown(self):
        for body in ["X", "S", "S,", "S,range", "S,colour=1", "s,range=100", "Q,x=1", "R,n=1,pir=1,mm=1,led=1", ""]:
            self.say(body)
            self.hears("E,what=unknown")

    def test_a_wrong_checksum_is_told(self):
        for line in ["$Q*52", "$Q*5", "$Q*511", "$Q*", "$Q", "Q*51", "Q", "$q*51", "$S,range=100*00", "Distance: 5"]:
            self.board.send(line + "\n")
            self.hears("E,what=checksum")

    def test_a_line_that_is_too_long_is_told_once(self):
        self.board.send("$" + "x" * 500 + "*00\n")
        self.hears("E,what=long")
        self.say("Q")
        heard = self.board.hear_for(1000)
        self.assertIn(framed(HELLO[1:]).strip(), heard)
        self.assertFalse([line for line in heard if line.startswith("$E")])

    def test_a_line_of_eighty_characters_is_not_too_long(self):
        self.board.send(framed("S," + "x" * 74))
        self.hears("E,what=unknown")
        self.board.send(framed("S," + "x" * 75))
        self.hears("E,what=long")

    def test_a_torn_line_does_not_spoil_the_next(self):
        self.board.send("$S,ran" + framed("Q"))
        self.hears(HELLO[1:])
        self.board.send(b"\xff\x00\x80" + framed("Q").encode())
        self.hears(HELLO[1:])

    def test_the_end_of_a_line_may_be_of_two_characters(self):
        self.board.send("\r\n\n$Q*51\r\n")
        self.hears(HELLO[1:])
        self.assertFalse([line for line in self.board.hear_for(500) if line.startswith("$E")])

    def test_a_zero_byte_is_not_the_end(self):
        self.board.send(b"$Q\0*51\n")
        self.hears("E,what=checksum")

    def test_it_survives_a_flood_of_garbage(self):
        chance = random.Random(6)
        self.board.send(bytes(chance.randrange(256) for _ in range(20_000)))
        self.board.send("\n" * 3)
        self.say("Q")
        self.hears(HELLO[1:])
        self.assertNotIn("reset", self.board.shown)

    def test_it_goes_on_telling_in_a_flood_of_wrong_lines(self):
        self.board.forget()
        sender = threading.Thread(target=self.board.send, args=("x\n" * 12_000,), daemon=True)  # two seconds
        sender.start()
        for level in [1, 0, 1]:
            self.tells(f"pir {level}", reading(pir=level), AT_ONCE)
        self.assertTrue(sender.is_alive(), "the flood was over too early to tell anything")
        sender.join()

    def test_no_good_line_is_lost_among_wrong_ones(self):
        self.board.send(("x\n" * 50 + framed("Q")) * 20)
        for _ in range(20):
            self.hears(HELLO[1:])

    # --- its LED

    def test_the_led_follows_what_it_sees(self):
        self.set("range=1000")
        self.board.until_shown("led", 0)
        self.board.do("pir 1")
        self.board.until_shown("led", 1)
        self.board.hear(reading(pir=1, led=1))
        self.board.do("pir 0")
        self.board.until_shown("led", 0)
        self.board.do("mm 900")
        self.board.until_shown("led", 1)
        self.board.hear(reading(pir=0, mm=r"\d+", led=1))
        self.board.do("mm 1100")
        self.board.until_shown("led", 0)

    def test_the_led_does_as_it_is_told(self):
        self.set("led=on")
        self.board.until_shown("led", 1)
        self.board.hear(reading(pir=0, led=1))
        self.set("led=off")
        self.board.do("pir 1")
        self.board.until_shown("led", 0)
        self.board.hear(reading(pir=1, led=0))
        self.set("led=follow")
        self.board.until_shown("led", 1)

    # --- trouble

    def test_when_its_program_hangs_it_starts_anew(self):
        self.set("led=on")
        self.board.do("hang")
        self.hears(HELLO[1:])
        self.board.until_shown("led", 0)
