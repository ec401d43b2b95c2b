/* A serial line in software, 19200 8N1, both ways at once, while the rest of the program goes on. */
#ifndef SERIAL_H
#define SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* Interrupts have to be enabled afterwards. */
void serial_begin(void);

/* Takes the next character that came in. False if there is none. */
bool serial_take(char *character);

/* Sends it; waits while there is no room. */
void serial_say(const char *text);

/* Sends it if there is room for all of it, or else nothing. */
void serial_say_if_room(const char *text);

#endif
