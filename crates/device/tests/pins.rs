//! Pins and buses that this machine does not have: each is told with what its owner can do.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::timeout;
use watchpost_device::output::Output;
use watchpost_device::{Player, Report, Sensor};
use watchpost_model::config::{
    self, Active, GpioSensor, Mcp3008Sensor, OutputKind, Pin, Pull, SensorKind, Threshold,
};
use watchpost_model::{PhotoAt, Reading, Senses};

fn sensor(kind: SensorKind) -> Sensor {
    let settings = config::Sensor {
        name: "hall".parse().expect("a name"),
        kind,
        senses: Senses::Motion,
        cameras: Vec::new(),
        actions: BTreeSet::new(),
        photo_at: PhotoAt::Nearest,
        cooldown: Duration::ZERO,
        heartbeat: None,
        always: false,
    };
    Sensor::new(&settings, None, &Player::default())
}

fn pin(chip: &str) -> Pin {
    Pin { chip: chip.into(), line: 17, active: Active::High }
}

/// Asserts that it is lost so, told once, and that the hint has this word.
async fn is_lost(mut sensor: Sensor, cause: &str, word: &str) {
    let Report::Lost { cause: told, hint } = sensor.next().await else { panic!("{sensor:?}") };
    assert_eq!(told, cause);
    assert!(hint.contains(word), "{hint}");
    let again = timeout(Duration::from_mins(1), sensor.next()).await;
    assert!(again.is_err(), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn a_chip_that_is_not_there() {
    let settings = GpioSensor {
        pin: pin("/dev/no-such-gpiochip"),
        pull: Pull::Up,
        debounce: Duration::from_millis(50),
    };
    let cause = "/dev/no-such-gpiochip is not there: No such file or directory (os error 2)";
    is_lost(sensor(SensorKind::Gpio(settings)), cause, "gpiodetect").await;
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_is_not_there() {
    let settings = Mcp3008Sensor {
        spi: "/dev/no-such-spidev".into(),
        channel: 0,
        threshold: Threshold::Adaptive,
        hits: 2,
        samples: 6,
        samples_per_sec: 10,
    };
    let cause = "/dev/no-such-spidev is not there: No such file or directory (os error 2)";
    is_lost(sensor(SensorKind::Mcp3008(settings)), cause, "raspi-config").await;
}

#[test]
fn an_output_whose_chip_is_not_there() {
    let mut settings = config::Output {
        name: "siren".parse().unwrap(),
        kind: OutputKind::Siren,
        pin: Some(pin("/dev/no-such-gpiochip")),
        follows: None,
        max_on: None,
    };
    let error = Output::open(&settings).unwrap_err();
    assert_eq!(error.to_string(), "/dev/no-such-gpiochip is not there");
    assert!(error.hint().contains("gpiodetect"), "{}", error.hint());
    settings.pin = None;
    let mut played = Output::open(&settings).unwrap();
    played.set(true).unwrap();
}

/// Sensors live in tasks of their own.
#[tokio::test]
async fn each_may_be_moved_into_a_task() {
    fn may_move<T: Send>(_: &T) {}
    let mut sensor = sensor(SensorKind::Gpio(GpioSensor {
        pin: pin("/dev/no-such-gpiochip"),
        pull: Pull::None,
        debounce: Duration::ZERO,
    }));
    may_move(&sensor);
    let told = tokio::spawn(async move { sensor.next().await }).await.unwrap();
    assert_ne!(told, Report::Reading(Reading::default()));
}
