//! `[[sensor]]`, `[[light]]`, `[[servo]]` and `[[output]]`, raw to checked: what they have in common,
//! and what two of them have to do with each other.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Light, Output, Sensor, Servo, act, sense};
use crate::config::check::same_names;
use crate::config::fault::nearest;
use crate::config::raw::{RawLight, RawOutput, RawSensor, RawServo};
use crate::config::reader::{Key, Place, Reader};
use crate::config::value::Cameras;
use crate::{CameraId, DeviceId, SensorAction};

/// The devices as they are written.
pub(in crate::config) struct RawDevices {
    pub(in crate::config) sensor: Vec<RawSensor>,
    pub(in crate::config) light: Vec<RawLight>,
    pub(in crate::config) servo: Vec<RawServo>,
    pub(in crate::config) output: Vec<RawOutput>,
}

/// The devices, checked.
pub(in crate::config) struct Devices {
    pub(in crate::config) sensors: Vec<Sensor>,
    pub(in crate::config) lights: Vec<Light>,
    pub(in crate::config) servos: Vec<Servo>,
    pub(in crate::config) outputs: Vec<Output>,
}

/// What a device can speak of, and what is taken already.
pub(super) struct Around<'a> {
    pub(super) cameras: &'a Known,
    pub(super) sensors: Known,
    pub(super) has_broker: bool,
    pub(super) claims: Claims,
}

/// Checks all devices. `has_broker` is whether there is a `[mqtt]`. Nothing where a fault is noted;
/// and the cameras that a sensor could start, nothing where that cannot be known.
pub(in crate::config) fn check(
    raw: RawDevices,
    cameras: &Known,
    has_broker: bool,
    reader: &mut Reader,
) -> (Option<Devices>, Option<BTreeSet<CameraId>>) {
    let RawDevices { sensor, light, servo, output } = raw;
    let sensor_names = || sensor.iter().map(|sensor| &sensor.name);
    let names = sensor_names()
        .chain(light.iter().map(|light| &light.name))
        .chain(servo.iter().map(|servo| &servo.name))
        .chain(output.iter().map(|output| &output.name));
    same_names(names.filter_map(Key::given).map(|(name, place)| (name.as_str(), place)), reader);
    let sensors = Known::new("sensor", sensor_names(), DeviceId::as_str, reader);
    let mut around = Around { cameras, sensors, has_broker, claims: Claims::default() };
    let sensors: Vec<Option<Sensor>> =
        sensor.into_iter().map(|raw| sense::check(raw, &mut around, reader)).collect();
    let lights: Vec<Option<Light>> =
        light.into_iter().map(|raw| act::light(raw, &mut around, reader)).collect();
    let servos: Vec<Option<Servo>> =
        servo.into_iter().map(|raw| act::servo(raw, &mut around, reader)).collect();
    let outputs: Vec<Option<Output>> =
        output.into_iter().map(|raw| act::output(raw, &mut around, reader)).collect();
    let sensors: Option<Vec<Sensor>> = sensors.into_iter().collect();
    let started = sensors.as_ref().filter(|_| !reader.is_broken()).map(|sensors| started(sensors));
    let devices = || {
        Some(Devices {
            sensors: sensors?,
            lights: lights.into_iter().collect::<Option<_>>()?,
            servos: servos.into_iter().collect::<Option<_>>()?,
            outputs: outputs.into_iter().collect::<Option<_>>()?,
        })
    };
    (devices(), started)
}

/// The cameras that have something to do when a sensor fires.
fn started(sensors: &[Sensor]) -> BTreeSet<CameraId> {
    let acts = |sensor: &&Sensor| {
        [SensorAction::Photo, SensorAction::Clip].iter().any(|act| sensor.actions.contains(act))
    };
    sensors.iter().filter(acts).flat_map(|sensor| sensor.cameras.iter().cloned()).collect()
}

/// The names of what the file has of one kind.
pub(in crate::config) struct Known {
    what: &'static str,
    /// Nothing where a name could not be read.
    names: Option<Vec<String>>,
}

impl Known {
    /// The names of all tables of the kind `what`, which is the name of the table, too.
    pub(in crate::config) fn new<'a, T: 'a>(
        what: &'static str,
        names: impl Iterator<Item = &'a Key<T>>,
        as_str: impl Fn(&T) -> &str,
        reader: &Reader,
    ) -> Self {
        let name = |key: &'a Key<T>| key.given().map(|(name, _)| as_str(name).to_owned());
        let names: Option<Vec<String>> = names.map(name).collect();
        Self { what, names: names.filter(|_| !reader.is_broken()) }
    }

    /// Refuses `name` if it is not among them; gives whether it is good.
    pub(super) fn has(&self, name: &str, place: &Place, reader: &mut Reader) -> bool {
        let Some(names) = &self.names else { return false };
        if names.iter().any(|known| known == name) {
            return true;
        }
        let (what, known) = (self.what, names.iter().map(String::as_str).collect::<Vec<_>>());
        let hint = match nearest(name, &known) {
            Some(known) => format!("did you mean {known:?}?"),
            None if known.is_empty() => {
                format!("this file has none: write [[{what}]] with name = {name:?}")
            }
            None => {
                let known: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
                format!("this file has {}", known.join(", "))
            }
        };
        reader.refuse(place, format!("there is no {what} {name:?}; {hint}"));
        false
    }
}

/// The cameras that a device names; nothing where a fault is noted.
pub(super) fn cameras(
    cameras: &Key<Cameras>,
    around: &Around,
    reader: &mut Reader,
) -> Option<Vec<CameraId>> {
    let (cameras, place) = match cameras {
        Key::Absent => return Some(Vec::new()),
        Key::Refused(_) => return None,
        Key::Given(cameras, place) => (&cameras.0, place),
    };
    let mut are_good = true;
    for camera in cameras {
        are_good &= around.cameras.has(camera.as_str(), place, reader);
    }
    are_good.then(|| cameras.clone())
}

/// A part of this machine that only one device can have.
#[derive(PartialEq)]
pub(super) enum Claim {
    /// A serial line.
    Port(PathBuf),
    /// A line of a GPIO chip.
    Pin(PathBuf, u32),
    /// A channel of a PWM chip.
    Pwm(PathBuf, u32),
    /// A channel of an MCP3008.
    Mcp3008(PathBuf, u8),
}

impl Claim {
    fn word(&self) -> &'static str {
        match self {
            Claim::Port(_) => "port",
            Claim::Pin(..) => "pin",
            Claim::Pwm(..) | Claim::Mcp3008(..) => "channel",
        }
    }
}

/// What was claimed, each with the key that did so.
#[derive(Default)]
pub(super) struct Claims(Vec<(Claim, Place)>);

impl Claims {
    /// Notes that the key at `place` claims this; refuses what is claimed already.
    pub(super) fn take(&mut self, claim: Claim, place: &Place, reader: &mut Reader) {
        if let Some((_, first)) = self.0.iter().find(|(other, _)| *other == claim) {
            let (line, first, word) = (reader.line(first), first.path(), claim.word());
            reader.refuse(place, format!("{first} on line {line} is that {word} already"));
        } else {
            self.0.push((claim, place.clone()));
        }
    }
}

/// Refuses the keys that stand there.
pub(super) fn refuse_all(places: &[Option<&Place>], problem: &str, reader: &mut Reader) {
    for place in places.iter().copied().flatten() {
        reader.refuse(place, problem);
    }
}
