// The ultrasonic distance sensor, an HC-SR04: it is asked by a pulse on TRIG and holds ECHO high for as
// long as the sound was under way. An interrupt takes the times, so nobody waits for it.
#pragma once

#include <stdint.h>

class Sonar {
 public:
  void begin();

  // Asks every 100 ms, and takes what came back. To be called all the time; `now` in ms.
  void step(uint32_t now);

  // Whether the sound came back.
  bool has_echo() const { return misses_ < kMissesThatCount; }

  // How far away the nearest thing is; says nothing without an echo.
  uint16_t millimetres() const { return millimetres_; }

 private:
  // Cloth swallows a single echo often; two in a row mean that nobody is there.
  static const uint8_t kMissesThatCount = 2;

  void ask(uint32_t now);
  void miss();

  uint32_t asked_ = 0;
  bool listening_ = false;
  uint16_t millimetres_ = 0;
  uint8_t misses_ = kMissesThatCount;
};
