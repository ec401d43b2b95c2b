/* The infrared light controller, for an ATtiny85 or an ATtiny84 at 8 MHz of its own clock.
 *
 * Tells how bright the room is, and lights infrared LEDs the more, the darker it is. Lines of text, 19200 8N1:
 *
 *   in    ir_on        lit by the room's brightness         out   ok       done
 *         ir_off       dark                                       err      not understood
 *         ir_level N   lit so much, 0 to 100                      reboot   power came up; the LEDs are dark
 *         ?            are you there                              bright: N   0 dark to 100, 5 a second
 *
 * Wiring, and which settings go with it: docs/owner/boards.md.
 */
#include <avr/interrupt.h>
#include <avr/wdt.h>
#include <stdlib.h>
#include <string.h>

#include "chip.h"
#include "dimming.h"
#include "serial.h"

/* --- the lamp: timer 0, 31 kHz, which no camera sees as stripes --- */

static void lamp_begin(void)
{
  PORT_DIRECTION |= _BV(LAMP_PIN);
  TCCR0B = _BV(CS00);
}

static void lamp_set(uint8_t duty)
{
  OCR0B = duty;
  /* Fast PWM, but with no duty the pin is let go: it would still pulse. */
  TCCR0A = duty ? _BV(COM0B1) | _BV(WGM01) | _BV(WGM00) : 0;
}

/* --- the room's brightness: the ADC, which is the clock as well --- */

/* A conversion takes 13 cycles of 62.5 kHz and a little, so these are a hundredth of a second: as long as
 * one flash of a lamp on the mains, whose flicker thereby averages out. */
#define CONVERSIONS 47
#define BRIGHTEST (CONVERSIONS * 1023U)
#define STEPS_PER_REPORT 20

static uint16_t room; /* averaged over a third of a second or so; 0 to BRIGHTEST */

static void room_begin(void)
{
  DIDR0 |= LIGHT_DIGITAL_OFF;
  ADMUX = LIGHT_CHANNEL;
  ADCSRA = _BV(ADEN) | _BV(ADSC) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0);
}

/* True each time that a hundredth of a second is measured, which is then in `sum`. Does not wait. */
static bool room_measured(uint16_t *sum)
{
  static uint16_t total;
  static uint8_t count;

  if (ADCSRA & _BV(ADSC))
    return false;
  total += ADC;
  ADCSRA |= _BV(ADSC);
  if (++count < CONVERSIONS)
    return false;
  *sum = total;
  total = 0;
  count = 0;
  return true;
}

static uint8_t brightness(void)
{
  return (uint8_t)(((uint32_t)room * 100 + BRIGHTEST / 2) / BRIGHTEST);
}

/* --- what it was told --- */

static enum { DARK, BY_BRIGHTNESS, FIXED } mode;
static struct dimming dimming;

static void report_brightness(void)
{
  char line[] = "bright: 100\n";

  utoa(brightness(), line + 8, 10);
  strcat(line, "\n");
  serial_say_if_room(line);
}

/* Digits alone, up to 100. */
static bool is_level(const char *text, uint8_t *level)
{
  uint16_t sum = 0;

  if (!*text)
    return false;
  for (; *text; ++text) {
    if (*text < '0' || *text > '9')
      return false;
    sum = sum * 10 + (uint8_t)(*text - '0');
    if (sum > 100)
      return false;
  }
  *level = (uint8_t)sum;
  return true;
}

static bool obey(const char *command)
{
  uint8_t level;

  if (!strcmp(command, "ir_on")) {
    mode = BY_BRIGHTNESS;
    dimming_start(&dimming, brightness());
    lamp_set(dimming.duty);
  } else if (!strcmp(command, "ir_off")) {
    mode = DARK;
    lamp_set(0);
  } else if (!strncmp(command, "ir_level ", 9) && is_level(command + 9, &level)) {
    mode = FIXED;
    lamp_set((uint8_t)(level * 255U / 100));
  } else {
    return !strcmp(command, "?");
  }
  return true;
}

static void listen(void)
{
  static char line[17];
  static uint8_t length; /* more than fits: the line is too long, and no command */
  char character;

  while (serial_take(&character)) {
    if (character == '\r')
      continue;
    if (character != '\n') {
      if (length < sizeof line)
        line[length++] = character;
      continue;
    }
    if (length == sizeof line) {
      serial_say_if_room("err\n");
    } else if (length) {
      line[length] = '\0';
      if (obey(line))
        serial_say("ok\n");
      else /* left out when there is no room: a flood of nonsense must not keep it from listening */
        serial_say_if_room("err\n");
    }
    length = 0;
  }
}

static void look(void)
{
  static uint8_t steps;
  uint16_t sum;

  if (!room_measured(&sum))
    return;
  room = room - room / 32 + sum / 32;
  if (mode == BY_BRIGHTNESS) {
    dimming_step(&dimming, brightness());
    lamp_set(dimming.duty);
  }
  if (++steps == STEPS_PER_REPORT) {
    steps = 0;
    report_brightness();
  }
}

int main(void)
{
  /* After the watchdog bit, it stays on at its shortest until this. */
  MCUSR = 0;
  wdt_enable(WDTO_2S);
#ifdef OSCILLATOR
  OSCCAL = OSCILLATOR;
#endif
  lamp_begin();
  serial_begin();
  room_begin();
  while (!room_measured(&room))
    ; /* a hundredth of a second, in which the other end sees the line at rest */
  sei();
  serial_say("reboot\n");
  for (;;) {
    wdt_reset();
    listen();
    look();
  }
}
