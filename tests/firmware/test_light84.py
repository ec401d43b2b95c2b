"""The light's firmware on an ATtiny84."""

import light_stories


class Light84(light_stories.LightStories):
    board_name = "light84"
    channel = 3
