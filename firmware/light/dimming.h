/* How much light a brightness asks for. Pure.
 *
 * Between "the lamp at its fullest" and "the lamp is off" it is a straight line, on which it walks: it
 * follows the room only when that differs plainly, and one step of a hundredth of a second at a time.
 * Without that, a photoresistor which sees its own lamp would have it flicker.
 */
#ifndef DIMMING_H
#define DIMMING_H

#include <stdint.h>

#define FULL_BELOW 15 /* percent of brightness */
#define OFF_ABOVE 75
#define PLAIN_DIFFERENCE 4

struct dimming {
  uint8_t judged; /* the brightness that the lamp was last set by, percent */
  uint8_t duty;   /* what the lamp gets now, 0 to 255 */
};

/* The duty, 0 to 255, for a brightness in percent. */
static inline uint8_t duty_for(uint8_t brightness)
{
  if (brightness <= FULL_BELOW)
    return 255;
  if (brightness >= OFF_ABOVE)
    return 0;
  return (uint8_t)((OFF_ABOVE - brightness) * 255U / (OFF_ABOVE - FULL_BELOW));
}

/* Starts at once with what this brightness asks for. */
static inline void dimming_start(struct dimming *dimming, uint8_t brightness)
{
  dimming->judged = brightness;
  dimming->duty = duty_for(brightness);
}

/* One step, a hundredth of a second after the last. */
static inline void dimming_step(struct dimming *dimming, uint8_t brightness)
{
  uint8_t wanted;

  if (brightness >= dimming->judged + PLAIN_DIFFERENCE || brightness + PLAIN_DIFFERENCE <= dimming->judged)
    dimming->judged = brightness;
  wanted = duty_for(dimming->judged);
  if (dimming->duty < wanted)
    ++dimming->duty;
  else if (dimming->duty > wanted)
    --dimming->duty;
}

#endif
