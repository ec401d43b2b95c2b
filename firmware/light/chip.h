/* What differs between the chips: which pins, and the names of the registers of timer 1.
 *
 *             UART out  UART in  LEDs' transistor  photoresistor
 * ATtiny85    PB3 (2)   PB2 (7)  PB1 (6)           PB4 (3)         in brackets: the leg of the DIP
 * ATtiny84    PA1 (12)  PA2 (11) PA7 (6)           PA3 (10)
 *
 * On both the transistor hangs on OC0B, and UART in on a pin of pin change interrupt 0.
 */
#ifndef CHIP_H
#define CHIP_H

#if defined(__AVR_ATtiny85__)
#include "attiny85.h"
#elif defined(__AVR_ATtiny84__)
#include "attiny84.h"
#else
#error "This firmware knows the ATtiny85 and the ATtiny84: build with -mmcu=attiny85 or -mmcu=attiny84."
#endif

#endif
