//! One clock for the pictures and the sound of a session.
//!
//! RTP dates each stream by a clock of its own that begins anywhere (RFC 3550, section 5.1). Sender
//! reports say what time it was on the camera's wall clock then; until they have come for both
//! streams, or where they are nonsense, what the answer to PLAY says counts if it can be true, and else
//! what arrived at the same moment is of the same moment.

use std::time::Duration;

use retina::UNIX_EPOCH;
use retina::rtcp::ReceivedCompoundPacket;

/// Where one stream's zero lies, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Zero {
    /// On our clock, by what arrived soonest.
    arrived: Option<i64>,
    /// On the camera's wall clock, by its last report.
    reported: Option<i64>,
}

/// Which stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The pictures.
    Video,
    /// The sound.
    Sound,
}

/// Moves sound to the clock of the pictures.
#[derive(Debug, Default)]
pub(super) struct Together {
    video: Zero,
    sound: Zero,
    /// How much later sound's zero is, as used now.
    offset: Option<i64>,
    /// When the first picture was shown.
    first: Option<i64>,
}

/// A network delays what it carries; that is learnt only at the beginning, lest sound wander.
const LEARNING: i64 = 3_000_000;

/// Times that both streams count from the same zero, as the answer to PLAY says, put sound nearer than
/// this to where it arrived; further off, that answer was wrong, as it is from some cameras.
const SAME: i64 = 1_000_000;

/// A smaller difference is not heard, and each correction is: lips may be off by this much
/// (ITU-R BT.1359).
const AUDIBLE: i64 = 40_000;

/// Reports that put sound further from where it arrived are of a clock that was never set.
const NONSENSE: i64 = 5_000_000;

impl Together {
    /// Something dated `elapsed` arrived `at` on our clock.
    pub(super) fn arrived(&mut self, of: Of, elapsed: i64, at: Duration) {
        if of == Of::Video {
            self.first.get_or_insert(elapsed);
        }
        let zero = micros(at) - elapsed;
        let known = &mut self.zero(of).arrived;
        match known {
            Some(known) if elapsed < LEARNING => *known = zero.min(*known),
            Some(_) => {}
            None => *known = Some(zero),
        }
    }

    /// A report says that `elapsed` was `wall` on the camera's wall clock, in microseconds.
    pub(super) fn reported(&mut self, of: Of, elapsed: i64, wall: i64) {
        self.zero(of).reported = Some(wall - elapsed);
    }

    /// When that is since the first picture: sound dated `elapsed` by its own clock. `None` before it.
    pub(super) fn by_video(&mut self, elapsed: i64) -> Option<Duration> {
        let by_arrival = self.sound.arrived? - self.video.arrived?;
        let by_report = self.sound.reported.zip(self.video.reported);
        let by_report = by_report.map(|(sound, video)| sound - video);
        let best = by_report.filter(|offset| (offset - by_arrival).abs() < NONSENSE);
        let best = best.unwrap_or(if by_arrival.abs() < SAME { 0 } else { by_arrival });
        let offset = *self.offset.get_or_insert(best);
        let offset = if (offset - best).abs() > AUDIBLE { best } else { offset };
        self.offset = Some(offset);
        u64::try_from(elapsed + offset - self.first?).ok().map(Duration::from_micros)
    }

    fn zero(&mut self, of: Of) -> &mut Zero {
        match of {
            Of::Video => &mut self.video,
            Of::Sound => &mut self.sound,
        }
    }
}

/// What a report says: a time of the stream, in microseconds since its start, and what the camera's
/// wall clock said then.
pub(super) fn report(packet: &ReceivedCompoundPacket) -> Option<(i64, i64)> {
    let time = packet.rtp_timestamp()?;
    let report = packet.pkts().next()?.as_sender_report().ok()??;
    // Seconds in the upper half, fractions in the lower (RFC 5905, section 6).
    let ntp = report.ntp_timestamp().0.checked_sub(UNIX_EPOCH.0)?;
    let wall = (ntp >> 32) * 1_000_000 + (((ntp & 0xffff_ffff) * 1_000_000) >> 32);
    Some((ticks(time.elapsed(), time.clock_rate().get()), i64::try_from(wall).ok()?))
}

/// Ticks as microseconds; below zero before the stream's start.
pub(super) fn ticks(ticks: i64, rate: u32) -> i64 {
    let rate = i64::from(rate.max(1));
    (ticks / rate).saturating_mul(1_000_000).saturating_add(ticks % rate * 1_000_000 / rate)
}

pub(super) fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    /// A session whose first picture arrived at 10 s, and the first sound at `sound` milliseconds after.
    fn session(sound: u64) -> Together {
        let mut together = Together::default();
        together.arrived(Of::Video, 0, Duration::from_secs(10));
        together.arrived(Of::Sound, 0, Duration::from_millis(10_000 + sound));
        together
    }

    fn millis(time: Option<Duration>) -> Option<u128> {
        time.map(|time| time.as_millis())
    }

    #[test]
    fn without_reports_both_begin_together_if_they_arrive_together() {
        assert_eq!(millis(session(250).by_video(SECOND)), Some(1_000));
        assert_eq!(millis(session(2_250).by_video(SECOND)), Some(3_250));
    }

    #[test]
    fn the_soonest_of_the_first_seconds_tells_and_later_ones_do_not() {
        let mut together = session(2_250);
        together.arrived(Of::Sound, SECOND, Duration::from_millis(13_100));
        assert_eq!(millis(together.by_video(2 * SECOND)), Some(4_100));
        together.arrived(Of::Sound, 4 * SECOND, Duration::from_secs(14));
        assert_eq!(millis(together.by_video(5 * SECOND)), Some(7_100));
    }

    #[test]
    fn reports_of_both_streams_are_better_than_arrival() {
        let mut together = session(250);
        together.reported(Of::Video, SECOND, 1_000 * SECOND);
        assert_eq!(millis(together.by_video(SECOND)), Some(1_000));
        together.reported(Of::Sound, SECOND, 1_000 * SECOND + 100_000);
        assert_eq!(millis(together.by_video(SECOND)), Some(1_100));
    }

    #[test]
    fn small_differences_do_not_move_it() {
        let mut together = session(0);
        together.reported(Of::Video, 0, 0);
        together.reported(Of::Sound, 0, 100_000);
        assert_eq!(millis(together.by_video(0)), Some(100));
        together.reported(Of::Sound, SECOND, SECOND + 130_000);
        assert_eq!(millis(together.by_video(SECOND)), Some(1_100));
    }

    #[test]
    fn reports_of_clocks_that_were_never_set_are_not_believed() {
        let mut together = session(50);
        together.reported(Of::Video, 0, 1_700_000_000 * SECOND);
        together.reported(Of::Sound, 0, 30 * SECOND);
        assert_eq!(millis(together.by_video(SECOND)), Some(1_000));
    }

    #[test]
    fn what_was_heard_before_the_first_picture_has_no_time() {
        let mut together = Together::default();
        together.arrived(Of::Sound, 0, Duration::from_secs(9));
        assert_eq!(together.by_video(0), None);
        together.arrived(Of::Video, 0, Duration::from_secs(10));
        assert_eq!(together.by_video(0), None);
        assert_eq!(millis(together.by_video(SECOND)), Some(0));
    }
}
