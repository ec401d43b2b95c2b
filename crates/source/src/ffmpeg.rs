//! Cameras on the network that we cannot read ourselves, through `ffmpeg`: encrypted ones, and those that
//! the built-in reader refuses. Nothing is encoded anew but sound that is no AAC.
//!
//! Everybody on the machine sees a program's arguments. Therefore the address, which may hold a
//! password, is not one of them: it stands in a script of `ffmpeg`'s concat demuxer, which goes to its
//! standard input. Needs `ffmpeg` 5.0 or newer.
//!
//! The certificate of an `rtsps://` camera is its own, made by nobody whom one could ask, and is not
//! checked: who only listens hears nothing, who stands in between can pretend to be the camera.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStdin, Command};
use tokio::time::timeout;
use url::Url;
use watchpost_model::config::{Rtsp, Transport};

use crate::SourceError;
use crate::child::{self, Child, Output, TO_MATROSKA};

/// The longest it may be without a picture. It needs some seconds to find out what a stream is.
pub(crate) const SILENCE: Duration = Duration::from_secs(10);

/// The longest it may take to find out whether there is sound.
const ASKING: Duration = Duration::from_secs(8);

const PROGRAM: &str = "ffmpeg";

/// What may be spoken; a stream cannot make it read files.
const PROTOCOLS: &str = "pipe,fd,tcp,udp,rtp,rtsp,rtsps,tls,crypto,srtp";

/// An input that is a script, given to the standard input.
#[rustfmt::skip] // A line is an option.
const SCRIPT: [&str; 10] = [
    "-protocol_whitelist", PROTOCOLS,
    "-f", "concat",
    "-safe", "0", // Or it reads nothing but files beside the script.
    "-auto_convert", "0",
    "-i", "pipe:0",
];

/// What becomes of the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sound {
    /// Not even received.
    Unwanted,
    /// The camera sends none.
    None,
    /// It is AAC.
    Copied,
    /// It becomes AAC.
    Encoded,
}

impl Sound {
    /// Whether there should be some.
    pub(crate) fn comes(self) -> bool {
        matches!(self, Sound::Copied | Sound::Encoded)
    }

    /// What tells `ffmpeg`.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Sound::Unwanted | Sound::None => &["-an"],
            Sound::Copied => &["-map", "0:a:0", "-codec:a", "copy"],
            Sound::Encoded => &["-map", "0:a:0", "-codec:a", "aac", "-ac", "1"],
        }
    }
}

/// What sound the camera announces, if it is wanted.
///
/// # Errors
///
/// If `ffmpeg` is not installed, or the camera does not tell.
pub(crate) async fn ask(rtsp: &Rtsp) -> Result<Sound, SourceError> {
    if !rtsp.sound {
        return Ok(Sound::Unwanted);
    }
    let script = script(&with_login(rtsp), rtsp.transport, Sound::Encoded);
    ask_for_sound(&SCRIPT, &script.replace("analyzeduration 500000", "analyzeduration 1")).await
}

/// Starts `ffmpeg` on the camera. `sound`: as [`ask`] found out, or [`Sound::Unwanted`].
///
/// # Errors
///
/// If `ffmpeg` is not installed.
pub(crate) async fn open(rtsp: &Rtsp, sound: Sound) -> Result<Child, SourceError> {
    let address = with_login(rtsp);
    let script = script(&address, rtsp.transport, sound);
    let (child, input) = child::start_fed(PROGRAM, &arguments(sound), Output::Matroska)?;
    let child = child.explained_by(explain).silent_for_at_most(SILENCE);
    let child = secrets(&address, rtsp).iter().fold(child, |child, secret| child.hiding(secret));
    tell(input, &script).await;
    Ok(child)
}

/// The address with user and password.
fn with_login(rtsp: &Rtsp) -> Url {
    let mut address = rtsp.url.expose().clone();
    if let Some(login) = &rtsp.credentials {
        // Both fail only for addresses without a host, which are none of a camera.
        let named = address.set_username(&login.user);
        if named.and_then(|()| address.set_password(Some(login.password.expose()))).is_err() {
            tracing::warn!("the camera's address has no host");
        }
    }
    address
}

/// What must not stand in an error.
fn secrets(address: &Url, rtsp: &Rtsp) -> Vec<String> {
    let password = rtsp.credentials.as_ref().map(|login| login.password.expose().clone());
    let path = address[url::Position::BeforePath..].to_owned(); // Some cameras want it there.
    let mut secrets = vec![address.to_string()];
    secrets.extend(address.password().map(str::to_owned));
    secrets.extend(password);
    secrets.extend(Some(path).filter(|path| path.len() > 1));
    secrets
}

/// A script with one entry: the camera, and how to read it.
fn script(address: &Url, transport: Transport, sound: Sound) -> String {
    let udp = transport == Transport::Udp && address.scheme() != "rtsps";
    let transport = if udp { "udp" } else { "tcp" };
    let media = if sound.comes() { "video+audio" } else { "video" };
    let address = address.as_str().replace('\'', "'\\''"); // As in a shell, which is not used.
    // Five seconds are five million of its units. It finds out what a stream is from half a second.
    format!(
        "ffconcat version 1.0\nfile '{address}'\noption rtsp_transport {transport}\n\
         option allowed_media_types {media}\noption timeout 5000000\n\
         option fpsprobesize 0\noption analyzeduration 500000\n"
    )
}

fn arguments(sound: Sound) -> Vec<String> {
    #[rustfmt::skip] // A line is an option.
    let mut arguments = vec![
        "-hide_banner",
        "-loglevel", "error",
    ];
    arguments.extend(SCRIPT);
    #[rustfmt::skip] // As above.
    arguments.extend([
        "-map", "0:v:0",
        "-codec:v", "copy",
    ]);
    arguments.extend(sound.arguments());
    arguments.extend(TO_MATROSKA);
    arguments.into_iter().map(str::to_owned).collect()
}

/// Writes the script and closes the pipe.
async fn tell(mut input: ChildStdin, script: &str) {
    let told = async {
        input.write_all(script.as_bytes()).await?;
        input.shutdown().await
    };
    // A few hundred bytes always fit; it fails if the program has ended, whose words are awaited then.
    if let Err(error) = told.await {
        tracing::debug!(%error, "ffmpeg did not take its script");
    }
}

/// Asks `ffprobe`, which comes with `ffmpeg`, what sound there is in `input`. `script` goes to its standard
/// input.
pub(crate) async fn ask_for_sound(input: &[&str], script: &str) -> Result<Sound, SourceError> {
    #[rustfmt::skip] // A line is an option.
    let mut arguments = vec![
        "-hide_banner",
        "-loglevel", "error",
        "-select_streams", "a:0",
        "-show_entries", "stream=codec_name",
        "-print_format", "default=noprint_wrappers=1:nokey=1",
    ];
    arguments.extend(input);
    let started = Command::new("ffprobe")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut process =
        started.map_err(|source| SourceError::Program { program: PROGRAM, source })?;
    if let Some(input) = process.stdin.take() {
        tell(input, script).await;
    }
    let answer = timeout(ASKING, process.wait_with_output()).await;
    let unreachable = |reason: String| SourceError::Unreachable { reason };
    let answer = answer
        .map_err(|_| unreachable(format!("no answer within {} s", ASKING.as_secs())))?
        .map_err(|error| unreachable(error.to_string()))?;
    let words = String::from_utf8_lossy(&answer.stderr);
    if !answer.status.success() {
        // The words hold the address; what they mean does not.
        let failed = || SourceError::Ended { reason: "ffprobe cannot open the stream".to_owned() };
        return Err(explain(&words).unwrap_or_else(failed));
    }
    Ok(match String::from_utf8_lossy(&answer.stdout).trim() {
        "" => Sound::None,
        "aac" => Sound::Copied,
        _ => Sound::Encoded,
    })
}

/// What the last words of `ffmpeg` mean here.
fn explain(words: &str) -> Option<SourceError> {
    const UNREACHABLE: [&str; 8] = [
        "Connection refused",
        "Connection timed out",
        "No route to host",
        "Network is unreachable",
        "Host is down",
        "Failed to resolve hostname",
        "Name or service not known",
        "Operation timed out",
    ];
    let has = |phrase: &&str| words.contains(*phrase);
    if ["401 Unauthorized", "403 Forbidden"].iter().any(has) {
        return Some(SourceError::Refused);
    }
    for (phrase, status) in [("404 Not Found", 404), ("400 Bad Request", 400), ("4XX", 400)] {
        if has(&phrase) {
            return Some(SourceError::NoSuchStream { status });
        }
    }
    if let Some(reason) = UNREACHABLE.iter().find(|phrase| has(phrase)) {
        return Some(SourceError::Unreachable { reason: (*reason).to_owned() });
    }
    if has(&"Stream map '0:v:0' matches no streams") {
        return Some(SourceError::UnknownCodec { offered: "no video".to_owned() });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ffmpeg_says_is_sorted() {
        let sorted = |words| explain(words).map(|error| error.to_string());
        let refused = sorted("[rtsp @ 0x5] method DESCRIBE failed: 401 Unauthorized").unwrap();
        assert_eq!(refused, SourceError::Refused.to_string());
        let unreachable = sorted("Connection to tcp://10.0.0.9:554 failed: Connection refused");
        assert_eq!(unreachable.unwrap(), "cannot be reached: Connection refused");
        assert_eq!(sorted("Invalid data found when processing input"), None);
    }
}
