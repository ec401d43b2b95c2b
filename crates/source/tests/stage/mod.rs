//! A place with doubles of the programs that read cameras, in which a story is played.
//!
//! A double hears from its environment what it should do, and so a story runs in a process of its own:
//! this test program, started anew for that one test.

use std::fs;
use std::future::Future;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What is set in the process that plays.
const PLAYS: &str = "WATCHPOST_PLAYS";

/// Where the story is played.
pub(crate) struct Stage {
    folder: PathBuf,
}

/// A start of a double, as it wrote it down.
pub(crate) struct Start {
    pub(crate) process: i32,
    pub(crate) program: String,
    pub(crate) arguments: String,
}

/// Plays `story` with `double` of `tests/peers` installed under `names`, doing `does`.
#[track_caller]
pub(crate) fn play<F: Future<Output = ()>>(
    test: &str,
    (double, names): (&str, &[&str]),
    does: &str,
    story: impl FnOnce(Stage) -> F,
) {
    if let Some(folder) = std::env::var_os(PLAYS) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(story(Stage { folder: folder.into() }));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let programs = folder.path().join("bin");
    fs::create_dir(&programs).unwrap();
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
    for name in names {
        symlink(peers.join(double).canonicalize().unwrap(), programs.join(name)).unwrap();
    }
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let played = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(PLAYS, folder.path())
        .env("PATH", path)
        .env("DOUBLE_DOES", does)
        .env("DOUBLE_LOG", folder.path().join("log"))
        .env("DOUBLE_CAMERA", folder.path().join("camera"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&played.stdout) + String::from_utf8_lossy(&played.stderr);
    assert!(played.status.success() && told.contains("1 passed"), "{told}");
}

impl Stage {
    /// What the doubles wrote down.
    pub(crate) fn starts(&self) -> Vec<Start> {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let start = |line: &str| {
            let word = |key: &str| {
                let (_, rest) = line.split_once(&format!("\"{key}\": "))?;
                Some(rest)
            };
            let process = word("process")?.split(',').next()?.parse().ok()?;
            let program = word("name")?.split('"').nth(1)?.to_owned();
            let arguments = word("arguments")?.trim_end_matches('}');
            let arguments = arguments.replace(['[', ']', '"', ','], "");
            Some(Start { process, program, arguments })
        };
        log.lines().filter_map(start).collect()
    }

    /// A file that stands for a device.
    pub(crate) fn device(&self) -> PathBuf {
        let device = self.folder.join("video7");
        fs::write(&device, "").unwrap();
        device
    }

    /// Kills the process that was started last.
    pub(crate) fn kill(&self) {
        let last = self.starts().pop().expect("something was started");
        let process = rustix::process::Pid::from_raw(last.process).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
    }
}

impl Start {
    /// Whether its process is still there, as a zombie or otherwise.
    pub(crate) fn is_there(&self) -> bool {
        Path::new("/proc").join(self.process.to_string()).exists()
    }
}

/// Waits until `is_so`, which it must be within some seconds.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(10), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
