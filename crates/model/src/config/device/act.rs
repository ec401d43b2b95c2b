//! `[[light]]`, `[[servo]]` and `[[output]]`, raw to checked.

use std::path::PathBuf;

use super::check::{Around, Claim, cameras, refuse_all};
use super::{Active, Drive, Light, LightLink, LightWhen, Output, OutputKind, Pin, Servo};
use crate::Fraction;
use crate::config::amount::micros_text;
use crate::config::check::{within, within_or_never};
use crate::config::raw::{self, RawLight, RawOutput, RawServo};
use crate::config::reader::{Key, Place, Reader};
use crate::config::value::{BoardPin, DriveKind, Hours, LinkKind, LitWhen, PwmChannel};

/// Checks one light; nothing where a fault is noted.
pub(super) fn light(raw: RawLight, around: &mut Around, reader: &mut Reader) -> Option<Light> {
    let RawLight {
        place,
        name,
        kind,
        serial_port,
        baudrate,
        serial_timeout,
        updates_per_sec,
        on_command,
        off_command,
        when,
        dark_below,
        hours,
        cameras: lit,
    } = raw;
    if matches!(name, Key::Absent) {
        reader.missing(&place, "name", "porch-ir");
    }
    let cameras = cameras(&lit, around, reader);
    let when = self::when(when, dark_below, hours, reader);
    let timeout_place = serial_timeout.place().cloned();
    let timeout = within(serial_timeout, &raw::LIGHT_TIMEOUT, reader);
    let link = match kind {
        Key::Refused(_) => None,
        Key::Given(LinkKind::Sim, _) => {
            let of_serial = [
                serial_port.place(),
                baudrate.place(),
                timeout_place.as_ref(),
                updates_per_sec.place(),
                on_command.place(),
                off_command.place(),
            ];
            let problem = "means nothing to kind = \"sim\"; it goes with kind = \"serial\"";
            refuse_all(&of_serial, problem, reader);
            Some(LightLink::Sim)
        }
        Key::Absent | Key::Given(LinkKind::Serial, _) => {
            match &serial_port {
                Key::Absent => reader.missing(&place, "serial_port", "/dev/ttyUSB0"),
                Key::Refused(_) => {}
                Key::Given(port, place) => {
                    around.claims.take(Claim::Port(port.clone()), place, reader);
                }
            }
            let places = [on_command.place().cloned(), off_command.place().cloned()];
            let on_command = on_command.value().map(|command| command.0);
            let off_command = off_command.value().map(|command| command.0);
            let on_command = on_command.unwrap_or_else(|| raw::ON_COMMAND.to_owned());
            let off_command = off_command.unwrap_or_else(|| raw::OFF_COMMAND.to_owned());
            if on_command == off_command
                && let Some(place) = places.iter().flatten().next_back()
            {
                reader.refuse(place, "puts it on and off; the two commands must differ");
            }
            let link = || {
                Some(LightLink::Serial {
                    port: serial_port.value()?,
                    baud: baudrate.value().map_or(raw::LIGHT_BAUD, |baud| baud.0),
                    timeout: timeout?,
                    updates_per_sec: updates_per_sec.value().map_or(raw::LIGHT_UPDATES, |n| n.0),
                    on_command,
                    off_command,
                })
            };
            link()
        }
    };
    Some(Light { name: name.value()?, link: link?, when: when?, cameras: cameras? })
}

/// When it is on; nothing where a fault is noted.
fn when(
    when: Key<LitWhen>,
    dark_below: Key<Fraction>,
    hours: Key<Hours>,
    reader: &mut Reader,
) -> Option<LightWhen> {
    let (word, place) = match when {
        Key::Absent => (LitWhen::Always, None),
        Key::Refused(_) => return None,
        Key::Given(word, place) => (word, Some(place)),
    };
    if let (true, Some(place)) = (word != LitWhen::Dark, dark_below.place()) {
        reader.refuse(place, "needs when = \"dark\"");
    }
    if let (true, Some(place)) = (word != LitWhen::Hours, hours.place()) {
        reader.refuse(place, "needs when = \"hours\"");
    }
    match word {
        LitWhen::Always => Some(LightWhen::Always),
        LitWhen::Armed => Some(LightWhen::Armed),
        LitWhen::ByHand => Some(LightWhen::ByHand),
        LitWhen::Dark => {
            let usual = raw::DARK_BELOW.parse().ok().and_then(Fraction::new);
            dark_below.value().or(usual).map(LightWhen::Dark)
        }
        LitWhen::Hours => {
            if let (Key::Absent, Some(place)) = (&hours, place) {
                reader.refuse(&place, "needs hours too, such as hours = \"20:00-06:00\"");
            }
            hours.value().map(|Hours { from, to }| LightWhen::Hours { from, to })
        }
    }
}

/// Checks one servo; nothing where a fault is noted.
pub(super) fn servo(raw: RawServo, around: &mut Around, reader: &mut Reader) -> Option<Servo> {
    let RawServo {
        place,
        name,
        kind,
        board_pin,
        pwm_chip,
        channel,
        angle_on,
        angle_off,
        speed,
        min_pulse,
        max_pulse,
    } = raw;
    if matches!(name, Key::Absent) {
        reader.missing(&place, "name", "cover");
    }
    let drive = match kind {
        Key::Refused(_) => None,
        Key::Given(DriveKind::Sim, _) => {
            let of_pwm = [
                board_pin.place(),
                pwm_chip.place(),
                channel.place(),
                min_pulse.place(),
                max_pulse.place(),
            ];
            let problem = "means nothing to kind = \"sim\"; it goes with kind = \"pwm\"";
            refuse_all(&of_pwm, problem, reader);
            Some(Drive::Sim)
        }
        Key::Absent | Key::Given(DriveKind::Pwm, _) => {
            pwm(&place, PwmKeys { board_pin, pwm_chip, channel }, around, reader)
        }
    };
    let (min_place, max_place) = (min_pulse.place().cloned(), max_pulse.place().cloned());
    let min_pulse = min_pulse.value().map_or(raw::MIN_PULSE, |pulse| pulse.0);
    let max_pulse = max_pulse.value().map_or(raw::MAX_PULSE, |pulse| pulse.0);
    if min_pulse >= max_pulse {
        let longer = format!("must be longer than min_pulse, which is {}", micros_text(min_pulse));
        let shorter =
            format!("must be shorter than max_pulse, which is {}", micros_text(max_pulse));
        match (max_place, min_place) {
            (Some(place), _) => reader.refuse(&place, longer),
            (None, Some(place)) => reader.refuse(&place, shorter),
            (None, None) => {} // The defaults fit each other.
        }
    }
    Some(Servo {
        name: name.value()?,
        drive: drive?,
        angle_on: angle_on.value().map_or(raw::ANGLE_ON.into(), |angle| angle.0),
        angle_off: angle_off.value().map_or(raw::ANGLE_OFF.into(), |angle| angle.0),
        speed: speed.value().map_or(raw::SERVO_SPEED.into(), |speed| speed.0),
        min_pulse,
        max_pulse,
    })
}

struct PwmKeys {
    board_pin: Key<BoardPin>,
    pwm_chip: Key<PathBuf>,
    channel: Key<PwmChannel>,
}

/// The channel that drives the servo whose table is at `table`; nothing where a fault is noted.
fn pwm(table: &Place, keys: PwmKeys, around: &mut Around, reader: &mut Reader) -> Option<Drive> {
    let PwmKeys { board_pin, pwm_chip, channel } = keys;
    let mut drive = |chip: PathBuf, channel: u32, place: &Place, reader: &mut Reader| {
        around.claims.take(Claim::Pwm(chip.clone(), channel), place, reader);
        Drive::Pwm { chip, channel }
    };
    if let Some(place) = board_pin.place() {
        let line = reader.line(place);
        let problem = format!("only one of board_pin and channel; line {line} gives board_pin");
        refuse_all(&[pwm_chip.place(), channel.place()], &problem, reader);
        let (BoardPin { channel, line }, place) = board_pin.given()?;
        let drive = drive(raw::PWM_CHIP.into(), *channel, place, reader);
        around.claims.take(Claim::Pin(raw::GPIO_CHIP.into(), *line), place, reader);
        return Some(drive);
    }
    match (channel, &pwm_chip) {
        (Key::Given(channel, place), Key::Given(chip, _)) => {
            Some(drive(chip.clone(), channel.0, &place, reader))
        }
        (Key::Given(channel, place), Key::Absent) => {
            Some(drive(raw::PWM_CHIP.into(), channel.0, &place, reader))
        }
        (Key::Given(..), Key::Refused(_)) | (Key::Refused(_), _) => None,
        (Key::Absent, Key::Given(_, place) | Key::Refused(place)) => {
            reader.refuse(place, "needs channel too, such as channel = 0");
            None
        }
        (Key::Absent, Key::Absent) => {
            let example = "12, or channel = 0 with the pwm_chip that has it";
            reader.missing_value(table, "board_pin", example);
            None
        }
    }
}

/// Checks one output; nothing where a fault is noted.
pub(super) fn output(raw: RawOutput, around: &mut Around, reader: &mut Reader) -> Option<Output> {
    let RawOutput { place, name, kind, pin, chip, active, follows, max_on, sim } = raw;
    if matches!(name, Key::Absent) {
        reader.missing(&place, "name", "hall-lamp");
    }
    if matches!(kind, Key::Absent) {
        reader.missing_value(&place, "kind", "\"led\", \"relay\" or \"siren\"");
    }
    let is_played = matches!(sim, Key::Given(true, _));
    if is_played {
        let problem = "means nothing to sim = true, which has no pin";
        refuse_all(&[pin.place(), chip.place(), active.place()], problem, reader);
    } else if let (Key::Absent, Key::Absent | Key::Given(..)) = (&pin, &sim) {
        let example = "27, the number after \"GPIO\", or sim = true to have none";
        reader.missing_value(&place, "pin", example);
    }
    let chip = chip.value().unwrap_or_else(|| raw::GPIO_CHIP.into());
    if let (Some((pin, place)), false) = (pin.given(), is_played) {
        around.claims.take(Claim::Pin(chip.clone(), pin.0), place, reader);
    }
    if let Some((sensor, place)) = follows.given() {
        around.sensors.has(sensor.as_str(), place, reader);
    }
    let is_siren = matches!(kind, Key::Given(OutputKind::Siren, _));
    let max_on = match max_on {
        Key::Absent => is_siren.then_some(raw::MAX_ON.default),
        given => within_or_never(given, &raw::MAX_ON, reader),
    };
    let active = active.value().unwrap_or(Active::High);
    let pin = pin.value().map(|line| Pin { chip, line: line.0, active });
    Some(Output { name: name.value()?, kind: kind.value()?, pin, follows: follows.value(), max_on })
}
