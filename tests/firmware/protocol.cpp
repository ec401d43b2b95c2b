// Runs firmware/entry/protocol.h on this machine: what stands on stdin is what the host says, and each line
// on stdout is what the board makes of it: the answer as it would be sent, or the settings that it has then.
#include <cstdio>

#include "protocol.h"

using protocol::Answer;
using protocol::Heard;
using protocol::Line;

namespace {

const char *word(protocol::Led led) {
  switch (led) {
    case protocol::Led::On: return "on";
    case protocol::Led::Off: return "off";
    default: return "follow";
  }
}

void answer(char *text, protocol::Settings &settings) {
  char *body = protocol::body_of(text);
  const Heard heard = body ? protocol::obey(body, settings) : Heard::WrongChecksum;
  if (heard == Heard::Question) {
    puts("who");
  } else if (heard == Heard::Setting) {
    fputs(Answer('A').add(body + 1).finish(), stdout);
    printf("%u %u %s\n", settings.range, settings.debounce, word(settings.led));
  } else {
    puts(protocol::word(heard));
  }
}

}  // namespace

int main() {
  Line line;
  protocol::Settings settings;
  for (int character; (character = getchar()) != EOF;) {
    switch (line.take(static_cast<char>(character))) {
      case Line::State::Complete: answer(line.text(), settings); break;
      case Line::State::TooLong: puts("long"); break;
      default: break;
    }
  }
}
