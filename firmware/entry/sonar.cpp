#include "sonar.h"

#include <Arduino.h>

namespace {

const uint8_t kEchoPin = 5;  // PD5, which is PCINT21
const uint8_t kTrigPin = 6;

const uint32_t kPeriodMs = 100;   // an earlier pulse's echoes have died by then
const uint32_t kPatienceMs = 25;  // the way to a wall at 4 m and back takes 23

// Sound makes 343 m/s at 20 °C: 2000 µs there and back are 343 mm.
uint16_t to_millimetres(uint32_t microseconds) {
  return static_cast<uint16_t>(microseconds * 343 / 2000);
}

enum class Echo : uint8_t { Awaited, Rising, Fallen };

volatile Echo echo = Echo::Fallen;
volatile uint32_t rose_at;  // µs
volatile uint32_t lasted;   // µs; not written to once the echo has fallen

}  // namespace

ISR(PCINT2_vect) {
  const uint32_t now = micros();
  const bool high = PIND & _BV(PD5);
  if (high && echo == Echo::Awaited) {
    rose_at = now;
    echo = Echo::Rising;
  } else if (!high && echo == Echo::Rising) {
    lasted = now - rose_at;
    echo = Echo::Fallen;
  }
}

void Sonar::begin() {
  pinMode(kTrigPin, OUTPUT);
  pinMode(kEchoPin, INPUT);
  PCMSK2 = _BV(PCINT21);
  PCICR = _BV(PCIE2);
}

void Sonar::step(uint32_t now) {
  if (listening_ && echo == Echo::Fallen) {
    listening_ = false;
    if (lasted > kPatienceMs * 1000) return miss();
    millimetres_ = to_millimetres(lasted);
    misses_ = 0;
  } else if (listening_ && now - asked_ > kPatienceMs) {
    listening_ = false;
    miss();
  } else if (!listening_ && now - asked_ >= kPeriodMs) {
    ask(now);
  }
}

void Sonar::ask(uint32_t now) {
  asked_ = now;
  // It holds ECHO high for 40 ms where nothing answered, some makes for 200 ms. It cannot be asked then.
  if (digitalRead(kEchoPin) == HIGH) return miss();
  digitalWrite(kTrigPin, HIGH);
  delayMicroseconds(10);
  echo = Echo::Awaited;
  digitalWrite(kTrigPin, LOW);
  listening_ = true;
}

void Sonar::miss() {
  if (misses_ < kMissesThatCount) ++misses_;
}
