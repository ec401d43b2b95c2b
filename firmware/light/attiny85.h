#include <avr/io.h>

#define PORT_OUT PORTB
#define PORT_DIRECTION DDRB
#define PORT_IN PINB
#define TX_PIN PB3
#define RX_PIN PB2
#define LAMP_PIN PB1
#define LIGHT_CHANNEL 2 /* ADC2 is PB4 */
#define LIGHT_DIGITAL_OFF _BV(ADC2D)

#define RX_CHANGE_MASK PCMSK
#define RX_CHANGE_PIN _BV(PCINT2)
#define RX_CHANGE_ENABLE _BV(PCIE)

/* Timer 1 has eight bits here: a tick of four cycles, so that one bit and a half still fit. */
typedef uint8_t ticks_t;
#define CYCLES_PER_TICK 4
#define TIMER1_START() (TCCR1 = _BV(CS11) | _BV(CS10))
#define TIMER1_INTERRUPTS TIMSK
#define TIMER1_FLAGS TIFR
#define COMPARE_A_VECTOR TIMER1_COMPA_vect
#define COMPARE_B_VECTOR TIMER1_COMPB_vect
