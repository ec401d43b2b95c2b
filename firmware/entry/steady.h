// A level that counts only once it has been steady. Pure: the time is an argument.
#pragma once

#include <stdint.h>

class Steady {
 public:
  // The level that counts, after `level` was seen at `now`. Times in ms; the clock may wrap.
  bool step(bool level, uint32_t now, uint16_t debounce) {
    if (level == counts_) {
      since_ = now;
    } else if (now - since_ >= debounce) {
      counts_ = level;
      since_ = now;
    }
    return counts_;
  }

 private:
  bool counts_ = false;
  uint32_t since_ = 0;  // when the level that counts was seen last
};
