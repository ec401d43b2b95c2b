//! Files that are no MP4, through `ffmpeg`.

use std::path::Path;
use std::time::Duration;

use watchpost_model::config::File;

use crate::SourceError;
use crate::child::{self, Child, Output, TO_MATROSKA};
use crate::ffmpeg::{self, Sound};

/// A disk that sleeps needs so long to wake up.
const SILENCE: Duration = Duration::from_secs(20);

/// Starts `ffmpeg` on a file. It waits for whoever reads the pictures, at whatever speed.
pub(super) async fn open(file: &File, sounding: bool) -> Result<Child, SourceError> {
    // Not taken for an option or an address, whatever it is called.
    let input = input(&file.path);
    let input = ["-protocol_whitelist", "file,pipe", "-i", &input];
    let sound = if sounding { ffmpeg::ask_for_sound(&input, "").await? } else { Sound::Unwanted };
    let mut arguments = vec!["-hide_banner", "-nostdin", "-loglevel", "error"];
    if file.repeat {
        arguments.extend(["-stream_loop", "-1"]);
    }
    arguments.extend(input);
    arguments.extend(["-map", "0:v:0", "-codec:v", "copy"]);
    arguments.extend(sound.arguments());
    arguments.extend(TO_MATROSKA);
    let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    let child = child::start("ffmpeg", &arguments, Output::Matroska)?;
    Ok(child.explained_by(explain).silent_for_at_most(SILENCE))
}

/// Starts `ffmpeg` on a file of whatever codec it knows; gives each picture as a good JPEG, which
/// every `ffmpeg` can make. For those who only look at them.
pub(super) fn open_as_jpegs(path: &Path) -> Result<Child, SourceError> {
    let input = input(path);
    let arguments = ["-hide_banner", "-nostdin", "-loglevel", "error"].into_iter();
    let arguments = arguments.chain(["-protocol_whitelist", "file,pipe", "-i", &input]);
    let arguments = arguments.chain(["-map", "0:v:0", "-fps_mode", "passthrough"]);
    let arguments = arguments.chain(["-codec:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2"]);
    let arguments: Vec<String> = arguments.chain(TO_MATROSKA).map(str::to_owned).collect();
    let child = child::start("ffmpeg", &arguments, Output::Matroska)?;
    Ok(child.explained_by(explain).silent_for_at_most(SILENCE))
}

/// A file as `ffmpeg` is told of it.
fn input(path: &Path) -> String {
    format!("file:{}", path.display())
}

/// Who has said nothing has come to the end.
fn explain(words: &str) -> Option<SourceError> {
    words.is_empty().then_some(SourceError::Finished)
}
