//! What the installed program knows: options came and went with its versions.

use std::collections::BTreeSet;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::SourceError;

/// An option that not every `rpicam-vid` has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ability {
    /// `--low-latency`. Without it the encoder of the Raspberry Pi 5 changes the order of pictures,
    /// and their order is all that this kind of stream tells of their times.
    LowLatency,
    /// `--libav-video-codec-opts`, by which older versions can be told the same.
    CodecOptions,
    /// `--libav-format`, without which the encoder of the Raspberry Pi 5 does not write to a pipe
    /// (rpicam-apps, issue 626).
    Format,
    /// An `--hdr` that takes no word but is only on or off, as before 2024.
    HdrSwitch,
}

/// The abilities of an installed program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Abilities(BTreeSet<Ability>);

impl Abilities {
    /// Asks `program`; `None` if it is not installed. One that does not answer is taken for a simple
    /// one: what is wrong with it will show when it is started.
    ///
    /// # Errors
    ///
    /// If it is there, but may not be started.
    pub(super) async fn of(program: &'static str) -> Result<Option<Self>, SourceError> {
        let asked = Command::new(program)
            .arg("--help")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let asked = match asked {
            Ok(asked) => asked.wait_with_output(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SourceError::Program { program, source }),
        };
        Ok(Some(match timeout(Duration::from_secs(3), asked).await {
            Ok(Ok(answer)) => Self::read(&String::from_utf8_lossy(&answer.stdout)),
            _ => Self::default(),
        }))
    }

    /// Reads lines such as `  --hdr [=arg(=auto)] (=off)     Enable High Dynamic Range, …`.
    fn read(help: &str) -> Self {
        let line =
            |option: &str| help.lines().find(|line| line.split_whitespace().next() == Some(option));
        let hdr_switch = line("--hdr").is_some_and(|line| line.contains("[=arg(=1)]"));
        let abilities = [
            (Ability::LowLatency, line("--low-latency").is_some()),
            (Ability::CodecOptions, line("--libav-video-codec-opts").is_some()),
            (Ability::Format, line("--libav-format").is_some()),
            (Ability::HdrSwitch, hdr_switch),
        ];
        abilities.into_iter().filter(|(_, there)| *there).map(|(ability, _)| ability).collect()
    }

    pub(super) fn has(&self, ability: Ability) -> bool {
        self.0.contains(&ability)
    }
}

impl FromIterator<Ability> for Abilities {
    fn from_iter<T: IntoIterator<Item = Ability>>(abilities: T) -> Self {
        Self(abilities.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_of_every_age_is_read() {
        let new = "Valid options are:\n\
            \x20 -h [ --help ] [=arg(=1)] (=0)         Print this help message\n\
            \x20 --hdr [=arg(=auto)] (=off)            Enable High Dynamic Range, see --libav-format\n\
            \x20 --libav-video-codec-opts arg          Sets the libav video codec options to use.\n\
            \x20 --low-latency [=arg(=1)] (=0)         Enables the libav/libx264 low latency presets\n";
        let expected = [Ability::LowLatency, Ability::CodecOptions];
        assert_eq!(Abilities::read(new), expected.into_iter().collect());
        let old =
            "  --hdr [=arg(=1)] (=0)    Enable High Dynamic Range\n  --libav-format arg   x\n";
        let expected = [Ability::Format, Ability::HdrSwitch];
        assert_eq!(Abilities::read(old), expected.into_iter().collect());
        assert_eq!(Abilities::read("garbage"), Abilities::default());
    }
}
