//! Real video, made and looked at by `ffmpeg`.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use watchpost_media::matroska::Splitter;
use watchpost_media::{Picture, Sound};
use watchpost_model::WallTime;

use super::house::House;

/// Four seconds of a dark picture, from `at` on, encoded by `codec` (`libx264`, `mjpeg`), with or
/// without a tone.
pub(super) async fn pictures(codec: &str, tone: bool, at: WallTime) -> Vec<Picture> {
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-f", "lavfi", "-i", "color=c=0x202020:s=320x240:r=10"]);
    if tone {
        command.args(["-f", "lavfi", "-i", "sine=r=16000", "-c:a", "aac"]);
    }
    command.args(["-t", "4", "-c:v", codec, "-g", "10", "-bf", "0", "-pix_fmt"]);
    command.arg(if codec == "mjpeg" { "yuvj420p" } else { "yuv420p" });
    command.args(["-f", "matroska", "-live", "1", "-cluster_time_limit", "0", "pipe:1"]);
    let made = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().await.unwrap();
    let picture = |unit: watchpost_media::matroska::Unit| Picture {
        parameters: unit.parameters,
        data: unit.data,
        kind: unit.kind,
        time: at + unit.elapsed,
        shown_after: unit.shown_after,
        sound: unit
            .sound
            .into_iter()
            .map(|(data, elapsed)| Sound { data, time: at + elapsed })
            .collect(),
    };
    let mut splitter = Splitter::new();
    splitter.push(&made.stdout).unwrap().into_iter().map(picture).collect()
}

/// Puts pictures into the store, as one file.
pub(super) async fn record(house: &House, pictures: Vec<Picture>) {
    let store = &house.site.app.store;
    let kind = watchpost_store::SegmentKind::Video;
    let camera = "door".parse().unwrap();
    let mut writer = store.begin_segment(&camera, &pictures[0], kind).await.unwrap();
    let end = pictures.last().unwrap().time + Duration::from_millis(100);
    writer.append(pictures, end).await.unwrap();
    writer.finish().await.unwrap();
}

/// What `ffprobe` says of a file: its streams, a line each.
pub(super) async fn probe(file: &[u8]) -> String {
    let mut command = Command::new("ffprobe");
    command.args(["-loglevel", "error", "-count_packets", "-show_entries"]);
    command.args([
        "stream=codec_name,width,height,nb_read_packets",
        "-of",
        "compact=p=0",
        "pipe:0",
    ]);
    run(command, file).await.map(|said| String::from_utf8(said).unwrap()).unwrap()
}

/// The grey values of the picture shown at `second` of a file, row by row.
pub(super) async fn grey(file: &[u8], second: &str) -> Vec<u8> {
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-i", "pipe:0", "-ss", second, "-frames:v", "1"]);
    command.args(["-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"]);
    run(command, file).await.unwrap()
}

/// Gives a program a file, and takes what it writes.
async fn run(mut command: Command, file: &[u8]) -> Option<Vec<u8>> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let file = file.to_owned();
    let feeder = tokio::spawn(async move {
        drop(input.write_all(&file).await); // It may have seen enough.
    });
    let done = child.wait_with_output().await.unwrap();
    feeder.abort();
    done.status.success().then_some(done.stdout)
}
