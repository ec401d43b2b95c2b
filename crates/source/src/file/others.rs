//! Files that are no MP4, through `ffmpeg`.

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
    let input = format!("file:{}", file.path.display());
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

/// Who has said nothing has come to the end.
fn explain(words: &str) -> Option<SourceError> {
    words.is_empty().then_some(SourceError::Finished)
}
