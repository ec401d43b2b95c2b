use std::sync::{Arc, Mutex};

use embedded_hal::spi::{ErrorType, Operation};
use watchpost_model::config::Threshold;

use super::*;

/// An MCP3008 that is played: answers as the data sheet says, bit by bit. Clones are the same one.
#[derive(Clone, Debug, Default)]
struct Chip(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    levels: [u16; 8],
    /// What is on the wire to us where no chip drives it.
    unplugged: Option<bool>,
    error: Option<i32>,
    opened: usize,
    /// What was sent in one piece.
    sent: Vec<Vec<u8>>,
}

impl Chip {
    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap())
    }
}

impl Inner {
    /// What comes back while `sent` goes out, while the chip is selected once.
    fn answer(&self, sent: &[u8]) -> Vec<u8> {
        let bits = sent.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1 == 1));
        let bits: Vec<bool> = bits.collect();
        let idle = self.unplugged.unwrap_or(true);
        let mut back = vec![idle; bits.len()];
        if self.unplugged.is_none()
            && let Some(start) = bits.iter().position(|bit| *bit)
        {
            let [single, high, middle, low] = bits[start + 1..start + 5] else { panic!() };
            assert!(single, "the difference of two channels is not what is wanted");
            let channel = [high, middle, low].iter().fold(0, |n, bit| n * 2 + usize::from(*bit));
            // After the channel it samples for a bit and a half, then says 0, then the level.
            let first = start + 6;
            back[first] = false;
            for bit in 0..10 {
                back[first + 1 + bit] = self.levels[channel] >> (9 - bit) & 1 == 1;
            }
        }
        let byte = |bits: &[bool]| bits.iter().fold(0, |n, bit| n << 1 | u8::from(*bit));
        back.chunks(8).map(byte).collect()
    }
}

impl ErrorType for Chip {
    type Error = SPIError;
}

impl SpiDevice for Chip {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), SPIError> {
        let [Operation::TransferInPlace(bytes)] = operations else {
            panic!("one piece there and back: {operations:?}")
        };
        self.with(|chip| {
            if let Some(number) = chip.error {
                return Err(io::Error::from_raw_os_error(number).into());
            }
            chip.sent.push(bytes.to_vec());
            bytes.copy_from_slice(&chip.answer(bytes));
            Ok(())
        })
    }
}

impl Open for Chip {
    type Device = Chip;

    fn open(&mut self, path: &Path) -> io::Result<Chip> {
        assert_eq!(path, Path::new("/dev/spidev0.0"));
        let device = self.clone();
        self.with(|chip| {
            chip.opened += 1;
            chip.error.map_or(Ok(device), |number| Err(io::Error::from_raw_os_error(number)))
        })
    }
}

fn settings(channel: u8, samples_per_sec: u8) -> Mcp3008Sensor {
    Mcp3008Sensor {
        spi: "/dev/spidev0.0".into(),
        channel,
        threshold: Threshold::Adaptive,
        hits: 2,
        samples: 6,
        samples_per_sec,
    }
}

/// The next report; there has to be one within an hour of the paused clock.
async fn next<O: Open>(channel: &mut Channel<O>) -> Report {
    let next = tokio::time::timeout(Duration::from_hours(1), channel.next()).await;
    next.expect("it has something to say")
}

async fn level<O: Open>(channel: &mut Channel<O>) -> f32 {
    match next(channel).await {
        Report::Reading(Reading { level: Some(level), on: None, value: None, .. }) => level.get(),
        other => panic!("{other:?}"),
    }
}

async fn lost<O: Open>(channel: &mut Channel<O>) -> (String, String) {
    match next(channel).await {
        Report::Lost { cause, hint } => (cause, hint),
        reading @ Report::Reading(_) => panic!("{reading:?}"),
    }
}

#[test]
fn every_level_of_every_channel_is_read_as_it_is() {
    let mut chip = Chip::default();
    for channel in 0..8_u8 {
        for level in 0..1024_u16 {
            // The others have another one.
            chip.with(|chip| {
                chip.levels = [level ^ 0x155; 8];
                chip.levels[usize::from(channel)] = level;
            });
            let read = read(&mut chip, channel).unwrap().get();
            assert!((read - f32::from(level) / 1023.0).abs() < 1e-6, "{channel}: {level}: {read}");
        }
    }
}

#[test]
fn the_bytes_are_those_of_the_data_sheet() {
    let mut chip = Chip::default();
    for channel in [0, 1, 5, 7] {
        read(&mut chip, channel).unwrap();
    }
    let sent = chip.with(|chip| chip.sent.clone());
    assert_eq!(sent, [[1, 0x80, 0], [1, 0x90, 0], [1, 0xD0, 0], [1, 0xF0, 0]]);
}

#[tokio::test(start_paused = true)]
async fn it_is_read_in_its_rhythm_however_late_it_is_asked() {
    let chip = Chip::default();
    chip.with(|chip| chip.levels[3] = 1023);
    let mut channel = Channel::of(settings(3, 10), chip.clone());
    let began = Instant::now();
    let after = || began.elapsed().as_millis();
    assert_eq!(level(&mut channel).await.to_string(), "1");
    assert_eq!(after(), 0);
    // A wait that is broken off neither loses nor shifts a sample.
    for _ in 0..3 {
        let wait = tokio::time::timeout(Duration::from_millis(30), channel.next()).await;
        assert!(wait.is_err());
    }
    level(&mut channel).await;
    assert_eq!(after(), 100);
    tokio::time::advance(Duration::from_millis(30)).await;
    level(&mut channel).await;
    assert_eq!(after(), 200);
    // After five seconds that nobody asked, one is told, not fifty.
    tokio::time::advance(Duration::from_secs(5)).await;
    level(&mut channel).await;
    level(&mut channel).await;
    assert_eq!(after(), 5_300);
    assert_eq!(chip.with(|chip| chip.opened), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_bus_is_told_once_and_opened_again() {
    let chip = Chip::default();
    let mut channel = Channel::of(settings(0, 50), chip.clone());
    level(&mut channel).await;
    chip.with(|chip| chip.error = Some(5));
    let (cause, _) = lost(&mut channel).await;
    assert_eq!(cause, "/dev/spidev0.0 cannot be read: Input/output error (os error 5)");
    let silence = tokio::time::timeout(Duration::from_mins(1), channel.next()).await;
    assert!(silence.is_err());
    let opened = chip.with(|chip| chip.opened);
    assert!((10..=40).contains(&opened), "{opened} tries in a minute");

    chip.with(|chip| chip.error = Some(13));
    let (cause, hint) = lost(&mut channel).await;
    assert_eq!(cause, "/dev/spidev0.0 may not be used: Permission denied (os error 13)");
    assert!(hint.contains("group spi"), "{hint}");

    chip.with(|chip| (chip.error, chip.levels[0]) = (None, 341));
    assert_eq!(level(&mut channel).await.to_string(), "0.33333334");
}

#[tokio::test(start_paused = true)]
async fn a_wire_that_stays_high_is_no_chip() {
    let chip = Chip::default();
    chip.with(|chip| chip.unplugged = Some(true));
    let mut channel = Channel::of(settings(0, 10), chip.clone());
    let (cause, hint) = lost(&mut channel).await;
    assert_eq!(cause, "no MCP3008 answers on /dev/spidev0.0");
    assert!(hint.contains("DOUT"), "{hint}");
    // One that stays low looks like a level of nothing, and is told as that.
    chip.with(|chip| chip.unplugged = Some(false));
    assert_eq!(level(&mut channel).await.to_string(), "0");
}

#[tokio::test]
async fn a_bus_that_is_not_there_is_lost_with_a_hint() {
    for (path, cause) in [
        (
            "/dev/no-such-spidev",
            "/dev/no-such-spidev is not there: No such file or directory (os error 2)",
        ),
        ("/dev/null", "/dev/null is no SPI bus: Inappropriate ioctl for device (os error 25)"),
    ] {
        let settings = Mcp3008Sensor { spi: path.into(), ..settings(0, 10) };
        let (told, hint) = lost(&mut Channel::new(settings)).await;
        assert_eq!(told, cause);
        assert!(hint.contains("raspi-config"), "{hint}");
    }
}
