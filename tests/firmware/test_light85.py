"""The light's firmware on an ATtiny85."""

import light_stories


class Light85(light_stories.LightStories):
    board_name = "light85"
    channel = 2
