//! Whether anything is heard over a line, and whether it makes sense.

use std::time::Duration;

use tokio::time::Instant;

/// Nothing that makes sense for this long is a fault.
const SENSELESS: Duration = Duration::from_secs(3);
/// Less than this is a spark on the wire.
const SPARK: usize = 8;

/// What is wrong with what is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Complaint {
    /// Nothing comes.
    Silence,
    /// Something comes, and makes no sense.
    Garbage,
}

/// Listens to an open line.
#[derive(Debug)]
pub(crate) struct Ear {
    /// Silence counts from here.
    heard: Instant,
    noise: Option<Noise>,
}

/// What came since something was understood.
#[derive(Debug)]
struct Noise {
    since: Instant,
    bytes: usize,
}

impl Ear {
    /// The line was opened now.
    pub(crate) fn new(now: Instant) -> Self {
        Self { heard: now, noise: None }
    }

    /// Bytes came.
    pub(crate) fn arrived(&mut self, count: usize, now: Instant) {
        self.heard = now;
        let noise = self.noise.get_or_insert(Noise { since: now, bytes: 0 });
        noise.bytes = noise.bytes.saturating_add(count);
    }

    /// They made sense.
    pub(crate) fn understood(&mut self, now: Instant) {
        self.heard = now;
        self.noise = None;
    }

    /// What is wrong, if anything: silence of that length, or garbage. As long as it stays so, it says
    /// so again after the same time.
    pub(crate) fn complaint(
        &mut self,
        silence: Option<Duration>,
        now: Instant,
    ) -> Option<Complaint> {
        if silence.is_some_and(|silence| now >= self.heard + silence) {
            *self = Self::new(now);
            return Some(Complaint::Silence);
        }
        let noise = self.noise.as_mut().filter(|noise| noise.is_much())?;
        if now < noise.since + SENSELESS {
            return None;
        }
        noise.since = now;
        Some(Complaint::Garbage)
    }

    /// When [`Ear::complaint`] is to be asked next.
    pub(crate) fn wake_at(&self, silence: Option<Duration>) -> Option<Instant> {
        let silent = silence.map(|silence| self.heard + silence);
        let senseless =
            self.noise.as_ref().filter(|noise| noise.is_much()).map(|n| n.since + SENSELESS);
        silent.into_iter().chain(senseless).min()
    }
}

impl Noise {
    fn is_much(&self) -> bool {
        self.bytes >= SPARK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENCE: Option<Duration> = Some(Duration::from_secs(5));

    /// What is complained of, and in which second, when `heard` tells what comes in each.
    fn complaints(heard: &[&str]) -> Vec<(u64, Complaint)> {
        let start = Instant::now();
        let mut ear = Ear::new(start);
        let mut complaints = Vec::new();
        for (second, what) in (0..).zip(heard) {
            let now = start + Duration::from_secs(second);
            match *what {
                "garbage" => ear.arrived(20, now),
                "spark" => ear.arrived(1, now),
                "line" => {
                    ear.arrived(20, now);
                    ear.understood(now);
                }
                _ => {}
            }
            complaints.extend(ear.complaint(SILENCE, now).map(|complaint| (second, complaint)));
            assert!(ear.wake_at(SILENCE).unwrap() > now, "it would be asked again at once");
        }
        complaints
    }

    #[test]
    fn silence_is_complained_of_after_five_seconds_each_time() {
        assert_eq!(complaints(&[""; 11]), [(5, Complaint::Silence), (10, Complaint::Silence)]);
        assert_eq!(complaints(&["line", "", "", "", "line", "", "", "", ""]), []);
    }

    #[test]
    fn only_garbage_is_complained_of_after_three_seconds() {
        assert_eq!(complaints(&["garbage"; 5]), [(3, Complaint::Garbage)]);
        assert_eq!(complaints(&["garbage", "garbage", "line", "garbage", "garbage"]), []);
    }

    #[test]
    fn a_spark_is_no_garbage() {
        assert_eq!(complaints(&["line", "spark", "", "", "", "line"]), []);
    }
}
