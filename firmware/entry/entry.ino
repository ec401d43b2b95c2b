// The entry sensor board: an Arduino Uno with a PIR and an ultrasonic distance sensor.
//
// It tells the host what it sees, by lines (see protocol.h), at once when that changes and twice a second
// otherwise. Wiring, and which settings go with it: docs/owner/boards.md.

#include <Arduino.h>
#include <avr/wdt.h>

#include "protocol.h"
#include "sonar.h"
#include "steady.h"

using protocol::Answer;
using protocol::Heard;
using protocol::Led;

const uint8_t kPirPin = 3;
const uint8_t kLedPin = 13;  // the Uno's own

const uint32_t kBaud = 115200;
const uint32_t kHeartbeatMs = 500;

protocol::Settings settings;
protocol::Line line;
Steady pir;
Sonar sonar;

// What the host was told last.
struct Told {
  bool pir;
  bool near;
  uint32_t at;  // ms
} told;

uint16_t readings = 0;

bool is_lit(bool sees_somebody);
void listen();
void answer(char *text);
void say_hello();
void say_reading(bool moves, bool lit);
void say_fault(const char *what);
void say(Answer &answer);

void setup() {
  wdt_enable(WDTO_2S);
  pinMode(kPirPin, INPUT);
  pinMode(kLedPin, OUTPUT);
  sonar.begin();
  Serial.begin(kBaud);
  say_hello();
}

void loop() {
  wdt_reset();
  listen();
  const uint32_t now = millis();
  sonar.step(now);
  const bool moves = pir.step(digitalRead(kPirPin) == HIGH, now, settings.debounce);
  const bool near = settings.range > 0 && sonar.has_echo() && sonar.millimetres() <= settings.range;
  const bool lit = is_lit(moves || near);
  digitalWrite(kLedPin, lit ? HIGH : LOW);
  if (moves != told.pir || near != told.near || now - told.at >= kHeartbeatMs) {
    say_reading(moves, lit);
    told = {moves, near, now};
  }
}

bool is_lit(bool sees_somebody) {
  switch (settings.led) {
    case Led::On: return true;
    case Led::Off: return false;
    default: return sees_somebody;
  }
}

void listen() {
  // No more than the queue holds: in a flood, the rest of the loop has its turn as well.
  for (uint8_t left = SERIAL_RX_BUFFER_SIZE; left > 0 && Serial.available() > 0; --left) {
    switch (line.take(static_cast<char>(Serial.read()))) {
      case protocol::Line::State::Complete: answer(line.text()); break;
      case protocol::Line::State::TooLong: say_fault("long"); break;
      default: break;
    }
  }
}

void answer(char *text) {
  char *body = protocol::body_of(text);
  const Heard heard = body ? protocol::obey(body, settings) : Heard::WrongChecksum;
  switch (heard) {
    case Heard::Question: say_hello(); break;
    case Heard::Setting: say(Answer('A').add(body + 1)); break;  // the same words, said back
    default: say_fault(protocol::word(heard));
  }
}

void say_hello() { say(Answer('H').add(",v=1,fw=1.0,id=entry")); }

void say_reading(bool moves, bool lit) {
  Answer reading('R');
  reading.add(",n=").add(readings++).add(moves ? ",pir=1" : ",pir=0");
  if (sonar.has_echo()) reading.add(",mm=").add(sonar.millimetres());
  else reading.add(",mm=-");
  say(reading.add(lit ? ",led=1" : ",led=0"));
}

// Left out when there is no room: whoever floods the board with faults must not keep it from listening.
void say_fault(const char *what) {
  Answer fault('E');
  const char *text = fault.add(",what=").add(what).finish();
  if (Serial.availableForWrite() >= static_cast<int>(strlen(text))) Serial.write(text);
}

// Waits for room, which takes no longer than a line: 3 ms.
void say(Answer &answer) { Serial.write(answer.finish()); }
