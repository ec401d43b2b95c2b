//! What the sensors and lights of a camera said while it recorded, in words for the text beside a clip:
//! `light 34 %  hall: yes  tank: 12.5`.

use std::time::Duration;

use watchpost_model::{CameraId, DeviceId, Distance, Interval, Reading, Senses, WallTime};
use watchpost_store::Told;

use crate::{App, DeviceStates};

/// Readings that are looked at for one clip; of more, some are left out.
const MOST: usize = 50_000;
/// What a light told holds for so long: one that is well tells it again before.
const LIGHT_HOLDS: Duration = Duration::from_mins(5);

/// What was said, second by second.
#[derive(Debug, Default)]
pub(crate) struct Sensed(Vec<Voice>);

/// What one sensor or light said.
#[derive(Debug)]
struct Voice {
    device: DeviceId,
    kind: Kind,
    /// After this long of silence nobody knows; `None`: it may be silent.
    holds: Option<Duration>,
    /// In order of time.
    said: Vec<Said>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The only light, which needs no name.
    TheLight,
    /// One of several lights.
    Light,
    Sensor(Senses),
}

#[derive(Debug)]
struct Said {
    at: WallTime,
    /// Whether it said yes then.
    yes: bool,
    /// Whether what it said was of that moment.
    momentary: bool,
    /// All that is known since.
    known: Reading,
}

impl Sensed {
    /// What was said beside the pictures of `camera` in `interval`, by the sensors and lights that are
    /// configured for it now; nothing if the readings cannot be read, for the text is more than these.
    pub(crate) async fn beside(app: &App, camera: &CameraId, interval: Interval) -> Self {
        let voices = voices(&app.devices.states(), camera);
        let devices: Vec<DeviceId> = voices.iter().map(|voice| voice.device.clone()).collect();
        if devices.is_empty() {
            return Self::default();
        }
        match app.store.readings_thinned(interval, &devices, MOST).await {
            Ok(found) => Self::new(voices, found.readings),
            Err(error) => {
                let hint = error.hint();
                tracing::warn!(%camera, %error, hint, "a clip's text does without its sensors");
                Self::default()
            }
        }
    }

    /// `told` is in order of time.
    fn new(mut voices: Vec<Voice>, told: Vec<Told>) -> Self {
        for Told { at, device, reading } in told {
            let Some(voice) = voices.iter_mut().find(|voice| voice.device == device) else {
                continue;
            };
            let known = voice.said.last().map_or(reading, |before| before.known.then(reading));
            let (yes, momentary) = (reading.on == Some(true), reading.momentary);
            voice.said.push(Said { at, yes, momentary, known });
        }
        Self(voices)
    }

    /// What stood at the end of `moment`, or was said in it; `None` if that is nothing.
    pub(crate) fn line(&self, moment: Interval) -> Option<String> {
        let words: Vec<String> = self.0.iter().filter_map(|voice| voice.words(moment)).collect();
        (!words.is_empty()).then(|| words.join("  "))
    }
}

/// Who may have said something: the lights of `camera`, then its sensors.
fn voices(states: &DeviceStates, camera: &CameraId) -> Vec<Voice> {
    let lights = states.lights.iter().filter(|card| card.cameras.contains(camera));
    let kind = if lights.clone().count() > 1 { Kind::Light } else { Kind::TheLight };
    let lights = lights.map(|card| (&card.name, kind, Some(LIGHT_HOLDS)));
    let sensors = states.sensors.iter().map(|card| &card.settings);
    let sensors = sensors.filter(|sensor| sensor.cameras.contains(camera));
    let sensors =
        sensors.map(|sensor| (&sensor.name, Kind::Sensor(sensor.senses), sensor.heartbeat));
    let voice = |(device, kind, holds): (&DeviceId, _, _)| Voice {
        device: device.clone(),
        kind,
        holds,
        said: Vec::new(),
    };
    lights.chain(sensors).map(voice).collect()
}

impl Voice {
    fn words(&self, moment: Interval) -> Option<String> {
        let until_end = self.said.partition_point(|said| said.at < moment.end());
        let before = self.said[..until_end].partition_point(|said| said.at < moment.start());
        let Said { at, momentary, mut known, .. } = *self.said[..until_end].last()?;
        let silent = moment.start().since_or_zero(at);
        if self.holds.is_some_and(|holds| silent > holds) {
            return None;
        }
        if self.said[before..until_end].iter().any(|said| said.yes) {
            known.on = Some(true); // However short it was.
        } else if known.momentary && known.on == Some(true) {
            known.on = None;
        }
        if momentary && at < moment.start() {
            known.distance = None;
        }
        let name = &self.device;
        match self.kind {
            Kind::TheLight => Some(format!("light {}", percent(known.brightness?.get()))),
            Kind::Light => Some(format!("{name} {}", percent(known.brightness?.get()))),
            Kind::Sensor(senses) => Some(format!("{name}: {}", said_by_sensor(senses, &known)?)),
        }
    }
}

/// What a sensor knows, in words; `None` for one that knows nothing worth telling.
fn said_by_sensor(senses: Senses, known: &Reading) -> Option<String> {
    // How full its battery is does not belong to the picture.
    let Reading { on, momentary: _, distance, brightness, level, value, battery: _ } = *known;
    let on = on.filter(|_| senses != Senses::Measure);
    let distance = match distance {
        Some(Distance::Millimetres(distance)) => {
            Some(format!("{} cm", distance.saturating_add(5) / 10))
        }
        Some(Distance::Free) | None => None,
    };
    let words = [
        on.map(|on| if on { "yes" } else { "no" }.to_owned()),
        distance,
        value.map(number),
        brightness.map(|brightness| percent(brightness.get())),
        level.map(|level| percent(level.get())),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}

/// With two digits behind the point at most.
fn number(value: f64) -> String {
    if value.abs() >= 1e9 {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use watchpost_model::Fraction;

    use super::*;

    const MOTION: Kind = Kind::Sensor(Senses::Motion);

    #[test]
    fn lights_come_first_then_sensors() {
        let light = voice("ir", Kind::TheLight);
        let (hall, tank) = (voice("hall", MOTION), voice("tank", Kind::Sensor(Senses::Measure)));
        let told = [
            (0, "ir", bright(0.335)),
            (0, "hall", Reading { distance: Some(Distance::Millimetres(896)), ..says(true) }),
            (0, "tank", Reading { value: Some(12.5), ..says(true) }),
        ];
        let sensed = sensed(vec![light, hall, tank], &told);
        assert_eq!(line(&sensed, 0), "light 34 %  hall: yes 90 cm  tank: 12.5");
    }

    #[test]
    fn two_lights_have_names() {
        let voices = vec![voice("ir", Kind::Light), voice("lamp", Kind::Light)];
        let sensed = sensed(voices, &[(0, "ir", bright(0.0)), (0, "lamp", bright(1.0))]);
        assert_eq!(line(&sensed, 0), "ir 0 %  lamp 100 %");
    }

    #[test]
    fn a_yes_stands_until_it_is_taken_back_and_a_short_one_for_its_second() {
        let sensed = sensed(
            vec![voice("hall", MOTION)],
            &[
                (0, "hall", says(false)),
                (1500, "hall", says(true)),
                (3200, "hall", says(false)),
                (5100, "hall", says(true)),
                (5300, "hall", says(false)),
            ],
        );
        let told: Vec<String> = (0..7).map(|second| line(&sensed, second)).collect();
        let [yes, no] = ["hall: yes", "hall: no"];
        assert_eq!(told, [no, yes, yes, no, no, yes, no]);
    }

    #[test]
    fn a_yes_of_the_moment_is_not_told_again() {
        let ring = Reading { momentary: true, ..says(true) };
        let sensed = sensed(vec![voice("bell", MOTION)], &[(1500, "bell", ring)]);
        let told: Vec<String> = (0..4).map(|second| line(&sensed, second)).collect();
        assert_eq!(told, ["", "bell: yes", "", ""]);
        let obstacle = Some(Distance::Millimetres(0));
        let obstacle = Reading { momentary: true, distance: obstacle, ..Reading::default() };
        let sensed = self::sensed(vec![voice("hall", MOTION)], &[(1500, "hall", obstacle)]);
        assert_eq!((line(&sensed, 1), line(&sensed, 2)), ("hall: 0 cm".to_owned(), String::new()));
    }

    #[test]
    fn what_is_left_out_stays_as_it_was() {
        let low = Reading { battery: Fraction::new(0.1), ..Reading::default() };
        let sensed =
            sensed(vec![voice("hall", MOTION)], &[(0, "hall", says(true)), (2000, "hall", low)]);
        assert_eq!(line(&sensed, 3), "hall: yes");
    }

    #[test]
    fn who_is_silent_for_too_long_says_nothing() {
        let hall = Voice { holds: Some(Duration::from_secs(10)), ..voice("hall", MOTION) };
        let sensed = sensed(
            vec![hall, voice("gate", MOTION)],
            &[(0, "hall", says(true)), (0, "gate", says(false))],
        );
        assert_eq!(line(&sensed, 10), "hall: yes  gate: no");
        assert_eq!(line(&sensed, 11), "gate: no");
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (12.5, "12.5"),
            (21.0, "21"),
            (-0.001, "0"),
            (100.0, "100"),
            (1.0 / 3.0, "0.33"),
            (1e300, "1.00e300"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    fn voice(device: &str, kind: Kind) -> Voice {
        Voice { device: device.parse().unwrap(), kind, holds: None, said: Vec::new() }
    }

    fn says(on: bool) -> Reading {
        Reading { on: Some(on), ..Reading::default() }
    }

    fn bright(share: f32) -> Reading {
        Reading { brightness: Fraction::new(share), ..Reading::default() }
    }

    /// What was told, with milliseconds.
    fn sensed(voices: Vec<Voice>, told: &[(i64, &str, Reading)]) -> Sensed {
        let told = told.iter().map(|(at, device, reading)| Told {
            at: WallTime::from_micros(at * 1000),
            device: device.parse().unwrap(),
            reading: *reading,
        });
        Sensed::new(voices, told.collect())
    }

    /// That of a second.
    fn line(sensed: &Sensed, second: i64) -> String {
        let [start, end] = [second, second + 1].map(|at| WallTime::from_micros(at * 1_000_000));
        sensed.line(Interval::new(start, end)).unwrap_or_default()
    }
}
