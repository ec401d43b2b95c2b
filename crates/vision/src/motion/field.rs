//! Which pixels count for how much: zones, masks, sensitivity, and how large people are where.
//!
//! Source of the sizes: on a level ground a person's height in the picture grows in proportion to
//! the distance of his feet from the horizon; Hoiem, Efros and Hebert, "Putting objects in
//! perspective", CVPR 2006.

use std::time::Duration;

use watchpost_model::{Fraction, MotionSettings, PersonHeight, Tuning, Zone};

use super::evidence::{Evidence, STANDARD, STRONGEST};
use super::plane::Size;
use super::track::Track;
use crate::Region;
use crate::cast::{floor, real};

/// What no strength reaches.
const NEVER: u8 = u8::MAX;
/// A pixel's difference that a sensitivity of 0.5 asks for, in grey levels.
const STANDARD_DELTA: u8 = 7;
/// A thing of a person's height or down to this share of it counts: someone who crouches, a child, a
/// car, a dog.
const SMALLEST: f32 = 0.3;
/// And up to so many times as high: someone who stretches, a van.
const LARGEST: f32 = 2.0;

/// What the settings mean for frames of one size.
#[derive(Clone, Debug)]
pub(super) struct Field {
    size: Size,
    /// The strength from which each pixel counts, and the difference, by day and by night.
    day: Needs,
    night: Needs,
    zones: Vec<Zone>,
    /// Of each pixel, bit n: it lies in zone n.
    within: Vec<u32>,
    person: Option<PersonHeight>,
}

#[derive(Clone, Debug)]
struct Needs {
    strength: Vec<u8>,
    difference: u8,
}

impl Field {
    pub(super) fn new(size: Size, settings: &MotionSettings) -> Self {
        let zones = settings.zones.clone();
        let mut field = Self {
            size,
            day: Needs { strength: Vec::new(), difference: 0 },
            night: Needs { strength: Vec::new(), difference: 0 },
            within: if zones.is_empty() { Vec::new() } else { vec![0; size.pixels()] },
            zones,
            person: settings.person,
        };
        for (number, zone) in field.zones.iter().enumerate().take(32) {
            for (pixel, within) in field.within.iter_mut().enumerate() {
                let (x, y) = place(pixel, size);
                *within |= u32::from(zone.area.contains(x, y)) << number;
            }
        }
        field.day = field.needs(settings, settings.tuning(false));
        field.night = field.needs(settings, settings.tuning(true));
        field
    }

    fn needs(&self, settings: &MotionSettings, tuning: &Tuning) -> Needs {
        let everywhere = needed(tuning.sensitivity, tuning);
        let in_zone: Vec<u8> = self
            .zones
            .iter()
            .map(|zone| zone.sensitivity.map_or(everywhere, |own| needed(own, tuning)))
            .collect();
        let strength = (0..self.size.pixels()).map(|pixel| {
            let (x, y) = place(pixel, self.size);
            if settings.masks.iter().any(|mask| mask.contains(x, y)) {
                return NEVER;
            }
            let within = self.within.get(pixel).copied().unwrap_or(0);
            let of_zones =
                in_zone.iter().enumerate().filter(|(number, _)| within >> number & 1 == 1);
            of_zones.map(|(_, needed)| *needed).min().unwrap_or(everywhere)
        });
        Needs {
            strength: strength.collect(),
            difference: tuning.min_pixel_delta.unwrap_or(0).min(127),
        }
    }

    /// Marks with 1 the pixels that count, with 0 the others.
    pub(super) fn count(&self, evidence: &Evidence, counts: &mut [u8]) {
        let needs = if evidence.is_night { &self.night } else { &self.day };
        let seen = evidence.strength.iter().zip(&evidence.difference).zip(&needs.strength);
        for (counts, ((strength, difference), needed)) in counts.iter_mut().zip(seen) {
            let clear = difference.unsigned_abs() >= needs.difference;
            *counts = u8::from((strength >= needed) & clear);
        }
    }

    /// The strength from which each pixel counts; none reaches that of a masked one.
    pub(super) fn needed(&self, is_night: bool) -> &[u8] {
        if is_night { &self.night.strength } else { &self.day.strength }
    }

    /// The least share of the picture that something must cover to be followed.
    pub(super) fn least_area(&self, tuning: &Tuning) -> f32 {
        let zones = self.zones.iter().map(|zone| area_in(zone, tuning));
        zones.reduce(f32::min).unwrap_or(tuning.least_area().get())
    }

    /// In which zones `track` counts, `mask` being 1 where a shape is; `None` if there are zones and
    /// it counts in none.
    pub(super) fn visit(
        &self,
        track: &mut Track,
        mask: &[u8],
        at: Duration,
        tuning: &Tuning,
    ) -> Option<Vec<usize>> {
        if self.zones.is_empty() {
            return Some(Vec::new());
        }
        let whole = real(self.size.pixels());
        let (area, bits) = (real(track.shape().area) / whole, self.zones_of(track, mask));
        track.inside.resize(self.zones.len(), None);
        let mut counted = Vec::new();
        for (number, (zone, since)) in self.zones.iter().zip(&mut track.inside).enumerate() {
            if bits >> number & 1 == 0 {
                *since = None;
                continue;
            }
            let since = *since.get_or_insert(at);
            let long_enough = at.saturating_sub(since) >= zone.min_time;
            if long_enough && area >= area_in(zone, tuning) {
                counted.push(number);
            }
        }
        (!counted.is_empty()).then_some(counted)
    }

    /// Bit n: `track` stands in zone n, or most of it lies there.
    fn zones_of(&self, track: &Track, mask: &[u8]) -> u32 {
        let shape = track.shape();
        let foot =
            (shape.bottom - 1) * self.size.width + usize::midpoint(shape.left, shape.right - 1);
        let mut counts = [0_usize; 32];
        let mut all = 0;
        for y in shape.top..shape.bottom {
            let row = y * self.size.width + shape.left..y * self.size.width + shape.right;
            for (set, within) in mask[row.clone()].iter().zip(&self.within[row]) {
                all += usize::from(*set);
                for (number, count) in counts.iter_mut().enumerate().take(self.zones.len()) {
                    *count += usize::from(*set != 0 && within >> number & 1 == 1);
                }
            }
        }
        let most = counts.iter().enumerate().filter(|(_, count)| **count * 2 > all);
        most.fold(self.within[foot], |bits, (number, _)| bits | 1 << number)
    }

    /// Whether something of this outline can be a person or a vehicle.
    pub(super) fn is_person_sized(&self, region: &Region) -> bool {
        let Some(PersonHeight { near, far, far_at }) = self.person else { return true };
        let (top, foot) = (region.top.get(), region.bottom.get());
        let expected = far + (near - far) * (foot - far_at) / (1.0 - far_at);
        let height = foot - top;
        // Who is cut off by an edge of the picture is larger than what shows.
        let is_cut = foot >= 1.0 || top <= 0.0;
        expected > 0.0 && (is_cut || height >= SMALLEST * expected) && height <= LARGEST * expected
    }
}

/// The least share of the picture that something in `zone` must cover.
fn area_in(zone: &Zone, tuning: &Tuning) -> f32 {
    let sensitivity = zone.sensitivity.unwrap_or(tuning.sensitivity);
    let min_area = zone.min_area.or(tuning.min_area);
    Tuning { sensitivity, min_area, ..tuning.clone() }.least_area().get()
}

/// The strength that a sensitivity asks for. A threshold in grey levels below the usual one asks for
/// less over the noise, too.
fn needed(sensitivity: Fraction, tuning: &Tuning) -> u8 {
    // 16 steps from sensitivity 1 to 0, an eighth of a doubling each.
    let steps = (1.0 - sensitivity.get()) * real(usize::from(STRONGEST - 1));
    let delta = tuning.min_pixel_delta.unwrap_or(STANDARD_DELTA).clamp(1, STANDARD_DELTA);
    let less = (f32::from(STANDARD_DELTA) / f32::from(delta)).log2() * 8.0;
    let strength = floor((steps - less).max(0.0).round()) + 1;
    u8::try_from(strength).unwrap_or(STANDARD).min(STRONGEST)
}

/// The middle of a pixel, in shares of width and height.
fn place(pixel: usize, size: Size) -> (f32, f32) {
    let (x, y) = (real(pixel % size.width) + 0.5, real(pixel / size.width) + 0.5);
    (x / real(size.width), y / real(size.height))
}
