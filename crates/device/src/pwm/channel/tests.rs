use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::{Arc, Mutex};

use super::*;

const CHIP: &str = "/sys/class/pwm/pwmchip0";

/// A chip and the kernel's rules for it. Clones are the same one.
#[derive(Clone, Debug, Default)]
struct Chip(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    channels: BTreeMap<u32, State>,
    exported: BTreeSet<u32>,
    /// Other drivers have these.
    taken: BTreeSet<u32>,
    /// How long udev takes to give the files of a channel to us.
    udev: Duration,
    paused: Duration,
    /// All that was taken, in order.
    log: Vec<String>,
    /// The number of the error that writing to a file of this name gives.
    fails: BTreeMap<&'static str, i32>,
    /// The seed of luck: one write in five fails, and half of these were obeyed nevertheless.
    shaky: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    period: u64,
    pulse: u64,
    is_on: bool,
    is_inversed: bool,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            channels: [(0, State::default()), (1, State::default())].into(),
            exported: BTreeSet::new(),
            taken: BTreeSet::new(),
            udev: Duration::ZERO,
            paused: Duration::ZERO,
            log: Vec::new(),
            fails: BTreeMap::new(),
            shaky: None,
        }
    }
}

const EIO: i32 = 5;
const EACCES: i32 = 13;
const EBUSY: i32 = 16;
const ENODEV: i32 = 19;
const EINVAL: i32 = 22;

impl Chip {
    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap())
    }

    fn take(&self, number: u32) -> Result<Channel, ServoError> {
        Channel::take(Box::new(self.clone()), Path::new(CHIP), number)
    }

    fn state(&self, number: u32) -> State {
        self.with(|chip| chip.channels[&number])
    }

    fn log(&self) -> Vec<String> {
        self.with(|chip| std::mem::take(&mut chip.log))
    }
}

/// The channel, if any, and the name of a file.
fn file(path: &Path) -> (Option<u32>, String) {
    let path = path.strip_prefix(CHIP).expect("nothing but the chip is touched");
    let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
    match *parts {
        [name] => (None, name.to_owned()),
        [folder, name] => {
            (Some(folder.strip_prefix("pwm").unwrap().parse().unwrap()), name.to_owned())
        }
        _ => panic!("{}", path.display()),
    }
}

impl Inner {
    fn write(&mut self, path: &Path, text: &str) -> Result<(), i32> {
        let (number, name) = file(path);
        let number = match number {
            Some(number) => {
                self.open(number)?;
                number
            }
            None => text.parse().map_err(|_| EINVAL)?,
        };
        if let Some(error) = self.fails.get(&*name) {
            return Err(*error);
        }
        let luck = self.shaky.as_mut().map_or(1, |seed| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888);
            (*seed >> 33) % 10
        });
        if luck == 0 {
            return Err(EIO);
        }
        match &*name {
            "export" if !self.channels.contains_key(&number) => return Err(ENODEV),
            "export" if self.taken.contains(&number) => return Err(EBUSY),
            "export" => self.exported.insert(number).then_some(()).ok_or(EBUSY)?,
            "unexport" => self.exported.remove(&number).then_some(()).ok_or(ENODEV)?,
            name => self.change(number, name, text)?,
        }
        self.log.push(format!("{name} {text}"));
        if luck == 5 { Err(EIO) } else { Ok(()) }
    }

    /// As `pwm_apply_state` of the kernel has it: only a whole state that makes sense is taken.
    fn change(&mut self, number: u32, name: &str, text: &str) -> Result<(), i32> {
        let state = self.channels.get_mut(&number).ok_or(ENODEV)?;
        let value = || text.parse::<u64>().map_err(|_| EINVAL);
        let mut new = *state;
        match name {
            "period" => new.period = value()?,
            "duty_cycle" => new.pulse = value()?,
            "enable" => new.is_on = value()? == 1,
            "polarity" => new.is_inversed = text == "inversed",
            _ => panic!("no file {name}"),
        }
        let turned = new.is_inversed != state.is_inversed && state.is_on;
        if new.period == 0 || new.pulse > new.period || turned {
            return Err(EINVAL);
        }
        *state = new;
        Ok(())
    }

    fn open(&self, number: u32) -> Result<(), i32> {
        match self.exported.contains(&number) {
            false => Err(2),
            true if self.paused < self.udev => Err(EACCES),
            true => Ok(()),
        }
    }
}

impl Files for Chip {
    fn read(&self, path: &Path) -> io::Result<String> {
        self.with(|chip| match file(path) {
            (None, name) if name == "npwm" => Ok(format!("{}\n", chip.channels.len())),
            (Some(number), name) if chip.exported.contains(&number) => {
                let state = chip.channels[&number];
                let value = match &*name {
                    "period" => state.period.to_string(),
                    "duty_cycle" => state.pulse.to_string(),
                    "enable" => u8::from(state.is_on).to_string(),
                    "polarity" => if state.is_inversed { "inversed" } else { "normal" }.to_owned(),
                    _ => panic!("no file {name}"),
                };
                Ok(value + "\n")
            }
            _ => Err(io::Error::from_raw_os_error(2)),
        })
    }

    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        self.with(|chip| chip.write(path, text)).map_err(io::Error::from_raw_os_error)
    }

    fn may_write(&self, path: &Path) -> io::Result<()> {
        let number = file(path).0.expect("a file of a channel");
        self.with(|chip| chip.open(number)).map_err(io::Error::from_raw_os_error)
    }

    fn is_folder(&self, path: &Path) -> bool {
        let number = path.file_name().unwrap().to_str().unwrap().strip_prefix("pwm").unwrap();
        self.with(|chip| chip.exported.contains(&number.parse().unwrap()))
    }

    fn pause(&self, length: Duration) {
        self.with(|chip| chip.paused += length);
    }
}

const MIDDLE: Duration = Duration::from_micros(1_500);

fn told(error: &ServoError) -> String {
    format!("{error}: {}", error.source().unwrap())
}

#[test]
fn nothing_moves_before_the_first_pulse_and_nothing_after_the_last() {
    let chip = Chip::default();
    let mut channel = chip.take(0).unwrap();
    assert_eq!(chip.log(), ["export 0", "period 20000000"]);
    let still = State { period: 20_000_000, ..State::default() };
    assert_eq!(chip.state(0), still);

    channel.send(MIDDLE).unwrap();
    assert_eq!(chip.log(), ["duty_cycle 1500000", "enable 1"]);
    channel.send(MIDDLE).unwrap();
    assert_eq!(chip.log(), [""; 0], "it stands already");
    channel.send(MIDDLE * 2).unwrap();
    assert_eq!(chip.log(), ["duty_cycle 3000000"]);
    channel.rest().unwrap();
    channel.rest().unwrap();
    assert_eq!(chip.log(), ["enable 0"]);
    channel.send(MIDDLE * 2).unwrap();
    assert_eq!(chip.log(), ["enable 1"]);
    drop(channel);
    assert_eq!(chip.log(), ["enable 0", "unexport 0"]);
    assert_eq!(chip.state(1), State::default(), "the other channel is left alone");
}

#[test]
fn a_channel_that_was_left_on_is_put_off_first_and_stays_exported() {
    let chip = Chip::default();
    let left = State { period: 1_000_000, pulse: 900_000, is_on: true, is_inversed: true };
    chip.with(|chip| {
        chip.channels = [(0, left), (1, left)].into();
        chip.exported = [0, 1].into();
    });
    let channel = chip.take(1).unwrap();
    let expected = ["enable 0", "duty_cycle 0", "period 20000000", "polarity normal"];
    assert_eq!(chip.log(), expected);
    drop(channel);
    assert_eq!(chip.log(), [""; 0]);
    assert_eq!(chip.state(0), left);
}

#[test]
fn udev_is_waited_for_a_second_and_no_longer() {
    let chip = Chip::default();
    chip.with(|chip| chip.udev = Duration::from_millis(900));
    drop(chip.take(0).unwrap());

    let chip = Chip::default();
    chip.with(|chip| chip.udev = Duration::from_hours(1));
    let error = chip.take(0).unwrap_err();
    assert_eq!(
        told(&error),
        format!("channel 0 of {CHIP} cannot be taken: Permission denied (os error 13)")
    );
    assert!(error.hint().contains("group gpio"), "{}", error.hint());
    let paused = chip.with(|chip| chip.paused);
    assert!((PATIENCE..PATIENCE * 2).contains(&paused), "{paused:?}");
    assert_eq!(chip.log(), ["export 0", "unexport 0"], "it is given back");
}

#[test]
fn what_others_have_is_left_to_them() {
    let chip = Chip::default();
    chip.with(|chip| chip.taken = [0].into());
    let error = chip.take(0).unwrap_err();
    let cause =
        format!("channel 0 of {CHIP} cannot be taken: Device or resource busy (os error 16)");
    assert_eq!(told(&error), cause);
    assert!(error.hint().contains("fan"), "{}", error.hint());
    let error = chip.take(2).unwrap_err();
    assert_eq!(told(&error), format!("{CHIP} has the channels 0 to 1: there is no 2"));
    assert_eq!(chip.log(), [""; 0]);
}

#[test]
fn each_refusal_is_told_with_its_own_remedy() {
    for (file, number, what, hint) in [
        ("export", 30, "cannot be taken", "ProtectKernelTunables"),
        ("export", EACCES, "cannot be taken", "group gpio"),
        ("period", EINVAL, "cannot be set up", "20 ms"),
        ("enable", EIO, "does not obey", "dmesg"),
    ] {
        let chip = Chip::default();
        chip.with(|chip| chip.fails = [(file, number)].into());
        let mut tried = chip.take(1);
        if let Ok(channel) = &mut tried {
            let error = channel.send(MIDDLE).unwrap_err();
            chip.with(|chip| chip.fails.clear());
            channel.send(MIDDLE).unwrap();
            assert!(chip.state(1).is_on, "it is tried again");
            tried = Err(error);
        }
        let error = tried.unwrap_err();
        assert_eq!(error.to_string(), format!("channel 1 of {CHIP} {what}"));
        assert!(error.hint().contains(hint), "{}", error.hint());
        assert!(!chip.state(1).is_on);
    }
}

#[test]
fn whatever_fails_the_servo_gets_no_pulse_that_it_was_not_told() {
    for seed in 0..500 {
        let chip = Chip::default();
        chip.with(|chip| {
            chip.shaky = Some(seed);
            chip.channels =
                [(0, State { period: 9, pulse: 9, is_on: true, is_inversed: false })].into();
            if seed % 2 == 0 {
                chip.exported = [0].into();
            } else {
                chip.channels = [(0, State::default())].into();
            }
        });
        let Ok(mut channel) = chip.take(0) else { continue };
        assert!(!chip.state(0).is_on);
        let mut wanted = Vec::new();
        for step in 0..20 {
            let pulse = MIDDLE + Duration::from_micros((seed + step) % 3);
            if (seed + step) % 5 == 4 {
                let rests = channel.rest().is_ok();
                assert!(!(rests && chip.state(0).is_on), "{seed}: {step}");
            } else {
                wanted.push(u64::try_from(pulse.as_nanos()).unwrap());
                let stands = channel.send(pulse).is_ok();
                let state = chip.state(0);
                let there = state.is_on && Some(&state.pulse) == wanted.last();
                assert!(!stands || there, "{seed}: {step}: {state:?}");
            }
            let state = chip.state(0);
            assert!(!state.is_on || wanted.contains(&state.pulse), "{seed}: {step}: {state:?}");
        }
        chip.with(|chip| chip.shaky = None);
        drop(channel);
        assert!(!chip.state(0).is_on, "{seed}");
    }
}
