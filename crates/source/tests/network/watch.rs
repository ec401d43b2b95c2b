//! Watching a source for a while, and what can be said of what came.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use watchpost_media::{Codec, Kind, Picture, Sound, SoundFormat, mp4};
use watchpost_model::Secret;
use watchpost_model::WallTime;
use watchpost_model::config::{
    CameraUrl, Credentials, Encode, Http, Reader, Rtsp, Source, Transport,
};
use watchpost_source::{Arrival, Heard, SourceError, Stream};

/// What came.
pub(crate) struct Seen {
    pub(crate) arrivals: Vec<Arrival>,
    pub(crate) note: Option<String>,
}

/// The camera at `url`, with sound, by the built-in reader, over TCP, its JPEGs kept.
pub(crate) fn rtsp(url: &str) -> Rtsp {
    Rtsp {
        url: CameraUrl::new(url.parse().unwrap()),
        credentials: None,
        transport: Transport::Tcp,
        reader: Reader::BuiltIn,
        sound: true,
        encode: Encode::Keep,
    }
}

pub(crate) fn http(url: &str) -> Http {
    Http {
        url: CameraUrl::new(url.parse().unwrap()),
        credentials: None,
        interval: Duration::from_millis(200),
        encode: Encode::Keep,
    }
}

pub(crate) fn login(user: &str, password: &str) -> Credentials {
    Credentials { user: user.into(), password: Secret::new(password.into()) }
}

/// Opens `source` and takes pictures until they span `length`.
pub(crate) async fn watch(source: Source, length: Duration) -> Result<Seen, SourceError> {
    let mut stream = Stream::open(&source).await?;
    let mut arrivals: Vec<Arrival> = Vec::new();
    loop {
        let arrival = stream.next().await?;
        let begun = arrivals.first().map_or(arrival.elapsed, |first| first.elapsed);
        let over = arrival.elapsed - begun >= length;
        arrivals.push(arrival);
        if over {
            return Ok(Seen { arrivals, note: stream.note().map(str::to_owned) });
        }
    }
}

/// Why `source` gives nothing, at once or after some pictures.
pub(crate) async fn fails(source: Source) -> SourceError {
    match watch(source, Duration::from_mins(1)).await {
        Ok(_) => panic!("it gives pictures for a minute"),
        Err(error) => error,
    }
}

pub(crate) fn seconds(length: u64) -> Duration {
    Duration::from_secs(length)
}

impl Seen {
    pub(crate) fn codec(&self) -> Codec {
        self.arrivals[0].parameters.codec()
    }

    pub(crate) fn format(&self) -> Option<&SoundFormat> {
        self.arrivals[0].parameters.sound()
    }

    /// Pictures a second, while times grow.
    #[track_caller]
    pub(crate) fn rate(&self) -> f64 {
        let times: Vec<_> = self.arrivals.iter().map(|arrival| arrival.elapsed).collect();
        assert!(times.is_sorted_by(|one, next| one < next), "times do not grow: {times:?}");
        let span = (times[times.len() - 1] - times[0]).as_secs_f64();
        f64::from(u32::try_from(times.len() - 1).unwrap()) / span
    }

    /// The longest from one picture to the next.
    pub(crate) fn longest_wait(&self) -> Duration {
        let waits = self.arrivals.windows(2).map(|pair| pair[1].elapsed - pair[0].elapsed);
        waits.max().unwrap()
    }

    pub(crate) fn heard(&self) -> Vec<&Heard> {
        self.arrivals.iter().flat_map(|arrival| &arrival.sound).collect()
    }

    /// That sound goes on without a gap for as long as the pictures, less `late`; that is how much may
    /// still be on its way.
    #[track_caller]
    pub(crate) fn sounds_all_the_time(&self, late: Duration) {
        let format = self.format().expect("there is sound");
        let packet =
            Duration::from_secs(1) * u32::from(format.samples_per_packet()) / format.rate();
        let heard = self.heard();
        let span = self.arrivals[self.arrivals.len() - 1].elapsed - self.arrivals[0].elapsed;
        let all = packet * u32::try_from(heard.len()).unwrap();
        assert!(all + late + packet * 2 > span, "{all:?} of sound in {span:?} of pictures");
        // A camera that is hard pressed corrects its clock now and then, by less than a packet.
        let mut corrections = 0;
        for pair in heard.windows(2) {
            let step = pair[1].elapsed.checked_sub(pair[0].elapsed).expect("times grow");
            let off = step.abs_diff(packet);
            // A millisecond is Matroska's step.
            corrections += u32::from(off > Duration::from_millis(2));
            assert!(off <= packet, "{step:?} between packets of {packet:?}");
        }
        assert!(corrections <= 2, "{corrections} of {} packets are out of step", heard.len());
    }

    /// That a decoder takes all of it, sound too: made an MP4 by the way, as the store makes it.
    #[track_caller]
    pub(crate) fn decodes(&self) {
        let key = self.arrivals.iter().position(|arrival| arrival.kind == Kind::Key);
        let arrivals = &self.arrivals[key.expect("there is a key picture")..];
        let origin = WallTime::from_micros(1_000_000_000_000_000);
        let pictures: Vec<Picture> = arrivals
            .iter()
            .map(|arrival| Picture {
                parameters: arrival.parameters.clone(),
                data: arrival.data.clone(),
                kind: arrival.kind,
                time: origin + arrival.elapsed,
                shown_after: arrival.shown_after,
                sound: arrival
                    .sound
                    .iter()
                    .map(|heard| Sound { data: heard.data.clone(), time: origin + heard.elapsed })
                    .collect(),
            })
            .collect();
        let end = pictures[pictures.len() - 1].time + Duration::from_millis(50);
        let header = mp4::init(&pictures[0].parameters, origin, mp4::Use::File);
        let body = mp4::fragment(1, origin, &pictures, end);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&header).unwrap();
        file.write_all(&body).unwrap();
        let decoded = Command::new("ffmpeg")
            .args(["-v", "error", "-xerror", "-copyts", "-i"])
            .arg(file.path())
            .args(["-fps_mode", "passthrough", "-f", "framecrc", "-"])
            .stdin(Stdio::null())
            .output()
            .expect("ffmpeg is installed");
        let said = String::from_utf8_lossy(&decoded.stderr);
        assert!(decoded.status.success() && said.is_empty(), "ffmpeg says: {said}");
        let lines = String::from_utf8_lossy(&decoded.stdout);
        let shown = lines.lines().filter(|line| line.starts_with("0,")).count();
        assert_eq!(shown, pictures.len(), "pictures decoded");
    }
}
