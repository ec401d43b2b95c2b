//! Whether the file that plays a sensor says something new.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use watchpost_model::Reading;

use super::json::{self, Unreadable};
use crate::report::Fault;

/// The most that is read, in bytes. The longest useful file has 200.
const MOST: u64 = 64 * 1024;

/// By what a file is known to be the same: its time of change in nanoseconds, its length, its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    changed: (i64, i64),
    length: u64,
    inode: u64,
}

impl From<&fs::Metadata> for Stamp {
    fn from(file: &fs::Metadata) -> Self {
        let changed = (file.mtime(), file.mtime_nsec());
        Self { changed, length: file.len(), inode: file.ino() }
    }
}

/// What one look at the file found.
#[derive(Debug)]
pub(super) enum Looked {
    /// What was known already.
    Same,
    /// It was written while it was read.
    Changing,
    /// This.
    Content(Stamp, Vec<u8>),
    /// It cannot be read.
    Wrong(Wrong),
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// There is none.
    Missing,
    /// It cannot be read, for this reason.
    Closed(String),
    /// It is a folder, a pipe or a device.
    NoFile,
    /// It is longer than what is read.
    Long,
    /// It says nothing that a sensor says.
    Unreadable(Unreadable),
}

/// Looks at the file, and reads it unless it is `known`.
pub(super) fn look(path: &Path, known: Option<Stamp>) -> Looked {
    let wrong = |error: io::Error| {
        Looked::Wrong(match error.kind() {
            io::ErrorKind::NotFound => Wrong::Missing,
            _ => Wrong::Closed(error.to_string()),
        })
    };
    match read(path, known) {
        Ok(looked) => looked,
        Err(error) => wrong(error),
    }
}

fn read(path: &Path, known: Option<Stamp>) -> io::Result<Looked> {
    let file = fs::metadata(path)?;
    let stamp = Stamp::from(&file);
    if known == Some(stamp) {
        return Ok(Looked::Same);
    }
    // Opening a pipe would wait for whoever writes to it.
    if !file.is_file() {
        return Ok(Looked::Wrong(Wrong::NoFile));
    }
    if stamp.length > MOST {
        return Ok(Looked::Wrong(Wrong::Long));
    }
    let mut content = Vec::new();
    let mut file = File::open(path)?;
    (&mut file).take(MOST).read_to_end(&mut content)?;
    if Stamp::from(&file.metadata()?) != stamp {
        return Ok(Looked::Changing);
    }
    Ok(Looked::Content(stamp, content))
}

/// Decides from look to look what is to be told.
#[derive(Debug, Default)]
pub(super) struct Watched {
    seen: Option<(Stamp, Vec<u8>)>,
    /// It was so at two looks. One does not suffice: two changes within a tick of the file system's
    /// clock may have the same stamp.
    is_settled: bool,
    /// What was wrong at the last look, and was not told.
    doubt: Option<Wrong>,
}

impl Watched {
    /// What need not be read again.
    pub(super) fn known(&self) -> Option<Stamp> {
        self.seen.as_ref().filter(|_| self.is_settled).map(|(stamp, _)| *stamp)
    }

    /// Takes what a look found, and gives what is to be told.
    pub(super) fn step(&mut self, looked: Looked) -> Option<Result<Reading, Wrong>> {
        match looked {
            Looked::Same | Looked::Changing => None,
            Looked::Wrong(wrong) => {
                self.seen = None;
                self.is_settled = false;
                let again = self.doubt.as_ref() == Some(&wrong);
                self.doubt = Some(wrong.clone());
                again.then_some(Err(wrong))
            }
            Looked::Content(stamp, content) => {
                let now = (stamp, content);
                self.is_settled = self.seen.as_ref() == Some(&now);
                if self.is_settled {
                    return self.doubt.take().map(Err);
                }
                let (_, content) = self.seen.insert(now);
                let reading = json::reading(content);
                self.doubt = reading.as_ref().err().cloned().map(Wrong::Unreadable);
                reading.ok().map(Ok)
            }
        }
    }
}

impl Wrong {
    /// In words for the owner.
    pub(super) fn told(&self, path: &Path) -> Fault {
        let path = path.display();
        let (cause, hint) = match self {
            Wrong::Missing => (format!("{path} is not there"), MISSING),
            Wrong::Closed(why) => (format!("{path} cannot be read: {why}"), CLOSED),
            Wrong::NoFile => (format!("{path} is no file"), MISSING),
            Wrong::Long => (format!("{path} is longer than 64 kB"), json::ALLOWED),
            Wrong::Unreadable(why) => (format!("{path}: {why}"), json::ALLOWED),
        };
        Fault { cause, hint }
    }
}

const MISSING: &str =
    "Write the file, such as `{\"on\": true}`, or set `file` to where it is, with the whole path.";
const CLOSED: &str = "Let the user that runs Watchpost read the file and enter its folders.";

#[cfg(test)]
mod tests {
    use super::*;

    fn content(changed: i64, text: &str) -> Looked {
        let length = u64::try_from(text.len()).unwrap();
        Looked::Content(Stamp { changed: (changed, 0), length, inode: 1 }, text.into())
    }

    /// What it tells of this.
    fn told(watched: &mut Watched, looked: Looked) -> Option<bool> {
        let reading = watched.step(looked)?.expect("a reading");
        Some(reading.on.expect("yes or no"))
    }

    const ON: &str = "{\"on\":true }";
    const OFF: &str = "{\"on\":false}";

    #[test]
    fn what_is_written_is_told_once_and_again_when_it_is_written_again() {
        let mut watched = Watched::default();
        assert_eq!(told(&mut watched, content(1, ON)), Some(true));
        assert_eq!(watched.known(), None, "a second look is wanted");
        assert_eq!(watched.step(content(1, ON)), None);
        assert!(watched.known().is_some());
        assert_eq!(watched.step(Looked::Same), None);
        assert_eq!(
            told(&mut watched, content(2, ON)),
            Some(true),
            "the same words at another time"
        );
    }

    #[test]
    fn a_second_change_within_a_tick_of_the_clock_is_seen() {
        let mut watched = Watched::default();
        assert_eq!(told(&mut watched, content(1, ON)), Some(true));
        assert_eq!(told(&mut watched, content(1, OFF)), Some(false));
        assert_eq!(watched.step(content(1, OFF)), None);
    }

    #[test]
    fn what_is_half_written_is_not_told_as_wrong() {
        let mut watched = Watched::default();
        assert_eq!(watched.step(content(1, "")), None);
        assert_eq!(watched.step(Looked::Changing), None);
        assert_eq!(watched.step(content(2, "{\"on\"")), None);
        assert_eq!(told(&mut watched, content(3, ON)), Some(true));
        assert_eq!(watched.step(content(3, ON)), None);
        assert_eq!(watched.step(Looked::Wrong(Wrong::Missing)), None);
        assert_eq!(told(&mut watched, content(3, ON)), Some(true), "it was put in its place anew");
    }

    #[test]
    fn what_stays_wrong_is_told() {
        let mut watched = Watched::default();
        assert_eq!(watched.step(content(1, "{\"on\"")), None);
        let told = watched.step(content(1, "{\"on\""));
        assert!(matches!(told, Some(Err(Wrong::Unreadable(_)))), "{told:?}");
        assert_eq!(watched.step(Looked::Same), None);
        assert_eq!(watched.step(Looked::Wrong(Wrong::Missing)), None);
        let missing = watched.step(Looked::Wrong(Wrong::Missing));
        assert_eq!(missing, Some(Err(Wrong::Missing)));
    }
}
