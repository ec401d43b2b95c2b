//! Why a port cannot be used, in words for its owner.

use std::io::{self, ErrorKind};
use std::path::Path;

use rustix::io::Errno;

/// What is told of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    /// What happened. The same cause has the same words each time.
    pub(crate) cause: String,
    /// What its owner can do about it.
    pub(crate) hint: String,
}

/// Why a port cannot be used.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// There is no such device file.
    NoFile,
    /// The recorder may not open it.
    Denied,
    /// Another program has it.
    Busy,
    /// What has that name is no serial line.
    NoLine,
    /// It was there, and went.
    Unplugged,
    /// What is sent does not get away.
    Stuck,
    /// Anything else that the system said.
    Other(io::Error),
}

impl Trouble {
    /// Why it could not be opened.
    pub(crate) fn opening(error: io::Error) -> Self {
        match (error.kind(), Errno::from_io_error(&error)) {
            (ErrorKind::NotFound, _) => Self::NoFile,
            (ErrorKind::PermissionDenied, _) => Self::Denied,
            (ErrorKind::WouldBlock, _) | (_, Some(Errno::BUSY)) => Self::Busy,
            // A device file may outlive its device for a moment.
            (_, Some(Errno::NODEV | Errno::NXIO | Errno::IO)) => Self::NoFile,
            (_, Some(Errno::NOTTY | Errno::ISDIR | Errno::INVAL | Errno::NOTDIR)) => Self::NoLine,
            _ => Self::Other(error),
        }
    }

    /// Why it could not be read or written any more.
    pub(crate) fn using(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::IO | Errno::NODEV | Errno::NXIO | Errno::PIPE) => Self::Unplugged,
            _ => Self::Other(error),
        }
    }

    /// The words for it.
    pub(crate) fn loss(&self, port: &Path) -> Loss {
        let at = port.display();
        let (cause, hint) = match self {
            Self::NoFile => (
                format!("{at}: there is no such device"),
                "is it plugged in? `ls /dev/serial/by-id` shows what is, by names that stay".into(),
            ),
            Self::Denied => (
                format!("{at}: the recorder may not open it"),
                format!(
                    "put the recorder's user into the group of `ls -lL {at}`, mostly dialout \
                     (`sudo usermod -aG dialout USER`), and start the recorder again"
                ),
            ),
            Self::Busy => (
                format!("{at}: another program uses it"),
                format!(
                    "`sudo fuser -v {at}` tells which; end it. Two devices of the settings cannot \
                     share a port"
                ),
            ),
            Self::NoLine => (
                format!("{at}: this is no serial line"),
                "set the port to one of `ls /dev/serial/by-id`".into(),
            ),
            Self::Unplugged => (
                format!("{at}: it was unplugged"),
                "plug it in again. If nobody pulled it: look at its cable, hub and power supply"
                    .into(),
            ),
            Self::Stuck => (
                format!("{at}: what is sent does not get away"),
                "pull it out and plug it in again".into(),
            ),
            Self::Other(error) => (
                format!("{at}: {error}"),
                "pull it out and plug it in again; `sudo dmesg` may tell more".into(),
            ),
        };
        Loss { cause, hint }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(trouble: &Trouble) -> String {
        trouble.loss(Path::new("/dev/ttyACM0")).cause
    }

    #[test]
    fn each_error_of_the_system_has_its_words() {
        let opening = |errno: Errno| cause(&Trouble::opening(errno.into()));
        assert_eq!(opening(Errno::NOENT), "/dev/ttyACM0: there is no such device");
        assert_eq!(opening(Errno::ACCESS), "/dev/ttyACM0: the recorder may not open it");
        assert_eq!(opening(Errno::BUSY), "/dev/ttyACM0: another program uses it");
        assert_eq!(opening(Errno::AGAIN), "/dev/ttyACM0: another program uses it");
        assert_eq!(opening(Errno::NOTTY), "/dev/ttyACM0: this is no serial line");
        let using = |errno: Errno| cause(&Trouble::using(errno.into()));
        assert_eq!(using(Errno::IO), "/dev/ttyACM0: it was unplugged");
        assert_eq!(using(Errno::NODEV), "/dev/ttyACM0: it was unplugged");
        assert!(using(Errno::NOMEM).contains("memory"), "{}", using(Errno::NOMEM));
    }

    #[test]
    fn whoever_may_not_open_it_hears_of_the_group() {
        let hint = Trouble::Denied.loss(Path::new("/dev/ttyACM0")).hint;
        assert!(hint.contains("dialout") && hint.contains("/dev/ttyACM0"), "{hint}");
    }
}
