// The entry board's line protocol, version 1: what the host says, and how answers are framed.
//
// Pure: no pins, no clock and no Arduino, so that tests can run it on any computer.
//
// A line is `$BODY*CS`. CS is the XOR of all characters of BODY as two capital hex digits, which is the
// checksum of NMEA 0183. BODY is a letter, then `,key=value`.
#pragma once

#include <stdint.h>
#include <string.h>

namespace protocol {

// Characters of a line, without its end.
const uint8_t kLongest = 80;

enum class Led : uint8_t { Follow, On, Off };

// What the host may choose.
struct Settings {
  uint16_t range = 0;      // mm; what is no farther is near. 0: nothing ever is
  uint16_t debounce = 50;  // ms for which the PIR has to be steady
  Led led = Led::Follow;   // Follow: lit while the board sees somebody
};

// Makes lines of the characters that arrive.
class Line {
 public:
  enum class State : uint8_t { Growing, Complete, TooLong };

  // TooLong is told once, at the first character too many; the rest of that line is passed over.
  State take(char character) {
    if (character == '\n') return end();
    if (character == '\r') return State::Growing;
    if (character == '$') clear();  // what came before it was torn off
    if (passing_over_) return State::Growing;
    if (length_ == kLongest) {
      clear();
      passing_over_ = true;
      return State::TooLong;
    }
    text_[length_++] = is_printable(character) ? character : kRubout;
    return State::Growing;
  }

  // The line that became complete; valid until more is taken. May be written to.
  char *text() { return text_; }

 private:
  // Stands for whatever is not ASCII. A zero would end the text without changing its checksum.
  static const char kRubout = 0x7f;

  static bool is_printable(char character) { return character >= ' ' && character <= '~'; }

  State end() {
    const bool something = length_ > 0;
    text_[length_] = '\0';
    clear();
    return something ? State::Complete : State::Growing;
  }

  void clear() {
    length_ = 0;
    passing_over_ = false;
  }

  char text_[kLongest + 1];
  uint8_t length_ = 0;
  bool passing_over_ = false;
};

inline char hex_digit(uint8_t value) { return "0123456789ABCDEF"[value & 15]; }

// Takes the frame off, in place. Null if there is none, or its checksum is wrong.
inline char *body_of(char *line) {
  char *star = strrchr(line, '*');
  if (line[0] != '$' || star == nullptr) return nullptr;
  uint8_t sum = 0;
  for (const char *at = line + 1; at < star; ++at) sum ^= static_cast<uint8_t>(*at);
  const char expected[] = {hex_digit(sum >> 4), hex_digit(sum), '\0'};
  if (strcmp(star + 1, expected) != 0) return nullptr;
  *star = '\0';
  return line + 1;
}

// Whether the text is a number of digits alone, at most `most`; then it is in `value`.
inline bool is_number(const char *text, uint16_t most, uint16_t &value) {
  uint32_t sum = 0;
  if (*text == '\0') return false;
  for (; *text != '\0'; ++text) {
    if (*text < '0' || *text > '9') return false;
    sum = sum * 10 + static_cast<uint8_t>(*text - '0');
    if (sum > most) return false;
  }
  value = static_cast<uint16_t>(sum);
  return true;
}

// What a line of the host was.
enum class Heard : uint8_t { Question, Setting, WrongChecksum, Unknown, WrongValue };

// The word for it in `$E,what=…`.
inline const char *word(Heard fault) {
  switch (fault) {
    case Heard::WrongChecksum: return "checksum";
    case Heard::WrongValue: return "range";
    default: return "unknown";
  }
}

// Takes one `key=value` into the settings. A value that is not allowed changes nothing.
inline Heard take_setting(const char *key, const char *value, Settings &settings) {
  uint16_t number = 0;
  if (strcmp(key, "range") == 0) {
    if (!is_number(value, 4000, number) || (number > 0 && number < 20)) return Heard::WrongValue;
    settings.range = number;
  } else if (strcmp(key, "debounce") == 0) {
    if (!is_number(value, 2000, number)) return Heard::WrongValue;
    settings.debounce = number;
  } else if (strcmp(key, "led") == 0) {
    if (strcmp(value, "follow") == 0) settings.led = Led::Follow;
    else if (strcmp(value, "on") == 0) settings.led = Led::On;
    else if (strcmp(value, "off") == 0) settings.led = Led::Off;
    else return Heard::WrongValue;
  } else {
    return Heard::Unknown;
  }
  return Heard::Setting;
}

// Does what a body asks for.
inline Heard obey(char *body, Settings &settings) {
  if (strcmp(body, "Q") == 0) return Heard::Question;
  char *equals = strchr(body, '=');
  if (strncmp(body, "S,", 2) != 0 || equals == nullptr) return Heard::Unknown;
  *equals = '\0';
  const Heard heard = take_setting(body + 2, equals + 1, settings);
  *equals = '=';
  return heard;
}

// A line that is being written.
class Answer {
 public:
  explicit Answer(char letter) {
    text_[length_++] = '$';
    add(letter);
  }

  Answer &add(const char *words) {
    while (*words != '\0') add(*words++);
    return *this;
  }

  Answer &add(uint16_t number) {
    char digits[6];
    uint8_t at = sizeof digits;
    digits[--at] = '\0';
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    return add(digits + at);
  }

  // The whole line with its end. Nothing can be added any more.
  const char *finish() {
    const char end[kFrameEnd + 2] = {'*', hex_digit(sum_ >> 4), hex_digit(sum_), '\n', '\0'};
    memcpy(text_ + length_, end, sizeof end);
    length_ += sizeof end - 1;
    return text_;
  }

 private:
  static const uint8_t kFrameEnd = 3;  // `*CS`

  void add(char character) {
    if (length_ == kLongest - kFrameEnd) return;
    text_[length_++] = character;
    sum_ ^= static_cast<uint8_t>(character);
  }

  char text_[kLongest + 2];
  uint8_t length_ = 0;
  uint8_t sum_ = 0;
};

}  // namespace protocol
