//! The demo camera: a scene drawn and encoded by the program itself, so that all can be tried without
//! a camera.

mod letters; // words on the picture
mod scene; //   a house, and somebody who walks by

use std::sync::Arc;
use std::time::Duration;

use openh264::OpenH264API;
use openh264::encoder::{
    Encoder, EncoderConfig, FrameRate, IntraFramePeriod, QpRange, RateControlMode,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use watchpost_media::annex_b;
use watchpost_media::{Codec, Parameters};

use crate::{Arrival, SourceError};
use scene::Scene;

/// Pictures a second.
const RATE: u32 = 12;

/// A running demo camera. Its thread ends when this is dropped.
pub(crate) struct Demo {
    began: Instant,
    arrivals: mpsc::Receiver<Result<Arrival, SourceError>>,
}

impl Demo {
    /// Starts the thread that draws and encodes.
    pub(crate) fn start() -> Self {
        // Two pictures ahead: the thread waits for whoever plays them at their time.
        let (give, arrivals) = mpsc::channel(2);
        // Detached on purpose: it ends by itself when nobody takes its pictures any more.
        std::thread::spawn(move || {
            if let Err(error) = draw(&give) {
                // Nobody listens any more if this fails.
                let _ = give.blocking_send(Err(error));
            }
        });
        Self { began: Instant::now(), arrivals }
    }

    pub(crate) async fn next(&mut self) -> Result<Arrival, SourceError> {
        let ended = || SourceError::Ended { reason: "the demo camera stopped".to_owned() };
        let arrival = self.arrivals.recv().await.ok_or_else(ended)??;
        sleep_until(self.began + arrival.elapsed).await;
        Ok(arrival)
    }
}

/// Draws and encodes until nobody takes the pictures.
fn draw(give: &mpsc::Sender<Result<Arrival, SourceError>>) -> Result<(), SourceError> {
    let failed = |error: openh264::Error| SourceError::Ended { reason: error.to_string() };
    let config = EncoderConfig::new()
        .max_frame_rate(FrameRate::from_hz(12.0))
        .intra_frame_period(IntraFramePeriod::from_num_frames(2 * RATE))
        .rate_control_mode(RateControlMode::Off)
        .qp(QpRange::new(24, 32))
        .skip_frames(false);
    let mut encoder =
        Encoder::with_api_config(OpenH264API::from_source(), config).map_err(failed)?;
    let mut scene = Scene::new();
    let mut splitter = annex_b::Splitter::new(Codec::H264);
    let mut last: Option<Arc<Parameters>> = None;
    for number in 0.. {
        let elapsed = Duration::from_secs(1) * number / RATE;
        scene.draw(elapsed);
        let mut units = splitter.push(&encoder.encode(&scene).map_err(failed)?.to_vec());
        units.extend(splitter.finish());
        for unit in units {
            // One and the same as long as nothing changes, so that nobody opens a new file for it.
            let parameters = last.take().filter(|last| **last == *unit.parameters);
            let parameters = parameters.unwrap_or(unit.parameters);
            last = Some(Arc::clone(&parameters));
            let (data, kind) = (unit.data, unit.kind);
            let (shown_after, sound) = (Duration::ZERO, Vec::new());
            let arrival = Arrival { parameters, data, kind, elapsed, shown_after, sound };
            if give.blocking_send(Ok(arrival)).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}
