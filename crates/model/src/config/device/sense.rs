//! `[[sensor]]`, raw to checked.

use std::collections::BTreeSet;
use std::time::Duration;

use super::check::{Around, Claim, cameras, refuse_all};
use super::{
    Active, GpioSensor, Mcp3008Sensor, MqttSensor, Pin, Pull, Require, Sensor, SensorKind,
    SerialSensor, SimSensor, Threshold,
};
use crate::config::check::{within, within_or_never};
use crate::config::raw::{self, RawSensor};
use crate::config::reader::{Key, Place, Reader};
use crate::config::value::{Attached, LengthOrNever, Reach};
use crate::{CameraId, PhotoAt, Senses, SensorAction};

impl Attached {
    /// How it is written.
    fn written(self) -> &'static str {
        match self {
            Attached::Serial => "kind = \"serial\"",
            Attached::Gpio => "kind = \"gpio\"",
            Attached::Mcp3008 => "kind = \"mcp3008\"",
            Attached::Mqtt => "kind = \"mqtt\"",
            Attached::Sim => "kind = \"sim\"",
        }
    }
}

/// Checks one sensor; nothing where a fault is noted.
pub(super) fn check(raw: RawSensor, around: &mut Around, reader: &mut Reader) -> Option<Sensor> {
    if matches!(raw.name, Key::Absent) {
        reader.missing(&raw.place, "name", "hall");
    }
    if matches!(raw.kind, Key::Absent) {
        reader.missing_value(
            &raw.place,
            "kind",
            "\"serial\" for a board, \"gpio\" for a pin, \"mcp3008\" for an analogue one, \"mqtt\" for \
             one at the broker, or \"sim\" for none",
        );
    }
    let attached = raw.kind.given().map(|(kind, _)| *kind);
    if let Some(attached) = attached {
        refuse_keys_of_others(&raw, attached, reader);
    }
    let senses = match &raw.senses {
        Key::Absent => Some(Senses::Motion),
        Key::Refused(_) => None,
        Key::Given(senses, _) => Some(*senses),
    };
    let cameras = cameras(&raw.cameras, around, reader);
    let actions = actions(&raw, cameras.as_deref(), senses, reader);
    let fires = senses != Some(Senses::Measure);
    let photo_at = photo_at(&raw.photo_at, actions.as_ref().filter(|_| fires), reader);
    let cooldown = within(raw.cooldown.clone(), &raw::REST, reader);
    let heartbeat = heartbeat(raw.heartbeat.clone(), attached, reader);
    let (name, always) = (raw.name.clone(), raw.always.given().map(|(always, _)| *always));
    let kind = match attached? {
        Attached::Serial => SensorKind::Serial(serial(raw, around, reader)?),
        Attached::Gpio => SensorKind::Gpio(gpio(raw, around, reader)?),
        Attached::Mcp3008 => SensorKind::Mcp3008(mcp3008(raw, around, reader)?),
        Attached::Mqtt => SensorKind::Mqtt(mqtt(raw, around, reader)),
        Attached::Sim => SensorKind::Sim(sim(raw, reader)),
    };
    let senses = senses?;
    Some(Sensor {
        name: name.value()?,
        kind,
        senses,
        cameras: cameras?,
        actions: actions?,
        photo_at,
        cooldown: cooldown?,
        heartbeat,
        always: always.unwrap_or(senses.is_urgent()),
    })
}

/// Refuses what means nothing to a sensor that is attached in this way.
fn refuse_keys_of_others(raw: &RawSensor, attached: Attached, reader: &mut Reader) {
    use Attached::{Gpio, Mcp3008, Mqtt, Serial, Sim};
    let RawSensor {
        place: _,
        name: _,
        kind: _,
        senses: _,
        cameras: _,
        actions: _,
        photo_at: _,
        cooldown: _,
        heartbeat: _,
        always: _,
        port,
        baud,
        within,
        require,
        debounce,
        chip,
        pin,
        active,
        pull,
        spi,
        channel,
        threshold,
        hits,
        samples,
        samples_per_sec,
        topic,
        field,
        values,
        clear_values,
        value_field,
        min,
        battery_field,
        file,
    } = raw;
    let keys: [(&[Attached], &[Option<&Place>]); 7] = [
        (&[Serial], &[port.place(), baud.place()]),
        (&[Serial, Sim], &[within.place(), require.place()]),
        (&[Serial, Gpio], &[debounce.place()]),
        (&[Gpio], &[chip.place(), pin.place(), active.place(), pull.place()]),
        (
            &[Mcp3008],
            &[
                spi.place(),
                channel.place(),
                threshold.place(),
                hits.place(),
                samples.place(),
                samples_per_sec.place(),
            ],
        ),
        (
            &[Mqtt],
            &[
                topic.place(),
                field.place(),
                values.place(),
                clear_values.place(),
                value_field.place(),
                min.place(),
                battery_field.place(),
            ],
        ),
        (&[Sim], &[file.place()]),
    ];
    for (kinds, places) in keys.iter().filter(|(kinds, _)| !kinds.contains(&attached)) {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.written()).collect();
        let (kind, kinds) = (attached.written(), kinds.join(" or "));
        refuse_all(places, &format!("means nothing to {kind}; it goes with {kinds}"), reader);
    }
}

/// What is done when it fires; nothing where a fault is noted.
fn actions(
    raw: &RawSensor,
    cameras: Option<&[CameraId]>,
    senses: Option<Senses>,
    reader: &mut Reader,
) -> Option<BTreeSet<SensorAction>> {
    const BY_CAMERAS: [SensorAction; 2] = [SensorAction::Photo, SensorAction::Clip];
    if senses == Some(Senses::Measure) {
        let acts = matches!(&raw.actions, Key::Given(actions, _) if !actions.0.is_empty());
        let actions = raw.actions.place().filter(|_| acts);
        let places = [actions, raw.photo_at.place(), raw.cooldown.place(), raw.always.place()];
        let problem = "means nothing to senses = \"measure\", which never fires";
        refuse_all(&places, problem, reader);
        return Some(BTreeSet::new());
    }
    let (actions, place) = match &raw.actions {
        Key::Absent => {
            let has_cameras = cameras.is_some_and(|cameras| !cameras.is_empty());
            return Some(if has_cameras { BY_CAMERAS.into() } else { BTreeSet::new() });
        }
        Key::Refused(_) => return None,
        Key::Given(actions, place) => (&actions.0, place),
    };
    let first = BY_CAMERAS.iter().find(|action| actions.contains(action));
    if let (Some(action), Some([])) = (first, cameras) {
        let word = action.word();
        reader.refuse(place, format!("needs cameras too, the names of those for {word:?}"));
    }
    Some(actions.clone())
}

/// Which picture its photo is; `actions` are nothing where that was refused already.
fn photo_at(
    photo_at: &Key<PhotoAt>,
    actions: Option<&BTreeSet<SensorAction>>,
    reader: &mut Reader,
) -> PhotoAt {
    let Some((at, place)) = photo_at.given() else { return PhotoAt::Nearest };
    if actions.is_some_and(|actions| !actions.contains(&SensorAction::Photo)) {
        reader.refuse(place, "needs \"photo\" in actions");
    }
    *at
}

fn heartbeat(
    heartbeat: Key<LengthOrNever>,
    attached: Option<Attached>,
    reader: &mut Reader,
) -> Option<Duration> {
    if let (Some(Attached::Gpio), Some((LengthOrNever(Some(_)), place))) =
        (attached, heartbeat.given())
    {
        let problem = "means nothing to kind = \"gpio\", which is heard only when it changes";
        reader.refuse(place, problem);
    }
    // These two tell something all the time; a contact or a button may be silent for weeks.
    let speaks = matches!(attached, Some(Attached::Serial | Attached::Mcp3008));
    match heartbeat {
        Key::Absent => speaks.then_some(raw::HEARTBEAT.default),
        given => within_or_never(given, &raw::HEARTBEAT, reader),
    }
}

fn serial(raw: RawSensor, around: &mut Around, reader: &mut Reader) -> Option<SerialSensor> {
    let RawSensor { place, port, baud, within, require, debounce, .. } = raw;
    match &port {
        Key::Absent => reader.missing(&place, "port", "/dev/ttyACM0"),
        Key::Refused(_) => {}
        Key::Given(port, place) => {
            around.claims.take(Claim::Port(port.clone()), place, reader);
        }
    }
    let (within, require) = nearness(within, require, reader);
    let debounce = crate::config::check::within(debounce, &raw::BOARD_DEBOUNCE, reader);
    let baud = baud.value().map_or(raw::BAUD, |baud| baud.0);
    Some(SerialSensor { port: port.value()?, baud, within, require, debounce: debounce? })
}

/// From which distance on something is near, in millimetres, and what of both must be so.
fn nearness(
    within: Key<Reach>,
    require: Key<Require>,
    reader: &mut Reader,
) -> (Option<u32>, Require) {
    match (&within, &require) {
        (Key::Given(..), Key::Given(Require::Pir, _)) => {
            if let Some(place) = within.place() {
                let problem = "means nothing to require = \"pir\"; write \"distance\", \"either\" or \
                               \"both\"";
                reader.refuse(place, problem);
            }
        }
        (Key::Absent, Key::Given(Require::Distance | Require::Either | Require::Both, place)) => {
            let problem = "needs within too, such as within = \"150cm\"; without a distance write \
                           \"pir\"";
            reader.refuse(place, problem);
        }
        _ => {}
    }
    let usual = if within.place().is_some() { Require::Either } else { Require::Pir };
    (within.value().map(|reach| reach.0), require.value().unwrap_or(usual))
}

fn gpio(raw: RawSensor, around: &mut Around, reader: &mut Reader) -> Option<GpioSensor> {
    let RawSensor { place, chip, pin, active, pull, debounce, .. } = raw;
    if matches!(pin, Key::Absent) {
        reader.missing_value(&place, "pin", "17, the number after \"GPIO\"");
    }
    let debounce = within(debounce, &raw::DEBOUNCE, reader);
    let chip = chip.value().unwrap_or_else(|| raw::GPIO_CHIP.into());
    if let Some((pin, place)) = pin.given() {
        around.claims.take(Claim::Pin(chip.clone(), pin.0), place, reader);
    }
    let active = active.value().unwrap_or(Active::High);
    Some(GpioSensor {
        pin: Pin { chip, line: pin.value()?.0, active },
        pull: pull.value().unwrap_or(Pull::None),
        debounce: debounce?,
    })
}

fn mcp3008(raw: RawSensor, around: &mut Around, reader: &mut Reader) -> Option<Mcp3008Sensor> {
    let RawSensor { place, spi, channel, threshold, hits, samples, samples_per_sec, .. } = raw;
    if matches!(channel, Key::Absent) {
        reader.missing_value(&place, "channel", "0, or another up to 7");
    }
    let spi = spi.value().unwrap_or_else(|| raw::SPI.into());
    if let Some((channel, place)) = channel.given() {
        around.claims.take(Claim::Mcp3008(spi.clone(), channel.0), place, reader);
    }
    let (hits_place, samples_place) = (hits.place().cloned(), samples.place().cloned());
    let hits = hits.value().map_or(raw::HITS, |hits| hits.0);
    let samples = samples.value().map_or(raw::SAMPLES, |samples| samples.0);
    if hits > samples {
        match (hits_place, samples_place) {
            (Some(place), _) => {
                reader.refuse(&place, format!("must not be more than samples, which is {samples}"));
            }
            (None, Some(place)) => {
                reader.refuse(&place, format!("must not be less than hits, which is {hits}"));
            }
            (None, None) => {} // The defaults fit each other.
        }
    }
    let samples_per_sec = samples_per_sec.value().map_or(raw::SAMPLES_PER_SEC, |rate| rate.0);
    Some(Mcp3008Sensor {
        spi,
        channel: channel.value()?.0,
        threshold: threshold.value().unwrap_or(Threshold::Adaptive),
        hits,
        samples,
        samples_per_sec,
    })
}

fn mqtt(raw: RawSensor, around: &Around, reader: &mut Reader) -> MqttSensor {
    let RawSensor {
        kind, topic, field, values, clear_values, value_field, min, battery_field, ..
    } = raw;
    if let (Some((_, place)), false) = (kind.given(), around.has_broker || reader.is_broken()) {
        let problem = "needs a [mqtt] with the broker, such as broker = \"mqtt://192.168.1.5\"";
        reader.refuse(place, problem);
    }
    if matches!(field, Key::Absent) {
        let places = [value_field.place(), min.place(), battery_field.place()];
        refuse_all(&places, "needs field too: only messages that are JSON have it", reader);
    }
    let usual: &[&str] =
        if field.place().is_some() { &["ALERT", "ALERTE"] } else { &["ON", "on", "1", "true"] };
    let usual = || usual.iter().map(|value| (*value).to_owned()).collect();
    let is_good = !matches!(values, Key::Refused(_));
    let values = values.value().map_or_else(usual, |values| values.0);
    if let Key::Given(cleared, place) = &clear_values
        && let Some(both) = cleared.0.iter().find(|value| is_good && values.contains(value))
    {
        reader.refuse(place, format!("has {both:?}, by which it fires"));
    }
    let has_field = field.place().is_some();
    let value_field = value_field.value().map(|field| field.0);
    MqttSensor {
        topic: topic.value().map_or_else(|| raw::TOPIC.to_owned(), |topic| topic.0),
        field: field.value().map(|field| field.0),
        values,
        clear_values: clear_values.value().map(|values| values.0).unwrap_or_default(),
        value_field: value_field.or_else(|| has_field.then(|| raw::VALUE_FIELD.to_owned())),
        min: min.value(),
        battery_field: battery_field.value().map(|field| field.0),
    }
}

fn sim(raw: RawSensor, reader: &mut Reader) -> SimSensor {
    let RawSensor { within, require, file, .. } = raw;
    let (within, require) = nearness(within, require, reader);
    SimSensor { file: file.value(), within, require }
}
