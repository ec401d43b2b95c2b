//! A servo on the files of a chip that is played in a folder.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tempfile::TempDir;
use watchpost_device::pwm::{Servo, ServoError};
use watchpost_model::config::{self, Drive};

/// A chip of two channels in a folder, with a thread in the kernel's place: it makes and takes away the
/// folders of channels.
struct Chip {
    folder: TempDir,
    runs: Arc<AtomicBool>,
    kernel: Option<JoinHandle<()>>,
}

impl Chip {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("npwm", "2\n"), ("export", ""), ("unexport", "")] {
            fs::write(folder.path().join(name), text).expect("the folder is ours");
        }
        let runs = Arc::new(AtomicBool::new(true));
        let (path, go_on) = (folder.path().to_owned(), runs.clone());
        let kernel = thread::spawn(move || {
            while go_on.load(Ordering::Relaxed) {
                play_the_kernel(&path);
                thread::park_timeout(Duration::from_millis(2));
            }
        });
        Self { folder, runs, kernel: Some(kernel) }
    }

    fn servo(&self, channel: u32) -> Result<Servo, ServoError> {
        open(self.folder.path().to_owned(), channel)
    }

    fn says(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join("pwm1").join(name))
            .expect("a file of the channel")
    }
}

impl Drop for Chip {
    fn drop(&mut self) {
        self.runs.store(false, Ordering::Relaxed);
        self.kernel.take().expect("it was started").join().expect("it did not panic");
    }
}

/// Does what `export` and `unexport` ask for.
fn play_the_kernel(chip: &Path) {
    let asked = |name: &str| {
        let file = chip.join(name);
        let text = fs::read_to_string(&file).unwrap_or_default();
        if !text.is_empty() {
            fs::write(&file, "").expect("the folder is ours");
        }
        (!text.is_empty()).then(|| chip.join(format!("pwm{text}")))
    };
    if let Some(folder) = asked("export") {
        let fresh = chip.join("fresh");
        fs::create_dir(&fresh).expect("the folder is ours");
        let files = [("period", "0\n"), ("duty_cycle", "0\n"), ("enable", "0\n")];
        for (name, text) in [&files[..], &[("polarity", "normal\n")]].concat() {
            fs::write(fresh.join(name), text).expect("the folder is ours");
        }
        fs::rename(fresh, folder).expect("the folder is ours");
    }
    if let Some(folder) = asked("unexport") {
        fs::remove_dir_all(folder).expect("the folder is ours");
    }
}

fn open(chip: PathBuf, channel: u32) -> Result<Servo, ServoError> {
    Servo::open(&config::Servo {
        name: "cover".parse().expect("a name"),
        drive: Drive::Pwm { chip, channel },
        angle_on: 90.0,
        angle_off: 0.0,
        speed: 90.0,
        min_pulse: Duration::from_micros(500),
        max_pulse: Duration::from_micros(2_500),
    })
}

#[test]
fn a_servo_is_taken_moved_and_given_back() {
    let chip = Chip::new();
    let mut servo = chip.servo(1).unwrap();
    assert_eq!(
        ["period", "duty_cycle", "enable"].map(|name| chip.says(name)),
        ["20000000", "0\n", "0\n"]
    );
    servo.stand(90.0).unwrap();
    assert_eq!(["duty_cycle", "enable"].map(|name| chip.says(name)), ["1500000", "1"]);
    servo.stand(-20.0).unwrap();
    assert_eq!(chip.says("duty_cycle"), "500000");
    servo.stand(2_000.0).unwrap();
    assert_eq!(chip.says("duty_cycle"), "2500000");
    servo.rest().unwrap();
    assert_eq!(chip.says("enable"), "0");
    assert!(!chip.folder.path().join("pwm0").exists(), "the other channel is left alone");
    drop(servo);
    let unexport = fs::read_to_string(chip.folder.path().join("unexport")).unwrap();
    assert!(unexport == "1" || unexport.is_empty(), "{unexport}");
}

#[test]
fn a_chip_that_is_not_there_is_told_with_a_hint() {
    let error = open("/sys/class/pwm/no-such-pwmchip".into(), 0).unwrap_err();
    assert_eq!(error.to_string(), "/sys/class/pwm/no-such-pwmchip is no PWM chip");
    assert_eq!(error.source().unwrap().to_string(), "No such file or directory (os error 2)");
    assert!(error.hint().contains("dtoverlay=pwm-2chan"), "{}", error.hint());
}

#[test]
fn a_folder_that_is_no_chip_gets_no_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("npwm"), "2\n").unwrap();
    let error = open(folder.path().to_owned(), 0).unwrap_err();
    assert!(error.to_string().ends_with("cannot be taken"), "{error}");
    let files = fs::read_dir(folder.path()).unwrap();
    assert_eq!(files.count(), 1);
}
