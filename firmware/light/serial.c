#include "serial.h"

#include <avr/interrupt.h>
#include <avr/wdt.h>
#include <string.h>
#include <util/atomic.h>

#include "chip.h"

#define BAUD 19200UL
#define TICKS_PER_SECOND (F_CPU / CYCLES_PER_TICK)
#define BIT ((ticks_t)((TICKS_PER_SECOND + BAUD / 2) / BAUD))
/* From the edge of a start bit until its interrupt reads the timer, and from a compare until its interrupt
 * reads the pin: what passes at least, and half of what passes more while another interrupt is served. */
#define LATENESS ((ticks_t)(96 / CYCLES_PER_TICK))
/* Far enough ahead that the compare is not missed. */
#define SOON ((ticks_t)(80 / CYCLES_PER_TICK))

/* Queues of bytes, each written by one side and read by the other. Sizes are powers of two. */
#define RX_SIZE 64
#define TX_SIZE 32

static volatile uint8_t rx_queue[RX_SIZE];
static volatile uint8_t rx_head, rx_tail;

static volatile uint8_t tx_queue[TX_SIZE];
static volatile uint8_t tx_head, tx_tail;

/* simavr, in which this firmware is tested, mistakes a compare with the timer's first and last value. A tick
 * beside them does no harm. */
static ticks_t off_the_ends(ticks_t moment)
{
  if (moment == 0)
    return 1;
  return moment == (ticks_t)-1 ? moment - 1 : moment;
}

void serial_begin(void)
{
  PORT_OUT |= _BV(TX_PIN) | _BV(RX_PIN); /* a line at rest is high; a pull-up if nothing is attached */
  PORT_DIRECTION |= _BV(TX_PIN);
  RX_CHANGE_MASK |= RX_CHANGE_PIN;
  GIMSK |= RX_CHANGE_ENABLE;
  TIMER1_START();
}

/* --- in: a start bit's edge starts compare A, which looks at the middle of each bit --- */

static volatile uint8_t rx_byte, rx_bit;

ISR(PCINT0_vect)
{
  if (PORT_IN & _BV(RX_PIN))
    return;
  OCR1A = off_the_ends(TCNT1 + BIT + BIT / 2 - LATENESS);
  TIMER1_FLAGS = _BV(OCF1A);
  TIMER1_INTERRUPTS |= _BV(OCIE1A);
  RX_CHANGE_MASK &= (uint8_t)~RX_CHANGE_PIN;
  rx_bit = 0;
}

static void rx_end_of_byte(bool has_stop_bit)
{
  uint8_t next = (rx_head + 1) % RX_SIZE;

  TIMER1_INTERRUPTS &= (uint8_t)~_BV(OCIE1A);
  RX_CHANGE_MASK |= RX_CHANGE_PIN;
  if (!has_stop_bit || next == rx_tail)
    return;
  rx_queue[rx_head] = rx_byte;
  rx_head = next;
}

ISR(COMPARE_A_VECTOR)
{
  bool high = PORT_IN & _BV(RX_PIN);

  OCR1A = off_the_ends(OCR1A + BIT);
  if (rx_bit++ == 8)
    rx_end_of_byte(high);
  else
    rx_byte = (uint8_t)(rx_byte >> 1 | (high ? 0x80 : 0));
}

bool serial_take(char *character)
{
  if (rx_tail == rx_head)
    return false;
  *character = (char)rx_queue[rx_tail];
  rx_tail = (rx_tail + 1) % RX_SIZE;
  return true;
}

/* --- out: compare B sends a bit each time --- */

/* The bits that are still to be sent, the next one lowest. The highest that are set are two stop bits: the
 * second is over early when nothing follows. */
static uint16_t tx_bits;
static bool tx_level; /* what is sent next */

static void tx_prepare(void)
{
  uint8_t tail = tx_tail;

  if (!tx_bits) {
    if (tail == tx_head) {
      ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
        TIMER1_INTERRUPTS &= (uint8_t)~_BV(OCIE1B);
      return;
    }
    tx_bits = (uint16_t)(tx_queue[tail] << 1 | 0x600);
    tx_tail = (tail + 1) % TX_SIZE;
  }
  tx_level = tx_bits & 1;
  tx_bits >>= 1;
}

ISR(COMPARE_B_VECTOR)
{
  if (tx_level)
    PORT_OUT |= _BV(TX_PIN);
  else
    PORT_OUT &= (uint8_t)~_BV(TX_PIN);
  OCR1B = off_the_ends(OCR1B + BIT);
  sei(); /* what comes in cannot wait until the rest is done */
  tx_prepare();
}

static void tx_wake(void)
{
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    if (!(TIMER1_INTERRUPTS & _BV(OCIE1B))) {
      tx_prepare();
      OCR1B = off_the_ends(TCNT1 + SOON);
      TIMER1_FLAGS = _BV(OCF1B);
      TIMER1_INTERRUPTS |= _BV(OCIE1B);
    }
  }
}

void serial_say(const char *text)
{
  for (; *text; ++text) {
    uint8_t next = (tx_head + 1) % TX_SIZE;
    while (next == tx_tail)
      wdt_reset();
    tx_queue[tx_head] = (uint8_t)*text;
    tx_head = next;
    tx_wake();
  }
}

void serial_say_if_room(const char *text)
{
  uint8_t room = (uint8_t)(tx_tail - tx_head - 1) % TX_SIZE;

  if (strlen(text) <= room)
    serial_say(text);
}
