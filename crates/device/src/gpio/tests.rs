use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::time::sleep;
use watchpost_model::config::{Active, Pin, Pull};

use super::*;

/// A pin that is played. Clones are the same one.
#[derive(Clone, Debug, Default)]
struct Bench(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    pin: Mutex<Played>,
    stirs: Notify,
}

#[derive(Debug, Default)]
struct Played {
    on: bool,
    changes: VecDeque<bool>,
    /// What the system says instead of doing what is asked.
    error: Option<i32>,
    /// It opens only if it need not debounce.
    debounces_nothing: bool,
    /// The debounce times that were asked for, in order.
    asked: Vec<Duration>,
}

impl Bench {
    fn with<T>(&self, work: impl FnOnce(&mut Played) -> T) -> T {
        work(&mut self.0.pin.lock().unwrap())
    }

    fn turns(&self, on: bool) {
        self.with(|pin| {
            pin.on = on;
            pin.changes.push_back(on);
        });
        self.0.stirs.notify_one();
    }

    fn breaks(&self, error: i32) {
        self.with(|pin| pin.error = Some(error));
        self.0.stirs.notify_one();
    }

    fn is_mended(&self) {
        self.with(|pin| {
            pin.error = None;
            pin.changes.clear();
        });
    }

    fn input(&self, debounce: Duration) -> Input<Self> {
        let pin = Pin { chip: "/dev/gpiochip0".into(), line: 17, active: Active::High };
        Input::of(GpioSensor { pin, pull: Pull::None, debounce }, self.clone())
    }
}

fn fault(number: i32) -> PinFault {
    let what = "the pin broke".to_owned();
    PinFault { what, source: io::Error::from_raw_os_error(number), hint: "mend it" }
}

impl Chips for Bench {
    type Line = Bench;

    fn open(&mut self, _: &GpioSensor, debounce: Duration) -> Result<Bench, PinFault> {
        let bench = self.clone();
        self.with(|pin| {
            pin.asked.push(debounce);
            match pin.error {
                Some(number) => Err(fault(number)),
                None if pin.debounces_nothing && !debounce.is_zero() => Err(fault(22)),
                None => Ok(bench),
            }
        })
    }
}

impl Line for Bench {
    fn is_on(&self) -> Result<bool, PinFault> {
        self.with(|pin| pin.error.map_or(Ok(pin.on), |number| Err(fault(number))))
    }

    async fn changed(&mut self) -> Result<bool, PinFault> {
        loop {
            let next = self.with(|pin| match pin.error {
                Some(number) => Some(Err(fault(number))),
                None => pin.changes.pop_front().map(Ok),
            });
            match next {
                Some(next) => return next,
                None => self.0.stirs.notified().await,
            }
        }
    }
}

const HOLD: Duration = Duration::from_millis(50);

/// The next report; there has to be one within an hour of the paused clock.
async fn next<C: Chips>(input: &mut Input<C>) -> Report {
    let next = tokio::time::timeout(Duration::from_hours(1), input.next()).await;
    next.expect("it has something to say")
}

/// What it tells next.
async fn told<C: Chips>(input: &mut Input<C>) -> bool {
    match next(input).await {
        Report::Reading(reading) => {
            let on = reading.on.expect("a pin says yes or no");
            assert_eq!(reading, Reading { on: Some(on), ..Reading::default() });
            on
        }
        lost @ Report::Lost { .. } => panic!("{lost:?}"),
    }
}

/// The cause of its being lost, which it tells next.
async fn lost<C: Chips>(input: &mut Input<C>) -> String {
    match next(input).await {
        Report::Lost { cause, hint } => {
            assert!(!hint.is_empty());
            cause
        }
        reading @ Report::Reading(_) => panic!("{reading:?}"),
    }
}

/// Whether it has nothing to say for this long.
async fn is_quiet<C: Chips>(input: &mut Input<C>, length: Duration) -> bool {
    tokio::time::timeout(length, input.next()).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn the_level_at_opening_is_told_first_and_then_each_change() {
    let bench = Bench::default();
    bench.with(|pin| pin.on = true);
    let mut input = bench.input(HOLD);
    assert!(told(&mut input).await);
    for on in [false, true, false] {
        bench.turns(on);
    }
    assert!(!told(&mut input).await);
    assert!(told(&mut input).await);
    assert!(!told(&mut input).await);
    assert!(is_quiet(&mut input, Duration::from_hours(1)).await);
    assert_eq!(bench.with(|pin| pin.asked.clone()), [HOLD]);
}

#[tokio::test(start_paused = true)]
async fn a_change_between_opening_and_the_first_look_is_told_once() {
    let bench = Bench::default();
    bench.turns(true);
    let mut input = bench.input(Duration::ZERO);
    assert!(told(&mut input).await);
    assert!(is_quiet(&mut input, Duration::from_secs(9)).await);
}

#[tokio::test(start_paused = true)]
async fn where_the_kernel_debounces_nothing_it_is_done_here() {
    let bench = Bench::default();
    bench.with(|pin| pin.debounces_nothing = true);
    let mut input = bench.input(HOLD);
    assert!(!told(&mut input).await);
    assert_eq!(bench.with(|pin| pin.asked.clone()), [HOLD, Duration::ZERO]);

    let began = Instant::now();
    let bouncing = async {
        for (on, held) in [(true, 3), (false, 2), (true, 20), (false, 4), (true, 500)] {
            bench.turns(on);
            sleep(Duration::from_millis(held)).await;
        }
    };
    let (on, ()) = tokio::join!(
        async {
            let on = told(&mut input).await;
            (on, began.elapsed().as_millis())
        },
        bouncing
    );
    let settled = 3 + 2 + 20 + 4 + 50;
    assert_eq!(on, (true, settled));
    assert!(is_quiet(&mut input, Duration::from_secs(9)).await);
}

#[tokio::test(start_paused = true)]
async fn a_broken_off_wait_loses_no_change_and_no_holding() {
    let bench = Bench::default();
    bench.with(|pin| pin.debounces_nothing = true);
    let mut input = bench.input(HOLD);
    assert!(!told(&mut input).await);
    bench.turns(true);
    let began = Instant::now();
    for _ in 0..7 {
        assert!(is_quiet(&mut input, Duration::from_millis(7)).await);
    }
    assert!(told(&mut input).await);
    assert_eq!(began.elapsed(), HOLD);
}

#[tokio::test(start_paused = true)]
async fn a_lost_chip_is_told_once_and_read_again_when_it_is_back() {
    let bench = Bench::default();
    let mut input = bench.input(HOLD);
    assert!(!told(&mut input).await);
    bench.breaks(19);
    assert_eq!(lost(&mut input).await, "the pin broke: No such device (os error 19)");
    assert!(is_quiet(&mut input, Duration::from_mins(1)).await);
    let tries = bench.with(|pin| pin.asked.len());
    assert!((10..=80).contains(&tries), "{tries} tries in a minute");

    bench.breaks(16);
    let cause = lost(&mut input).await;
    assert_eq!(cause, "the pin broke: Device or resource busy (os error 16)");

    bench.with(|pin| pin.on = true);
    bench.is_mended();
    let began = Instant::now();
    assert!(told(&mut input).await);
    assert!(began.elapsed() <= Duration::from_secs(5), "{:?}", began.elapsed());
    bench.breaks(16);
    assert!(lost(&mut input).await.ends_with("(os error 16)"), "it is told again");
}

#[tokio::test]
async fn a_chip_that_is_not_there_is_lost_with_a_hint() {
    for (chip, cause) in [
        (
            "/dev/no-such-gpiochip",
            "/dev/no-such-gpiochip is not there: No such file or directory (os error 2)",
        ),
        ("/dev/null", "/dev/null is no GPIO chip: \"/dev/null\" is not a GPIO character device."),
    ] {
        let pin = Pin { chip: Path::new(chip).into(), line: 17, active: Active::High };
        let mut input = Input::new(GpioSensor { pin, pull: Pull::Up, debounce: HOLD });
        match input.next().await {
            Report::Lost { cause: told, hint } => {
                assert_eq!(told, cause);
                assert!(hint.contains("gpiodetect"), "{hint}");
            }
            reading @ Report::Reading(_) => panic!("{reading:?}"),
        }
    }
}
