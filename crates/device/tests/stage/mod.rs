//! A stage for whatever speaks over a serial line: a pseudoterminal whose other end the story plays.

use std::fs::File;
use std::future::Future;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, timeout};

/// Far more than anything here takes, for machines that have much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A place where something can be plugged in. Its name stays the same.
pub(crate) struct Socket {
    folder: TempDir,
}

impl Socket {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn port(&self) -> PathBuf {
        self.folder.path().join("ttyACM0")
    }

    /// Plugs something in.
    pub(crate) fn plug(&self) -> Plugged {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        // Without anybody at the other end the master cannot be waited for, and until the recorder
        // made the line raw the kernel would echo what is said.
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let other_end = rustix::fs::open(&name, flags, Mode::empty()).unwrap();
        let mut attributes = tcgetattr(&other_end).unwrap();
        attributes.make_raw();
        tcsetattr(&other_end, OptionalActions::Now, &attributes).unwrap();
        rustix::io::ioctl_fionbio(&master, true).unwrap();
        std::os::unix::fs::symlink(name.to_str().unwrap(), self.port()).unwrap();
        // A pseudoterminal is waited for as a pipe is.
        let ear = Receiver::from_file_unchecked(File::from(master.try_clone().unwrap())).unwrap();
        let mouth = Sender::from_file_unchecked(File::from(master)).unwrap();
        Plugged { ear, mouth, other_end, port: self.port(), heard: Vec::new() }
    }
}

/// What is plugged in; unplugged when it is dropped.
pub(crate) struct Plugged {
    ear: Receiver,
    mouth: Sender,
    /// The recorder's end, held open.
    other_end: OwnedFd,
    port: PathBuf,
    heard: Vec<u8>,
}

impl Plugged {
    /// Says these bytes.
    pub(crate) async fn say(&self, bytes: &[u8]) {
        within(async {
            let mut left = bytes;
            while !left.is_empty() {
                self.mouth.writable().await.unwrap();
                match self.mouth.try_write(left) {
                    Ok(count) => left = &left[count..],
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
            }
        })
        .await;
    }

    /// Says these lines.
    pub(crate) async fn say_lines(&self, lines: &[&str]) {
        for line in lines {
            self.say(format!("{line}\r\n").as_bytes()).await;
        }
    }

    /// Has what the recorder says have no room any more, until somebody hears it.
    pub(crate) async fn fill(&self) {
        rustix::io::ioctl_fionbio(&self.other_end, true).unwrap();
        // After a while the kernel moves what was written on, without a word, and has room again.
        let mut pause = interval(Duration::from_millis(50));
        let mut refused = 0;
        while refused < 5 {
            pause.tick().await;
            let full = rustix::io::write(&self.other_end, &[b'x'; 4_096]).is_err();
            refused = if full { refused + 1 } else { 0 };
        }
    }

    /// The next line that the recorder says.
    pub(crate) async fn hear(&mut self) -> String {
        within(async {
            loop {
                if let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = self.heard.drain(..=end).collect();
                    return String::from_utf8(line).unwrap().trim_end().to_owned();
                }
                let mut bytes = [0; 256];
                let count = self.ear.read(&mut bytes).await.unwrap();
                self.heard.extend_from_slice(&bytes[..count]);
            }
        })
        .await
    }
}

impl Drop for Plugged {
    fn drop(&mut self) {
        std::fs::remove_file(&self.port).unwrap();
    }
}

/// What a device reports, while the story goes on.
pub(crate) struct Reports<T> {
    inbox: mpsc::Receiver<T>,
    task: JoinHandle<()>,
}

impl<T: Send + 'static> Reports<T> {
    /// Collects what `teller` puts into its queue.
    pub(crate) fn of<F: Future<Output = ()> + Send + 'static>(
        teller: impl FnOnce(mpsc::Sender<T>) -> F,
    ) -> Self {
        let (outbox, inbox) = mpsc::channel(10_000);
        Self { inbox, task: tokio::spawn(teller(outbox)) }
    }

    pub(crate) async fn next(&mut self) -> T {
        within(self.inbox.recv()).await.unwrap()
    }

    /// All that is reported in this time.
    pub(crate) async fn during(&mut self, length: Duration) -> Vec<T> {
        let end = Instant::now() + length;
        let mut all = Vec::new();
        while let Ok(Some(report)) = tokio::time::timeout_at(end, self.inbox.recv()).await {
            all.push(report);
        }
        all
    }
}

impl<T> Drop for Reports<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits, but not for ever.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.expect("waited too long")
}
