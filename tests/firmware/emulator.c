/* A board that runs our firmware, in real time, without the board: simavr with a serial line on a pty.
 *
 *   emulator [--times] entry|light85|light84 FIRMWARE.elf [LINK]
 *
 * The first line that it prints is `pty /dev/pts/N`. LINK becomes a symbolic link to that, so that settings
 * can name the port before it is there; it goes when the emulator does, as the device of an unplugged
 * board would. The host may open the port late, close it and open it again; what the board says while
 * nobody has it open is lost, as on a real line.
 *
 * Lines on stdin, where its end means quit:
 *   pir 0|1 [MS]   what the PIR says, for so many milliseconds or until told otherwise
 *   mm N           the nearest thing is N mm away
 *   mm -           nothing is near: the HC-SR04 holds ECHO high for 38 ms
 *   mm off         it is not attached: ECHO stays low
 *   lose N         the next N times it hears nothing, whatever is near
 *   adc CH MV      millivolts at an analogue input
 *   glow MV        how much more of that the photoresistor sees of its own lamp at full light
 *   skew N         the host's end of the line is faster by N thousandths
 *   hang           the program gets stuck
 *   reset          the power comes back
 *   wake MS        prints `woke` after so long
 *   quit
 * Lines on stdout, when it changes: `led 0|1` (the Uno's pin 13), `pwm 0..255` (the lamp), `reset`, and
 * `framing` where a character's stop bit was missing.
 *
 * On a busy machine the board's time passes more slowly than the world's. With --times each line but the
 * first begins with the board's milliseconds, and there are also `did STIMULUS`, and `said LINE` for each
 * line that the board says on its port.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <simavr/avr_adc.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_timer.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_time.h>

/* --- the boards ----------------------------------------------------------------------------------- */

struct board {
  const char *name;
  const char *chip;
  uint32_t hertz;
  uint32_t baud;
  bool soft_serial; /* else its UART */
  char port;        /* of the pins below; of soft_serial only */
  uint8_t tx, rx, lamp;
  uint16_t compare_mode, compare, port_out, direction; /* addresses of TCCR0A, OCR0B, PORTx, DDRx in memory */
};

static const struct board boards[] = {
    {.name = "entry", .chip = "atmega328p", .hertz = 16000000, .baud = 115200},
    {.name = "light85", .chip = "attiny85", .hertz = 8000000, .baud = 19200, .soft_serial = true,
     .port = 'B', .tx = 3, .rx = 2, .lamp = 1,
     .compare_mode = 0x4a, .compare = 0x48, .port_out = 0x38, .direction = 0x37},
    {.name = "light84", .chip = "attiny84", .hertz = 8000000, .baud = 19200, .soft_serial = true,
     .port = 'A', .tx = 1, .rx = 2, .lamp = 7,
     .compare_mode = 0x50, .compare = 0x5c, .port_out = 0x3b, .direction = 0x3a},
};

#define COM0B1 0x20

static const struct board *board;
static avr_t *avr;

static avr_irq_t *pin(char port, int number)
{
  return avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), number);
}

static bool with_times;

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...)
{
  va_list values;

  if (with_times)
    printf("%" PRIu64 " ", avr->cycle * 1000 / board->hertz);
  va_start(values, format);
  vprintf(format, values);
  va_end(values);
  putchar('\n');
  fflush(stdout);
}

static void die(const char *what)
{
  fprintf(stderr, "emulator: %s\n", what);
  exit(2);
}

/* --- the port ------------------------------------------------------------------------------------- */

static int master;
static char slave_name[64];
static const char *link_name;
static bool is_open; /* by the host */

static void port_make(void)
{
  struct termios raw;
  int slave;

  if (openpty(&master, &slave, slave_name, NULL, NULL) < 0)
    die("no pty is to be had");
  tcgetattr(slave, &raw);
  cfmakeraw(&raw);
  tcsetattr(slave, TCSANOW, &raw);
  close(slave);
  fcntl(master, F_SETFL, O_NONBLOCK);
  if (link_name) {
    char beside[512];
    snprintf(beside, sizeof beside, "%s.new", link_name);
    unlink(beside);
    if (symlink(slave_name, beside) < 0 || rename(beside, link_name) < 0)
      die("the link cannot be made; is its folder there?");
  }
  printf("pty %s\n", slave_name);
  fflush(stdout);
}

static void port_unmake(void)
{
  if (link_name)
    unlink(link_name);
}

/* When the host closes it, what it has not read is gone. */
static void port_look(void)
{
  struct pollfd look = {.fd = master};
  bool has_host;
  int slave;

  poll(&look, 1, 0);
  has_host = !(look.revents & POLLHUP);
  if (is_open && !has_host && (slave = open(slave_name, O_RDWR | O_NOCTTY)) >= 0) {
    tcflush(slave, TCIFLUSH);
    close(slave);
  }
  is_open = has_host;
}

/* The lines that the board says, for --times. */
static void tell_said(char character)
{
  static char line[256];
  static size_t length;

  if (character == '\n') {
    tell("said %.*s", (int)length, line);
    length = 0;
  } else if (length < sizeof line) {
    line[length++] = character >= ' ' && character <= '~' ? character : '?';
  }
}

/* What does not fit into the kernel's queue is lost, for a board does not wait for its host. */
static void port_put(uint8_t character)
{
  if (with_times)
    tell_said((char)character);
  if (is_open && write(master, &character, 1) < 0)
    return;
}

/* The host's next character, or -1. An error means that nobody has the port open. */
static int port_take(void)
{
  static uint8_t queue[256];
  static ssize_t length, at;

  if (at >= length) {
    at = 0;
    length = read(master, queue, sizeof queue);
  }
  return at < length ? queue[at++] : -1;
}

/* --- the serial line between the port and the chip ------------------------------------------------ */

static int skew; /* thousandths */

static avr_cycle_count_t bit_time(void)
{
  return (avr_cycle_count_t)board->hertz * 1000 / (board->baud * (avr_cycle_count_t)(1000 + skew));
}

/* UART: a character in the time that it takes on the line, unless simavr is slower than that. */
static bool uart_is_full;

static void uart_fills(avr_irq_t *irq, uint32_t value, void *is_full)
{
  (void)irq, (void)value;
  uart_is_full = is_full != NULL;
}

static avr_cycle_count_t uart_feed(avr_t *of, avr_cycle_count_t when, void *nothing)
{
  int character = uart_is_full ? -1 : port_take();

  (void)of, (void)nothing;
  if (character >= 0)
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT), (uint32_t)character);
  return when + 10 * bit_time();
}

static void uart_said(avr_irq_t *irq, uint32_t character, void *nothing)
{
  (void)irq, (void)nothing;
  port_put((uint8_t)character);
}

/* The host drives the pin, so that the pull-up in the chip, which simavr would prefer, does not matter. */
static void soft_drive(bool level)
{
  uint8_t mask = (uint8_t)(1 << board->rx);
  avr_ioport_external_t driven = {.name = board->port, .mask = mask, .value = level ? mask : 0};

  avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL(board->port), &driven);
  avr_raise_irq(pin(board->port, board->rx), level);
}

/* To the chip's RX pin: a start bit, eight bits, and a stop bit, each at its time. */
static avr_cycle_count_t soft_feed(avr_t *of, avr_cycle_count_t when, void *nothing)
{
  static unsigned bits; /* still to be sent, the next one lowest; 1 is the stop bit */
  int character;

  (void)of, (void)nothing;
  if (!bits && (character = port_take()) >= 0)
    bits = (unsigned)character << 1 | 0x200;
  if (bits) {
    soft_drive(bits & 1);
    bits >>= 1;
  }
  return when + bit_time();
}

/* From its TX pin: looked at in the middle of each bit after a start bit's edge. */
static struct {
  bool listening, high;
  int bit;
  uint8_t character;
} soft;

static avr_cycle_count_t soft_sample(avr_t *of, avr_cycle_count_t when, void *nothing)
{
  (void)of, (void)nothing;
  if (soft.bit++ < 8) {
    soft.character = (uint8_t)(soft.character >> 1 | (soft.high ? 0x80 : 0));
    return when + bit_time();
  }
  soft.listening = false;
  if (soft.high)
    port_put(soft.character);
  else
    tell("framing");
  return 0;
}

static void soft_edge(avr_irq_t *irq, uint32_t level, void *nothing)
{
  (void)irq, (void)nothing;
  soft.high = level;
  if (soft.high || soft.listening)
    return;
  soft.listening = true;
  soft.bit = 0;
  avr_cycle_timer_register(avr, bit_time() * 3 / 2, soft_sample, NULL);
}

/* --- what the board senses ------------------------------------------------------------------------ */

enum { NOTHING_NEAR = -1, NOT_ATTACHED = -2 };

static struct {
  bool pir;
  int millimetres;
  int lost; /* echoes that are still to be lost */
  int millivolts[16];
  int glow; /* millivolts */
} world = {.millimetres = NOTHING_NEAR};

static int duty; /* of the lamp, 0 to 255 */

static avr_irq_t *echo_pin(void) { return pin('D', 5); }
static avr_irq_t *pir_pin(void) { return pin('D', 3); }

static bool echo_high;

static avr_cycle_count_t echo_ends(avr_t *of, avr_cycle_count_t when, void *nothing)
{
  (void)of, (void)when, (void)nothing;
  echo_high = false;
  avr_raise_irq(echo_pin(), 0);
  return 0;
}

static avr_cycle_count_t echo_begins(avr_t *of, avr_cycle_count_t when, void *nothing)
{
  uint32_t microseconds = 38000;

  (void)of, (void)when, (void)nothing;
  if (world.lost > 0)
    --world.lost;
  else if (world.millimetres != NOTHING_NEAR)
    microseconds = (uint32_t)world.millimetres * 2000 / 343;
  avr_raise_irq(echo_pin(), 1);
  avr_cycle_timer_register_usec(avr, microseconds, echo_ends, NULL);
  return 0;
}

/* The sound leaves when TRIG falls, and ECHO rises 460 µs later. A pulse during an echo is not heard. */
static void triggered(avr_irq_t *irq, uint32_t level, void *nothing)
{
  static uint32_t before;
  bool fell = before && !level;

  (void)irq, (void)nothing;
  before = level;
  if (!fell || echo_high || world.millimetres == NOT_ATTACHED)
    return;
  echo_high = true;
  avr_cycle_timer_register_usec(avr, 460, echo_begins, NULL);
}

static avr_cycle_count_t pir_returns(avr_t *of, avr_cycle_count_t when, void *nothing)
{
  (void)of, (void)when, (void)nothing;
  world.pir = !world.pir;
  avr_raise_irq(pir_pin(), world.pir);
  return 0;
}

static void sense_pir(bool level, int milliseconds)
{
  avr_cycle_timer_cancel(avr, pir_returns, NULL);
  world.pir = level;
  avr_raise_irq(pir_pin(), level);
  if (milliseconds > 0)
    avr_cycle_timer_register_usec(avr, (uint32_t)milliseconds * 1000, pir_returns, NULL);
}

/* A conversion begins. */
static void adc_asked(avr_irq_t *irq, uint32_t value, void *nothing)
{
  union {
    uint32_t value;
    avr_adc_mux_t mux;
  } asked = {.value = value};
  unsigned channel = asked.mux.src & 15;

  (void)irq, (void)nothing;
  avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, (int)channel),
                (uint32_t)(world.millivolts[channel] + world.glow * duty / 255));
}

/* --- what it shows -------------------------------------------------------------------------------- */

static void led_changed(avr_irq_t *irq, uint32_t level, void *nothing)
{
  static int before = -1;
  int lit = level & 1;

  (void)irq, (void)nothing;
  if (lit != before)
    tell("led %d", before = lit);
}

/* What reaches the transistor, as the pin's registers have it. */
static void lamp_look(void)
{
  bool is_output = avr->data[board->direction] & 1 << board->lamp;
  bool is_high = avr->data[board->port_out] & 1 << board->lamp;
  bool is_pwm = avr->data[board->compare_mode] & COM0B1;
  int now = !is_output ? 0 : is_pwm ? avr->data[board->compare] : is_high ? 255 : 0;

  if (now != duty)
    tell("pwm %d", duty = now);
}

/* --- the chip ------------------------------------------------------------------------------------- */

static void (*chip_reset)(avr_t *);
static bool was_reset;

static void note_reset(avr_t *of)
{
  if (chip_reset)
    chip_reset(of);
  was_reset = true;
}

static void clear_flag(avr_int_vector_t *vector, avr_io_addr_t address, uint8_t ones)
{
  if (vector->raised.reg == address && ones >> vector->raised.bit & 1)
    avr_clear_interrupt(avr, vector);
}

/* A one clears the flag of its place, and no other. */
static void timer_flags_written(avr_t *of, avr_io_addr_t address, uint8_t ones, void *nothing)
{
  (void)of, (void)nothing;
  for (avr_io_t *part = avr->io_port; part; part = part->next) {
    avr_timer_t *timer = (avr_timer_t *)part;
    if (strcmp(part->kind, "timer"))
      continue;
    clear_flag(&timer->overflow, address, ones);
    clear_flag(&timer->icr, address, ones);
    for (int at = 0; at < AVR_TIMER_COMP_COUNT; ++at)
      clear_flag(&timer->comp[at].interrupt, address, ones);
  }
}

/* Two faults of simavr 1.6, by the data sheets: the ATtiny85's timer 1 does not count, as its mode is
 * missing; and whoever clears one flag of a timer clears all of them, so that other interrupts get lost. */
static void chip_mend(void)
{
  static const avr_timer_wgm_t normal = AVR_TIMER_WGM_NORMAL8();

  for (avr_io_t *part = avr->io_port; part; part = part->next) {
    avr_timer_t *timer = (avr_timer_t *)part;
    if (strcmp(part->kind, "timer"))
      continue;
    if (timer->name == '1' && timer->wgm_op[0].kind == avr_timer_wgm_none)
      timer->wgm_op[0] = normal;
    avr->io[AVR_DATA_TO_IO(timer->overflow.raised.reg)].w.c = timer_flags_written;
  }
}

/* simavr would tell on stdout what it loads. */
static void log_errors(avr_t *of, const int level, const char *format, va_list values)
{
  (void)of;
  if (level <= LOG_ERROR)
    vfprintf(stderr, format, values);
}

static void chip_make(const char *path)
{
  static elf_firmware_t firmware;

  avr_global_logger_set(log_errors);
  if (elf_read_firmware(path, &firmware))
    die("the firmware cannot be read; was it built?");
  strcpy(firmware.mmcu, board->chip);
  firmware.frequency = board->hertz;
  avr = avr_make_mcu_by_name(board->chip);
  if (!avr)
    die("this simavr does not know the chip");
  chip_reset = avr->reset;
  avr->reset = note_reset;
  avr_init(avr);
  chip_mend();
  avr_load_firmware(avr, &firmware);
  avr->vcc = avr->avcc = avr->aref = 5000;
}

static void chip_attach(void)
{
  uint32_t no_flags = 0;

  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_OUT_TRIGGER), adc_asked, NULL);
  if (board->soft_serial) {
    avr_irq_register_notify(pin(board->port, board->tx), soft_edge, NULL);
    return;
  }
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &no_flags);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), uart_said, NULL);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), uart_fills, avr);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), uart_fills, NULL);
  avr_irq_register_notify(pin('D', 6), triggered, NULL);
  avr_irq_register_notify(pin('B', 5), led_changed, NULL);
}

/* A reset makes simavr forget its timers and what is at the pins. */
static void chip_restart(void)
{
  was_reset = false;
  soft.listening = false;
  echo_high = uart_is_full = false;
  if (board->soft_serial) {
    soft_drive(true);
    avr_cycle_timer_register(avr, bit_time(), soft_feed, NULL);
  } else {
    avr_raise_irq(pir_pin(), world.pir);
    avr_raise_irq(echo_pin(), 0);
    avr_cycle_timer_register(avr, bit_time(), uart_feed, NULL);
  }
}

/* A jump to itself, at the end of the flash. */
static void chip_hang(void)
{
  static uint8_t jump[] = {0xff, 0xcf};
  avr_flashaddr_t where = avr->flashend - 255;

  avr_loadcode(avr, jump, sizeof jump, where);
  avr->pc = where;
}

/* --- what it is told ------------------------------------------------------------------------------ */

static volatile sig_atomic_t over;

static void end(int signal)
{
  (void)signal;
  over = 1;
}

static avr_cycle_count_t woke(avr_t *of, avr_cycle_count_t when, void *nothing)
{
  (void)of, (void)when, (void)nothing;
  tell("woke");
  return 0;
}

static void obey(const char *line)
{
  int one, two = 0;

  if (with_times)
    tell("did %s", line);
  if (sscanf(line, "pir %d %d", &one, &two) >= 1)
    sense_pir(one, two);
  else if (sscanf(line, "mm %d", &one) == 1)
    world.millimetres = one;
  else if (!strcmp(line, "mm -"))
    world.millimetres = NOTHING_NEAR;
  else if (!strcmp(line, "mm off"))
    world.millimetres = NOT_ATTACHED;
  else if (sscanf(line, "lose %d", &one) == 1)
    world.lost = one;
  else if (sscanf(line, "adc %d %d", &one, &two) == 2)
    world.millivolts[one & 15] = two;
  else if (sscanf(line, "glow %d", &one) == 1)
    world.glow = one;
  else if (sscanf(line, "wake %d", &one) == 1)
    avr_cycle_timer_register_usec(avr, (uint32_t)one * 1000, woke, NULL);
  else if (sscanf(line, "skew %d", &one) == 1 && one > -500 && one < 500)
    skew = one;
  else if (!strcmp(line, "hang"))
    chip_hang();
  else if (!strcmp(line, "reset"))
    avr_reset(avr);
  else if (!strcmp(line, "quit"))
    over = 1;
  else
    fprintf(stderr, "emulator: it does not know %s\n", line);
}

static void stdin_look(void)
{
  static char line[128];
  static size_t length;
  char piece[128];
  ssize_t got = read(STDIN_FILENO, piece, sizeof piece);

  if (got == 0)
    over = 1;
  for (ssize_t at = 0; at < got; ++at) {
    if (piece[at] != '\n') {
      if (length < sizeof line - 1)
        line[length++] = piece[at];
      continue;
    }
    line[length] = '\0';
    length = 0;
    obey(line);
  }
}

/* --- time ----------------------------------------------------------------------------------------- */

#define SLICES_PER_SECOND 2000

/* Waits until the slice is over in the real world too. If that is far ahead, as after the machine slept,
 * the lost time is not caught up with. */
static void wait_for_slice(void)
{
  static struct timespec due;
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  if (now.tv_sec - due.tv_sec > 1)
    due = now;
  due.tv_nsec += 1000000000 / SLICES_PER_SECOND;
  if (due.tv_nsec >= 1000000000) {
    due.tv_nsec -= 1000000000;
    ++due.tv_sec;
  }
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static void run(void)
{
  avr_cycle_count_t slice_ends = avr->cycle;

  while (!over) {
    slice_ends += board->hertz / SLICES_PER_SECOND;
    while (avr->cycle < slice_ends) {
      int state = avr_run(avr);
      if (state == cpu_Done || state == cpu_Crashed)
        die("the firmware crashed");
      if (was_reset) {
        chip_restart();
        tell("reset");
      }
    }
    stdin_look();
    port_look();
    if (board->soft_serial)
      lamp_look();
    wait_for_slice();
  }
}

int main(int count, char **arguments)
{
  if (count > 1 && !strcmp(arguments[1], "--times")) {
    with_times = true;
    --count, ++arguments;
  }
  if (count >= 3)
    for (size_t at = 0; at < sizeof boards / sizeof *boards; ++at)
      if (!strcmp(boards[at].name, arguments[1]))
        board = &boards[at];
  if (!board)
    die("say: emulator [--times] entry|light85|light84 FIRMWARE.elf [LINK]");
  link_name = count > 3 ? arguments[3] : NULL;
  signal(SIGINT, end);
  signal(SIGTERM, end);
  signal(SIGPIPE, SIG_IGN);
  fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
  chip_make(arguments[2]);
  chip_attach();
  chip_restart();
  port_make();
  run();
  port_unmake();
  return 0;
}
